"""The control interface as a host's plugin sees it: POST /v1/printers/NAME/VERB, with a token."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator

from aiohttp import web

from printer_guard.errors import GuardError
from printer_guard.printers.base import TakesCalls

TOKEN = "only-for-tests"
KNOWN = {"Authorization": f"Bearer {TOKEN}"}


@contextlib.asynccontextmanager
async def control_of(name: str, printer: TakesCalls, port: int = 0) -> AsyncIterator[int]:
    """Serve calls for *printer* on 127.0.0.1; the port."""

    async def call(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != KNOWN["Authorization"]:
            return web.json_response({"error": "no token"}, status=401)
        if request.match_info["name"] != name:
            return web.json_response({"error": "no such printer"}, status=409)
        try:
            answer = await printer.call(request.match_info["verb"], await request.json())
        except GuardError as error:
            return web.json_response({"error": str(error)}, status=409)
        return web.json_response(dict(answer))

    app = web.Application(client_max_size=8 << 20)
    app.router.add_post("/v1/printers/{name}/{verb}", call)
    async with serving(app, port) as listening:
        yield listening


@contextlib.asynccontextmanager
async def serving(app: web.Application, port: int = 0) -> AsyncIterator[int]:
    """Serve *app* on 127.0.0.1; the port."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", port))
    await web.SockSite(runner, listening).start()
    try:
        yield listening.getsockname()[1]
    finally:
        await runner.cleanup()
