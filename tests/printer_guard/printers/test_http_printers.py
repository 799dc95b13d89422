"""PrusaLink and Duet against stand-ins: seen, stopped and proved by their state."""

import asyncio
import contextlib
import time

import pytest

from printer_guard.errors import PrinterUnreachable, SettingsError
from printer_guard.printers import polled
from printer_guard.printers.base import Back, Ending, JobEnded, JobStarted, Level, Lost, Phase
from printer_guard.printers.duet import open_duet
from printer_guard.printers.prusalink import open_prusalink
from tests.printer_guard.stand_ins.control import serving
from tests.printer_guard.stand_ins.http_printers import JOB, KEY, FakeDuet, FakePrusa


@contextlib.asynccontextmanager
async def prusa(folder):
    host = FakePrusa()
    (folder / "key").write_text(KEY)
    async with serving(host.app()) as port:
        options = {"url": f"http://127.0.0.1:{port}", "api_key_file": str(folder / "key")}
        yield host, open_prusalink("mk4", {**options, "patience_s": 2.0}, folder)


@contextlib.asynccontextmanager
async def duet(folder):
    host = FakeDuet()
    (folder / "password").write_text("reprap")
    async with serving(host.app()) as port:
        options = {"url": f"http://127.0.0.1:{port}", "password_file": str(folder / "password")}
        yield host, open_duet("corexy", {**options, "patience_s": 2.0}, folder)


class Listener:
    def __init__(self, printer):
        self.printer, self.events = printer, []

    async def __aenter__(self):
        self.task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.printer.close()

    async def _listen(self):
        async for event in self.printer.events():
            self.events.append(event)

    async def first(self, kind):
        end = time.monotonic() + 20
        while not (found := [event for event in self.events if isinstance(event, kind)]):
            assert time.monotonic() < end, self.events
            await asyncio.sleep(0.01)
        return found[0]


PRINTING = {"mk4": ("state", "PRINTING"), "corexy": ("status", "processing")}
KINDS = pytest.mark.parametrize("kind", [prusa, duet])


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(polled, "POLL_S", 0.02)


@KINDS
def test_a_job_is_met_read_paused_and_resumed(tmp_path, kind):
    async def life():
        async with kind(tmp_path) as (host, printer), Listener(printer) as heard:
            await heard.first(Back)
            setattr(host, *PRINTING[printer.name])
            job = (await heard.first(JobStarted)).job
            assert job.name.startswith("cup.")
            assert (await printer.fetch(job)).read_bytes() == JOB
            report = await printer.stop(job, Level.PAUSE)
            assert (report.state.phase, report.verified_at is not None) == (Phase.PAUSED, True)
            await printer.resume(job)
            assert (await printer.state()).phase is Phase.PRINTING

    asyncio.run(life())


@KINDS
def test_a_cancel_is_proved_by_the_state_and_ends_the_job(tmp_path, kind):
    async def life():
        async with kind(tmp_path) as (host, printer), Listener(printer) as heard:
            setattr(host, *PRINTING[printer.name])
            job = (await heard.first(JobStarted)).job
            report = await printer.stop(job, Level.CANCEL)
            assert report.verified_at is not None
            assert report.heaters_off
            assert (await heard.first(JobEnded)).how in {Ending.CANCELLED, Ending.DONE}

    asyncio.run(life())


def test_an_answer_is_no_proof(tmp_path):
    async def life():
        async with prusa(tmp_path) as (host, printer), Listener(printer) as heard:
            host.state, host.obeys = "PRINTING", False
            job = (await heard.first(JobStarted)).job
            assert (await printer.stop(job, Level.CANCEL)).verified_at is None

    asyncio.run(life())


def test_a_duet_that_forgot_its_session_is_connected_to_again(tmp_path):
    async def life():
        async with duet(tmp_path) as (host, printer):
            await printer.state()
            host.connected = False
            assert (await printer.state()).phase is Phase.IDLE
            await printer.close()

    asyncio.run(life())


def test_a_printer_that_is_gone_is_told_as_lost(tmp_path):
    async def life():
        async with prusa(tmp_path) as (_, printer):
            pass
        async with Listener(printer) as heard:
            await heard.first(Lost)
            with pytest.raises(PrinterUnreachable):
                await printer.state()

    asyncio.run(life())


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"url": "ftp://x"}, "url"),
        ({}, "api_key_file"),
        ({"api_key_file": "k", "patience_s": 0}, "patience_s"),
        ({"api_key_file": "k", "speed": 1}, "speed"),
    ],
)
def test_an_option_that_cannot_be_meant_is_named(tmp_path, options, named):
    with pytest.raises(SettingsError, match=named):
        open_prusalink("mk4", options, tmp_path)
