"""What all printers of a guard share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from printer_guard.copies import Copies
from printer_guard.judging import Judge
from printer_guard.policy import Ruling, rule
from printer_guard.records import Records
from printer_guard.settings import Settings
from printer_guard.wire import Job


@dataclass(slots=True)
class Site:
    """settings may be replaced while the guard runs. console_away: a person cannot be asked."""

    settings: Settings
    records: Records
    judge: Judge
    copies: Copies
    console_away: bool = False

    @property
    def evidence(self) -> Path:
        """Where pictures are drawn to."""
        return self.settings.state / "evidence"

    @property
    def outgoing(self) -> Path:
        """Pictures that wait for the console, each named by its job."""
        return self.settings.state / "outgoing"

    async def show(self, job: Job, path: Path, *, growing: bool = False) -> None:
        """Get pictures of a held job ready for the console, where there is one."""
        if self.settings.console.url is not None:
            package = self.outgoing / f"{job.id}.zip"
            await self.judge.pack(path, job.name, package, growing=growing)
            self.records.news.set()

    def spool(self, job: Job) -> Path:
        """Where what has been sent of *job* is kept."""
        return self.settings.state / "sent" / f"{job.id}.gcode"

    def rule(self, printer: str, finding: str, reason: str) -> Ruling:
        """The ruling on a *finding* of a job of *printer*."""
        settings = self.settings
        return rule(finding, reason, settings.actions_for(printer), settings.mode)
