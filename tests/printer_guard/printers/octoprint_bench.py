"""The plugin in a stand-in for OctoPrint, its adapter, and a control interface between them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from printer_guard.printers.base import JobOffered, Sent
from printer_guard.printers.octoprint.printer import OctoPrintPrinter
from printer_guard.printers.octoprint.rest import Rest
from printer_guard.wire import Job
from tests.printer_guard.stand_ins.control import TOKEN, control_of, serving
from tests.printer_guard.stand_ins.octoprint_host import FakeOctoPrint
from tests.printer_guard.stand_ins.octoprint_modules import plugin_class

PATIENCE_S = 20.0  # of a test, on a machine that does much else
HEAD = "M104 S200\nG28 ; home\n\n; a comment\nG90\nM83\n"
MOVES = "".join(f"G1 X{i % 200} Y{i * 7 % 200} E0.05 ; move {i}\n" for i in range(300))
CUP = HEAD + MOVES
LONG = HEAD + MOVES * 200


def lines_of(text: str) -> list[str]:
    """What OctoPrint sends of a file."""
    stripped = (line.split(";")[0].strip() for line in text.splitlines())
    return [line for line in stripped if line]


def run(life: Coroutine[Any, Any, None]) -> None:
    """Run a test, which ends by itself long before."""
    asyncio.run(asyncio.wait_for(life, 120))


class Options(dict[str, Any]):
    """The plugin's settings."""

    def get(self, path: list[str], *_: Any) -> Any:  # type: ignore[override]
        return self[path[0]]

    def get_float(self, path: list[str]) -> float:
        return float(self[path[0]])

    def get_boolean(self, path: list[str]) -> bool:
        return bool(self[path[0]])


class Bench:
    """events: all that the adapter told. printed: bytes by job, as `Sent` told of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("uploads", "copies", "plugin"):
            (folder / name).mkdir()
        (folder / "token").write_text(TOKEN)
        (folder / "key").write_text("key")
        self.host = FakeOctoPrint(folder / "uploads")
        self.events: list[Any] = []
        self.printed: dict[str, bytes] = {}
        self.settings = Options()
        self.port = 0
        self.contiguous = True  # no other plugin adds or swallows a line
        self.control = contextlib.AsyncExitStack()

    def file(self, name: str, text: str) -> Path:
        """A stored file."""
        path = self.folder / "uploads" / name
        path.write_text(text)
        return path

    async def printing(self, name: str, text: str) -> Job:
        """A stored file that was offered, let go, and prints."""
        self.file(name, text)
        self.host.start(name)
        job: Job = await self.offered(name)
        await self.printer.allow(job, job.sha256)
        return job

    def make_plugin(self, port: int) -> None:
        """Start the plugin as OctoPrint does."""
        plugin = self.plugin = plugin_class()()
        self.settings.update(plugin.get_settings_defaults())
        self.settings.update(
            guard_url=f"http://127.0.0.1:{port}",
            token_file=str(self.folder / "token"),
            upload_wait_s=PATIENCE_S,
        )
        plugin._printer, plugin._settings, plugin._file_manager = (
            self.host,
            self.settings,
            self.host,
        )
        plugin._logger = logging.getLogger("octoprint.plugins.printwarden")
        plugin._identifier = "printwarden"
        plugin._plugin_manager = plugin._event_bus = Quiet()
        plugin.get_plugin_data_folder = lambda: str(self.folder / "plugin")
        self.host.plugin = plugin
        plugin.initialize()
        plugin.on_after_startup()

    def make_printer(self, rest_port: int) -> None:
        """A guard's adapter, as after a start of the guard: its folder is empty."""
        shutil.rmtree(self.folder / "copies")
        (self.folder / "copies").mkdir()
        rest = Rest("bench", f"http://127.0.0.1:{rest_port}", self.folder / "key")
        self.printer = OctoPrintPrinter(
            "octoprint", rest, self.folder / "copies", patience_s=PATIENCE_S
        )
        self.rest_port = rest_port

    async def listen(self) -> None:
        async for event in self.printer.events():
            self.events.append(event)
            if isinstance(event, Sent):
                before = self.printed.setdefault(event.job.id, b"")
                assert event.position == len(before) or not self.contiguous
                self.printed[event.job.id] = before + event.chunk

    async def until(self, test: Callable[[], Any]) -> Any:
        """Wait until *test* is true; its value."""
        end = time.monotonic() + PATIENCE_S
        while not (value := test()):
            assert time.monotonic() < end, (self.host.states, self.host.sent[-5:], self.events[-5:])
            await asyncio.sleep(0.01)
        return value

    def told(self, kind: type, name: str | None = None) -> list[Any]:
        """Events of a kind."""
        found: list[Any] = [event for event in self.events if isinstance(event, kind)]
        return [event for event in found if name is None or event.job.name == name]

    async def offered(self, name: str, at_least: int = 1) -> Any:
        """The job that is offered under *name*."""
        await self.until(lambda: len(self.told(JobOffered, name)) >= at_least)
        return self.told(JobOffered, name)[-1].job


class Quiet:
    """Takes whatever is sent to browsers or buses."""

    def fire(self, *_: Any) -> None:
        """Nobody listens."""

    def send_plugin_message(self, *_: Any) -> None:
        """Nobody looks."""


@contextlib.asynccontextmanager
async def bench_in(folder: Path, *, contiguous: bool = True) -> AsyncIterator[Bench]:
    """Everything running."""
    bench = Bench(folder)
    bench.contiguous = contiguous
    async with serving(bench.host.rest()) as rest_port:
        bench.make_printer(rest_port)
        async with contextlib.AsyncExitStack() as bench.control:
            port = await bench.control.enter_async_context(control_of("octoprint", bench.printer))
            bench.port = port
            bench.make_plugin(port)
            listening = asyncio.create_task(bench.listen())
            try:
                yield bench
            finally:
                bench.plugin.on_shutdown()
                bench.host.close()
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await bench.printer.close()
