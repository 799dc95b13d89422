"""Settings are read anew while the guard runs: printers come and go, and no job is left alone."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from printer_guard.daemon import Guard
from printer_guard.errors import ControlError, SettingsError
from printer_guard.policy import Action, Finding
from printer_guard.printers.base import Back, JobOffered, JobStarted
from printer_guard.settings import Console, Control, Log, PrinterTable, Settings
from printer_guard.store import Stage
from printer_guard.wire import Job, Route
from tests.printer_guard.scripted_printer import ScriptedJudge, ScriptedPrinter, until

CUP = b"G1 X1 E1\n"


class Shed:
    """A guard whose settings can be changed; opened: its adapters, the newest of each name."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.opened = folder, {}
        monkeypatch.setattr("printer_guard.daemon.open_printer", self._open)
        monkeypatch.setattr("printer_guard.daemon.Judge", lambda *_: ScriptedJudge())
        self.guard = Guard(self.settings("voron"), lambda: self.wanted)
        self.guard.site.judge.identity = lambda: "scripted"

    def settings(self, *printers, **more):
        tables = {name: PrinterTable(kind="scripted") for name in printers}
        return Settings(**{
            "state": self.folder, "runtime": self.folder, "printers": tables, **more,
        })  # fmt: skip

    def _open(self, kind, name, options, folder):
        printer = self.opened[name] = ScriptedPrinter(folder)
        printer.name = name
        return printer

    async def reload(self, *printers, **more):
        self.wanted = self.settings(*printers, **more)
        await self.guard.reload()

    def offer(self, name):
        """A job of that printer, which waits for its verdict now."""
        self.opened[name].bytes_of["cup.gcode"] = CUP
        job = Job(printer=name, name="cup.gcode", route=Route.FILE)
        self.opened[name].tell(JobOffered(job))
        return job

    def stage(self, job):
        case = self.guard.attendants[job.printer].cases.get(job.id)
        return case.stage if case is not None else None


@asynccontextmanager
async def shed_in(folder, monkeypatch):
    shed = Shed(folder, monkeypatch)
    async with shed.guard:
        shed.opened["voron"].tell(Back())
        await until(lambda: shed.guard.attendants["voron"].lost is None)
        yield shed


def test_a_printer_that_is_added_is_guarded_and_the_print_on_another_goes_on(tmp_path, monkeypatch):
    async def life():
        async with shed_in(tmp_path, monkeypatch) as shed:
            running = shed.offer("voron")
            await until(lambda: bool(shed.opened["voron"].asked_for("allow")))
            shed.opened["voron"].tell(JobStarted(running))
            await until(lambda: shed.stage(running) == Stage.PRINTING)
            await shed.reload("voron", "ender")
            shed.guard.site.judge.says["cup.gcode"] = Finding.FLAGGED
            held = shed.offer("ender")
            await until(lambda: shed.stage(held) == Stage.HELD)
            assert shed.stage(running) == Stage.PRINTING
            assert not shed.opened["voron"].asked_for("close")

    asyncio.run(life())


def test_a_printer_that_is_left_out_is_let_go_and_known_no_more(tmp_path, monkeypatch):
    async def life():
        async with shed_in(tmp_path, monkeypatch) as shed:
            await shed.reload("ender")
            assert shed.opened["voron"].asked_for("close")
            with pytest.raises(ControlError, match="no printer 'voron'"):
                shed.guard.attendant("voron")

    asyncio.run(life())


def test_a_printer_with_other_options_is_opened_anew_and_other_actions_need_not_that(
    tmp_path, monkeypatch
):
    async def life():
        async with shed_in(tmp_path, monkeypatch) as shed:
            first = shed.opened["voron"]
            rule = {"kind": "scripted", "actions": {Finding.REVIEW: Action.REFUSE}}
            await shed.reload(printers={"voron": PrinterTable.model_validate(rule)})
            assert shed.opened["voron"] is first
            moved = PrinterTable.model_validate({**rule, "url": "http://127.0.0.1:1"})
            await shed.reload(printers={"voron": moved})
            assert first.asked_for("close")
            assert shed.opened["voron"] is not first
            assert shed.guard.attendants["voron"].printer is shed.opened["voron"]

    asyncio.run(life())


def test_a_printer_is_not_taken_from_under_a_job_that_waits_and_nothing_else_changes(
    tmp_path, monkeypatch
):
    async def life():
        async with shed_in(tmp_path, monkeypatch) as shed:
            shed.guard.site.judge.says["cup.gcode"] = Finding.FLAGGED
            held = shed.offer("voron")
            await until(lambda: shed.stage(held) == Stage.HELD)
            with pytest.raises(SettingsError, match=r"cup.gcode waits or prints there"):
                await shed.reload("ender")
            assert sorted(shed.guard.attendants) == ["voron"]
            assert sorted(shed.guard.site.settings.printers) == ["voron"]
            assert shed.stage(held) == Stage.HELD

    asyncio.run(life())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("state", Path("/elsewhere")),
        ("runtime", Path("/elsewhere")),
        ("control", Control(port=8733)),
        ("console", Console(url="http://127.0.0.1:1")),
        ("log", Log(level="debug")),
    ],
)
def test_what_a_running_guard_cannot_change_is_refused_by_name(tmp_path, monkeypatch, key, value):
    async def life():
        async with shed_in(tmp_path, monkeypatch) as shed:
            with pytest.raises(SettingsError, match=rf"\[guard\] {key}.*Restart the guard"):
                await shed.reload("voron", offer_s=5.0, **{key: value})
            assert shed.guard.site.settings.offer_s == 0.0

    asyncio.run(life())
