"""The month's report, and reviewed jobs as a labelled set, for programs."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response
from pydantic import BaseModel, Field

from web.api.endpoint import Endpoint, Query
from web.api.identity import Caller
from web.clock import now
from web.db import database
from web.refusals import note
from web.reports import labelled
from web.reports.service import Month, report

NDJSON = "application/x-ndjson"


class MonthQuery(Query):
    """month: as 2026-11, in UTC; the current one unless said."""

    month: str = Field(default="", pattern=r"^(2[0-9]{3}-(0[1-9]|1[0-2]))?$")


class ReviewedQuery(Query):
    """pictures: whether the pictures of each job come along, WebP in base64."""

    pictures: bool = False


class PrinterCounts(BaseModel):
    """One printer's month."""

    printer: str
    jobs: int
    held: int
    released: int
    denied: int


class Decider(BaseModel):
    """How many decisions somebody took."""

    name: str
    decisions: int


class MonthReport(BaseModel):
    """released_share: of what people decided, how much they released; null when they decided
    nothing. wait_half_s, wait_most_s: so long or less half, and nine in ten, waited for a decision.
    """

    month: str
    jobs: int
    held: int
    held_per_1000: float
    released_share: float | None
    wait_half_s: float | None
    wait_most_s: float | None
    appeals: int
    printers: list[PrinterCounts]
    people: list[Decider]


def month(caller: Caller, query: MonthQuery) -> MonthReport:
    """What was printed, held and decided in a month, and how fast."""
    with database().session() as session:
        found = report(session, caller.actor.site_id, Month.of(query.month, now()))
    return MonthReport(
        month=str(found.month),
        jobs=found.total("jobs"),
        held=found.total("held"),
        held_per_1000=found.held_per_1000,
        released_share=found.released_share,
        wait_half_s=found.wait_s(0.5),
        wait_most_s=found.wait_s(0.9),
        appeals=found.appeals,
        printers=[
            PrinterCounts(**{name: getattr(row, name) for name in PrinterCounts.model_fields})
            for row in found.printers
        ],
        people=[Decider(name=name, decisions=count) for name, count in found.people],
    )


def reviewed(caller: Caller, query: ReviewedQuery) -> Response:
    """What people decided, a line a job, to learn from; it is noted in the log."""
    base, site_id = database(), caller.actor.site_id
    note("reviewed-exported", site_id, who=caller.actor, pictures=query.pictures)

    def text() -> Iterator[str]:
        with base.session() as reader:
            yield from labelled.lines(reader, site_id, pictures=query.pictures)

    return Response(text(), mimetype=NDJSON)


ENDPOINTS = (
    Endpoint(
        method="GET", path="/month", who="jobs:read", words="The report of a month",
        view=month, query=MonthQuery, answer=MonthReport,
    ),
    Endpoint(
        method="GET", path="/reviewed", who="reviewed:read", words="Reviewed jobs, to learn from",
        view=reviewed, query=ReviewedQuery, answer_type=NDJSON,
    ),
)  # fmt: skip
