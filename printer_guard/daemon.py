"""The guard as a process: one attendant a printer, one file of records, one control interface.

If it dies, nothing that it held gets printed: adapters leave held what nobody allowed, and after a
restart every job is found out about again.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from printer_guard import journal, notify, store
from printer_guard.attending import Attendant
from printer_guard.control import Control
from printer_guard.copies import Copies
from printer_guard.database import Database
from printer_guard.errors import ControlError, RecordsError, SettingsError
from printer_guard.judge_updates import judging_now, take, versions
from printer_guard.judging import Judge
from printer_guard.printers.registry import open_printer
from printer_guard.records import Records
from printer_guard.reloading import change_of
from printer_guard.reporting import Reporter
from printer_guard.settings import Settings
from printer_guard.site import Site
from printer_guard.updates import Update
from printer_guard.wire import Choice, Decision

BEAT_S = 5.0  # between looks at the guard's own health
HEARD_S = 5.0  # a record that takes longer means that the disk hangs
_log = logging.getLogger(__name__)


class Guard:
    """Everything that runs. reread: gives the settings anew, for `reload`."""

    def __init__(self, settings: Settings, reread: Callable[[], Settings] | None = None) -> None:
        self.reread = reread
        for folder in ("printers", "sent", "evidence", "outgoing"):
            (settings.state / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _alone(settings.state)
        self.database = Database(settings.state)
        records = Records(self.database, settings.name, reporting=settings.console.url is not None)
        judge = Judge(settings.judging, records, settings.state / "evidence")
        self.site = Site(settings, records, judge, Copies(settings.state / "copies"))
        self.attendants = {name: self._opened(settings, name) for name in settings.printers}
        self._attending: dict[str, asyncio.Task[None]] = {}
        self.control = Control(self)
        self.reporter = Reporter(self)

    async def run(self) -> None:
        """Guard until SIGTERM or SIGINT."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload_by_signal)
        async with self:
            notify.notify("READY=1\nSTATUS=guarding")
            await stop.wait()
            notify.notify("STOPPING=1")

    async def __aenter__(self) -> Guard:
        await self._tidy()
        self.site.judge.settings = await judging_now(self.site)
        await self.site.records.event("guard_started", printers=sorted(self.attendants))
        await self.control.start()
        for name in self.attendants:
            self._attend(name)
        self._others = [asyncio.create_task(self._beat()), asyncio.create_task(self.reporter.run())]
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [*self._attending.values(), *self._others]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.control.stop()
        await self.site.records.event("guard_stopped")
        self.database.close()
        self._lock.close()

    def attendant(self, printer: str) -> Attendant:
        """The one of *printer*. Raises ControlError."""
        if printer not in self.attendants:
            known = ", ".join(sorted(self.attendants)) or "none"
            raise ControlError("printer", f"no printer {printer!r}", f"There are: {known}")
        return self.attendants[printer]

    async def decide(self, decision: Decision) -> None:
        """Do what a person decided; once, however often it is told.

        Raises ControlError, RecordsError, PrinterError.
        """
        attendant = self.attendant(decision.printer)
        if not await self.site.records.call(lambda connection: _keep(connection, decision)):
            return
        if decision.choice is Choice.RELEASE:
            await attendant.release(decision)
        elif decision.choice is Choice.CANCEL:
            await attendant.cancel(decision)

    async def reload(self) -> None:
        """Take the settings anew, and the printers that come and go. Raises SettingsError."""
        if self.reread is None:
            raise ControlError("reload", "this guard was not started from a file")
        settings = self.reread()
        change = change_of(self.site.settings, settings, self.attendants)
        opened = {name: self._opened(settings, name) for name in change.new}
        self.site.settings, self.site.records.guard = settings, settings.name
        self.site.judge.settings = await judging_now(self.site)
        for name in change.gone:
            await self._let_go(name)
        for name, attendant in opened.items():
            self.attendants[name] = attendant
            self._attend(name)
        for attendant in self.attendants.values():
            attendant.running.halter.settings = self.site.settings.halting
        printers = sorted(self.attendants)
        await self.site.records.event("reloaded", judge=self.judge_id, printers=printers)

    async def update(self, folder: Path) -> Update:
        """Take a signed policy or model. Raises UpdateRefused, RecordsError."""
        return await take(self.site, folder)

    async def has_update(self, kind: str, version: int) -> bool:
        """Whether that version, or a newer one, is in use. Raises RecordsError."""
        return (await self.site.records.call(versions)).get(kind, 0) >= version

    @property
    def judge_id(self) -> str | None:
        """Identity of the judge that holds now; None when it cannot be read."""
        with contextlib.suppress(OSError):
            return self.site.judge.identity()
        return None

    def _opened(self, settings: Settings, name: str) -> Attendant:
        """An attendant of the printer *name*, not at work yet. Raises SettingsError."""
        table = settings.printers[name]
        folder = _folder(settings, name)
        return Attendant(open_printer(table.kind, name, table.options(), folder), self.site)

    def _attend(self, name: str) -> None:
        self._attending[name] = asyncio.create_task(self.attendants[name].run())

    async def _let_go(self, name: str) -> None:
        """Attend to that printer no more; its jobs are over."""
        task = self._attending.pop(name)
        del self.attendants[name]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def _reload_by_signal(self) -> None:
        async def attempt() -> None:
            try:
                await self.reload()
            except (SettingsError, ControlError) as error:
                _log.error("the settings stay as they are: %s", error)

        self._reloading = asyncio.create_task(attempt())

    async def _tidy(self) -> None:
        """Delete what a killed guard has left of jobs that are over."""
        with contextlib.suppress(RecordsError):
            rows = await self.site.records.call(store.open_jobs)
            wanted = {row.job.id for row in rows}
            self.site.copies.clean(wanted)
            for path in (self.site.settings.state / "sent").iterdir():
                if path.stem not in wanted:
                    path.unlink()

    async def _beat(self) -> None:
        """Write what waits, and tell systemd that we live: only while we really do."""
        every_s = min(BEAT_S, (notify.watchdog_s() or 2 * BEAT_S) / 2)
        while True:
            await asyncio.sleep(every_s)
            if any(task.done() for task in self._attending.values()):
                _log.critical("a printer is attended to no more: no sign of life is given")
                continue
            try:
                async with asyncio.timeout(HEARD_S):
                    await self.site.records.catch_up()
                    await self.site.records.call(lambda connection: connection.execute("SELECT 1"))
            except TimeoutError:
                _log.critical("the records do not answer: no sign of life is given")
                continue
            except RecordsError as error:
                _log.error("%s", error)  # a full disk: we live, hold and say so
            notify.notify("WATCHDOG=1")


def _keep(connection: Any, decision: Decision) -> bool:
    """Write a decision down; False when that was done before."""
    known = store.get_fact(connection, f"decision {decision.id}")
    if known is not None:
        return False
    store.put_fact(connection, f"decision {decision.id}", decision.choice)
    if decision.choice is Choice.RELEASE:
        store.put_release(connection, decision)
    journal.append(
        connection,
        "decided",
        job=decision.job_id,
        printer=decision.printer,
        sha256=decision.sha256,
        choice=decision.choice,
        by=decision.by,
        why=decision.why,
    )
    return True


def _alone(state: Path) -> BinaryIO:
    """The lock of the state folder. Raises SettingsError when another guard has it."""
    file = (state / "lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        what = "another guard is running with this folder"
        raise SettingsError(f"[guard] state = {str(state)!r}", what, "Stop it first") from error
    return file


def _folder(settings: Settings, printer: str) -> Path:
    """An empty private folder for the adapter of *printer*."""
    folder = settings.state / "printers" / printer
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in _files(folder):
        path.unlink()
    return folder


def _files(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.is_file(follow_symlinks=False) or entry.is_symlink():
            yield Path(entry.path)
