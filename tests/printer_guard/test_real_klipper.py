"""The adapter and the gate on a real Klipper and Moonraker; skipped where there are none.

Needs run-klipper.sh beside the real data (see `shared_data`), and PRINTWARDEN_KLIPPER, the folder
of a Klipper that is prepared as that script says, for its live mode: in the fast one no time passes
and nothing ever comes to rest.
"""

import asyncio
import json
import os
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from printer_guard.errors import PrinterRefused
from printer_guard.printers.base import JobEnded, JobOffered, Level, Phase, Sent
from printer_guard.printers.moonraker.printer import open_moonraker
from tests.printer_guard.host_script import HostScript

pytestmark = pytest.mark.slow
GATE = Path(__file__).parents[2] / "integrations" / "klipper" / "printwarden-gate.cfg"
BOX = "G28\nG90\nM83\n" + "".join(
    f"G1 X{100 + i % 20} Y{100 + i % 7} E0.05 F6000 ; {i}\n" for i in range(60)
)


class Real:
    """A Klipper and a Moonraker of their own."""

    def __init__(self, script: Path, klipper: str, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        self.klipper = klipper
        self.files = folder / "base" / "data" / "gcodes"
        environment = {
            **os.environ,
            "KR_BASE": str(folder / "base"),
            "KR_PORT": str(self.port),
            "KR_VENV": os.environ.get("KR_VENV", str(folder / "venv")),
            "KR_CFG": str(GATE),
        }
        self.script = HostScript("Klipper", script, environment)

    def ask(self, path: str, **body: object) -> int:
        data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        address = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(address, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)


@pytest.fixture(scope="module")
def real(tmp_path_factory, shared_data):
    script = shared_data.parent / "printers" / "run-klipper.sh"
    klipper = os.environ.get("PRINTWARDEN_KLIPPER")
    if klipper is None or not script.is_file():
        pytest.skip("no Klipper: set PRINTWARDEN_KLIPPER to a folder prepared for run-klipper.sh")
    pair = Real(script, klipper, tmp_path_factory.mktemp("klipper"))
    pair.script.run("start", klipper, "live")
    yield pair
    pair.script.run("stop")


def with_guard(real, folder, life):
    async def whole():
        options = {"url": f"http://127.0.0.1:{real.port}", "patience_s": 30.0}
        printer, events = open_moonraker("klipper", options, folder), []

        async def listen():
            async for event in printer.events():
                events.append(event)

        async def until(test):
            async with asyncio.timeout(120):
                while not (value := test()):
                    await asyncio.sleep(0.05)
                return value

        listening = asyncio.create_task(listen())
        try:
            await life(printer, events, until)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await printer.close()

    asyncio.run(whole())


async def offered(real, events, until, name, text):
    (real.files / name).write_text(text)
    assert await asyncio.to_thread(real.ask, "/printer/print/start", filename=name) == 200
    of_it = lambda: [e for e in events if isinstance(e, JobOffered) and e.job.name == name]  # noqa: E731
    return (await until(of_it))[-1].job


def test_a_file_waits_at_the_gate_then_prints_whole(real, tmp_path):
    async def life(printer, events, until):
        job = await offered(real, events, until, "box.gcode", BOX)
        for way in ("M23 box.gcode", "M24"):  # past the gate
            assert await asyncio.to_thread(real.ask, "/printer/gcode/script", script=way) == 400
        assert (await printer.state()).phase is Phase.WAITING
        await printer.allow(job, job.sha256)
        await until(lambda: [e for e in events if isinstance(e, JobEnded)])
        sent = b"".join(e.chunk for e in events if isinstance(e, Sent) and e.job.id == job.id)
        assert sent.decode() == BOX

    with_guard(real, tmp_path, life)


def test_a_file_replaced_between_verdict_and_start_does_not_print(real, tmp_path):
    async def life(printer, events, until):
        job = await offered(real, events, until, "swapped.gcode", BOX)
        (real.files / "swapped.gcode").write_text(BOX.replace("X101", "X102"))
        with pytest.raises(PrinterRefused):
            await printer.allow(job, job.sha256)
        assert (await printer.state()).phase is Phase.IDLE

    with_guard(real, tmp_path, life)


def test_a_cancel_is_proved(real, tmp_path):
    async def life(printer, events, until):
        job = await offered(real, events, until, "long.gcode", BOX * 500)
        await printer.allow(job, job.sha256)
        report = await printer.stop(job, Level.CANCEL)
        assert report.verified_at is not None
        assert report.heaters_off

    with_guard(real, tmp_path, life)
