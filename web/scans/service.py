"""A file judged by hand: in quarantine under a random name, in a process of its own, then gone.

The console decides nothing itself: it runs `printwarden scan --json`, with limits on memory and
time, and keeps the verdict.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from printer_guard.wire import new_id
from web.actor import Actor
from web.audit.chain import append
from web.clock import now
from web.db import Database
from web.errors import NotFound, NotMeant, Refused, TooLarge
from web.models.records import Scan
from web.settings import Settings
from web.wording import shown_name

AT_ONCE = 2
CHUNK = 1 << 20
MEMORY_BYTES = 4 << 30
SUFFIX = re.compile(r"(\.[a-z0-9]{1,6}){1,2}$", re.ASCII)
EXIT_WITH_VERDICT = (0, 3, 4, 5)
turns = threading.BoundedSemaphore(AT_ONCE)


class Busy(Refused):
    """All turns are taken."""

    status = 429


class ScanFailed(Refused):
    """The file could not be judged."""

    status = 422


def scan(database: Database, settings: Settings, by: Actor, file: IO[bytes], name: str) -> Scan:
    """Judge *file* and keep the verdict. Raises Busy, TooLarge, NotMeant or ScanFailed."""
    if not turns.acquire(blocking=False):
        raise Busy("Other files are being judged. Try again in a minute.")
    try:
        with _quarantined(settings, file, name) as path:
            record = _judged(path, settings.scan_seconds)
    finally:
        turns.release()
    record["job"] = shown_name(name)
    with database.writing() as session:
        row = Scan(
            id=new_id(),
            site_id=by.site_id,
            name=record["job"],
            by=by.ref,
            at=now(),
            verdict=str(record["verdict"]),
            record=record,
        )
        session.add(row)
        append(session, by, "scanned", row.id, sha256=record["sha256"], verdict=row.verdict)
        session.flush()
        session.expunge(row)
    return row


def of_site(session: Session, site_id: str, *, count: int = 50) -> list[Scan]:
    """The latest scans of a site."""
    query = select(Scan).where(Scan.site_id == site_id).order_by(Scan.at.desc()).limit(count)
    return list(session.scalars(query))


def get(session: Session, site_id: str, scan_id: str) -> Scan:
    """A scan of the site. Raises NotFound, for those of other sites too."""
    row = session.get(Scan, scan_id)
    if row is None or row.site_id != site_id:
        raise NotFound("There is no such scan.", event="foreign-id", detail="scan")
    return row


@contextmanager
def _quarantined(settings: Settings, file: IO[bytes], name: str) -> Iterator[Path]:
    """The bytes of *file* under a name of ours; nothing of *name* but its ending is in the path."""
    folder = settings.state.expanduser() / "quarantine"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ending = SUFFIX.search(name.lower())
    handle, path = tempfile.mkstemp(suffix=ending[0] if ending else "", dir=folder)
    try:
        with os.fdopen(handle, "wb") as copy:
            size = 0
            while chunk := file.read(CHUNK):
                size += len(chunk)
                if size > settings.upload_bytes:
                    raise TooLarge(
                        "A file has at most %(size)s MiB here.", size=settings.upload_mib
                    )
                copy.write(chunk)
        if not size:
            raise NotMeant("The file is empty.")
        yield Path(path)
    finally:
        Path(path).unlink(missing_ok=True)


def _judged(path: Path, seconds: float) -> dict[str, Any]:
    """The record that `printwarden scan --json` prints."""
    call = [sys.executable, "-m", "printwarden", "scan", "--json", str(path)]
    with subprocess.Popen(
        call,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_limit if sys.platform == "linux" else None,  # noqa: PLW1509 (no locks there)
    ) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            raise ScanFailed(
                "No verdict within %(seconds)s s.", event="scan-failed", seconds=round(seconds)
            ) from error
    if process.returncode not in EXIT_WITH_VERDICT:
        raise ScanFailed("The file could not be judged.", event="scan-failed")
    record: dict[str, Any] = json.loads(output)
    return record


def _limit() -> None:
    """Runs in the child, before it becomes the scan."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
