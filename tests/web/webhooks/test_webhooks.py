"""Others are told once it is on the disk, signed, again until they answer, and never inside."""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from tests.web.reporting import guard_of, report, take
from web.actor import Actor
from web.errors import NotMeant
from web.models.records import Delivery
from web.webhooks import service
from web.webhooks.sending import send_due


class Receiver(BaseHTTPRequestHandler):
    answers: ClassVar[list[int]] = [200]
    heard: ClassVar[list[tuple[dict[str, str], bytes]]] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((dict(self.headers), body))
        self.send_response(self.answers[0])
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    Receiver.heard, Receiver.answers = [], [200]
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()


@pytest.fixture
def hooked(app, database, site, settings, receiver):
    """The secret of a webhook; a job has just been held."""
    with database.writing() as session:
        _, secret = service.make(
            session, Actor(site, "user:1"), receiver, ["job.held"], private=True
        )
    take(app, database, guard_of(database, site)[0], report())
    return secret


@pytest.fixture
def inside(settings):
    return settings.model_copy(update={"webhooks_to_private": True})


def test_a_message_is_signed_and_holds_no_name(database, hooked, inside):
    assert send_due(database, inside) == 1
    ((headers, body),) = Receiver.heard
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = hooked.removeprefix("whsec_").encode()
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(body)["type"] == "job.held"
    assert b"cup.gcode" not in body
    assert send_due(database, inside) == 0


def test_what_fails_is_tried_again_later(database, hooked, inside, move_clock):
    Receiver.answers[0] = 500
    send_due(database, inside)
    assert send_due(database, inside) == 0
    move_clock(30)
    Receiver.answers[0] = 204
    assert send_due(database, inside) == 1
    with database.session() as session:
        (row,) = session.query(Delivery)
        assert (row.tries, row.answer, row.done_at is not None) == (2, "status 204", True)


def test_a_redirect_is_not_followed(database, hooked, inside):
    Receiver.answers[0] = 302
    send_due(database, inside)
    assert len(Receiver.heard) == 1


def test_an_address_that_turned_inward_is_not_called(database, hooked, settings):
    send_due(database, settings)
    assert Receiver.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://10.0.0.1/",
        "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data", "http://0.0.0.0/",
        "http://2130706433/", "http://0x7f.1/", "ftp://example.org/", "file:///etc/passwd",
        "http://user:pw@example.org/", "http:///x", "javascript:alert(1)", "http://[::ffff:127.0.0.1]/",
        "http://224.0.0.1/", "http://example.org:99999/",
    ],
)  # fmt: skip
def test_an_address_inside_or_none_at_all_is_refused(url):
    with pytest.raises(NotMeant):
        service.target(url, private=False)
