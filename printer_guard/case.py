"""What a guard knows of one job while it waits or prints."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from printer_guard.binding import Binding
from printer_guard.camera.watching import CameraWatch
from printer_guard.copies import Copy
from printer_guard.judging import Opinion
from printer_guard.records import Note
from printer_guard.store import Stage
from printer_guard.watching import Watch
from printer_guard.wire import Job


@dataclass(eq=False, slots=True)
class Case:
    """One job. sha256: of its copy, None without one. by_owner: released by a person: no evidence
    stops it again but a change of its bytes. gone: the printer says that it is over. task,
    halting, showing: what is being done about it. stopped_for: findings that were acted on.
    """

    job: Job
    stage: Stage = Stage.OFFERED
    opinion: Opinion | None = None
    copy: Copy | None = None
    binding: Binding | None = None
    watch: Watch | None = None
    camera: CameraWatch | None = None
    sheet: str | None = None
    finding: str | None = None
    reason: str = ""
    by_owner: bool = False
    gone: bool = False
    share: float | None = None
    task: asyncio.Task[None] | None = None
    halting: asyncio.Task[None] | None = None
    showing: asyncio.Task[None] | None = None
    stopped_for: set[str] = field(default_factory=set)
    decided: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def sha256(self) -> str | None:
        """The digest of what runs, by our own copy or by what the host says."""
        return self.copy.sha256 if self.copy is not None else self.job.sha256

    def note(self, event: str, stage: Stage, **more: object) -> Note:
        """Move on to *stage* and say so: to be kept in the records."""
        self.stage = stage
        facts = {key: value for key, value in more.items() if value is not None}
        if self.sheet is not None:
            facts["sheet"] = self.sheet
        return Note(
            event=event,
            job=self.known_job,
            stage=stage,
            finding=self.finding,
            reason=self.reason,
            verified=bool(facts.pop("verified")) if "verified" in facts else None,
            action=str(facts.pop("action")) if "action" in facts else None,
            verdict=self.opinion.record if self.opinion is not None else None,
            facts=facts,
        )

    @property
    def known_job(self) -> Job:
        """The job with what has been learned of it."""
        if self.copy is None:
            return self.job
        return replace(self.job, sha256=self.copy.sha256, size_bytes=self.copy.size_bytes)
