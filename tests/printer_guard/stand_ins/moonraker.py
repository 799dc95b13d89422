"""Moonraker with Klipper behind it, as far as an agent and a web page see them.

JSON-RPC over /websocket with the dozen methods that are used, files over HTTP, the planner over
/klippysocket, and the macros of printwarden-gate.cfg as Python. Checked against the real pair by
tests/printer_guard/test_real_klipper.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

REPORT_EVERY_S = 0.02
UNANSWERED = object()
GATE = "gcode_macro _PRINTWARDEN"
OBJECTS: dict[str, dict[str, Any]] = {
    "webhooks": {"state": "ready"},
    "print_stats": {"state": "standby", "filename": ""},
    "virtual_sdcard": {"file_path": None, "file_position": 0, "file_size": 0, "is_active": False},
    "pause_resume": {"is_paused": False},
    "motion_report": {"live_velocity": 0.0},
    "toolhead": {"print_time": 0.0, "estimated_print_time": 1.0},
    "heaters": {"available_heaters": ["extruder"]},
    "extruder": {"target": 0.0, "temperature": 20.0},
    GATE: {"asked": 0, "loaded": 0, "file": ""},
}


class Refused(Exception):
    """A G-code error."""


class FakeMoonraker:
    """*folder* holds its files. line_s: how long a line takes. ran: what Klipper carried out."""

    def __init__(self, folder: Path, *, line_s: float = 0.001) -> None:
        self.folder, self.line_s = folder, line_s
        self.objects: dict[str, dict[str, Any]] = json.loads(json.dumps(OBJECTS))
        self.ran: list[str] = []
        self.said: list[str] = []
        self.obeys = True  # False: requests are answered, and nothing comes of them
        self.queue_paused = False
        self.cold = False  # M109 keeps everything waiting until `warm`
        self._waiting: list[str] = []
        self._file: Any = None
        self._clients: set[web.WebSocketResponse] = set()
        self._planners: set[web.WebSocketResponse] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._time = 2.0
        self._macros: dict[str, Callable[[dict[str, str]], None]] = {
            "SDCARD_PRINT_FILE": self._ask,
            "PRINTWARDEN_LOAD": self._load,
            "PRINTWARDEN_START": self._start,
            "PRINTWARDEN_REFUSE": self._refuse,
            "PAUSE": lambda _: self._pause(is_paused=True),
            "M25": lambda _: self._pause(is_paused=False),
            "RESUME": lambda _: self._resume(),
            "CANCEL_PRINT": lambda _: self._end("cancelled"),
            "TURN_OFF_HEATERS": lambda _: self.put("extruder", target=0.0),
            "PRINTWARDEN_ALIVE": lambda _: None,
        }

    def app(self) -> web.Application:
        """What it serves."""
        app = web.Application()
        app.router.add_get("/websocket", self._websocket)
        app.router.add_get("/klippysocket", self._klippysocket)
        app.router.add_get("/server/files/gcodes/{name:.+}", self._download)
        return app

    def get(self, name: str, key: str) -> Any:
        return self.objects[name][key]

    def put(self, name: str, **values: Any) -> None:
        self.objects[name].update(values)

    def script(self, text: str) -> None:
        """Carry out G-code. Raises Refused."""
        for line in text.splitlines():
            word, _, rest = line.partition(" ")
            if word in {"M23", "M24"}:
                raise Refused("Printwarden: start files with SDCARD_PRINT_FILE")
            if word in {"M117", "RESPOND"}:
                self.said.append(rest)
            elif word in self._macros:
                if self.obeys or word.startswith("PRINTWARDEN"):
                    self._macros[word](_given(rest))
            else:
                self.ran.append(line)
                self._plan(line)

    async def drop(self) -> None:
        """End every connection, as a restart does."""
        for client in [*self._clients, *self._planners]:
            await client.close()

    def warm(self) -> None:
        """The wait for heat is over; what was asked meanwhile comes before the next line."""
        self.cold = False
        self.put("extruder", temperature=self.get("extruder", "target"))
        waiting, self._waiting = self._waiting, []
        for text in waiting:
            self.script(text)

    # the gate, as in printwarden-gate.cfg

    def _ask(self, given: dict[str, str]) -> None:
        if self.get("print_stats", "state") in {"printing", "paused"}:
            raise Refused("SD busy")
        number = random.randrange(1, 10**9)
        self.put(GATE, asked=number, loaded=0, file=given["FILENAME"])
        self._notify("printwarden_asked", {"number": number, "file": given["FILENAME"]})

    def _load(self, given: dict[str, str]) -> None:
        if int(given["NUMBER"]) != self.get(GATE, "asked"):
            raise Refused("nobody asked for this file")
        name = self.get(GATE, "file")
        self.put(GATE, asked=0, loaded=int(given["NUMBER"]))
        path = self.folder / name
        self._file = path.open("rb")
        self.put("print_stats", state="paused", filename=name)
        size = path.stat().st_size
        self.put("virtual_sdcard", file_path=str(path), file_position=0, file_size=size)

    def _start(self, given: dict[str, str]) -> None:
        if int(given["NUMBER"]) != self.get(GATE, "loaded"):
            raise Refused("this file is not loaded")
        self.put(GATE, loaded=0)
        self._resume()

    def _refuse(self, given: dict[str, str]) -> None:
        if int(given["NUMBER"]) in {self.get(GATE, "asked"), self.get(GATE, "loaded")}:
            if self.get(GATE, "loaded"):
                self._end("standby")
            self.put(GATE, asked=0, loaded=0)
            self.said.append(given.get("REASON", ""))

    # a print

    def _resume(self) -> None:
        self.put("print_stats", state="printing")
        self.put("pause_resume", is_paused=False)
        self.put("virtual_sdcard", is_active=True)
        task = asyncio.ensure_future(self._print())
        self._tasks.add(task)

    def _pause(self, *, is_paused: bool) -> None:
        if self.get("print_stats", "state") == "printing":
            self.put("print_stats", state="paused")
            self.put("pause_resume", is_paused=is_paused)
        self.put("virtual_sdcard", is_active=False)

    def _end(self, how: str) -> None:
        self.put("print_stats", state=how)
        self.put("virtual_sdcard", is_active=False, file_path=None)

    async def _print(self) -> None:
        while self.get("print_stats", "state") == "printing":
            line = self._file.readline()
            if not line:
                self._end("complete")
                return
            self.ran.append(line.decode().split(";")[0].strip())
            self.put("virtual_sdcard", file_position=self._file.tell())
            if self.ran[-1] == "M109 S200":
                self.put("extruder", target=200.0)
                while self.cold:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(self.line_s)

    def _plan(self, line: str) -> None:
        """One move of one second, as the planner tells of it."""
        words = {word[0]: float(word[1:]) for word in line.split()[1:]}
        start, fed, self._time = [0.0, 0.0, 0.2], words.get("E", 0.0), self._time + 1.0
        way = words.get("X", 0.0)
        head = [self._time, 1.0, way, 0.0, start, [1.0, 0.0, 0.0]]
        feed = [self._time, 1.0, fed, 0.0, [0.0] * 3, [1.0, 0.0, 0.0]]
        for queue, move in (("toolhead", head), ("extruder", feed)):
            text = json.dumps({"queue": queue, "params": {"data": [move]}}) + "\x03"
            for planner in self._planners:
                self._later(planner.send_str(text))

    # the server

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._clients.add(socket)
        reports = asyncio.ensure_future(self._report(socket))
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                body = json.loads(message.data)
                answer: dict[str, Any] = {"jsonrpc": "2.0", "id": body["id"]}
                try:
                    answer["result"] = self._call(body["method"], body.get("params") or {})
                except Refused as error:
                    answer["error"] = {"code": 400, "message": str(error)}
                if answer.get("result") is not UNANSWERED:
                    await socket.send_str(json.dumps(answer))
        reports.cancel()
        self._clients.discard(socket)
        return socket

    def _call(self, method: str, params: dict[str, Any]) -> Any:
        scripts = {
            "printer.print.start": f'SDCARD_PRINT_FILE FILENAME="{params.get("filename")}"',
            "printer.print.pause": "PAUSE",
            "printer.print.resume": "RESUME",
            "printer.print.cancel": "CANCEL_PRINT",
        }
        if method in scripts or method == "printer.gcode.script":
            text = scripts.get(method) or params["script"]
            if self.cold and self.ran[-1:] == ["M109 S200"]:
                self._waiting.append(text)
                return UNANSWERED
            self.script(text)
        elif method == "server.info":
            return {"klippy_state": self.get("webhooks", "state")}
        elif method == "printer.objects.list":
            return {"objects": list(self.objects)}
        elif method in {"printer.objects.query", "printer.objects.subscribe"}:
            return {"status": {name: self.objects.get(name, {}) for name in params["objects"]}}
        elif method == "printer.emergency_stop":
            self._end("standby")
            self.put("webhooks", state="shutdown")
            self._notify("notify_klippy_shutdown", [])
        elif method == "server.job_queue.pause":
            self.queue_paused = True
        return "ok"

    async def _report(self, socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            body = {"jsonrpc": "2.0", "method": "notify_status_update", "params": [self.objects, 0]}
            with contextlib.suppress(ConnectionError):
                await socket.send_str(json.dumps(body))
            await asyncio.sleep(REPORT_EVERY_S)

    def _notify(self, method: str, params: Any) -> None:
        text = json.dumps({"jsonrpc": "2.0", "method": method, "params": params})
        for client in self._clients:
            self._later(client.send_str(text))

    async def _klippysocket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._planners.add(socket)
        async for _ in socket:
            pass
        self._planners.discard(socket)
        return socket

    async def _download(self, request: web.Request) -> web.StreamResponse:
        path = self.folder / request.match_info["name"]
        return web.FileResponse(path) if path.exists() else web.Response(status=404)

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _given(rest: str) -> dict[str, str]:
    """NAME=word and NAME="some words"."""
    found = re.findall(r'(\w+)=(?:"([^"]*)"|(\S+))', rest)
    return {name: quoted or word for name, quoted, word in found}
