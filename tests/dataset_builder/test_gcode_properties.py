"""Laws that hold for every input, drawn at random."""

from __future__ import annotations

import os

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dataset_builder.gcode_jobs import FastReading, read_fast
from tests.dataset_builder.gcode_programs import plain_lines, programs, rare_lines

EXAMPLES = int(os.environ.get("PRINTWARDEN_EXAMPLES", "150"))

fragments = st.sampled_from([
    b"G1", b"G2", b"G3", b"G5", b"G92", b"G10", b"G28", b"M486", b"M117", b"T", b" ", b"X", b"Y1",
    b"Z-5", b"E", b"1", b".", b"-", b"+", b"e9", b"I", b"J", b"R", b"P", b"0",
    b"99999999999999999999",
    b"\n", b"\n", b"\r", b"\r\n", b";", b"(", b")", b"%", b"/", b"*", b"N1", b"\0", b"\xff", b"=",
    b'"', b"{", b"SET_GCODE_OFFSET", b"EXCLUDE_OBJECT", b"NAME=", b"TYPE:", b"L2", b"\xef\xbb\xbf",
    b"M200", b"D", b"M", b"G", b"A2", b"G20", b"G91", b"M83", b"nan", b"inf", b"1e308",
    b"G53", b"X1e-9", b"M92",
])  # fmt: skip
soups = st.one_of(st.binary(max_size=300), st.lists(fragments, max_size=80).map(b"".join))


def _same(ours: FastReading, theirs: FastReading) -> None:
    np.testing.assert_array_equal(ours.segments, theirs.segments)
    assert (ours.outcome, ours.flags) == (theirs.outcome, theirs.flags)
    assert str(ours.problem) == str(theirs.problem)
    assert bytes(ours.machine) == bytes(theirs.machine)


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(soups)
def test_any_bytes_are_answered_and_nothing_is_infinite(data: bytes) -> None:
    reading = read_fast(data)
    for name in ("start", "end", "filament"):
        assert np.isfinite(reading.segments[name]).all()
    assert (reading.segments["filament"] >= 0).all()
    if reading.problem is not None:
        assert "\n" not in reading.problem.what
        assert len(str(reading.problem)) < 500


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(programs(rare_lines).map(str.encode), soups), st.integers(1, 40))
def test_where_the_text_is_cut_into_chunks_does_not_matter(data: bytes, chunk: int) -> None:
    _same(read_fast(data, chunk=chunk), read_fast(data))


@settings(max_examples=EXAMPLES, deadline=None)
@given(programs(plain_lines))
def test_reading_twice_gives_the_same(text: str) -> None:
    _same(read_fast(text), read_fast(text))


@settings(max_examples=EXAMPLES, deadline=None)
@given(programs(plain_lines, dressed=False), st.integers(0, 40))
def test_a_prefix_lays_down_a_prefix(text: str, lines: int) -> None:
    whole = read_fast(text).segments
    part = read_fast("".join(text.splitlines(keepends=True)[:lines])).segments
    np.testing.assert_array_equal(part, whole[: len(part)])


@settings(max_examples=EXAMPLES, deadline=None)
@given(programs(plain_lines))
def test_segments_come_in_the_order_of_lines(text: str) -> None:
    lines = read_fast(text).segments["line"].astype(int)
    assert (np.diff(lines) >= 0).all()
    assert len(lines) == 0 or lines[0] >= 1


@settings(max_examples=EXAMPLES, deadline=None)
@given(programs(plain_lines))
def test_what_is_measured_is_what_the_segments_say(text: str) -> None:
    reading = read_fast(text)
    printed = reading.segments[(reading.segments["state"] & 6) == 0]
    geometry = reading.measure.geometry()
    length = np.linalg.norm(printed["end"].astype(float) - printed["start"], axis=1)
    if geometry is None:
        assert length.sum() == 0
        return
    np.testing.assert_allclose(geometry.extruded_mm, length.sum(), rtol=1e-6)
    ends = np.concatenate([printed["start"], printed["end"]])
    np.testing.assert_allclose(geometry.bbox, [*ends.min(axis=0), *ends.max(axis=0)], atol=1e-4)
    assert min(geometry.cov[:3]) > -1e-6
