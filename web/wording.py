"""Words and times as people read them: language by the browser, names made harmless."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from flask import Flask, request
from flask_babel import Babel, format_datetime, get_locale, gettext
from flask_login import current_user

from web.errors import Refused

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Those with a catalogue, by their own names."""
LONGEST_NAME = 255
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode categories that a name could hide behind: controls, bidi marks, private use."""


def install(app: Flask) -> None:
    """Give templates `_`, `moment` and the language."""
    Babel(app, locale_selector=_language)
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.globals["get_locale"] = get_locale


def moment(at: float | None) -> str:
    """A time in words of the reader's language; times are UTC."""
    if at is None:
        return "–"  # noqa: RUF001 (a dash is meant)
    words: str = format_datetime(datetime.fromtimestamp(at, UTC), "medium")
    return words


def words_of(error: Refused) -> str:
    """What a refusal says, in the reader's language."""
    words: str = gettext(error.template, **error.values)
    return words


def shown_name(text: str) -> str:
    """A name from outside as it is kept and shown: one line, nothing invisible in it."""
    plain = unicodedata.normalize("NFC", text)
    seen = "".join(" " if unicodedata.category(c) in UNSEEN else c for c in plain)
    return " ".join(seen.split())[:LONGEST_NAME] or "unnamed"


def shown_text(text: str, longest: int) -> str:
    """Words of several lines, with nothing invisible in them."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    seen = (c if c == "\n" or unicodedata.category(c) not in UNSEEN else " " for c in plain)
    return "".join(seen)[:longest]


def _language() -> str | None:
    """What the person has chosen, or what the browser prefers; programs are told in English."""
    if request.path.startswith("/api/"):
        return None
    chosen = current_user.language if current_user.is_authenticated else None
    return chosen or request.accept_languages.best_match(list(LANGUAGES))
