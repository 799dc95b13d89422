"""The fast path and the reference interpreter, written apart, read every job alike."""

from __future__ import annotations

import gzip
import os
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dataset_builder.readers.gcode.machine import Dialect
from dataset_builder.readers.gcode.reference import ReferenceResult, compare, read_reference
from tests.dataset_builder.gcode_jobs import FastReading, bracket, read_fast, write
from tests.dataset_builder.gcode_programs import plain_lines, programs, rare_lines

pytest.importorskip("pygcode", reason="the reference interpreter needs pygcode")

LINES_OF_REAL_JOBS = int(os.environ.get("PRINTWARDEN_REAL_LINES", "2000"))
EXAMPLES = int(os.environ.get("PRINTWARDEN_EXAMPLES", "150"))
# Raised by one of the two alone, or (workspace_offset) not said exactly enough by docs/gcode.md.
OTHERS_FLAGS = {"cold_extrusion", "truncated", "heater_left_on", "workspace_offset"}
dialects = st.sampled_from(Dialect)


def _by_line(segments: NDArray[np.void]) -> dict[int, NDArray[np.float64]]:
    """Line -> path length, filament and what its last segment is marked with."""
    lines: dict[int, NDArray[np.float64]] = defaultdict(lambda: np.zeros(5))
    length = np.linalg.norm(segments["end"].astype(float) - segments["start"], axis=1)
    for segment, mm in zip(segments, length, strict=True):
        line = lines[int(segment["line"])]
        line[:2] += mm, segment["filament"]
        line[2:] = segment["tool"], segment["feature"], segment["state"]
    return lines


def _assert_same_lines(slow: ReferenceResult, fast: FastReading) -> None:
    ours, theirs = _by_line(slow.segments), _by_line(fast.segments)
    assert ours.keys() == theirs.keys()
    for line, expected in ours.items():
        reach = float(np.abs(fast.segments["end"]).max())
        np.testing.assert_allclose(
            theirs[line], expected, rtol=2e-3, atol=1e-4 + 1e-6 * reach, err_msg=f"line {line}"
        )


def _assert_agree(text: str, dialect: Dialect) -> None:
    data = text.encode("latin-1")
    slow, fast = read_reference(data, dialect=dialect), read_fast(data, dialect=dialect)
    assert compare(slow, fast)["differences"] == []
    assert slow.flags - OTHERS_FLAGS == fast.findings.flags - OTHERS_FLAGS
    _assert_same_lines(slow, fast)


@settings(max_examples=EXAMPLES, deadline=None)
@given(programs(plain_lines), dialects)
def test_both_readers_agree_on_the_plain_grammar(text: str, dialect: Dialect) -> None:
    _assert_agree(text, dialect)


@settings(max_examples=EXAMPLES, deadline=None)
@given(programs(rare_lines), dialects)
@example("G1 X1 E1\nM486 S1\nM486 P1\nG1 X2 E2\nM486 S-1\nG1 X3 E3\n", Dialect.MARLIN)
@example("G54\nG10 L2 P2 X5\nG55\nG92 X1\nG28\nG1 X3 E3\n", Dialect.MARLIN)
def test_both_readers_agree_on_the_rare_commands(text: str, dialect: Dialect) -> None:
    _assert_agree(text, dialect)


def test_both_readers_agree_on_every_real_job(shared_data: Path) -> None:
    jobs = [*(shared_data / "gcode").glob("*.g*.gz"), *(shared_data / "gcode").glob("*.gcode")]
    assert jobs
    for job in sorted(jobs):
        data = gzip.decompress(job.read_bytes()) if job.suffix == ".gz" else job.read_bytes()
        text = b"".join(data.splitlines(keepends=True)[:LINES_OF_REAL_JOBS])
        slow, fast = read_reference(text, dialect=Dialect.MARLIN), read_fast(text)
        assert compare(slow, fast)["differences"] == [], job.name


def test_pygcode_reads_a_plain_job_whole_and_is_told_where_it_does_not() -> None:
    slow = read_reference(write(bracket()).encode(), dialect=Dialect.MARLIN)
    assert slow.words_by_pygcode > 300
    assert slow.words_by_tokenizer == 0
    odd = read_reference(["G1 X+1 E1", "G1 X2 E2 *1", "M117 hello"], dialect=Dialect.MARLIN)
    assert (odd.words_by_pygcode, odd.words_by_tokenizer) == (1, 2)


def test_a_difference_names_what_and_both_values() -> None:
    slow = read_reference(b"G1 X10 E1\n", dialect=Dialect.MARLIN)
    report = compare(slow, read_fast("G1 X20 E1\n"))
    assert not report["agrees"]
    named = {row["what"]: (row["reference"], row["scanner"]) for row in report["differences"]}
    assert named["extruded_mm"] == pytest.approx((10, 20))
    assert "moves" not in named


def test_without_pygcode_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygcode.words", None)
    with pytest.raises(ImportError, match=r"pip install 'printwarden\[reference\]'"):
        read_reference(b"G1 X1\n", dialect=Dialect.MARLIN)
