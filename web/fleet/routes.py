"""Pages of the fleet: printers and guards as they are now, and what is offered to guards."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web.auth.access import person, role_required
from web.db import database, session
from web.errors import NotMeant
from web.fleet import enrolment, live, updates
from web.limits import takes_files
from web.models.people import Role

bp = Blueprint("fleet", __name__)
STAGES = {"tenth": 0.1, "half": 0.5, "all": 1.0}
"""Word in the form -> the share of guards that is offered an update."""


@bp.get("/fleet")
@role_required(Role.VIEWER)
def overview() -> str:
    """Printers by guard, with their live state and figures of the last thirty days."""
    return _overview()


@bp.post("/fleet/token")
@role_required(Role.ADMINISTRATOR)
def make_token() -> ResponseReturnValue:
    """A token with which one guard enrols; it is shown once."""
    with database().writing() as writing:
        token = enrolment.make_token(writing, person().actor, request.form.get("name", ""))
    return _overview(token=token)


@bp.post("/fleet/<hex:guard_id>/revoke")
@role_required(Role.ADMINISTRATOR)
def revoke(guard_id: str) -> ResponseReturnValue:
    """Its key works no longer."""
    with database().writing() as writing:
        enrolment.revoke(writing, person().actor, guard_id)
    return redirect(url_for(".overview"), code=303)


@bp.get("/fleet/updates")
@role_required(Role.ADMINISTRATOR)
def list_updates() -> str:
    """Signed policies and models, and which guards are offered which."""
    site_id = person().site_id
    return render_template(
        "fleet/updates.html",
        updates=updates.of_site(session(), site_id),
        rollouts=updates.rollouts(session(), site_id),
        kinds=updates.KINDS,
        stages=list(STAGES),
    )


@bp.post("/fleet/updates")
@takes_files(lambda _settings: updates.MOST_BYTES)
@role_required(Role.ADMINISTRATOR)
def add_update() -> ResponseReturnValue:
    """Keep a signed file that was uploaded."""
    file = request.files.get("file")
    version = request.form.get("version", type=int)
    if file is None or version is None:
        raise NotMeant("An update is a file with a version.")
    with database().writing() as writing:
        kind = request.form.get("kind", "")
        updates.add(writing, person().actor, kind, version, file.stream.read())
    flash(_("Kept. No guard is offered it yet."))
    return redirect(url_for(".list_updates"), code=303)


@bp.post("/fleet/updates/<hex:update_id>/offer")
@role_required(Role.ADMINISTRATOR)
def offer(update_id: str) -> ResponseReturnValue:
    """Offer it to some guards or to all; an older one is offered again the same way."""
    share = STAGES.get(request.form.get("to", ""))
    if share is None:
        raise NotMeant("Say to how many guards.")
    with database().writing() as writing:
        updates.roll_out(writing, person().actor, update_id, guard_ids=None, share=share)
    return redirect(url_for(".list_updates"), code=303)


def _overview(token: str = "") -> str:
    site_id = person().site_id
    guards = live.guards(session(), site_id)
    return render_template(
        "fleet/overview.html",
        guards=guards,
        silent={guard.id for guard in guards if live.silent(guard)},
        figures=live.figures(session(), site_id),
        token=token,
        may_change=person().may(Role.ADMINISTRATOR),
    )
