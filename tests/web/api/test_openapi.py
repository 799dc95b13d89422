"""The API does what its description says, whatever is sent; schemathesis makes what is sent."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.web.reporting import guard_of, report, take
from web.actor import Actor
from web.api import keys
from web.api.openapi import describe
from web.api.routes import ENDPOINTS, PREFIX
from web.jobs.queries import Filter, find

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
GUARDS = {row.view.__name__ for row in ENDPOINTS if row.who == "guard"}
SCAN = "scan"  # runs a process for each file: tested by itself
schemathesis.serializer.alias("application/zip", "application/octet-stream")
schema = schemathesis.openapi.from_dict(describe(ENDPOINTS, PREFIX)).exclude(operation_id=SCAN)


@pytest.fixture
def doors(app, database, site):
    """The application, the headers of a guard, those of a program, and the id of a job."""
    guard_id, guard_key = guard_of(database, site)
    take(app, database, guard_id, report())
    with database.writing() as session:
        key = keys.make(session, Actor(site, "user:1"), "robot", list(keys.SCOPES))
        job_id = find(session, site, Filter()).jobs[0].id
    return app, {"guard": guard_key, "program": key}, job_id


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_endpoint_does_what_its_description_says(case, doors):
    app, held, job_id = doors
    case.operation.schema.app = app
    if "job_id" in (case.path_parameters or {}):
        case.path_parameters["job_id"] = job_id
    kind = "guard" if case.operation.definition.raw["operationId"] in GUARDS else "program"
    headers = {"Authorization": f"Bearer {held[kind]}"}
    case.call_and_validate(headers=headers, checks=CHECKS, app=app)


def test_the_description_is_served_and_whole(app):
    served = app.test_client().get(f"{PREFIX}/openapi.json").json
    assert served == json.loads(json.dumps(describe(ENDPOINTS, PREFIX)))
    text = json.dumps(served)
    known = served["components"]["schemas"]
    for name in {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in known
