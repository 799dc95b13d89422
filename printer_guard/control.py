"""The control interface: HTTP with JSON on a unix socket, and on 127.0.0.1 with a token if wanted.

| request | answer |
|---|---|
| GET  /v1/status | what the guard says of itself |
| GET  /v1/jobs | the last jobs, newest first |
| GET  /v1/jobs/ID/sheet | the picture of an open job that was not clear, PNG, or 404 |
| POST /v1/jobs/ID/release, /cancel with {by, why} | {} once it is written down and done |
| GET  /v1/verdicts/SHA256 | the remembered verdict on those bytes, or 404 |
| POST /v1/reload | {}; the settings are read anew |
| POST /v1/update with {path} | {kind, version}: a signed policy or model was taken |
| POST /v1/printers/NAME/VERB | for the guard's half in a host program: base.TakesCalls |

The socket belongs to its owner alone. On the port each request needs `Authorization: Bearer TOKEN`,
and a Host header that means this machine: a page in a browser can send neither.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from printer_guard import store
from printer_guard.case import Case
from printer_guard.errors import ControlError, GuardError
from printer_guard.printers.base import TakesCalls
from printer_guard.status import row_status, status_of
from printer_guard.wire import SHA256, Choice, Decision

if TYPE_CHECKING:
    from printer_guard.daemon import Guard

MOST_BYTES = 8 << 20  # of a request: a plugin sends lines and pieces of files
LAST_JOBS = 50
HERE = frozenset({"127.0.0.1", "localhost", "[::1]"})
TOKEN = "control-token"
OWNER_ONLY = 0o600

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """The servers; `start` opens what the settings say."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.port: int | None = None
        self._runners: list[web.AppRunner] = []

    async def start(self) -> None:
        """Listen. Raises OSError when the socket or the port cannot be had."""
        settings = self.guard.site.settings
        settings.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        settings.socket.unlink(missing_ok=True)
        runner = await self._runner(None)
        await web.UnixSite(runner, str(settings.socket)).start()
        settings.socket.chmod(OWNER_ONLY)
        if settings.control.port:
            runner = await self._runner(self._token())
            site = web.TCPSite(runner, "127.0.0.1", settings.control.port)
            await site.start()
            self.port = settings.control.port

    async def stop(self) -> None:
        """Close everything."""
        for runner in self._runners:
            await runner.cleanup()
        self.guard.site.settings.socket.unlink(missing_ok=True)

    async def _runner(self, token: str | None) -> web.AppRunner:
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[_explained, _known(token)])
        app.add_routes([
            web.get("/v1/status", self._status),
            web.get("/v1/jobs", self._jobs),
            web.get("/v1/verdicts/{sha256}", self._verdict),
            web.get("/v1/jobs/{job}/sheet", self._sheet),
            web.post("/v1/jobs/{job}/release", self._release),
            web.post("/v1/jobs/{job}/cancel", self._cancel),
            web.post("/v1/reload", self._reload),
            web.post("/v1/update", self._update),
            web.post("/v1/printers/{printer}/{verb}", self._call),
        ])  # fmt: skip
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        return runner

    def _token(self) -> str:
        """The secret of the port; made at the first start."""
        settings = self.guard.site.settings
        path = settings.control.token_file or settings.state / TOKEN
        if not path.exists():
            path.touch(mode=OWNER_ONLY)
            path.write_text(secrets.token_urlsafe(32), encoding="ascii")
        return path.read_text(encoding="ascii").strip()

    async def _status(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(status_of(self.guard))

    async def _jobs(self, _: web.Request) -> web.StreamResponse:
        rows = await self.guard.site.records.call(lambda c: store.last_jobs(c, LAST_JOBS))
        return web.json_response([row_status(row) for row in rows])

    async def _sheet(self, request: web.Request) -> web.StreamResponse:
        asked = request.match_info["job"]
        for attendant in self.guard.attendants.values():
            case = attendant.cases.get(asked)
            sheet = None if case is None else _sheet_of(case, self.guard.site.evidence)
            if sheet is not None and sheet.is_file():
                return web.FileResponse(sheet)
        raise web.HTTPNotFound

    async def _verdict(self, request: web.Request) -> web.StreamResponse:
        sha256 = request.match_info["sha256"]
        if not SHA256.fullmatch(sha256):
            raise ControlError("verdict", f"{sha256!r} is no SHA-256")
        judge = self.guard.site.judge
        record = await judge.remembered(sha256)
        if record is None:
            raise web.HTTPNotFound
        return web.json_response(record)

    async def _release(self, request: web.Request) -> web.StreamResponse:
        return await self._decide(request, Choice.RELEASE)

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        return await self._decide(request, Choice.CANCEL)

    async def _decide(self, request: web.Request, choice: Choice) -> web.StreamResponse:
        body = await _body(request)
        asked = request.match_info["job"]
        row = await self.guard.site.records.call(lambda c: store.find_job(c, asked))
        if row is None:
            raise ControlError("job", f"no job, or several, with the id {asked!r}", "See status")
        decision = Decision(
            job_id=row.job.id,
            printer=row.job.printer,
            sha256=row.job.sha256,
            choice=choice,
            by=_word(body, "by"),
            why=_word(body, "why"),
            at=time.time(),
        )
        await self.guard.decide(decision)
        return web.json_response({})

    async def _reload(self, _: web.Request) -> web.StreamResponse:
        await self.guard.reload()
        return web.json_response({})

    async def _update(self, request: web.Request) -> web.StreamResponse:
        taken = await self.guard.update(Path(_word(await _body(request), "path")))
        return web.json_response({"kind": taken.kind, "version": taken.version})

    async def _call(self, request: web.Request) -> web.StreamResponse:
        printer = self.guard.attendant(request.match_info["printer"]).printer
        if not isinstance(printer, TakesCalls):
            raise ControlError(printer.name, "this kind of printer takes no calls")
        answer = await printer.call(request.match_info["verb"], await _body(request))
        return web.json_response(dict(answer))


def _sheet_of(case: Case, evidence: Path) -> Path | None:
    """The sheet of *case*; one drawn earlier where its verdict was remembered."""
    if case.sheet is not None:
        return Path(case.sheet)
    if case.sha256 is None:
        return None
    return next(evidence.glob(f"*-{case.sha256[:8]}-*.png"), None)


def _known(token: str | None) -> Any:
    """Let pass who knows *token*; None: whoever could open the socket."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if token is not None:
            given = request.headers.get("Authorization", "")
            here = request.host.rpartition(":")[0] or request.host
            if here not in HERE or not hmac.compare_digest(given, f"Bearer {token}"):
                raise web.HTTPUnauthorized
        return await handler(request)

    return check


@web.middleware
async def _explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors of ours become a sentence for whoever asked."""
    try:
        return await handler(request)
    except GuardError as error:
        return web.json_response({"error": str(error)}, status=409)
    except web.HTTPException as error:
        return web.json_response({"error": error.reason}, status=error.status)


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise ControlError("request", f"not JSON ({error})") from error
    if not isinstance(body, dict):
        raise ControlError("request", "not a JSON object")
    return body


def _word(body: dict[str, Any], key: str) -> str:
    word = body.get(key)
    if not isinstance(word, str) or not word.strip():
        raise ControlError("request", f"{key} is missing")
    return word
