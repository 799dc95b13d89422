"""Words, signs and colours of what pages show: verdicts, states, choices, roles. Tables, no rules.

A flag is no accusation: words say what a shape looks like and what happens next.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask import Flask
from flask_babel import LazyString, format_timedelta
from flask_babel import lazy_gettext as _

from web.models.decisions import Choice
from web.models.jobs import State
from web.models.people import Role


class Look(NamedTuple):
    """A badge. colour: a class of parts.css; sign: so that colour is never alone."""

    words: LazyString | str
    sign: str = "•"
    colour: str = ""


VERDICTS: Mapping[str, Look] = {
    "clear": Look(_("Clear"), "✓", "good"),
    "review": Look(_("Not sure"), "?", "doubt"),
    "flagged": Look(_("Flagged"), "!", "alarm"),
    "unreadable": Look(_("Could not be read"), "×", "quiet"),  # noqa: RUF001 (a sign)
}
NO_VERDICT = Look(_("No verdict yet"), "…")

STATES: Mapping[str, Look] = {
    State.HELD: Look(_("Waits for you"), "‖", "doubt"),
    State.BLOCKED: Look(_("Stopped"), "■", "alarm"),
    State.SECOND: Look(_("Waits for a second person"), "½", "doubt"),
    State.ASKED: Look(_("Owner was asked"), "→", "doubt"),
    State.RELEASED: Look(_("Released"), "✓", "good"),
    State.DENIED: Look(_("Denied"), "×", "alarm"),  # noqa: RUF001 (a sign)
    State.JUDGING: Look(_("Being judged"), "…"),
    State.PASSED: Look(_("Passed"), "✓", "good"),
}

ACTIONS: Mapping[str, LazyString] = {
    "release": _("let it print"),
    "hold": _("held it"),
    "refuse": _("refused it"),
}

CHOICES: Mapping[str, LazyString] = {
    Choice.APPROVE_ONCE: _("Approve once"),
    Choice.APPROVE_FILE: _("Approve this file from now on"),
    Choice.PERMIT: _("Permit"),
    Choice.DENY: _("Deny"),
    Choice.ASK: _("Ask the owner"),
}
ROUTES: Mapping[str, LazyString] = {
    "file": _("a file that the host sends"),
    "stream": _("a stream, line by line"),
    "sd": _("a file on the printer's own card"),
}
ROLES: Mapping[str, LazyString] = {
    Role.VIEWER: _("viewer"),
    Role.REVIEWER: _("reviewer"),
    Role.ADMINISTRATOR: _("administrator"),
}


def action_words(word: str | None) -> LazyString | str:
    """What a guard did; a word from a newer one is shown as it is."""
    return ACTIONS.get(word, word) if word else "–"  # noqa: RUF001 (a dash is meant)


def verdict_look(word: str | None) -> Look:
    """How a verdict is shown; a word from a newer guard is shown as it is."""
    return VERDICTS.get(word, Look(word)) if word else NO_VERDICT


def state_look(word: str) -> Look:
    """How a state is shown."""
    return STATES.get(word, Look(word))


def choice_words(word: str) -> LazyString | str:
    """What a choice is called."""
    return CHOICES.get(word, word)


def role_words(word: str) -> LazyString | str:
    """What a role is called."""
    return ROLES.get(word, word)


def route_words(word: str) -> LazyString | str:
    """How the bytes of a job come to the printer."""
    return ROUTES.get(word, word)


def iso(at: float) -> str:
    """Seconds since 1970 as the `datetime` of a <time>."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def duration(seconds: float | None) -> str:
    """How long something took, in the two words that matter."""
    if seconds is None:
        return "–"  # noqa: RUF001 (a dash is meant)
    return str(format_timedelta(timedelta(seconds=seconds), threshold=1.5))


def shape_name(name: str) -> str:
    """The last part of a shape's name, which says where it came from first."""
    return name.rpartition("__")[2].replace("_", " ").strip() or name


def bytes_words(size: int | None) -> str:
    """A size for a person."""
    if size is None:
        return "–"  # noqa: RUF001 (a dash is meant)
    value = float(size)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def install(app: Flask) -> None:
    """Give all of it to templates."""
    words = (verdict_look, state_look, action_words, choice_words, role_words, route_words)
    app.jinja_env.globals.update({function.__name__: function for function in words})
    app.jinja_env.filters.update(
        iso=iso, bytes_words=bytes_words, shape_name=shape_name, duration=duration
    )
