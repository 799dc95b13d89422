"""The box that takes a file and says what it looks like; the file is gone afterwards."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth.access import person, role_required
from web.db import database, session
from web.errors import NotMeant, Refused
from web.limits import limiter, takes_files
from web.models.people import Role
from web.refusals import note
from web.scans import service
from web.wording import words_of

bp = Blueprint("scans", __name__)


@bp.get("/scans")
@role_required(Role.REVIEWER)
def box() -> str:
    """The box, and what was scanned lately."""
    return _box()


@bp.post("/scans")
@takes_files(lambda settings: settings.upload_bytes)
@role_required(Role.REVIEWER)
@limiter.limit("10 per minute")
def scan() -> ResponseReturnValue:
    """Judge the file; what can't be judged is told beside the box."""
    settings = current_app.config["PRINTWARDEN"]
    try:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise NotMeant("Choose a file.")
        row = service.scan(database(), settings, person().actor, file.stream, file.filename)
    except Refused as error:
        note(error.event, "scan", status=error.status, why=error.message)
        return _box(words_of(error)), error.status
    return redirect(url_for(".verdict", scan_id=row.id), code=303)


@bp.get("/scans/<hex:scan_id>")
@role_required(Role.REVIEWER)
def verdict(scan_id: str) -> str:
    """What one file looks like."""
    row = service.get(session(), person().site_id, scan_id)
    return render_template("scans/verdict.html", scan=row)


def _box(message: str = "") -> str:
    rows = service.of_site(session(), person().site_id)
    settings = current_app.config["PRINTWARDEN"]
    return render_template("scans/box.html", scans=rows, message=message, settings=settings)
