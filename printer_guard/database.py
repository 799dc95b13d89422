"""One SQLite file for everything that must survive: opened, made and written in one place.

Every write is committed and on the disk (`synchronous=FULL`) before it returns; what returned is
never lost. One thread writes, so that a slow card never delays a line on its way to a printer.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from printer_guard.errors import RecordsError

T = TypeVar("T")

FILE = "records.db"
VERSION = 1
BUSY_S = 10.0  # `guard status` may be reading
OWNER_ONLY = 0o600

SCHEMA = """
CREATE TABLE journal (
    seq  INTEGER PRIMARY KEY,
    body TEXT NOT NULL,            -- canonical JSON: what happened, when by which clock
    hash TEXT NOT NULL             -- SHA-256 over the hash before and the body; see journal.py
) STRICT;
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_never_cut BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE verdicts (            -- answers of the judge, by what they depend on
    sha256 TEXT NOT NULL,
    judge  TEXT NOT NULL,          -- digest of bundle, policy and known shapes
    record TEXT NOT NULL,          -- printwarden.verdict/1
    PRIMARY KEY (sha256, judge)
) STRICT;
CREATE TABLE jobs (                -- the last state of each attempt to print
    id      TEXT PRIMARY KEY,
    printer TEXT NOT NULL,
    body    TEXT NOT NULL,         -- the job as wire.py writes it
    stage   TEXT NOT NULL,
    finding TEXT,
    reason  TEXT NOT NULL DEFAULT '',
    seq     INTEGER NOT NULL       -- of the journal's entry that put it there
) STRICT;
CREATE INDEX jobs_by_printer ON jobs (printer, seq);
CREATE TABLE releases (            -- an owner's word, for these bytes or this attempt only
    id      TEXT PRIMARY KEY,
    printer TEXT NOT NULL,
    sha256  TEXT,
    job     TEXT NOT NULL,
    who     TEXT NOT NULL,
    why     TEXT NOT NULL
) STRICT;
CREATE TABLE stops (               -- one stop for each job and evidence
    job      TEXT NOT NULL,
    evidence TEXT NOT NULL,
    verified INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, evidence)
) STRICT;
CREATE TABLE outbox (              -- reports that a console has not acknowledged
    seq  INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: a console counts them
    body TEXT NOT NULL
) STRICT;
CREATE TABLE facts (               -- versions of updates, identity of the guard
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
"""


class Database:
    """An open records file. Use `call` from a coroutine, `change` and `read` elsewhere.

    Raises RecordsError for a file that is damaged or of a later version, and whenever a write
    cannot be kept, as on a full disk.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="records")
        with self._explained():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = sqlite3.connect(
                self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            self.path.chmod(OWNER_ONLY)
            self._prepare()

    async def call(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run *work* in one transaction on the writing thread; it is on the disk on return."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self.change, work)

    def change(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run *work* in one transaction; all of it is kept or nothing. Raises RecordsError."""
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                answer = work(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            return answer

    def close(self) -> None:
        """Wait for what is being written, then close."""
        self._writer.shutdown(wait=True)
        self._connection.close()

    def _prepare(self) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-256"):
            self._connection.execute(f"PRAGMA {pragma}")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._connection.executescript(
                f"BEGIN IMMEDIATE;{SCHEMA}PRAGMA user_version={VERSION};COMMIT;"
            )
        elif version != VERSION:
            raise RecordsError(
                self.path, f"is of version {version}, this guard reads {VERSION}", "Update it"
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            advice = "Free some space, or move `state` to another disk"
            raise RecordsError(self.path, f"cannot be kept ({error})", advice) from error
