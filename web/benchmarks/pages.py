"""Server time of pages with many jobs: the queue, its filters, a job, the API's list."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from printer_guard.wire import new_id
from web.app import create_app
from web.auth.secret import hashed
from web.benchmarks.made_up import fill
from web.clock import now
from web.db import EXTENSION, Database
from web.first_start import prepare
from web.jobs.queries import Filter, find
from web.models.people import Role, SignIn, Site, User
from web.settings import Settings

ROUNDS = 30
SECRET = "the secret of the sign-in of a benchmark"


class Timing(NamedTuple):
    """Milliseconds of server time of one page, asked for in the same process. cpu_ms: median of
    the processor's time, which is what it takes where nothing else runs.
    """

    page: str
    median_ms: float
    p95_ms: float
    cpu_ms: float
    bound_ms: float


def measure(jobs: int, *, database: str = "") -> Iterator[Timing]:
    """The pages of a console with *jobs* made-up jobs, each asked for `ROUNDS` times."""
    with filled(jobs, database) as (app, site_id):
        client = signed_in(app)
        with app.extensions[EXTENSION].session() as session:
            job = find(session, site_id, Filter()).jobs[0].id
        for page, path, bound in (
            ("queue", "/jobs", 50),
            ("queue, all states", "/jobs?state=all", 50),
            ("job", f"/jobs/{job}", 50),
            ("filter: verdict", "/jobs?state=all&verdict=flagged", 100),
            ("filter: printer", "/jobs?state=all&printer=printer-7", 100),
            ("filter: name", "/jobs?state=all&text=vase-19", 100),
        ):
            yield Timing(page, *_timed(client, path), bound)


@contextmanager
def filled(jobs: int, database: str = "") -> Iterator[tuple[Flask, str]]:
    """A console with made-up jobs in a folder that is gone afterwards, and its site."""
    with tempfile.TemporaryDirectory(prefix="printwarden-bench-") as folder:
        settings = Settings(state=Path(folder), database=database, rate_limits=False)
        base = Database(settings.database_url)
        prepare(base, settings)
        with base.writing() as session:
            site_id = session.scalars(select(Site.id)).one()
            fill(session, site_id, jobs)
            _person(session, site_id)
        yield create_app(settings, base), site_id
        base.close()


def signed_in(app: Flask) -> FlaskClient:
    """A browser that is signed in as an administrator."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = SECRET
    return client


def _person(session: Session, site_id: str) -> None:
    """An administrator without a password, already signed in."""
    user = User(
        id=new_id(),
        site_id=site_id,
        login="bench",
        name="Bench",
        role=Role.ADMINISTRATOR,
        created_at=now(),
    )
    session.add(user)
    session.flush()
    times = dict.fromkeys(("created_at", "seen_at", "confirmed_at"), now())
    session.add(
        SignIn(user_id=user.id, secret_hash=hashed(SECRET), address="", agent="bench", **times)
    )


def _timed(client: FlaskClient, path: str) -> tuple[float, float, float]:
    """Median and 95th percentile of the clock, median of the processor, in milliseconds."""
    taken, used = [], []
    for _ in range(ROUNDS + 1):
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(path)
        taken.append(1000 * (time.perf_counter() - began))
        used.append(1000 * (time.process_time() - worked))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
    taken = sorted(taken[1:])  # the first one compiles templates
    return statistics.median(taken), taken[int(0.95 * len(taken))], statistics.median(used[1:])
