"""The page of what stands: approved files and permits, and how to end one."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from web.auth.access import person, role_required
from web.clock import now
from web.db import database, session
from web.decisions import standing
from web.models.people import Role

bp = Blueprint("standing", __name__)


@bp.get("/standing")
@role_required(Role.VIEWER)
def listed() -> str:
    """All that stands or stood."""
    return render_template(
        "standing/listed.html",
        rows=standing.of_site(session(), person().site_id),
        now=now(),
        may_end=person().may(Role.REVIEWER),
    )


@bp.post("/standing/<hex:standing_id>/end")
@role_required(Role.REVIEWER)
def end(standing_id: str) -> ResponseReturnValue:
    """It holds no longer."""
    with database().writing() as writing:
        standing.end(writing, person().actor, standing_id)
    return redirect(url_for(".listed"), code=303)
