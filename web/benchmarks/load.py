"""Many guards at once: each reports in its own rhythm, waits, repeats itself, tries again.

What was acknowledged is written down here, and held against the console's database at the end.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from printer_guard.wire import Job, Report, Route, to_mapping
from web.audit.reading import check
from web.benchmarks.made_up import fill, guards
from web.benchmarks.server import Server
from web.db import Database
from web.first_start import prepare
from web.models.fleet import Guard
from web.models.jobs import GuardReport
from web.models.people import Site
from web.settings import Settings

WAIT_S = 20
RETRY_S = 0.5
REPEATED = 0.05  # of the reports are sent twice, as after a lost answer
TIMEOUT_S = 30


@dataclass(slots=True)
class Tally:
    """What all guards together saw. acknowledged: (guard's name, sequence)."""

    milliseconds: list[float] = field(default_factory=list)
    acknowledged: set[tuple[str, int]] = field(default_factory=set)
    refused: int = 0
    retries: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a load came to. lost and doubled have to be 0, and the log whole."""

    reports: int
    seconds: float
    per_second: float
    median_ms: float
    p95_ms: float
    lost: int
    doubled: int
    refused: int
    retries: int
    kills: int
    log_holds: bool
    server_mib: float


def run(
    folder: Path, *, count: int, per_second: float, seconds: float, jobs: int, kills: int = 0
) -> Outcome:
    """Load a console in *folder* that already has *jobs* jobs; kill -9 it *kills* times."""
    settings = Settings(state=folder)
    base = Database(settings.database_url)
    prepare(base, settings)
    with base.writing() as session:
        site_id = session.scalars(select(Site.id)).one()
        if jobs:
            fill(session, site_id, jobs)
        keys = {guard.name: key for guard, key in guards(session, site_id, count, "load")}
    base.close()
    tally = Tally()
    with Server(folder) as server:
        began = time.monotonic()
        _drive(server, keys, tally, period_s=count / per_second, until=began + seconds, kills=kills)
        took = time.monotonic() - began
        memory = server.resident_mib()
    return _held_against(settings, site_id, tally, took=took, kills=kills, memory=memory)


def _drive(
    server: Server, keys: dict[str, str], tally: Tally, *, period_s: float, until: float, kills: int
) -> None:
    """Let all guards loose, and kill the server now and then."""
    threads = [
        threading.Thread(target=_reports, args=(server.port, name, key, period_s, until, tally))
        for name, key in keys.items()
    ]
    over = threading.Event()
    for name, key in keys.items():
        threading.Thread(target=_waits, args=(server.port, name, key, over), daemon=True).start()
    for thread in threads:
        thread.start()
    pause = (until - time.monotonic()) / (kills + 1)
    for _ in range(kills):
        time.sleep(pause * random.uniform(0.5, 1.0))
        server.kill()
        server.start()
    for thread in threads:
        thread.join()
    over.set()


def _reports(port: int, name: str, key: str, period_s: float, until: float, tally: Tally) -> None:
    """One guard: a report a period, again until it is acknowledged."""
    dice, sequence = random.Random(name), 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    due = time.monotonic() + dice.random() * period_s
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        sequence += 1
        body = json.dumps({"reports": [to_mapping(_report(name, sequence, dice))]})
        for _ in range(2 if dice.random() < REPEATED else 1):
            _deliver(connection, key, body, (name, sequence), tally)
        due += period_s
    connection.close()


def _deliver(
    connection: http.client.HTTPConnection,
    key: str,
    body: str,
    known_by: tuple[str, int],
    tally: Tally,
) -> None:
    """Send *body* until it is answered."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    while True:
        began = time.perf_counter()
        try:
            connection.request("POST", "/api/v1/reports", body, headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            if answer.status == 200:
                break
        except (OSError, http.client.HTTPException, ValueError):
            connection.close()
        with tally.lock:
            tally.retries += 1
        time.sleep(RETRY_S)
    with tally.lock:
        tally.milliseconds.append(1000 * (time.perf_counter() - began))
        if told["results"][0]["outcome"] == "refused":
            tally.refused += 1
        else:
            tally.acknowledged.add(known_by)


def _waits(port: int, name: str, key: str, over: threading.Event) -> None:
    """The same guard's other connection: it waits for decisions all the time."""
    headers = {"Authorization": f"Bearer {key}"}
    while not over.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S + WAIT_S)
        try:
            while not over.is_set():
                connection.request("GET", f"/api/v1/decisions?wait={WAIT_S}", headers=headers)
                connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            over.wait(RETRY_S)
        connection.close()


def _report(name: str, sequence: int, dice: random.Random) -> Report:
    verdict, action = dice.choice([("clear", "release")] * 9 + [("review", "hold")])
    job = Job(
        printer=f"printer-of-{name}",
        name=f"part-{sequence}.gcode",
        route=Route.FILE,
        sha256=f"{dice.getrandbits(256):064x}",
        size_bytes=dice.randrange(10_000_000),
        id=f"{name}-{sequence}",
    )
    return Report(
        guard=name,
        sequence=sequence,
        at=time.time(),
        event="judged",
        job=job,
        verdict=verdict,
        weapon_score=dice.random(),
        reason="made up",
        action=action,
        verified=True,
    )


def _held_against(
    settings: Settings, site_id: str, tally: Tally, *, took: float, kills: int, memory: float
) -> Outcome:
    """What the guards were told, against what the console has."""
    base = Database(settings.database_url)
    with base.session() as session:
        query = select(Guard.name, GuardReport.sequence, func.count()).join(
            Guard, Guard.id == GuardReport.guard_id
        )
        rows = session.execute(query.group_by(Guard.name, GuardReport.sequence)).all()
        holds = check(session, site_id).broken is None
    base.close()
    kept = {(name, sequence): count for name, sequence, count in rows}
    times = sorted(tally.milliseconds)
    return Outcome(
        reports=len(tally.acknowledged),
        seconds=round(took, 1),
        per_second=round(len(times) / took, 1),
        median_ms=round(times[len(times) // 2], 1),
        p95_ms=round(times[int(0.95 * len(times))], 1),
        lost=len(tally.acknowledged - kept.keys()),
        doubled=sum(count - 1 for count in kept.values()),
        refused=tally.refused,
        retries=tally.retries,
        kills=kills,
        log_holds=holds,
        server_mib=round(memory, 1),
    )
