"""Serve the evidence of a job to people of its site."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from web.auth.access import person, role_required
from web.db import session
from web.evidence import store
from web.models.jobs import EvidencePart
from web.models.people import Role

bp = Blueprint("evidence", __name__)
ALONE = "default-src 'none'; sandbox"
"""Opened by itself, a file of evidence may do nothing at all."""


@bp.get("/jobs/<hex:job_id>/evidence/<part:name>")
@role_required(Role.VIEWER)
def part(job_id: str, name: str) -> ResponseReturnValue:
    """A picture or a file of the evidence."""
    return served(store.get(session(), person().actor, job_id, name))


def served(found: EvidencePart) -> Response:
    """The part, to be kept by the browser as long as its bytes are the same."""
    response = Response(found.body, mimetype=found.media_type)
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(found.sha256)
    response.make_conditional(request)
    return response
