"""The database: engine, sessions for reading, transactions for writing.

SQLite (WAL) and PostgreSQL. What `writing` returned from is on the disk (`synchronous=FULL`).
A transaction that writes says so when it begins: SQLite then waits for its turn at the start and
never fails half-way because somebody else wrote meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session

from web.events import publish

EXTENSION = "printwarden-database"
WRITES = "printwarden_writes"
BUSY_S = 30
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",  # what retention deletes is overwritten, not only unlinked
    f"busy_timeout={BUSY_S * 1000}",
    "cache_size=-16000",
)


class Database:
    """An engine, and the two ways to use it."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.lite = self.url.get_backend_name() == "sqlite"
        if self.lite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.engine = _engine(self.url.render_as_string(hide_password=False), lite=self.lite)
        # One process: writers queue here, in order, instead of spinning in SQLite.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.lite else nullcontext()

    def session(self) -> Session:
        """A session for reading; close it."""
        return Session(self.engine)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction: all of it is on the disk on leaving, or nothing."""
        engine = self.engine.execution_options(**{WRITES: True})
        with Session(engine) as session:
            with self._turn, session.begin():
                yield session
            publish(session)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(url: str, *, lite: bool) -> Engine:
    # All are kept: opening one costs more than most questions.
    pool = {"pool_size": 32, "max_overflow": 0, "pool_timeout": BUSY_S}
    engine = create_engine(url, **pool, **({} if lite else {"pool_pre_ping": True}))
    if lite:
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    """Leave transactions to `_begin`: the driver's own are begun too late."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    kind = "IMMEDIATE" if connection.get_execution_options().get(WRITES) else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {kind}")


def attach(app: Flask, database: Database) -> None:
    """Let `database()` and `session()` work in requests of *app*."""
    app.extensions[EXTENSION] = database
    app.teardown_appcontext(_close)


def database() -> Database:
    """The database of the current application."""
    found: Database = current_app.extensions[EXTENSION]
    return found


def session() -> Session:
    """The request's session for reading; templates may follow relations through it."""
    if "session_for_reading" not in g:
        g.session_for_reading = database().session()
    found: Session = g.session_for_reading
    return found


def forget_reads() -> None:
    """End the reading transaction, so that what is read next is as new as can be."""
    if "session_for_reading" in g:
        g.pop("session_for_reading").close()


def _close(_error: BaseException | None) -> None:
    if "session_for_reading" in g:
        g.pop("session_for_reading").close()
