"""A form of the job page -> what somebody wants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from werkzeug.datastructures import MultiDict

from web.decisions.service import Wish
from web.decisions.standing import Permit
from web.errors import NotMeant
from web.models.decisions import Choice


def read_wish(form: MultiDict[str, str]) -> Wish:
    """The choice with its reason. Raises NotMeant for a choice that there is not."""
    try:
        choice = Choice(form.get("choice", ""))
    except ValueError as error:
        raise NotMeant("Choose what to do.") from error
    permit = _permit(form) if choice is Choice.PERMIT else None
    return Wish(choice, form.get("why", ""), permit)


def _permit(form: MultiDict[str, str]) -> Permit:
    return Permit(
        holder=form.get("holder", ""),
        what=form.get("what", ""),
        until=_end_of(form.get("until", "")),
        this_file=form.get("covers", "file") == "file",
    )


def _end_of(day: str) -> float:
    """The end of *day*, in UTC. Raises NotMeant."""
    try:
        first = date.fromisoformat(day)
    except ValueError as error:
        raise NotMeant("Say until which day the permit holds, as 2026-12-31.") from error
    midnight = datetime.combine(first + timedelta(days=1), datetime.min.time(), UTC)
    return midnight.timestamp()
