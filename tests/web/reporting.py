"""Reports of a guard, as tests send them."""

import itertools
import json

from printer_guard.wire import Job, Report, Route, to_json
from web.benchmarks.made_up import guards
from web.jobs import intake
from web.models.fleet import Guard

DIGEST = "a" * 64
numbers = itertools.count(1)


def job(**more):
    return Job(
        **{"printer": "voron", "name": "cup.gcode", "route": Route.FILE, "sha256": DIGEST} | more
    )


def report(told=None, *, sequence=None, **more):
    """The body of a report: held and flagged unless said otherwise."""
    fields = {
        "guard": "guard-0",
        "sequence": sequence or next(numbers),
        "at": 1.8e9,
        "event": "held",
        "job": told or job(),
        "verdict": "flagged",
        "weapon_score": 0.93,
        "reason": "Object 1 looks handgun-like",
        "action": "hold",
        "verified": True,
    }
    return json.loads(to_json(Report(**fields | more)))


def take(app, database, guard_id, *bodies):
    """What the console answers to *bodies* of that guard."""
    with app.app_context(), database.writing() as session:
        return intake.take(session, session.get_one(Guard, guard_id), bodies)


def guard_of(database, site):
    """A new guard of the site: its id and key."""
    with database.writing() as session:
        ((guard, key),) = guards(session, site, 1)
        return guard.id, key
