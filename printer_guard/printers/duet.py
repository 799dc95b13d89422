"""A Duet board, or any RepRapFirmware, over its own HTTP: seen and stopped, not held.

Written from the public description of its interface and run against a stand-in only, never against
a board. Standalone mode (`rr_` requests); with a single-board computer in front, DSF's interception
of codes would be the place to hold a job, and is not used here.
Source: github.com/Duet3D/RepRapFirmware wiki, "HTTP requests"; docs.duet3d.com, "Object model".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from printer_guard.errors import PrinterRefused, PrinterUnreachable
from printer_guard.printers.base import Level, Phase, PrinterState
from printer_guard.printers.options import Options
from printer_guard.printers.polled import PolledPrinter, Seen, not_kept
from printer_guard.wire import Job

TIMEOUT_S = 5.0
PHASES: Mapping[str, Phase] = {
    "idle": Phase.IDLE,
    "off": Phase.OFFLINE,
    "starting": Phase.OFFLINE,
    "updating": Phase.OFFLINE,
    "processing": Phase.PRINTING,
    "simulating": Phase.PRINTING,
    "busy": Phase.PRINTING,  # a macro: homing, or a start or stop script
    "changingTool": Phase.PRINTING,
    "resuming": Phase.PRINTING,
    "pausing": Phase.STOPPING,
    "cancelling": Phase.STOPPING,
    "paused": Phase.PAUSED,
    "halted": Phase.HALTED,
}
ASK: Mapping[Level, tuple[str, ...]] = {
    Level.HOLD: ("M25",),
    Level.PAUSE: ("M25",),
    Level.CANCEL: ("M25", "M0"),  # M0 runs cancel.g only when the job is paused
    Level.EMERGENCY: ("M112",),
}
FOLDER = "0:/gcodes/"


class Duet(PolledPrinter):
    """*password*: a file with the board's password; boards without one take any."""

    levels = frozenset(ASK)

    def __init__(
        self, name: str, url: str, password: Path | None, folder: Path, *, patience_s: float
    ) -> None:
        super().__init__(name, folder, patience_s=patience_s)
        self._url, self._password = url, password
        self._session: aiohttp.ClientSession | None = None

    async def look(self) -> Seen:
        """The parts of the object model that change often, then the job's name."""
        model = await self._model("", "f")
        word = str(model.get("state", {}).get("status", ""))
        job = await self._model("job", "v")
        file = job.get("file", {})
        phase = PHASES.get(word, Phase.UNKNOWN)
        heaters = [h for h in model.get("heat", {}).get("heaters", []) if h]
        last_ended = not job.get("lastFileCancelled") and not job.get("lastFileAborted")
        state = PrinterState(
            phase=phase,
            job_name=(file.get("fileName") or "").removeprefix(FOLDER) or None,
            heaters_off=not any(h.get("active") for h in heaters) if heaters else None,
        )
        position, size = job.get("filePosition"), file.get("size")
        return Seen(state, position / size if position and size else None, done=last_ended)

    async def ask(self, level: Level) -> None:
        """Pause, then cancel by the owner's own macros."""
        for code in ASK[level]:
            await self._gcode(code)

    async def resume(self, job: Job) -> None:
        """Go on with a paused job."""
        await self._gcode("M24")

    async def say(self, text: str) -> None:
        """A message that stays on the screen and in the web interface until it is closed."""
        said = text.replace('"', "'")
        await self._gcode(f'M291 P"{said}" R"Printwarden" S1 T0')

    async def copy(self, file: str, to: Path) -> None:
        """GET rr_download."""
        try:
            answer = await self._send("rr_download", name=FOLDER + file)
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

    async def _gcode(self, code: str) -> None:
        await self._json("rr_gcode", gcode=code)

    async def _model(self, key: str, flags: str) -> Mapping[str, Any]:
        result = (await self._json("rr_model", key=key, flags=flags)).get("result")
        return result if isinstance(result, dict) else {}

    async def _json(self, request: str, **given: str) -> Mapping[str, Any]:
        answer = await self._send(request, **given)
        async with answer:
            try:
                body = await answer.json(content_type=None)
            except ValueError as error:
                raise PrinterUnreachable(self._where, f"{request}: {error}") from error
        return body if isinstance(body, dict) else {}

    async def _send(self, request: str, **given: str) -> aiohttp.ClientResponse:
        """Ask; once more after connecting where the session has ended. Raises PrinterError."""
        answer = await self._get(request, given)
        if answer.status == 401:
            answer.release()
            password = self._password.read_text(encoding="utf-8").strip() if self._password else ""
            connected = await self._get("rr_connect", {"password": password})
            connected.release()
            answer = await self._get(request, given)
        if answer.status >= 400:
            answer.release()
            raise PrinterRefused(self._where, f"{request}: {answer.status}")
        return answer

    async def _get(self, request: str, given: Mapping[str, str]) -> aiohttp.ClientResponse:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
            self._session = aiohttp.ClientSession(timeout=timeout)
        try:
            return await self._session.get(f"{self._url}/{request}", params=dict(given))
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            raise PrinterUnreachable(self._where, f"{request}: {error!r}") from error


def open_duet(name: str, options: Mapping[str, Any], folder: Path) -> Duet:
    """An `Opener`."""
    read = Options(name, options)
    url = read.url("url", "http://duet.local")
    password = read.optional_path("password_file")
    patience_s = read.seconds("patience_s", 5.0, 1.0, 60.0)
    read.no_others()
    return Duet(name, url, password, folder, patience_s=patience_s)
