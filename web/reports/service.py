"""The numbers of one month of a site: what was printed, held, released, denied, and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from web.models.decisions import Kind, Remark, Ruling
from web.models.jobs import Job, State

YEARS = range(1970, 3000)
WITHOUT_HOLD = (State.PASSED, State.JUDGING)
REVIEWED = (State.RELEASED, State.DENIED)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC."""

    year: int
    month: int

    @classmethod
    def of(cls, text: str, now: float) -> Month:
        """From "2026-11"; the current month for anything else."""
        today = datetime.fromtimestamp(now, UTC)
        try:
            day = datetime.strptime(text, "%Y-%m")
        except ValueError:
            day = today
        chosen = day if day.year in YEARS else today
        return cls(chosen.year, chosen.month)

    @property
    def start(self) -> float:
        """UTC seconds of its first moment."""
        return datetime(self.year, self.month, 1, tzinfo=UTC).timestamp()

    def next(self, step: int = 1) -> Month:
        """The month *step* months later."""
        year, month = divmod(self.year * 12 + self.month - 1 + step, 12)
        return Month(year, month + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class PrinterRow:
    """One printer's month."""

    printer: str
    jobs: int
    held: int
    released: int
    denied: int


@dataclass(frozen=True, slots=True)
class Report:
    """waits_s: seconds from hold to decision, ascending. people: name -> decisions."""

    month: Month
    printers: list[PrinterRow]
    waits_s: Sequence[float]
    people: list[tuple[str, int]]
    appeals: int

    def total(self, column: str) -> int:
        """Of a column over all printers."""
        return sum(getattr(row, column) for row in self.printers)

    @property
    def held_per_1000(self) -> float:
        """How often somebody had to wait."""
        jobs = self.total("jobs")
        return 1000 * self.total("held") / jobs if jobs else 0.0

    @property
    def released_share(self) -> float | None:
        """Of what people decided, how much they released: the false alarms."""
        decided = self.total("released") + self.total("denied")
        return self.total("released") / decided if decided else None

    def wait_s(self, share: float) -> float | None:
        """So long or less *share* of the held jobs waited."""
        if not self.waits_s:
            return None
        return self.waits_s[min(int(share * len(self.waits_s)), len(self.waits_s) - 1)]


def report(session: Session, site_id: str, month: Month) -> Report:
    """The numbers of *month*."""
    jobs = [Job.site_id == site_id, Job.at >= month.start, Job.at < month.next().start]
    waits = select(Job.decided_at - Job.at).where(*jobs, Job.decided_at.is_not(None))
    people = (
        select(Ruling.by_name, func.count())
        .where(Ruling.site_id == site_id, Ruling.by.startswith("user:"))
        .where(Ruling.at >= month.start, Ruling.at < month.next().start)
        .group_by(Ruling.by_name)
        .order_by(func.count().desc())
    )
    appeals = select(func.count()).where(
        Remark.site_id == site_id, Remark.kind == Kind.APPEAL,
        Remark.at >= month.start, Remark.at < month.next().start,
    )  # fmt: skip
    return Report(
        month=month,
        printers=_printers(session, jobs),
        waits_s=sorted(float(wait) for wait in session.scalars(waits) if wait is not None),
        people=[(name, count) for name, count in session.execute(people)],
        appeals=session.scalar(appeals) or 0,
    )


def _printers(session: Session, jobs: list[ColumnElement[bool]]) -> list[PrinterRow]:
    query = select(Job.printer, Job.state, func.count()).where(*jobs)
    counts: dict[str, dict[str, int]] = {}
    for printer, state, count in session.execute(query.group_by(Job.printer, Job.state)):
        counts.setdefault(printer, {})[state] = count
    return [
        PrinterRow(
            printer=printer,
            jobs=sum(by_state.values()),
            held=sum(n for state, n in by_state.items() if state not in WITHOUT_HOLD),
            released=by_state.get(State.RELEASED, 0),
            denied=by_state.get(State.DENIED, 0),
        )
        for printer, by_state in sorted(counts.items())
    ]
