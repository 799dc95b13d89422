"""A Prusa printer over PrusaLink: seen and stopped, not held.

Written from the public description of its interface and run against a stand-in only, never against
a printer. PrusaLink can start a file but has no hook before its first line, so a job is met when it
prints already: paused by the core, read, and resumed if it is clear.
Source: github.com/prusa3d/Prusa-Link-Web, spec/openapi.yaml (v1); HTTP digest, user `maker`, or an
`X-Api-Key`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from printer_guard.errors import PrinterRefused, PrinterUnreachable
from printer_guard.printers.base import Level, Phase, PrinterState
from printer_guard.printers.options import Options
from printer_guard.printers.polled import PolledPrinter, Seen, not_kept
from printer_guard.wire import Job

TIMEOUT_S = 5.0
PHASES: Mapping[str, Phase] = {
    "IDLE": Phase.IDLE,
    "READY": Phase.IDLE,
    "FINISHED": Phase.IDLE,
    "STOPPED": Phase.IDLE,
    "BUSY": Phase.PRINTING,  # heating, homing, or finishing what it was told: not at rest
    "PRINTING": Phase.PRINTING,
    "PAUSED": Phase.PAUSED,
    "ATTENTION": Phase.PAUSED,  # it waits for a person
    "ERROR": Phase.HALTED,
}
ASK: Mapping[Level, tuple[str, str]] = {
    Level.HOLD: ("PUT", "/pause"),
    Level.PAUSE: ("PUT", "/pause"),
    Level.CANCEL: ("DELETE", ""),
}


class PrusaLink(PolledPrinter):
    """*key*: a file with the printer's API key."""

    levels = frozenset(ASK)

    def __init__(self, name: str, url: str, key: Path, folder: Path, *, patience_s: float) -> None:
        super().__init__(name, folder, patience_s=patience_s)
        self._url, self._key = url, key
        self._session: aiohttp.ClientSession | None = None
        self._number: int | None = None
        self._download: str | None = None

    async def look(self) -> Seen:
        """GET /api/v1/status and, while there is one, /api/v1/job."""
        status = await self._json("GET", "/api/v1/status")
        printer, job = status.get("printer", {}), status.get("job") or {}
        word = str(printer.get("state", ""))
        self._number = job.get("id")
        name = await self._name_of_job() if self._number is not None else None
        targets = [printer.get("target_nozzle"), printer.get("target_bed")]
        state = PrinterState(
            phase=PHASES.get(word, Phase.UNKNOWN),
            job_name=name,
            heaters_off=None if None in targets else not any(targets),
        )
        share = job.get("progress")
        return Seen(state, None if share is None else share / 100, done=word == "FINISHED")

    async def ask(self, level: Level) -> None:
        """Pause or stop the job of the last look."""
        if self._number is None:
            raise PrinterRefused(self._where, "it has no job")
        method, path = ASK[level]
        await self._json(method, f"/api/v1/job/{self._number}{path}")

    async def resume(self, job: Job) -> None:
        """Go on with a paused job."""
        await self._json("PUT", f"/api/v1/job/{self._number}/resume")

    async def say(self, text: str) -> None:
        """PrusaLink shows nothing that it is not told by its own firmware."""

    async def copy(self, file: str, to: Path) -> None:
        """The file of the running job, as the printer offers it for download."""
        try:
            if self._download is None:
                raise FileNotFoundError(file)
            answer = await self._send("GET", quote(self._download))
            async with answer:
                with to.open("wb") as copy:
                    async for block in answer.content.iter_chunked(1 << 16):
                        copy.write(block)
        except (OSError, aiohttp.ClientError, PrinterUnreachable, PrinterRefused) as error:
            raise not_kept(self._where, file, error) from error

    async def close(self) -> None:
        """Let go."""
        if self._session is not None:
            await self._session.close()

    async def _name_of_job(self) -> str | None:
        file = (await self._json("GET", "/api/v1/job")).get("file", {})
        self._download = file.get("refs", {}).get("download")
        name = file.get("display_name") or file.get("name")
        return None if name is None else str(name)

    async def _json(self, method: str, path: str) -> Mapping[str, Any]:
        answer = await self._send(method, path)
        async with answer:
            if answer.content_type != "application/json":
                return {}
            try:
                body = await answer.json()
            except ValueError as error:
                raise PrinterUnreachable(self._where, f"{path}: {error}") from error
            return body if isinstance(body, dict) else {}

    async def _send(self, method: str, path: str) -> aiohttp.ClientResponse:
        """Ask. Raises PrinterUnreachable; PrinterRefused for 4xx."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
            self._session = aiohttp.ClientSession(timeout=timeout)
        try:
            headers = {"X-Api-Key": self._key.read_text(encoding="ascii").strip()}
            answer = await self._session.request(method, self._url + path, headers=headers)
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            raise PrinterUnreachable(self._where, f"{path}: {error!r}") from error
        if answer.status >= 400:
            answer.release()
            raise PrinterRefused(self._where, f"{method} {path}: {answer.status}")
        return answer


def open_prusalink(name: str, options: Mapping[str, Any], folder: Path) -> PrusaLink:
    """An `Opener`."""
    read = Options(name, options)
    url = read.url("url", "http://prusa.local")
    key = read.path("api_key_file")
    patience_s = read.seconds("patience_s", 5.0, 1.0, 60.0)
    read.no_others()
    return PrusaLink(name, url, key, folder, patience_s=patience_s)
