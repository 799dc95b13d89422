"""A PrusaLink printer and a Duet board, written from the descriptions of their interfaces alone."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

JOB = b"G28\nG1 X1 E1\n"
KEY = "prusa-key"


class FakePrusa:
    """state: PrusaLink's word. obeys: whether requests come to anything."""

    def __init__(self) -> None:
        self.state, self.obeys, self.target = "IDLE", True, 0.0
        self.name = "cup.bgcode"

    def app(self) -> web.Application:
        """What it serves."""
        app = web.Application(middlewares=[self._known])
        app.router.add_get("/api/v1/status", self._status)
        app.router.add_get("/api/v1/job", self._job)
        app.router.add_put("/api/v1/job/7/pause", self._become("PAUSED"))
        app.router.add_put("/api/v1/job/7/resume", self._become("PRINTING"))
        app.router.add_delete("/api/v1/job/7", self._become("STOPPED"))
        app.router.add_get("/usb/cup.bgcode", self._download)
        return app

    @web.middleware
    async def _known(self, request: web.Request, handler: Any) -> Any:
        known = request.headers.get("X-Api-Key") == KEY
        return await handler(request) if known else web.Response(status=401)

    async def _status(self, _: web.Request) -> web.Response:
        body: dict[str, Any] = {
            "printer": {"state": self.state, "target_nozzle": self.target, "target_bed": 0.0}
        }
        if self.state in {"PRINTING", "PAUSED"}:
            body["job"] = {"id": 7, "progress": 42.0}
        return web.json_response(body)

    async def _job(self, _: web.Request) -> web.Response:
        file = {"display_name": self.name, "refs": {"download": "/usb/cup.bgcode"}}
        return web.json_response({"id": 7, "file": file})

    def _become(self, state: str) -> Any:
        async def become(_: web.Request) -> web.Response:
            if self.obeys:
                self.state, self.target = state, 0.0 if state == "STOPPED" else self.target
            return web.Response(status=204)

        return become

    async def _download(self, _: web.Request) -> web.Response:
        return web.Response(body=JOB)


class FakeDuet:
    """status: the object model's word. Sessions end when `sessions` is emptied."""

    def __init__(self) -> None:
        self.status, self.codes = "idle", list[str]()
        self.connected, self.active = False, 0.0

    def app(self) -> web.Application:
        """What it serves."""
        app = web.Application()
        app.router.add_get("/rr_connect", self._connect)
        app.router.add_get("/rr_model", self._model)
        app.router.add_get("/rr_gcode", self._gcode)
        app.router.add_get("/rr_download", self._download)
        return app

    async def _connect(self, request: web.Request) -> web.Response:
        self.connected = request.query["password"] == "reprap"
        return web.json_response({"err": 0 if self.connected else 1})

    async def _model(self, request: web.Request) -> web.Response:
        if not self.connected:
            return web.Response(status=401)
        result: dict[str, Any] = {
            "": {"state": {"status": self.status}, "heat": {"heaters": [{"active": self.active}]}},
            "job": {"file": {"fileName": "0:/gcodes/cup.g", "size": 100}, "filePosition": 42},
        }
        return web.json_response({"result": result[request.query["key"]]})

    async def _gcode(self, request: web.Request) -> web.Response:
        code = request.query["gcode"]
        self.codes.append(code)
        words = {"M25": "paused", "M24": "processing", "M0": "idle", "M112": "halted"}
        if code in words:
            await asyncio.sleep(0)
            self.status = words[code]
            self.active = 0.0 if code in {"M0", "M112"} else self.active
        return web.json_response({"buff": 200})

    async def _download(self, _: web.Request) -> web.Response:
        return web.Response(body=JOB)
