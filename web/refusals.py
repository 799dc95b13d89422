"""What is refused is told in plain words and noted: one handler for pages and programs alike."""

from __future__ import annotations

import logging

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from web.actor import NOBODY, Actor
from web.audit.chain import append
from web.db import database
from web.errors import Refused
from web.wording import words_of

log = logging.getLogger(__name__)

WORDS = {
    400: _("This request cannot be meant."),
    404: _("No page of this console has this address."),
    405: _("This address does not do that."),
    413: _("That is more than this console takes."),
    415: _("This kind of content is not taken here."),
    429: _("Too many requests. Wait a moment, then try again."),
}
KEPT = ("Allow", "Retry-After")
NOTED = (400, 413, 429)
"""Statuses of Flask's own that get a line; a mistyped address is no event."""


def actor() -> Actor:
    """Who the current request comes from, as far as is known."""
    found: Actor = g.get("actor", NOBODY)
    return found


def note(event: str, subject: str = "", *, who: Actor | None = None, **details: object) -> None:
    """A line in the audit log, in a transaction of its own."""
    with database().writing() as session:
        append(session, who or actor(), event, subject, **details)


def install(app: Flask) -> None:
    """Handle refusals, in HTML or in JSON."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _failed)
    app.register_error_handler(Exception, _fault)


def answer(status: int, message: str) -> ResponseReturnValue:
    """*message* as the kind of answer that the client reads."""
    if request.path.startswith("/api/") or request.is_json:
        return jsonify(message=message), status
    return render_template("message.html", message=message, status=status), status


def _refused(error: Refused) -> ResponseReturnValue:
    note(error.event, _where(), status=error.status, why=error.message, detail=error.detail)
    return answer(error.status, words_of(error))


def _forged(error: CSRFError) -> ResponseReturnValue:
    note("form-forged", _where(), why=str(error.description))
    return answer(
        400, str(_("This form is out of date. Go back, load the page again and repeat it."))
    )


def _failed(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:  # a redirect in the making
        return error.get_response()
    if status in NOTED or _is_path_trick():
        note("refused", _where(), status=status)
    answered = make_response(answer(status, str(WORDS.get(status, error.description))))
    for name, value in error.get_headers():
        if name in KEPT:
            answered.headers[name] = value
    return answered


def _fault(error: Exception) -> ResponseReturnValue:
    log.error("fault at %s", _where(), exc_info=error)
    return answer(500, str(_("The console could not do this; its log says why.")))


def _is_path_trick() -> bool:
    """Whether the address climbs: no page of ours leads to one that does."""
    return ".." in request.path.split("/")


def _where() -> str:
    """Method and rule, never the path itself: it may hold a secret link."""
    rule = request.url_rule.rule if request.url_rule else "unknown address"
    return f"{request.method} {rule}"
