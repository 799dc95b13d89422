"""Pictures and numbers of a job's evidence, one part an address; never anything that runs."""

from __future__ import annotations

from flask import Blueprint, Response, request

from web.auth.access import person, role_required
from web.db import session
from web.evidence.store import part as find
from web.models.people import Role

bp = Blueprint("evidence", __name__)


@bp.get("/jobs/<job_id>/evidence/<name>")
@role_required(Role.VIEWER)
def part(job_id: str, name: str) -> Response:
    """One part; the browser may keep it as long as it asks whether it still is the same."""
    body, media_type, digest = find(session(), person().actor, job_id, name)
    response = Response(body, mimetype=media_type)
    response.set_etag(digest)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.make_conditional(request)
    return response
