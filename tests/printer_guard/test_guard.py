"""The guard as a whole: its control interface, its life as a service, and a stop in mid-print."""

import asyncio
import gzip
import hashlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from printer_guard import journal
from printer_guard.client import ask
from printer_guard.daemon import Guard
from printer_guard.database import FILE
from printer_guard.demo_host import Host
from printer_guard.errors import ControlError, SettingsError
from printer_guard.policy import Finding
from printer_guard.printers.base import JobOffered
from printer_guard.settings import Control, PrinterTable, Settings, Watch
from printer_guard.store import Stage
from printer_guard.wire import Job, Route
from tests.printer_guard.scripted_printer import ScriptedJudge, ScriptedPrinter, until

SAMPLE = Path(__file__).resolve().parents[2] / "classifier/samples/1-mug.gcode.gz"
CUP = b"G1 X1 E1\n"


def guard_with(folder, monkeypatch, **settings):
    """A guard of one scripted printer whose judge is scripted too."""
    printer = ScriptedPrinter(folder)
    monkeypatch.setattr("printer_guard.daemon.open_printer", lambda *_: printer)
    monkeypatch.setattr("printer_guard.daemon.Judge", lambda *_: ScriptedJudge())
    table = {"voron": PrinterTable(kind="scripted")}
    guard = Guard(Settings(state=folder, runtime=folder, printers=table, **settings))
    guard.site.judge.identity = lambda: "scripted"
    return guard, printer


async def asked(guard, method, target, body=None):
    return await asyncio.to_thread(ask, guard.site.settings.socket, method, target, body)


def test_a_held_job_is_released_over_the_socket_by_the_first_digits_of_its_id(
    tmp_path, monkeypatch
):
    async def life():
        guard, printer = guard_with(tmp_path, monkeypatch)
        async with guard:
            guard.site.judge.says["cup.gcode"] = Finding.FLAGGED
            printer.bytes_of["cup.gcode"] = CUP
            job = Job(printer="voron", name="cup.gcode", route=Route.FILE)
            printer.tell(JobOffered(job))
            await until(lambda: bool(printer.asked_for("say")))
            status = await asked(guard, "GET", "/v1/status")
            (shown,) = status["printers"][0]["jobs"]
            assert (shown["stage"], shown["sha256"]) == ("held", hashlib.sha256(CUP).hexdigest())
            with pytest.raises(ControlError, match="why is missing"):
                await asked(guard, "POST", f"/v1/jobs/{job.id[:6]}/release", {"by": "ann"})
            word = {"by": "ann", "why": "a prop"}
            await asked(guard, "POST", f"/v1/jobs/{job.id[:6]}/release", word)
            await until(lambda: bool(printer.asked_for("allow")))
            jobs = await asked(guard, "GET", "/v1/jobs")
            assert jobs[0]["reason"] == "released by ann: a prop"

    asyncio.run(life())


