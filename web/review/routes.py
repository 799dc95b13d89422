"""The queue, the page of a job, and what people do there; thin: rules live in decisions/."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web.auth import sign_ins
from web.auth.access import person, role_required
from web.db import database, forget_reads, session
from web.decisions import appeals, service
from web.errors import Conflict, NotAllowed, NotMeant
from web.jobs import queries
from web.models.people import Role
from web.refusals import note as log
from web.review import live
from web.review.facets import facets
from web.review.filters import Chosen
from web.review.page import context
from web.review.queue import base_rate, rows
from web.review.wishes import read_wish
from web.wording import words_of

bp = Blueprint("review", __name__)


@bp.get("/jobs")
@role_required(Role.VIEWER)
def queue() -> str:
    """The jobs that the address asks for; those that wait for a person, unless it says more."""
    path, site_id = url_for(".queue"), person().site_id
    chosen = Chosen.of(request.args)
    page = queries.find(session(), site_id, chosen.filter())
    said = [name for name, _word in chosen.said() if name != "before"]
    return render_template(
        "review/queue.html",
        chosen=chosen,
        filtered=bool(said),
        query=chosen.url(""),
        kept=[row for row in chosen.said() if row[0] not in ("q", "before")],
        facets=facets(session(), site_id, chosen, path),
        rows=rows(session(), page.jobs),
        older=chosen.older(path, page.more) if page.more else None,
        base_rate=base_rate(session(), site_id),
        may_decide=person().may(Role.REVIEWER),
    )


@bp.get("/jobs/<hex:job_id>")
@role_required(Role.VIEWER)
def job(job_id: str) -> str:
    """Why it was held, and what can be done."""
    return _job_page(job_id)


@bp.post("/jobs/<hex:job_id>/decision")
@role_required(Role.REVIEWER)
def decide(job_id: str) -> ResponseReturnValue:
    """Carry out a choice; what can't be is told on the page of the job."""
    try:
        wish = read_wish(request.form)
        with database().writing() as writing:
            ruling = service.decide(writing, person().actor, job_id, wish)
            waits = ruling.wire_choice is None
    except (Conflict, NotAllowed, NotMeant) as error:
        log(error.event, job_id, why=error.message, status=error.status)
        return _job_page(job_id, message=words_of(error)), error.status
    flash(_("Noted; it waits for an answer.") if waits else _("Done; the guard is being told."))
    return _on(job_id)


@bp.post("/jobs/decisions")
@role_required(Role.REVIEWER)
def decide_many() -> ResponseReturnValue:
    """The same choice for several jobs; each is decided by itself."""
    wish = read_wish(request.form)
    with database().writing() as writing:
        chosen = request.form.getlist("job")
        results = service.decide_many(writing, person().actor, chosen, wish)
    refused = [words_of(why) for _id, why in results if why]
    done = len(results) - len(refused)
    flash(_("%(done)s decided.", done=done))
    for why in dict.fromkeys(refused):
        flash(_("%(count)s not: %(why)s", count=refused.count(why), why=why))
    return redirect(_queue(), code=303)


@bp.post("/jobs/<hex:job_id>/note")
@role_required(Role.REVIEWER)
def note(job_id: str) -> ResponseReturnValue:
    """Write something down beside a job."""
    try:
        with database().writing() as writing:
            service.remark(writing, person().actor, job_id, request.form.get("why", ""))
    except NotMeant as error:
        return _job_page(job_id, message=words_of(error)), error.status
    return _on(job_id)


@bp.get("/events")
@role_required(Role.VIEWER)
def events() -> Response:
    """News for pages that are open."""
    site_id, secret = person().site_id, person().secret
    base, settings = database(), current_app.config["PRINTWARDEN"]
    forget_reads()  # a stream lives long; it must not hold a transaction
    return live.stream(site_id, lambda: sign_ins.holds(base, settings, secret, Role.VIEWER))


def _job_page(job_id: str, message: str = "") -> str:
    forget_reads()
    found = queries.one(session(), person().actor, job_id)
    more: dict[str, Any] = context(session(), found)
    return render_template(
        "review/job.html",
        message=message,
        back=url_for(".queue"),
        appeal_url=url_for("appeals.appeal", token=appeals.token(found), _external=True),
        may_decide=person().may(Role.REVIEWER),
        **more,
    )


def _on(job_id: str) -> ResponseReturnValue:
    """Back to where the form was: the queue, or the page of the job."""
    if request.form.get("back") == "queue":
        return redirect(_queue(), code=303)
    return redirect(url_for(".job", job_id=job_id), code=303)


def _queue() -> str:
    """The queue with the filters that the form was shown under; they are in its address."""
    return Chosen.of(request.args).url(url_for(".queue"))
