"""Pages of the audit log, for administrators."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from web.audit import reading
from web.audit.verify import Link
from web.auth.access import person, role_required
from web.db import database, session
from web.models.people import Role

bp = Blueprint("audit", __name__)
EXPORTS: Mapping[str, tuple[Callable[[Iterator[Link]], Iterator[str]], str]] = {
    "jsonl": (reading.as_json_lines, "application/x-ndjson"),
    "csv": (reading.as_csv, "text/csv"),
}


@bp.get("/log")
@role_required(Role.ADMINISTRATOR)
def log() -> ResponseReturnValue:
    """The log, the newest lines first."""
    rows = reading.lines(
        session(),
        person().site_id,
        before=request.args.get("before", type=int),
        event=request.args.get("event", "")[:40],
    )
    told = [json.loads(row.body) | {"hash": row.hash} for row in rows]
    return render_template("audit/log.html", lines=told, proof=None)


@bp.post("/log/proof")
@role_required(Role.ADMINISTRATOR)
def proof() -> ResponseReturnValue:
    """Prove the whole chain; it reads every line, so it is asked for."""
    found = reading.check(session(), person().site_id)
    return render_template("audit/log.html", lines=[], proof=found)


@bp.get("/log/export.<any(jsonl, csv):kind>")
@role_required(Role.ADMINISTRATOR)
def export(kind: str) -> ResponseReturnValue:
    """The whole chain as a file."""
    write, media_type = EXPORTS[kind]
    base, site_id = database(), person().site_id

    def text() -> Iterator[str]:
        with base.session() as reader:
            yield from write(reading.links(reader, site_id))

    response = Response(text(), mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename=printwarden-log.{kind}"
    return response
