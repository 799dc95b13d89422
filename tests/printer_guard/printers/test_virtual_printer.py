"""The proxy before OctoPrint's Virtual Printer, another person's Marlin: skipped where absent."""

import asyncio
import contextlib
import json
import os
import re
from pathlib import Path

import pytest

from printer_guard.printers.base import JobEnded, JobOffered, JobStarted, Level, Sent
from printer_guard.printers.serial_proxy.options import SerialOptions
from printer_guard.printers.serial_proxy.printer import SerialPrinter
from tests.conftest import CHECKOUT
from tests.printer_guard.printers.serial_bench import Host, square

SHARED = Path(os.environ.get("PRINTWARDEN_SHARED", CHECKOUT.parent / "shared"))
SCRIPT = SHARED / "printers" / "virtual_printer_pty.py"
OCTOPRINT = Path(os.environ.get("OCTO_VENV", "/tmp/venv-octo")) / "bin" / "python"
WAITS_S = 120.0
JOB = [line for line in square(4) if not line.startswith((b"M109", b"G28"))]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SCRIPT.exists(), reason=f"no {SCRIPT}; set PRINTWARDEN_SHARED"),
    pytest.mark.skipif(
        not OCTOPRINT.exists(), reason=f"no OctoPrint at {OCTOPRINT}; run-octoprint.sh installs it"
    ),
]


@contextlib.asynccontextmanager
async def virtual(folder, *, allow=True, **settings):
    """Virtual printer, guard and host, wired up; the log of what the printer got."""
    port, link, log = folder / "virtual", folder / "guarded", folder / "log"
    choices = [f"{key}={json.dumps(value)}" for key, value in settings.items()]
    words = [word for choice in choices for word in ("--set", choice)]
    child = await asyncio.create_subprocess_exec(
        str(OCTOPRINT), str(SCRIPT), str(port), "--log", str(log), *words,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    guard = SerialPrinter("virtual", SerialOptions(port=port, link=link), folder)
    events = []

    async def listen():
        async for event in guard.events():
            events.append(event)
            if allow and isinstance(event, JobOffered):
                await guard.allow(event.job, event.job.sha256)

    async with asyncio.timeout(WAITS_S):
        while not port.exists():
            await asyncio.sleep(0.1)
    listening = asyncio.create_task(listen())
    host = None
    try:
        async with asyncio.timeout(WAITS_S):
            while not link.exists():
                await asyncio.sleep(0.1)
            host = Host(link)
            await host.command(b"M105")
            await host.command(b"M220 S1000000")  # its moves take no time then
        yield guard, host, events, log
    finally:
        if host is not None:
            host.close()
        await guard.close()
        listening.cancel()
        child.terminate()
        await child.wait()


def received(log, wanted):
    """What the virtual printer got, without numbers, less what is no line of the job."""
    text = log.read_text(encoding="ascii", errors="replace")
    lines = re.findall(r"^[\d.]+ < (?:N-?\d+ ?)?([^*\n]*)", text, re.MULTILINE)
    return [line.strip().encode() for line in lines if line.strip().encode() in wanted]


def told(events):
    return b"".join(event.chunk for event in events if isinstance(event, Sent))


async def until(holds):
    async with asyncio.timeout(WAITS_S):
        while not holds():
            await asyncio.sleep(0.05)


def test_an_innocent_job_comes_out_the_same(tmp_path):
    async def story():
        async with virtual(tmp_path) as (_, host, events, log):
            await host.begin()
            assert await host.print_lines(JOB) == len(JOB)
            await until(lambda: received(log, set(JOB)) == JOB)
            await until(lambda: told(events).endswith(b"".join(line + b"\n" for line in JOB)))

    asyncio.run(story())


def test_its_demands_to_resend_pass_and_the_job_is_told_once(tmp_path):
    async def story():
        errors = ["5:resend", "12:resend"]
        async with virtual(tmp_path, simulated_errors=errors) as (_, host, events, log):
            await host.begin()
            assert await host.print_lines(JOB) == len(JOB)
            await host.begin()
            await until(lambda: any(isinstance(e, JobEnded) for e in events))
            assert told(events).endswith(b"".join(line + b"\n" for line in JOB))
            assert "Resend" in log.read_text(encoding="ascii", errors="replace")

    asyncio.run(story())


def test_nothing_passes_before_the_verdict_and_a_cancel_reaches_it(tmp_path):
    async def story():
        async with virtual(tmp_path, allow=False) as (guard, host, events, log):
            await host.begin()
            printing = asyncio.create_task(host.print_lines(square(400)[3:]))
            await until(lambda: any(isinstance(e, JobOffered) for e in events))
            assert received(log, set(square(400)[3:])) == []
            job = next(e for e in events if isinstance(e, JobOffered)).job
            await guard.allow(job, None)
            await until(lambda: any(isinstance(e, JobStarted) for e in events))
            await until(lambda: any(isinstance(e, Sent) for e in events))
            await guard.stop(job, Level.CANCEL)
            await printing
            assert host.cancelled
            got = received(log, set(square(400)[3:-2]))
            await asyncio.sleep(0.5)
            assert received(log, set(square(400)[3:-2])) == got

    asyncio.run(story())
