"""One connection to Moonraker that is made again whenever it ends, and what it last said."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from printer_guard.errors import PrinterError, PrinterRefused
from printer_guard.printers.base import PrinterState
from printer_guard.printers.moonraker import gate
from printer_guard.printers.moonraker.files import Files
from printer_guard.printers.moonraker.live import planned
from printer_guard.printers.moonraker.moves import Planned
from printer_guard.printers.moonraker.rpc import Rpc
from printer_guard.printers.moonraker.status import NEEDED, OBJECTS, Status

RETRY_S = 1.0
AGENT: dict[str, Any] = {
    "client_name": "printwarden",
    "version": "1",
    "type": "agent",
    "url": "https://localhost",
}


class Hears(Protocol):
    """Who is told what happens."""

    async def connected(self) -> None:
        """Klipper is ready and its whole status is known."""

    def lost(self, reason: str) -> None:
        """Moonraker or Klipper is gone."""

    def asked(self, number: int, file: str) -> None:
        """The gate asks."""

    def changed(self) -> None:
        """The status changed."""

    def planned(self, moves: list[Planned]) -> None:
        """Klipper is about to move."""


class Connection:
    """*key*: a file with Moonraker's API key, where it does not trust this host without one."""

    def __init__(self, name: str, url: str, key: Path | None) -> None:
        self._where, self._url, self._key = f"printer {name}", url, key
        self._rpc = Rpc(self._where, self._notified)
        self._session: aiohttp.ClientSession | None = None
        self._hears: Hears | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.status = Status()

    async def keep(self, hears: Hears) -> None:
        """Connect and stay connected, for ever."""
        self._hears = hears
        while True:
            try:
                await self._once()
                hears.lost("Moonraker ended the connection")
            except PrinterError as error:
                hears.lost(error.what)
            await asyncio.sleep(RETRY_S)

    async def call(self, method: str, *, within_s: float = 10.0, **params: Any) -> Any:
        """A request to Moonraker."""
        return await self._rpc.call(method, within_s=within_s, **params)

    async def script(self, text: str, *, within_s: float = 10.0) -> None:
        """G-code, in line with what else Klipper does."""
        await self.call("printer.gcode.script", within_s=within_s, script=text)

    async def state(self) -> PrinterState:
        """Asked for now: reports come only four times a second."""
        answer = await self.call("printer.objects.query", objects=self._objects())
        self.status.update(answer["status"])
        return self.status.state()

    async def copy(self, file: str, to: Path) -> tuple[str, int]:
        """A stored file. Raises CannotFetch."""
        files = Files(self._where, self._url, self._headers())
        return await files.copy(self._opened(), file, to)

    async def close(self) -> None:
        """Let go."""
        if self._session is not None:
            await self._session.close()

    async def _once(self) -> None:
        """One connection, from its beginning to its end."""
        begun, socket = asyncio.Event(), self._url.replace("http", "ws", 1)
        jobs = [asyncio.ensure_future(self._rpc.run(self._opened(), f"{socket}/websocket", begun))]
        try:
            waiting = asyncio.ensure_future(begun.wait())
            await asyncio.wait([*jobs, waiting], return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if begun.is_set():
                await self._introduce()
                jobs.append(asyncio.ensure_future(self._watch(f"{socket}/klippysocket")))
            await jobs[0]
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    async def _introduce(self) -> None:
        key: dict[str, Any] = {} if self._key is None else {"api_key": self._secret()}
        await self.call("server.connection.identify", **AGENT, **key)
        await self.call("connection.register_remote_method", method_name=gate.METHOD)
        await self._subscribe()

    async def _subscribe(self) -> None:
        """Learn everything, once Klipper is ready. Raises PrinterRefused without the gate."""
        klippy = str((await self.call("server.info")).get("klippy_state"))
        if klippy != "ready":
            if self._hears is not None:
                self._hears.lost(f"Klipper: {klippy}")
            return  # notify_klippy_ready comes
        there = (await self.call("printer.objects.list"))["objects"]
        missing = [name for name in NEEDED if name not in there]
        if missing:
            what = f"printer.cfg has no {', '.join(missing)}"
            raise PrinterRefused(self._where, what, "Include printwarden-gate.cfg")
        names = await self.call("printer.objects.query", objects={"heaters": None})
        self.status.update(names["status"])
        answer = await self.call("printer.objects.subscribe", objects=self._objects())
        self.status.update(answer["status"])
        if self._hears is not None:
            await self._hears.connected()

    async def _watch(self, url: str) -> None:
        """The planner's view; a printer without it still has its files watched."""
        while True:
            with contextlib.suppress(PrinterError):
                async for moves in planned(self._where, self._opened(), url, self._headers()):
                    if moves and self._hears is not None:
                        self._hears.planned(moves)
            await asyncio.sleep(RETRY_S)

    def _notified(self, method: str, params: Any) -> None:
        hears = self._hears
        if hears is None:
            return
        if method == gate.METHOD:
            hears.asked(int(params["number"]), str(params["file"]))
        elif method == "notify_status_update":
            self.status.update(params[0])
            hears.changed()
        elif method == "notify_klippy_ready":
            self._background(self._subscribe())
        elif method in {"notify_klippy_shutdown", "notify_klippy_disconnected"}:
            self.status.update({"webhooks": {"state": method.removeprefix("notify_klippy_")}})
            hears.changed()
            hears.lost(f"Klipper: {method.removeprefix('notify_klippy_')}")

    def _objects(self) -> dict[str, Any]:
        heaters = self.status.get("heaters", "available_heaters") or []
        return {**OBJECTS, **{name: ["target", "temperature"] for name in heaters}}

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    def _headers(self) -> dict[str, str]:
        return {} if self._key is None else {"X-Api-Key": self._secret()}

    def _secret(self) -> str:
        return "" if self._key is None else self._key.read_text(encoding="ascii").strip()

    def _background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
