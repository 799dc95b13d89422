"""The API's blueprint: every endpoint of the tables, and the description of them all."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from web.api import for_fleet, for_guards, for_programs, for_records, for_reports, openapi
from web.api.endpoint import Endpoint
from web.limits import limiter

PREFIX = "/api/v1"
ENDPOINTS: tuple[Endpoint, ...] = (
    *for_guards.ENDPOINTS,
    *for_programs.ENDPOINTS,
    *for_fleet.ENDPOINTS,
    *for_records.ENDPOINTS,
    *for_reports.ENDPOINTS,
)
bp = Blueprint("api", __name__, url_prefix=PREFIX)
# Guessing keys and tokens is slow; who has a key is not counted.
guesses = limiter.shared_limit(
    "60 per minute", scope="keys", deduct_when=lambda response: response.status_code in (401, 410)
)


@bp.get("/openapi.json")
def description() -> ResponseReturnValue:
    """The OpenAPI description of this API."""
    return jsonify(openapi.describe(ENDPOINTS, PREFIX))


for _endpoint in ENDPOINTS:
    bp.add_url_rule(
        _endpoint.path,
        endpoint=f"{_endpoint.method.lower()}-{_endpoint.view.__name__}",
        view_func=guesses(_endpoint.__call__),
        methods=[_endpoint.method],
    )
