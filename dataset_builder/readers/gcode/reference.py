"""The second opinion: one G-code text, read slowly by other code than the scanner's.

    slow = read_reference(text, dialect=Dialect.MARLIN)
    compare(slow, fast)["differences"]         # [] when both readers agree

Written from docs/gcode.md alone, fed by pygcode's words where pygcode reads a line; see
reference_words.py (words), reference_lines.py and reference_commands.py
(meaning), reference_machine.py and reference_arcs.py (motion).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dataset_builder.errors import EmptyToolpath, ReadError
from dataset_builder.geometry.toolpath import NOT_PRINTED
from dataset_builder.readers.gcode.findings import Findings
from dataset_builder.readers.gcode.machine import Dialect, Machine
from dataset_builder.readers.gcode.measure import PAIRS, Geometry, Measure
from dataset_builder.readers.gcode.reference_lines import ReferenceInterpreter
from dataset_builder.readers.gcode.reference_machine import SEGMENT_NUMBERS
from dataset_builder.readers.gcode.reference_words import WordReader

if TYPE_CHECKING:
    from numpy.typing import NDArray

REFERENCE_SEGMENT = np.dtype(
    [
        ("start", "f8", 3),  # mm
        ("end", "f8", 3),  # mm
        ("filament", "f8"),  # mm
        ("line", "f8"),
        ("tool", "f8"),
        ("feature", "f8"),
        ("state", "f8"),
    ]
)
"""Named like SEGMENT, but in double precision throughout."""

POSITION_MM = 0.02
"""Both readers draw arcs as chords 5 µm off at most, and SEGMENT keeps 24 bits of a coordinate."""
SHARE = 1e-3
"""Relative: of lengths (a chord of 0.1 rad is 0.04 % short of its arc), filament and covariance."""


@dataclass(frozen=True, slots=True)
class ReferenceResult:
    """What the reference interpreter made of a text.

    segments: (N,) REFERENCE_SEGMENT in print order. problems: every reason not to trust the job, in
    file order. words_by_pygcode, words_by_tokenizer: lines whose words came from either;
    words_disputed: lines of the latter that pygcode accepted but read as other words.
    """

    segments: NDArray[np.void]
    moves: int
    extruding_moves: int
    flags: frozenset[str]
    problems: tuple[ReadError, ...]
    words_by_pygcode: int
    words_by_tokenizer: int
    words_disputed: int

    @property
    def problem(self) -> ReadError | None:
        """The first clear error, else the first doubt, else that nothing is printed."""
        ranked = sorted(self.problems, key=lambda problem: problem.outcome != "clear_error")
        empty = None if self.extruding_moves else EmptyToolpath("prints nothing")
        return next(iter(ranked), empty)

    def geometry(self) -> Geometry | None:
        """Of what is printed; None when nothing is."""
        printed = self.segments[(self.segments["state"].astype(int) & int(NOT_PRINTED)) == 0]
        start, end = printed["start"], printed["end"]
        length = np.linalg.norm(end - start, axis=1)
        total = float(length.sum())
        if total == 0:
            return None
        ends = np.concatenate([start, end])
        centroid = length @ ((start + end) / 2) / total
        middle, half = (start + end) / 2 - centroid, (end - start) / 2
        # The mean of x y along a segment is that of its middle plus a third of its half-span's.
        cov = [
            float(length @ (middle[:, i] * middle[:, j] + half[:, i] * half[:, j] / 3)) / total
            for i, j in PAIRS
        ]
        return Geometry(
            bbox=(*ends.min(axis=0).tolist(), *ends.max(axis=0).tolist()),
            extruded_mm=total,
            filament_mm=float(printed["filament"].sum()),
            centroid=tuple(centroid.tolist()),
            cov=tuple(cov),
        )


def read_reference(source: bytes | Iterable[bytes | str], *, dialect: Dialect) -> ReferenceResult:
    """Read a whole text, or lines already split.

    Never raises ReadError: problems are in the result. Raises ImportError, saying what to install,
    when pygcode is absent.
    """
    words, interpreter = WordReader(), ReferenceInterpreter(dialect)
    for line in words.lines(source):
        interpreter.carry_out(line)
    interpreter.finish()
    machine = interpreter.machine
    numbers = np.array(machine.numbers, dtype=np.float64)
    return ReferenceResult(
        segments=numbers.reshape(-1, SEGMENT_NUMBERS).view(REFERENCE_SEGMENT).reshape(-1),
        moves=machine.moves,
        extruding_moves=machine.extruding_moves,
        flags=frozenset(interpreter.flags),
        problems=tuple(interpreter.problems),
        words_by_pygcode=words.by_pygcode,
        words_by_tokenizer=words.by_tokenizer,
        words_disputed=words.disputed,
    )


class FastReading(Protocol):
    """What the fast path leaves behind; a `PlateReading` is one."""

    @property
    def machine(self) -> Machine:
        """Counts."""

    @property
    def findings(self) -> Findings:
        """Flags and problems."""

    @property
    def measure(self) -> Measure:
        """Geometry."""


def compare(slow: ReferenceResult, fast: FastReading) -> dict[str, Any]:
    """Where the two readings differ, as a JSON-able report; `differences` is empty if nowhere.

    Each difference holds what, reference and scanner (the two values).
    """
    pairs: list[tuple[str, Any, Any]] = [
        ("extruding_moves", slow.extruding_moves, int(fast.machine.extruding_moves)),
        ("moves", slow.moves, int(fast.machine.moves)),
        ("outcome", _outcome(slow.problem), _outcome(fast.findings.problem or _empty(fast))),
    ]
    differences = [
        {"what": what, "reference": ours, "scanner": theirs}
        for what, ours, theirs in pairs
        if ours != theirs
    ]
    differences += _geometry_differences(slow.geometry(), fast.measure.geometry())
    return {
        "agrees": not differences,
        "differences": differences,
        "words_by_pygcode": slow.words_by_pygcode,
        "words_by_tokenizer": slow.words_by_tokenizer,
        "words_disputed": slow.words_disputed,
    }


def _outcome(problem: ReadError | None) -> str:
    return f"{problem.outcome} ({problem.flag})" if problem else "ok"


def _empty(fast: FastReading) -> ReadError | None:
    return None if fast.machine.extruding_moves else EmptyToolpath("prints nothing")


def _geometry_differences(slow: Geometry | None, fast: Geometry | None) -> list[dict[str, Any]]:
    if slow is None or fast is None:
        if slow is fast:
            return []
        return [{"what": "geometry", "reference": slow is not None, "scanner": fast is not None}]
    spread = max(POSITION_MM, SHARE * max(slow.cov[:3]) + POSITION_MM)
    rows: list[tuple[str, Any, Any, float]] = [
        ("bbox", slow.bbox, fast.bbox, POSITION_MM),
        ("centroid", slow.centroid, fast.centroid, POSITION_MM),
        ("cov", slow.cov, fast.cov, spread),
        ("extruded_mm", slow.extruded_mm, fast.extruded_mm, SHARE * slow.extruded_mm),
        ("filament_mm", slow.filament_mm, fast.filament_mm, SHARE * slow.filament_mm),
    ]
    return [
        {"what": what, "reference": ours, "scanner": theirs}
        for what, ours, theirs, tolerance in rows
        if not np.allclose(ours, theirs, rtol=0, atol=tolerance)
    ]
