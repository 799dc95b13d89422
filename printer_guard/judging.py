"""The bytes of a job -> what was found of it, by a child process or from memory.

An answer is remembered under the SHA-256 of the bytes and the identity of the judge (model, policy,
known shapes): another byte, another model or another rule is asked anew. Failures are not
remembered.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from printer_guard import store
from printer_guard.child import Child
from printer_guard.errors import JudgingFailed
from printer_guard.policy import Finding
from printer_guard.records import Records
from printer_guard.settings import Judging

MODULE = "printer_guard.judging_child"
START_S = 30.0  # until the child has loaded what it needs, on the slowest host
SHIPPED = Path(__file__).resolve().parents[1] / "classifier" / "bundles" / "detector"
SUMS, SHAPES = "SHA256SUMS", "references.bin"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What was found of a job. record: printwarden.verdict/1, None when there is no verdict."""

    finding: Finding
    reason: str
    record: dict[str, Any] | None = None
    sheet: str | None = None


class Judge:
    """Asks a child process about jobs, `at_once` at a time; settings may be replaced meanwhile."""

    def __init__(self, settings: Judging, records: Records, evidence: Path) -> None:
        self.settings = settings
        self.records = records
        self.evidence = evidence
        self._turns = asyncio.Semaphore(settings.at_once)

    async def judge(self, copy: Path, sha256: str, name: str) -> Opinion:
        """What *copy* is found to be, whatever is wrong with it. Raises RecordsError."""
        try:
            identity = await asyncio.to_thread(self.identity)
        except OSError as error:
            return Opinion(Finding.MODEL_MISSING, f"the model cannot be read ({error})")
        known = await self.records.call(lambda c: store.find_verdict(c, sha256, identity))
        if known is not None:
            return _opinion(known, None)
        async with self._turns:
            opinion = await self._asked(copy, sha256, name)
        record = opinion.record
        if record is not None:
            await self.records.call(lambda c: store.put_verdict(c, sha256, identity, record))
        return opinion

    def identity(self) -> str:
        """A digest of everything a verdict depends on but the job. Raises OSError."""
        settings, parts = self.settings, hashlib.sha256()
        bundle = settings.bundle or SHIPPED
        parts.update((bundle / SUMS).read_bytes())
        policy = Path(settings.policy)
        parts.update(policy.read_bytes() if policy.is_file() else settings.policy.encode())
        if settings.references is not None:
            parts.update((settings.references / SHAPES).read_bytes())
        return parts.hexdigest()

    async def _asked(self, copy: Path, sha256: str, name: str) -> Opinion:
        request = self.request() | {
            "path": str(copy),
            "name": name,
            "evidence": str(self.evidence) if self.settings.evidence else None,
        }
        try:
            async with Child(MODULE, request) as child:
                answer = await child.answer(START_S + self.settings.seconds)
        except (JudgingFailed, OSError) as error:
            return Opinion(Finding.JUDGING_FAILED, str(error))
        if "fault" in answer:
            return Opinion(Finding(answer["fault"]), str(answer["reason"]))
        opinion = _opinion(answer["record"], answer["sheet"])
        if answer["record"]["sha256"] != sha256:
            return Opinion(Finding.JUDGING_FAILED, "the copy of the job changed while it was read")
        return opinion

    async def remembered(self, sha256: str) -> dict[str, Any] | None:
        """The verdict on those bytes by the judge that holds now. Raises RecordsError, OSError."""
        identity = await asyncio.to_thread(self.identity)
        return await self.records.call(lambda c: store.find_verdict(c, sha256, identity))

    async def pack(self, path: Path, name: str, package: Path, *, growing: bool = False) -> None:
        """Have the pictures that a console gets drawn into *package*; a failure is logged only.

        growing: *path* is what has been sent so far of a running job.
        """
        asked = {"path": str(path), "name": name, "package": str(package), "growing": growing}
        try:
            async with self._turns, Child(MODULE, self.request() | asked) as child:
                answer = await child.answer(START_S + self.settings.seconds)
        except (JudgingFailed, OSError) as error:
            answer = {"reason": str(error)}
        if "package" not in answer:
            _log.warning("no pictures of %s for the console: %s", name, answer["reason"])

    def request(self) -> dict[str, Any]:
        """Who judges, and within which limits: what every child is told."""
        return request_of(self.settings)


def request_of(settings: Judging) -> dict[str, Any]:
    """What a child is told about its judge."""
    return {
        "bundle": str(settings.bundle) if settings.bundle else None,
        "policy": settings.policy,
        "references": str(settings.references) if settings.references else None,
        "memory_mib": settings.memory_mib,
        "seconds": settings.seconds,
    }


def _opinion(record: dict[str, Any], sheet: str | None) -> Opinion:
    return Opinion(Finding(record["verdict"]), str(record["reason"]), record, sheet)
