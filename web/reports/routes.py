"""The month's report, and reviewed jobs as a labelled set."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request

from web.auth.access import person, role_required
from web.clock import now
from web.db import database, session
from web.models.people import Role, Site
from web.refusals import note
from web.reports import labelled
from web.reports.service import Month, report

bp = Blueprint("reports", __name__)


@bp.get("/reports")
@role_required(Role.VIEWER)
def month() -> str:
    """One month on one page, which prints well."""
    chosen = Month.of(request.args.get("month", ""), now())
    site = session().get_one(Site, person().site_id)
    return render_template(
        "reports/month.html",
        report=report(session(), site.id, chosen),
        site=site,
        now=now(),
        may_export=person().may(Role.ADMINISTRATOR),
    )


@bp.get("/reports/reviewed.jsonl")
@role_required(Role.ADMINISTRATOR)
def reviewed() -> Response:
    """What people decided, for training; with pictures when asked for."""
    base, site_id, pictures = database(), person().site_id, "pictures" in request.args
    note("reviewed-exported", site_id, pictures=pictures)

    def text() -> Iterator[str]:
        with base.session() as reader:
            yield from labelled.lines(reader, site_id, pictures=pictures)

    response = Response(text(), mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = "attachment; filename=printwarden-reviewed.jsonl"
    return response
