"""The plugin in a real OctoPrint with its Virtual Printer; skipped where that is not at hand.

Needs run-octoprint.sh beside the real data (see `shared_data`), and an OctoPrint to install.
"""

import asyncio
import json
import os
import re
import shutil
import socket
import urllib.request
from pathlib import Path

import pytest

from printer_guard.printers.base import JobEnded, JobOffered, Level, Phase
from printer_guard.printers.octoprint.printer import open_octoprint
from tests.printer_guard.host_script import HostScript
from tests.printer_guard.stand_ins.control import TOKEN, control_of
from tests.printer_guard.stand_ins.octoprint_modules import PLUGIN

pytestmark = pytest.mark.slow
KEY = "0123456789ABCDEF0123456789ABCDEF"
HEAD = "M220 S1000000\nG28 ; home\n; a comment\nG90\nM83\n"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Real:
    """An OctoPrint of its own. OCTO_VENV may name an environment that has one."""

    def __init__(self, script: Path, folder: Path) -> None:
        self.folder, self.port, self.guard_port = folder, free_port(), free_port()
        self.base = folder / "base"
        plugin = folder / "plugin"  # a build leaves traces where it builds
        shutil.copytree(PLUGIN, plugin)
        environment = {
            **os.environ,
            "OCTO_VENV": os.environ.get("OCTO_VENV", str(folder / "venv")),
            "OCTO_BASE": str(self.base),
            "OCTO_PORT": str(self.port),
            "OCTO_KEY": KEY,
            "OCTO_PIP": f"--force-reinstall --no-deps {plugin}",
            "OCTO_SERIAL_LOG": "true",
            "OCTO_NO_LIMITS": "1",
        }
        (folder / "token").write_text(TOKEN)
        (folder / "key").write_text(KEY)
        self.script = HostScript("OctoPrint", script, environment)

    def ask(self, path: str, body: object = None) -> str:
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Api-Key": KEY, "Content-Type": "application/json"}
        address = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(address, data, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return str(answer.read().decode())

    def state(self) -> str:
        return str(json.loads(self.ask("/api/job"))["state"])

    def store(self, name: str, text: str) -> None:
        (self.base / "uploads" / name).write_text(text)

    def start(self, name: str) -> None:
        self.ask(f"/api/files/local/{name}", {"command": "select", "print": True})

    def sent(self) -> list[str]:
        log = (self.base / "logs" / "serial.log").read_text(errors="replace")
        found = [line.partition("Send: ")[2] for line in log.splitlines() if "Send: " in line]
        return [re.sub(r"^N\d+ (.*)\*\d+$", r"\1", line) for line in found]


@pytest.fixture(scope="module")
def real(tmp_path_factory, shared_data):
    script = shared_data.parent / "printers" / "run-octoprint.sh"
    if not script.is_file():
        pytest.skip(f"no {script}")
    octoprint = Real(script, tmp_path_factory.mktemp("octoprint"))
    octoprint.script.run("start")  # to learn that it runs here at all, and to have a settings file
    settings = {
        "guard_url": f"http://127.0.0.1:{octoprint.guard_port}",
        "token_file": str(octoprint.folder / "token"),
        "check_uploads": False,
    }
    octoprint.ask("/api/settings", {"plugins": {"printwarden": settings}})
    yield octoprint
    octoprint.script.run("stop")


def lines_of(text):
    stripped = (line.split(";")[0].strip() for line in text.splitlines())
    return [line for line in stripped if line]


def moves(count, shift=0):
    return HEAD + "".join(
        f"G1 X{(i + shift) % 200} Y{i * 7 % 200} E0.05 F3000 ; {i}\n" for i in range(count)
    )


def with_guard(real, life):
    """Run *life* with the adapter and what it has told so far."""

    async def whole():
        folder = real.folder / "copies"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        options = {
            "url": f"http://127.0.0.1:{real.port}",
            "api_key_file": str(real.folder / "key"),
            "patience_s": 30.0,
        }
        printer, events = open_octoprint("octoprint", options, folder), []

        async def listen():
            async for event in printer.events():
                events.append(event)

        async def until(test):
            async with asyncio.timeout(120):
                while not (value := test()):
                    await asyncio.sleep(0.05)
                return value

        async with control_of("octoprint", printer, real.guard_port):
            listening = asyncio.create_task(listen())
            try:
                await life(printer, events, until)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await printer.close()

    asyncio.run(whole())


def told(events, kind, name):
    return [event for event in events if isinstance(event, kind) and event.job.name == name]


def test_nothing_is_sent_before_the_verdict_and_then_every_line(real):
    text = moves(300)

    async def life(printer, events, until):
        real.store("cup.gcode", text)
        await asyncio.to_thread(real.start, "cup.gcode")
        await until(lambda: told(events, JobOffered, "cup.gcode"))
        job = told(events, JobOffered, "cup.gcode")[0].job
        await asyncio.sleep(1.0)
        assert not [line for line in real.sent() if line.startswith("G1")]
        assert (await printer.state()).phase is Phase.WAITING
        await printer.allow(job, job.sha256)
        await until(lambda: told(events, JobEnded, "cup.gcode"))
        wanted = lines_of(text)
        sent = real.sent()
        assert [line for line in sent if line in set(wanted)] == wanted

    with_guard(real, life)


def test_a_cancel_halts_it_with_cold_heaters_and_only_a_beginning_was_sent(real):
    text = moves(20_000, shift=3).replace("M220 S1000000", "M220 S1000")

    async def life(printer, events, until):
        real.store("long.gcode", text)
        await asyncio.to_thread(real.start, "long.gcode")
        await until(lambda: told(events, JobOffered, "long.gcode"))
        job = told(events, JobOffered, "long.gcode")[0].job
        await printer.allow(job, job.sha256)
        await until(lambda: "M220 S1000" in real.sent())
        await asyncio.sleep(2.0)
        report = await printer.stop(job, Level.CANCEL)
        assert report.verified_at is not None
        assert report.heaters_off
        sent = real.sent()
        begun = len(sent) - 1 - sent[::-1].index("M220 S1000")
        told_of = [line for line in sent[begun:] if line.startswith("G1 ")]
        assert 0 < len(told_of) < 20_000
        assert (
            told_of == [line for line in lines_of(text) if line.startswith("G1 ")][: len(told_of)]
        )

    with_guard(real, life)
