"""The NumPy back end: the plain lines of kernel/scan.c without a C compiler.

A window is read in pages. What a page's lines say is worked out for all of them at once
(page_numpy.py), and so is what they do (plan_numpy.py), until a line upsets the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.toolpath import SEGMENT
from dataset_builder.readers.gcode.lines_numpy import complete
from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.page_numpy import Page, read_page, within
from dataset_builder.readers.gcode.plan_numpy import Plan
from dataset_builder.readers.gcode.single_numpy import carry_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAGE_BYTES = 1 << 18
"""Temporary arrays take some 40 bytes a byte of it, and should stay in the cache."""
BLOCK = 8192
"""Segments after which a block is handed over; most pages fill one."""

_FEWEST, _MOST = 32, 1 << 30
"""Lines to plan after one upset the plan, and while none does."""
_SHORT, _LONG = 16, 512
"""A plan upset after fewer lines was not worth making: that many ones, then twice as many, and so
on, are carried out singly before the next plan."""


class NumpyBackend:
    """One scan; not to be shared between jobs that are read at the same time."""

    name = "numpy"

    def __init__(self) -> None:
        self.full = False
        self._window = b""
        self._complete = 0  # bytes of the window that are complete lines
        self._next_page = 0  # where it begins
        self._page: Page | None = None
        self._line = 0  # of the page: the next one
        self._plan: Plan | None = None
        self._reach = _MOST  # lines to plan
        self._singly = 0  # lines to carry out before another plan is made
        self._next_singly = _SHORT
        self._segments: list[NDArray[np.void]] = []
        self._pending = 0

    @property
    def consumed(self) -> int:
        """See Backend."""
        if self._page is None or self._line == len(self._page):
            return self._next_page
        page_bytes = self._page.lines.size
        return self._next_page - page_bytes + int(self._page.lines.start[self._line])

    def load(self, window: bytes, *, final: bool) -> None:
        """See Backend."""
        self._window, self._complete = window, complete(window, final=final)
        self._next_page, self._page = 0, None

    def advance(self, machine: Machine) -> bytes | None:
        """See Backend."""
        while not self.full:
            if self._page is None or self._line == len(self._page):
                self._page = self._turn()
                if self._page is None:
                    return None
            host = self._page.next_host(self._line)
            if host == self._line:
                return self._give(machine, self._page)
            if self._singly or not self._planned(machine, self._page):
                self._singly = max(self._singly - 1, 0)
                if not self._do(machine, self._page):
                    return self._give(machine, self._page)
            elif self._plan is not None:
                self._run(machine, self._page, self._plan, host)
        return None

    def append(self, segments: NDArray[np.void]) -> None:
        """See Backend."""
        if len(segments):
            self._segments.append(segments)
            self._pending += len(segments)
        self.full = self._pending >= BLOCK

    def take(self) -> NDArray[np.void]:
        """See Backend."""
        segments = self._segments[0] if len(self._segments) == 1 else self._joined()
        self._segments, self._pending, self.full = [], 0, False
        return segments

    def _joined(self) -> NDArray[np.void]:
        """What np.concatenate does, but that compares all fields of all parts."""
        segments, at = np.empty(self._pending, SEGMENT), 0
        for part in self._segments:
            segments[at : at + len(part)] = part
            at += len(part)
        return segments

    def _turn(self) -> Page | None:
        """The next page of the window."""
        start, left = self._next_page, self._complete - self._next_page
        if left == 0:
            return None
        size = PAGE_BYTES if left > 3 * PAGE_BYTES // 2 else left  # no page of a few lines
        while True:
            stop = min(start + size, self._complete)
            piece = self._window[start:stop]
            length = complete(piece, final=stop == self._complete)
            if length:
                break
            size *= 2  # a line longer than a page
        self._next_page = start + length
        self._line, self._plan = 0, None
        return read_page(piece[:length])

    def _planned(self, machine: Machine, page: Page) -> bool:
        """See to a plan for the next line; False if none is worth making."""
        line, plan = self._line, self._plan
        if plan is not None:
            if plan.stop > line and plan.holds(machine):
                return True
            self._learn(plan)
        if not self._singly:
            self._plan = Plan(machine, page, line, min(line + self._reach, len(page)))
        return self._plan is not None and self._plan.stop > line

    def _learn(self, plan: Plan) -> None:
        """Plan further ahead after a plan that came true, and less far after another."""
        self._plan = None
        if plan.whole and plan.stop <= self._line:
            self._reach, self._next_singly = min(4 * self._reach, _MOST), _SHORT
            return
        done = min(plan.stop, self._line) - plan.start
        self._reach = max(_FEWEST, 2 * done)
        if done < _SHORT:
            self._singly, self._next_singly = self._next_singly, min(2 * self._next_singly, _LONG)

    def _do(self, machine: Machine, page: Page) -> bool:
        """Carry out the next line by itself; False if it needs the interpreter."""
        segments = carry_out(machine, page, self._line)
        if segments is None:
            return False
        self.append(segments)
        self._pass(machine, page, self._line + 1)
        return True

    def _run(self, machine: Machine, page: Page, plan: Plan, host: int) -> None:
        """Carry out the lines up to *host*, as far as planned."""
        stop = min(host, plan.stop)
        self.append(plan.carry_out(machine, self._line, stop))
        self._pass(machine, page, stop)

    def _pass(self, machine: Machine, page: Page, stop: int) -> None:
        """Count the lines up to *stop*, which were carried out here."""
        _count_lines(machine, page, self._line, stop)
        _count_plain(machine, page, self._line, stop)
        machine.line += stop - self._line
        self._line = stop

    def _give(self, machine: Machine, page: Page) -> bytes:
        """The next line, to the interpreter."""
        line = self._line
        self._line += 1
        _count_lines(machine, page, line, self._line)
        return page.lines.bytes_of(line)


def _count_lines(machine: Machine, page: Page, start: int, stop: int) -> None:
    """Counters of all lines, whoever carries them out; before `machine.line` counts them."""
    machine.lone_cr += len(within(page.lone_returns, start, stop))
    if long := within(page.long, start, stop):
        machine.first_long_line = machine.first_long_line or _number(machine, start, long[0])
        machine.long_lines += len(long)


def _count_plain(machine: Machine, page: Page, start: int, stop: int) -> None:
    """Counters of the lines that are carried out here; the interpreter keeps its own."""
    machine.layer_marks += len(within(page.layers, start, stop))
    if modal := within(page.modal, start, stop):
        machine.first_modal_line = machine.first_modal_line or _number(machine, start, modal[0])
        machine.modal_lines += len(modal)
    if bad := within(page.bad_checksums, start, stop):
        first = machine.first_bad_checksum
        machine.first_bad_checksum = first or _number(machine, start, bad[0])
        machine.bad_checksums += len(bad)


def _number(machine: Machine, start: int, line: int) -> int:
    """The number, from 1, of *line* of the page while the machine is at *start*."""
    return machine.line + 1 + line - start
