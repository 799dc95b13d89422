"""What a submitter sees with the link of a job, without an account: an answer, a way to object."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web.db import database, session
from web.decisions import appeals
from web.errors import Conflict, NotMeant
from web.limits import limiter
from web.models.jobs import OPEN, State
from web.wording import words_of

bp = Blueprint("appeals", __name__)
OPEN_TO_APPEAL = (*OPEN, State.DENIED)


@bp.get("/appeal/<token>")
@limiter.limit("60 per minute")
def appeal(token: str) -> str:
    """What became of the job."""
    return _page(token)


@bp.post("/appeal/<token>")
@limiter.limit("5 per minute")
def object_to(token: str) -> ResponseReturnValue:
    """Take the note."""
    try:
        with database().writing() as writing:
            appeals.appeal(writing, token, request.form.get("why", ""))
    except (Conflict, NotMeant) as error:
        return _page(token, message=words_of(error)), error.status
    flash(_("Thank you. A person of this place will read it."))
    return redirect(url_for(".appeal", token=token), code=303)


def _page(token: str, message: str = "") -> str:
    job = appeals.look(session(), token)
    return render_template(
        "appeals/appeal.html", job=job, message=message, may_object=job.state in OPEN_TO_APPEAL
    )
