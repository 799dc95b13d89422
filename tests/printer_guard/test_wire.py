"""Messages between guard and console survive the way and nothing else gets through."""

import json

import pytest

from printer_guard.errors import WireError
from printer_guard.wire import Choice, Decision, Job, Report, Route, from_json, to_json

DIGEST = "a" * 64
JOB = Job(printer="voron", name="cup.gcode", route=Route.FILE, sha256=DIGEST, size_bytes=7)
MESSAGES = [
    JOB,
    Job(printer="ender", name="stream", route=Route.STREAM, submitter="ann"),
    Report(guard="shed", sequence=3, at=1.5, event="held", job=JOB, verdict="flagged"),
    Decision(
        job_id=JOB.id,
        printer="voron",
        sha256=DIGEST,
        choice=Choice.RELEASE,
        by="ann",
        why="mine",
        at=2.0,
    ),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_back_as_it_was_sent(message):
    assert from_json(type(message), to_json(message)) == message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": "printwarden.wire/9"}, "schema"),
        ({"kind": "report"}, "kind"),
        ({"extra": 1}, "no field 'extra'"),
        ({"sha256": "A" * 64}, "no digest"),
        ({"route": "carrier pigeon"}, "no Route"),
        ({"size_bytes": True}, "no int"),
        ({"name": None}, "no str"),
        ({"name": "x" * 5000}, "no str"),
    ],
    ids=str,
)
def test_a_message_half_understood_is_refused_by_name(change, words):
    body = json.loads(to_json(JOB)) | change
    with pytest.raises(WireError, match=words):
        from_json(Job, json.dumps(body))


def test_a_missing_field_is_named():
    body = json.loads(to_json(JOB))
    del body["printer"]
    with pytest.raises(WireError, match="printer"):
        from_json(Job, json.dumps(body))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "NaN"])
def test_what_is_no_message_is_refused(text):
    with pytest.raises(WireError):
        from_json(Job, text)