@pytest.mark.parametrize(
    ("method", "target", "words"),
    [
        ("POST", "/v1/jobs/ffff/release", "no job, or several"),
        ("POST", "/v1/printers/nobody/offer", "no printer 'nobody'"),
        ("POST", "/v1/printers/voron/offer", "takes no calls"),
        ("GET", "/v1/verdicts/xyz", "no SHA-256"),
        ("POST", "/v1/update", "path is missing"),
        ("POST", "/v1/reload", "not started from a file"),
        ("GET", "/v2/status", "Not Found"),
    ],
)
def test_a_request_that_cannot_be_meant_is_answered_with_a_sentence(
    tmp_path, monkeypatch, method, target, words
):
    async def life():
        guard, _ = guard_with(tmp_path, monkeypatch)
        async with guard:
            with pytest.raises(ControlError, match=words):
                await asked(guard, method, target, {"by": "ann", "why": "x"})

    asyncio.run(life())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_port_wants_its_token_and_a_host_that_is_this_machine(tmp_path, monkeypatch):
    port = free_port()

    def status_of(headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/v1/status", headers=headers)
        return connection.getresponse().status

    async def life():
        guard, _ = guard_with(tmp_path, monkeypatch, control=Control(port=port))
        async with guard:
            token = (tmp_path / "control-token").read_text()
            good = {"Authorization": f"Bearer {token}"}
            cases = [{}, {"Authorization": "Bearer x"}, good | {"Host": "evil.example"}, good]
            found = [await asyncio.to_thread(status_of, headers) for headers in cases]
            assert found == [401, 401, 401, 200]
            assert (tmp_path / "control-token").stat().st_mode & 0o777 == 0o600
            assert guard.site.settings.socket.stat().st_mode & 0o777 == 0o600

    asyncio.run(life())


def test_two_guards_never_share_a_folder(tmp_path, monkeypatch):
    async def life():
        guard, _ = guard_with(tmp_path, monkeypatch)
        async with guard:
            with pytest.raises(SettingsError, match="another guard"):
                guard_with(tmp_path, monkeypatch)

    asyncio.run(life())


def test_a_streamed_job_is_stopped_in_mid_print_and_the_reason_is_drawn(tmp_path):
    """Any score counts here, so that little has to be printed."""
    lines = gzip.decompress(SAMPLE.read_bytes()).splitlines()
    table = PrinterTable.model_validate({"kind": "simulated", "speed": 1000.0})
    settings = Settings(
        state=tmp_path,
        runtime=tmp_path,
        watch=Watch(interval_s=0.05, early_at=1e-9),
        printers={"demo": table},
    )

    async def life():
        async with Guard(settings) as guard:
            attendant = guard.attendants["demo"]
            host = await Host.connect(attendant.printer.options.link)
            streaming = asyncio.create_task(host.stream(lines))
            await until(lambda: bool(attendant.cases))
            (case,) = attendant.cases.values()
            async with asyncio.timeout(240):
                while case.stage is not Stage.PAUSED:
                    await asyncio.sleep(0.05)
                await case.halting
            sent = host.sent
            await asyncio.sleep(0.3)
            assert host.sent <= sent + 1
            assert sent < len(lines) / 2
            assert Path(case.sheet).read_bytes().startswith(b"\x89PNG")
            streaming.cancel()

    asyncio.run(life())


class Service:
    """`printwarden guard run` as systemd starts it."""

    def __init__(self, folder: Path):
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(folder / "notify"))
        self.notices.settimeout(120)
        self.config = folder / "guard.toml"
        self.config.write_text(
            f'[guard]\nstate = "{folder}/state"\nruntime = "{folder}"\n'
            '[guard.printers.demo]\nkind = "simulated"\n'
        )
        self.environment = os.environ | {
            "NOTIFY_SOCKET": str(folder / "notify"),
            "WATCHDOG_USEC": "1000000",
        }

    def start(self):
        call = [sys.executable, "-m", "printwarden", "guard", "run", "--config", str(self.config)]
        return subprocess.Popen(call, env=self.environment, stderr=subprocess.DEVNULL)

    def hear(self, word: str) -> None:
        while word not in self.notices.recv(4096).decode():
            pass


def test_a_service_says_that_it_is_ready_and_alive_ends_in_order_and_survives_a_kill(tmp_path):
    service = Service(tmp_path)
    for number, ends_with in ((signal.SIGKILL, -9), (signal.SIGTERM, 0)):
        with service.start() as process:
            service.hear("READY=1")
            service.hear("WATCHDOG=1")
            answer = ask(tmp_path / "control.sock", "GET", "/v1/status")
            assert answer["records"] == "ok"
            process.send_signal(number)
            assert process.wait(60) == ends_with
    path = tmp_path / "state" / FILE
    assert journal.verify(path) >= 3
    connection = sqlite3.connect(path)
    words = [
        json.loads(body)["event"] for (body,) in connection.execute("SELECT body FROM journal")
    ]
    assert words.count("guard_started") == 2
    assert words.count("guard_stopped") == 1


def test_settings_are_read_anew_at_a_hangup_and_bad_ones_change_nothing(tmp_path):
    service = Service(tmp_path)
    with service.start() as process:
        service.hear("READY=1")
        good = service.config.read_text()
        service.config.write_text(
            good.replace("[guard]", "[guard]\nname = 'barn'", 1) + "\n[guard.nonsense]\n"
        )
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert ask(tmp_path / "control.sock", "GET", "/v1/status")["guard"] == "guard"
        service.config.write_text(good.replace("[guard]", "[guard]\nname = 'barn'", 1))
        process.send_signal(signal.SIGHUP)
        for _ in range(600):
            if ask(tmp_path / "control.sock", "GET", "/v1/status")["guard"] == "barn":
                break
            time.sleep(0.1)
        else:
            pytest.fail("the new settings were not taken")
        process.terminate()
