"""G-code text -> blocks of extruding segments, in constant memory.

scanner = Scanner()
for block in scanner.blocks(chunks):   # (N,) SEGMENT, valid until the next one
    ...
scanner.machine, scanner.findings      # counts, flags, warnings, reasons to doubt
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dataset_builder.errors import CannotAnalyse, Malformed, TooLarge
from dataset_builder.readers.gcode.backend import Backend, fastest
from dataset_builder.readers.gcode.findings import Findings
from dataset_builder.readers.gcode.interpreter import Interpreter
from dataset_builder.readers.gcode.machine import Dialect, Machine
from dataset_builder.readers.gcode.printer import Printer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_LINE = 1 << 20
"""Bytes of one line; the longest real ones (Klipper outlines) have a few thousand."""
MAX_SEGMENTS = 1 << 29
"""Half a billion chords: weeks of printing, minutes of reading."""

MAX_ODD_LINES = 30_000
"""Lines for the interpreter, once they are more than a quarter of all: some 20 us each."""
MAX_ODD_SEGMENTS = 500_000
"""Chords of curves that only the interpreter draws."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Scanner:
    """Reads one G-code text once."""

    def __init__(self, dialect: Dialect = Dialect.MARLIN, backend: Backend | None = None) -> None:
        self.machine = Machine.at_power_on(dialect)
        self.findings = Findings()
        self._backend = backend or fastest()
        self._printer = Printer(self.machine, self.findings)
        self._interpreter = Interpreter(self._printer)
        self._odd_lines = self._odd_segments = 0

    def blocks(self, chunks: Iterable[bytes]) -> Iterator[NDArray[np.void]]:
        """Blocks of SEGMENT in print order.

        Raises Malformed for a line beyond MAX_LINE and TooLarge beyond MAX_SEGMENTS; every other
        problem goes to `findings` and reading continues.
        """
        pending, at_start = b"", True
        for chunk in chunks:
            window = pending + chunk
            if at_start:
                if len(window) < len(BYTE_ORDER_MARK):
                    pending = window
                    continue
                window, at_start = window.removeprefix(BYTE_ORDER_MARK), False
            yield from self._scan(window, final=False)
            pending = window[self._backend.consumed :]
            if len(pending) > MAX_LINE:
                raise Malformed(
                    f"a line is longer than {MAX_LINE:,} bytes",
                    line=int(self.machine.line) + 1,
                    flag="over_long_line",
                )
        yield from self._scan(pending, final=True)
        self.findings.ends_in_mid_line = bool(pending)
        self.findings.heater_left_on = self._printer.heat.is_hot(self.machine.tool)
        self._conclude()

    def _scan(self, window: bytes, *, final: bool) -> Iterator[NDArray[np.void]]:
        backend, beads = self._backend, self._printer.beads
        backend.load(window, final=final)
        while True:
            line = backend.advance(self.machine)
            if line is not None:
                self._interpreter.carry_out(line)
                self._count_odd(len(beads.rows))
                if beads.rows:
                    self.machine.segments += len(beads.rows)
                    backend.append(beads.take())
            elif backend.full:
                yield self._take()
            else:
                break
        yield self._take()

    def _count_odd(self, segments: int) -> None:
        """Keep the time that odd lines cost bounded."""
        self._odd_lines += 1
        self._odd_segments += segments
        many = self._odd_lines > MAX_ODD_LINES and 4 * self._odd_lines > self.machine.line
        if many or self._odd_segments > MAX_ODD_SEGMENTS:
            raise TooLarge(
                "too much of the job is out of the ordinary",
                line=self.machine.line,
                advice="Have a person review the job",
            )

    def _take(self) -> NDArray[np.void]:
        segments = self._backend.take()
        if self.machine.segments > MAX_SEGMENTS:
            raise TooLarge(f"the job has more than {MAX_SEGMENTS:,} segments")
        return segments

    def _conclude(self) -> None:
        """What can only be said at the end of the text."""
        m, note = self.machine, self.findings
        if m.bad_checksums:
            text = f"{m.bad_checksums} lines have a wrong checksum; they are read all the same"
            note.warn(int(m.first_bad_checksum), text, flag="checksum")
        if m.long_lines:
            text = f"{m.long_lines} lines have more than 96 characters; some firmwares cut them"
            note.warn(int(m.first_long_line), text, flag="over_long_line")
        if m.modal_lines:
            text = f"{m.modal_lines} lines repeat the motion of an earlier one"
            note.warn(int(m.first_modal_line), text, flag="modal_line")
        if m.lone_cr:
            note.warn(None, "lines end in CR alone; Klipper reads that as one", flag="cr_line_ends")
        if m.dry_pushes > max(20 if m.extruding_moves else 0, m.extruding_moves // 2):
            note.reject(
                CannotAnalyse(
                    f"{m.dry_pushes} moves smear {m.pushed_total:.1f} mm of filament"
                    " that was pushed out standing still",
                    flag="push_then_move",
                )
            )
        if note.extruder_switched and not m.extruding_moves:
            note.reject(CannotAnalyse("M101 prints on moves without E", flag="m101_extrusion"))
