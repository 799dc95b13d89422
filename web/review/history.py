"""All that happened to a job, as one list: what its guard reported, what was decided and said."""

from __future__ import annotations

import json
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.jobs.queries import history
from web.models.decisions import Kind, Remark, Ruling
from web.models.jobs import GuardReport, Job
from web.shown import choice_words


class Happening(NamedTuple):
    """who did what, and the words that go with it."""

    at: float
    who: str
    what: str
    text: str = ""


def happenings(session: Session, job: Job) -> list[Happening]:
    """In order of time."""
    reports, rulings, remarks = history(session, job)
    found = [
        *(_reported(report, job.guard.name) for report in reports),
        *(_ruled(ruling) for ruling in rulings),
        *(_received(ruling, job.guard.name) for ruling in rulings if ruling.receipt_at),
        *(_said(remark) for remark in remarks),
    ]
    return sorted(found, key=lambda entry: entry.at)


def _reported(report: GuardReport, guard: str) -> Happening:
    told = json.loads(report.body)
    what = _("reported: %(event)s", event=report.event)
    return Happening(report.at, guard, what, str(told.get("reason") or ""))


def _ruled(ruling: Ruling) -> Happening:
    what = choice_words(ruling.choice)
    if ruling.second_of:
        what = _("agreed as the second person: %(choice)s", choice=what)
    elif ruling.by.startswith("standing:"):
        what = _("had allowed it before: %(choice)s", choice=what)
    else:
        what = _("chose: %(choice)s", choice=what)
    return Happening(ruling.at, ruling.by_name, what, ruling.why)


def _received(ruling: Ruling, guard: str) -> Happening:
    what = _("carried it out") if ruling.applied else _("could not carry it out")
    return Happening(ruling.receipt_at or 0.0, guard, what, ruling.receipt)


def _said(remark: Remark) -> Happening:
    words = {Kind.NOTE: _("noted"), Kind.QUESTION: _("asked"), Kind.APPEAL: _("objected")}
    return Happening(remark.at, remark.by_name, words.get(Kind(remark.kind), ""), remark.text)
