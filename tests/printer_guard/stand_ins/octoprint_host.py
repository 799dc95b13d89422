"""OctoPrint, as far as a plugin and a REST client see it: files, jobs, holds, states, events.

The traps of the real one are kept: a job that is on hold while it is cancelled says "Cancelling"
for ever, dropped lines make it race on through the file, and events come late, from a thread of
their own. Checked against OctoPrint 1.11.8 by tests/printer_guard/test_real_octoprint.py.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

RUNNING = {"STARTING", "PRINTING", "RESUMING"}
FLAGS = {
    "OPERATIONAL": {"operational": True, "ready": True},
    "STARTING": {"operational": True, "printing": True},
    "PRINTING": {"operational": True, "printing": True},
    "CANCELLING": {"operational": True, "cancelling": True},
    "PAUSING": {"operational": True, "pausing": True},
    "PAUSED": {"operational": True, "paused": True},
}


class FakeOctoPrint:
    """It is its own `printer`. line_s: how long a line takes. sent: what the printer got.

    others: what other plugins' hooks make of a line, by phase: the lines that go on instead.
    cold: M109 waits until `warm`, or for OctoPrint's M108 where there is an emergency_parser.
    """

    def __init__(self, folder: Path, *, line_s: float = 0.001) -> None:
        self.folder, self.line_s = folder, line_s
        self.plugin: Any = None
        self.sent: list[str] = []
        self.state, self.job_path = "OPERATIONAL", ""
        self.targets = {"tool0": 0.0, "bed": 0.0}
        self.states: list[str] = []
        self.others: dict[str, Callable[[str], list[str]]] = {}
        self.cold, self.heating, self.emergency_parser = False, False, True
        self._queued: list[tuple[str, set[str]]] = []
        self._holds = 0
        self._cond = threading.Condition(threading.RLock())
        self._events: queue.Queue[tuple[str, dict[str, Any]] | None] = queue.Queue()
        self._rest = [self]  # whose state the REST interface tells: the last one's
        threading.Thread(target=self._tell, daemon=True).start()

    # what a person does

    def start(self, name: str, origin: str = "local") -> None:
        """Select a file and print it."""
        self.job_path, self._origin = name, origin
        handle = (self.folder / name).open(newline="") if origin == "local" else None
        self._enter("STARTING")
        self.fire("PrintStarted", {"path": name, "origin": origin})
        self.plugin.before_script(None, "gcode", "beforePrintStarted")
        if handle is None:
            self._enter("PRINTING")
            self._send("M23 " + name, {"trigger:comm.start_print"})
            self._send("M24", {"trigger:comm.start_print"})
            return
        threading.Thread(target=self._print, args=(handle,), daemon=True).start()

    def reborn(self) -> FakeOctoPrint:
        """The same place after a restart: nothing prints, nothing is known."""
        self._enter("OFFLINE")
        self._rest.append(FakeOctoPrint(self.folder, line_s=self.line_s))
        return self._rest[-1]

    def close(self) -> None:
        """End its threads."""
        self._enter("OFFLINE")
        self._events.put(None)

    # what a plugin calls

    def set_job_on_hold(self, value: bool) -> None:
        with self._cond:
            self._holds += 1 if value else -1
            assert self._holds >= 0
            self._cond.notify_all()

    def cancel_print(self, tags: set[str] | None = None) -> None:
        if self.state not in RUNNING | {"PAUSED"}:
            return
        self.fire("PrintCancelling", {})
        self._enter("CANCELLING")
        if self.emergency_parser:  # "abortHeatupOnCancel": it sends M108
            self.warm()
        threading.Thread(target=self._cancelled, daemon=True).start()

    def pause_print(self, tags: set[str] | None = None) -> None:
        if self.state in RUNNING:
            self._enter("PAUSING" if self.heating else "PAUSED")

    def resume_print(self, tags: set[str] | None = None) -> None:
        if self.state == "PAUSED":
            self.plugin.before_script(None, "gcode", "beforePrintResumed")
            self._enter("PRINTING")

    def commands(self, lines: list[str], tags: set[str], force: bool = False) -> None:
        for line in lines:
            self._send(line, tags)

    def select_file(self, path: str, sd: bool, printAfterSelect: bool, tags: set[str]) -> None:  # noqa: N803 (its name there)
        assert sd
        assert printAfterSelect
        threading.Thread(target=self.start, args=(path, "sdcard"), daemon=True).start()

    def get_state_id(self) -> str:
        return self.state

    def get_current_job(self) -> dict[str, Any]:
        return {"file": {"origin": self._origin, "path": self.job_path}}

    def path_on_disk(self, _: str, path: str) -> str:
        return str(self.folder / path)

    # inside

    def warm(self) -> None:
        """The wait for heat is over, and what waited meanwhile is sent."""
        with self._cond:
            self.heating = self.cold = False
            queued, self._queued = self._queued, []
            self._cond.notify_all()
        for line, tags in queued:
            self._leave(line, tags)
        self._enter_if("PAUSING", "PAUSED")

    def fire(self, event: str, payload: dict[str, Any]) -> None:
        """Events reach plugins later, in order."""
        self._events.put((event, payload))

    def _tell(self) -> None:
        while (told := self._events.get()) is not None:
            time.sleep(0.005)
            self.plugin.on_event(*told)

    def _enter(self, state: str) -> None:
        with self._cond:
            self.state = state
            self.states.append(state)
            self._cond.notify_all()

    def _send(self, line: str, tags: set[str]) -> bool:
        """Whether something was sent of it."""
        passed = [
            made
            for made in self._by_others("queuing", line)
            if self.plugin.queuing(None, "queuing", made, None, _code(made), tags=tags) != (None,)
        ]
        if self.heating:
            self._queued += [(made, tags) for made in passed]
            return False
        left = [self._leave(made, tags) for made in passed]
        return any(left)

    def _by_others(self, phase: str, line: str) -> list[str]:
        made = self.others.get(phase)
        return [line] if made is None else made(line)

    def _leave(self, line: str, tags: set[str]) -> bool:
        """What the sending thread does."""
        for made in self._by_others("sending", line):
            code = _code(made)
            if self.plugin.sending(None, "sending", made, None, code, tags=tags) == (None,):
                return False
            self.sent.append(made)
            self._carry_out(made, code)
            return True
        return False

    def _carry_out(self, line: str, code: str | None) -> None:
        if code in {"M104", "M109", "M140"} and "S0" not in line:
            self.targets["tool0"] = 200.0
        elif code == "M104":
            self.targets["tool0"] = 0.0
        if code == "M109" and self.cold:
            self.heating = True
        if code == "M114":
            self.fire("PositionUpdate", {"reason": None})
        if code == "M112":
            self._enter("OFFLINE_AFTER_ERROR")

    def _print(self, handle: Any) -> None:
        self._enter_if("STARTING", "PRINTING")
        number = 0
        for raw in handle:
            line = raw.split(";")[0].strip()
            if not line:
                continue
            number += 1
            with self._cond:
                while self.heating or self._must_wait():
                    self._cond.wait(0.05)
            if self.state not in RUNNING:
                break
            if self._send(line, {"source:file", f"fileline:{number}"}):
                time.sleep(self.line_s)
        handle.close()
        if self.state in RUNNING:
            self._enter("OPERATIONAL")
            self.fire("PrintDone", {})

    def _must_wait(self) -> bool:
        return (self._holds > 0 and self.state in RUNNING) or self.state in {"PAUSING", "PAUSED"}

    def _enter_if(self, state: str, then: str) -> None:
        with self._cond:
            if self.state == state:
                self._enter(then)

    def _cancelled(self) -> None:
        with self._cond:
            while (self._holds or self.heating) and self.state == "CANCELLING":
                self._cond.wait(0.05)
            self._enter_if("CANCELLING", "OPERATIONAL")
        self.fire("PrintCancelled", {})

    def rest(self) -> web.Application:
        """Its REST interface, as far as it is read."""
        app = web.Application()
        app.router.add_get("/api/job", self._get_job)
        app.router.add_get("/api/printer", self._get_printer)
        app.router.add_post("/api/job", self._post_job)
        return app

    async def _get_job(self, _: web.Request) -> web.Response:
        self = self._rest[-1]  # noqa: PLW0642 (the one that lives)
        words = {"OFFLINE_AFTER_ERROR": "Offline after error"}
        state = words.get(self.state, self.state.title())
        return web.json_response({"state": state, "job": {"file": {"path": self.job_path}}})

    async def _get_printer(self, _: web.Request) -> web.Response:
        self = self._rest[-1]  # noqa: PLW0642
        if self.state not in FLAGS:
            return web.Response(status=409, text="Printer is not operational")
        heaters = {
            name: {"target": target, "actual": 20.0 if self.heating else target}
            for name, target in self.targets.items()
        }
        body = {"state": {"flags": FLAGS[self.state]}, "temperature": heaters}
        return web.json_response(body)

    async def _post_job(self, request: web.Request) -> web.Response:
        command = (await request.json())["command"]
        {"cancel": self.cancel_print, "pause": self.pause_print}[command]()
        return web.Response(status=204)


def _code(line: str) -> str | None:
    return line.split(maxsplit=1)[0] if line else None
