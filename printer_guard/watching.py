"""A running print that nobody read beforehand: what has been sent is kept, and looked at.

Looks happen in another process, each time a sixteenth more has been sent, so all looks together
cost about what reading the job sixteen times does. `trip` is called once, when the rule is
fulfilled: so many looks on end that agree.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from printer_guard.child import Child
from printer_guard.errors import JudgingFailed
from printer_guard.policy import Finding
from printer_guard.settings import Watch as WatchSettings

MODULE = "printer_guard.watching_child"
START_S = 30.0  # until the child has loaded what it needs, on the slowest host
FIRST_BYTES = 8192  # no three layers fit in less
GROWTH = 16  # the next look comes when a sixteenth more has been sent
FAILURES = 3  # on end, before nobody is watching

Trip = Callable[[Finding, str], None]
_log = logging.getLogger(__name__)


class Watch:
    """One running job. request: who judges, as `judging.Judge.request` has it."""

    def __init__(
        self, sent: Path, name: str, settings: WatchSettings, request: Mapping[str, Any], trip: Trip
    ) -> None:
        self.sent = sent
        self.name = name
        self.settings = settings
        self.request = {
            **request,
            "memory_mib": settings.memory_mib,
            "watch": {"detector": settings.detector, "early_at": settings.early_at},
        }
        self.trip = trip
        self.looks = 0
        self.score: float | None = None
        self._new: list[bytes] = []
        self._size = 0
        self._looked_at = 0
        self._in_a_row: dict[Finding, int] = {}
        self._grown = asyncio.Event()
        self._ended = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; what is left in the file from before a crash is taken up again."""
        if self.sent.exists():
            self._size = self.sent.stat().st_size
        self._task = asyncio.create_task(self._run(), name=f"watch {self.name}")

    def add(self, chunk: bytes) -> None:
        """Take in what was sent; quick, for it is called on the way of lines to a printer."""
        self._new.append(chunk)
        self._size += len(chunk)
        if self._size >= self._due() or self._size > self.settings.spool_mib << 20:
            self._grown.set()

    async def end(self) -> None:
        """The job is over: look a last time, then end."""
        self._ended = True
        self._grown.set()
        if self._task is not None:
            await self._task

    async def close(self, *, keep: bool = False) -> None:
        """Stop watching at once. keep: what was sent, for another run of the guard."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if keep:
            with contextlib.suppress(OSError):  # a full disk: the next run looks at what there is
                self._write()
        else:
            self.sent.unlink(missing_ok=True)

    async def picture(self, folder: Path) -> str | None:
        """Path of a picture of what was sent, drawn into *folder*; None when that fails."""
        question = {"sent": str(self.sent), "name": self.name, "picture": str(folder)}
        try:
            await asyncio.to_thread(self._write)
            async with Child(MODULE, self.request) as child:
                await child.ask(question)
                sheet = (await child.answer(START_S + self.settings.look_s))["sheet"]
        except (JudgingFailed, OSError) as error:
            _log.warning("no picture of %s: %s", self.name, error)
            return None
        return str(sheet) if sheet else None

    def _due(self) -> int:
        """Bytes from where on the next look is due."""
        return max(FIRST_BYTES, self._looked_at + self._looked_at // GROWTH)

    async def _run(self) -> None:
        failures, problem = 0, ""
        while failures < FAILURES:
            looks_before = self.looks
            try:
                async with Child(MODULE, self.request) as child:
                    await self._watch(child)
            except (JudgingFailed, OSError) as error:
                failures = 1 if self.looks > looks_before else failures + 1
                problem = str(error)
                _log.warning("watching %s: %s", self.name, error)
            else:
                return
        self.trip(Finding.WATCH_FAILED, f"Nobody watches any more: {problem}")

    async def _watch(self, child: Child) -> None:
        """Look until the rule is fulfilled or the job is over. Raises JudgingFailed, OSError."""
        while True:
            await self._next_growth()
            ended = self._ended
            if self._size > self.settings.spool_mib << 20:
                self.trip(Finding.WATCH_FAILED, "More has been sent than `spool_mib` lets it keep")
                return
            size = self._size
            await asyncio.to_thread(self._write)
            self._looked_at = size
            await child.ask({"sent": str(self.sent), "name": self.name})
            look = await child.answer(START_S + self.settings.look_s)
            self.looks += 1
            finding = self._found(look)
            if finding is not None:
                self.trip(finding, str(look["reason"]))
                return
            if ended:
                return

    async def _next_growth(self) -> None:
        """Wait until a look is due, and not sooner than the least time after the last one."""
        if not self._ended:
            await asyncio.sleep(self.settings.interval_s)
        while not self._ended and self._size < self._due():
            self._grown.clear()
            await self._grown.wait()

    def _found(self, look: Mapping[str, Any]) -> Finding | None:
        """What the rule comes to with one more *look*."""
        scores = [score for score in (look["weapon_score"], look["early"]) if score is not None]
        self.score = max(scores, default=None)
        for finding, hit in (
            (Finding.GROWING_FLAGGED, look["flagged"]),
            (Finding.GROWING_UNREADABLE, look["verdict"] == Finding.UNREADABLE),
        ):
            self._in_a_row[finding] = self._in_a_row.get(finding, 0) + 1 if hit else 0
            if self._in_a_row[finding] >= self.settings.hits:
                return finding
        return None

    def _write(self) -> None:
        """Append what is new to the file, whole or not at all. Raises OSError."""
        new, self._new = self._new, []
        before = self.sent.stat().st_size if self.sent.exists() else 0
        try:
            with self.sent.open("ab") as file:
                file.writelines(new)
        except OSError:
            self._new[:0] = new
            with contextlib.suppress(OSError):
                os.truncate(self.sent, before)
            raise
