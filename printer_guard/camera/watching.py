"""The guard's half of the camera watch: one job, looked at every few seconds in another process.

It never loads OpenCV itself. What several looks on end agree about is told once a job and finding;
what becomes of it is for others to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from printer_guard.child import Child
from printer_guard.errors import JudgingFailed
from printer_guard.policy import Finding
from printer_guard.settings import Camera
from printer_guard.wire import Job

MODULE = "printer_guard.camera.looking_child"
START_S = 30.0  # until the child has loaded what it needs, on the slowest host
FAILURES = 3  # on end, before nobody looks any more
FINDINGS: Mapping[str, Finding] = {
    "differs": Finding.CAMERA_DIFFERS,
    "cannot tell": Finding.CAMERA_BLIND,
}
"""The word of several looks -> what is found of the job; others say nothing against it."""

Tell = Callable[[Finding, str, str | None], None]
_log = logging.getLogger(__name__)


class CameraWatch:
    """Looks at *job*, whose approved bytes are in *copy*. state: the guard's folder.

    tell: is given a finding, a sentence and the path of a picture or None. outcome, reason: of the
    last looks that agreed.
    """

    def __init__(self, job: Job, copy: Path, settings: Camera, state: Path, tell: Tell) -> None:
        self.job = job
        self.copy = copy
        self.settings = settings
        self.folder = state / "camera"
        self.tell = tell
        self.outcome: str | None = None
        self.reason = "It has not looked often enough yet."
        self.looks = 0
        self.ms: float | None = None
        self._byte = 0
        self._told: set[Finding] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def calibration(self) -> Path:
        """Where `calibration.py` keeps that of the printer."""
        return self.folder / f"{self.job.printer}.json"

    def start(self) -> None:
        """Begin: the first looks are of the empty bed."""
        self._task = asyncio.create_task(self._run(), name=f"camera {self.job.name}")

    def at_byte(self, byte: int) -> None:
        """The printer has been sent the job up to *byte*."""
        self._byte = max(self._byte, byte)

    def at_share(self, share: float) -> None:
        """The same as a share of the job's bytes, 0..1."""
        with contextlib.suppress(OSError):
            self.at_byte(int(share * self.copy.stat().st_size))

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def status(self) -> dict[str, Any]:
        """For `guard status`."""
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "looks": self.looks,
            "byte": self._byte,
            "ms": self.ms,
        }

    async def _run(self) -> None:
        failures = 0
        while failures < FAILURES:
            before = self.looks
            try:
                if not self.calibration.exists():
                    raise JudgingFailed(self.job.printer, "its camera is not calibrated")
                async with Child(MODULE, self._request()) as child:
                    await self._look(child)
            except (JudgingFailed, OSError) as error:
                failures = 1 if self.looks > before else failures + 1
                self.reason = str(error)
                _log.warning("camera of %s: %s", self.job.printer, error)
                await asyncio.sleep(self.settings.interval_s)
        self.outcome = "cannot tell"
        self._say(None)

    async def _look(self, child: Child) -> None:
        """Look until cancelled. Raises JudgingFailed."""
        while True:
            await child.ask({"byte": self._byte})
            answer = await child.answer(START_S + self.settings.look_s)
            self.looks += 1
            self.ms = answer["ms"]
            if answer["decided"] is not None:
                self.outcome, self.reason = answer["decided"], answer["why"]
                self._say(answer["picture"])
            await asyncio.sleep(self.settings.interval_s)

    def _say(self, picture: str | None) -> None:
        finding = FINDINGS.get(self.outcome or "")
        if finding is not None and finding not in self._told:
            self._told.add(finding)
            self.tell(finding, self.reason, picture)

    def _request(self) -> dict[str, Any]:
        settings = self.settings
        return {
            **settings.model_dump(include={"source", "hosts", "frames", "frame_gap_s"}),
            **settings.model_dump(include={"looks", "tolerance_mm", "keep", "memory_mib"}),
            "job": str(self.copy),
            "name": self.job.name,
            "label": f"{self.job.printer}-{self.job.id[:8]}",
            "calibration": str(self.calibration),
            "pictures": str(self.folder / "pictures"),
        }
