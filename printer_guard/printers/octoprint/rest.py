"""OctoPrint's own word on what it does, and the means that need no plugin.

Source: docs.octoprint.org/en/master/api (job operations, printer operations).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from printer_guard.errors import PrinterRefused, PrinterUnreachable
from printer_guard.printers.base import Level, Phase, PrinterState

TIMEOUT_S = 5.0
CONFLICT = 409  # "printer is not operational"
COMMANDS: Mapping[Level, tuple[str, Mapping[str, str]]] = {
    Level.PAUSE: ("/api/job", {"command": "pause", "action": "pause"}),
    Level.CANCEL: ("/api/job", {"command": "cancel"}),
    Level.QUICKSTOP: ("/api/printer/command", {"command": "M410"}),
    Level.EMERGENCY: ("/api/printer/command", {"command": "M112"}),
}
NEAR_C = 2.0  # to its target: Marlin's TEMP_WINDOW is 1, and its readings waver
PHASES: tuple[tuple[str, Phase], ...] = (
    ("error", Phase.HALTED),
    ("closedOrError", Phase.OFFLINE),
    ("cancelling", Phase.STOPPING),
    ("pausing", Phase.STOPPING),
    ("finishing", Phase.PRINTING),
    ("paused", Phase.PAUSED),
    ("printing", Phase.PRINTING),
    ("resuming", Phase.PRINTING),
    ("ready", Phase.IDLE),
    ("operational", Phase.IDLE),
)
"""The first flag that is set decides."""


class Rest:
    """*key*: a file with the API key of a user who may see and control prints."""

    def __init__(self, where: str, url: str, key: Path) -> None:
        self._where, self._url, self._key = where, url.rstrip("/"), key
        self._session: aiohttp.ClientSession | None = None

    async def state(self) -> PrinterState:
        """Read now. Raises PrinterUnreachable."""
        job = await self._ask("GET", "/api/job")
        try:
            printer = await self._ask("GET", "/api/printer?exclude=sd")
        except PrinterRefused:
            halted = "error" in str(job.get("state", "")).lower()
            return PrinterState(phase=Phase.HALTED if halted else Phase.OFFLINE)
        flags = printer["state"]["flags"]
        phase = next((phase for flag, phase in PHASES if flags.get(flag)), Phase.UNKNOWN)
        heaters = list(printer.get("temperature", {}).values())
        return PrinterState(
            phase=phase,
            job_name=job.get("job", {}).get("file", {}).get("path"),
            heaters_off=not any(heater.get("target") for heater in heaters) if heaters else None,
            heating=any(map(_heats, heaters)) if heaters else None,
        )

    async def command(self, level: Level) -> None:
        """Ask for *level* without the plugin. Raises PrinterUnreachable, PrinterRefused."""
        path, body = COMMANDS[level]
        await self._ask("POST", path, body)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._session is not None:
            await self._session.close()

    async def _ask(self, method: str, path: str, body: Any = None) -> Mapping[str, Any]:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
            self._session = aiohttp.ClientSession(timeout=timeout)
        try:
            headers = {"X-Api-Key": self._key.read_text(encoding="ascii").strip()}
            address = self._url + path
            async with self._session.request(method, address, json=body, headers=headers) as answer:
                if answer.status == CONFLICT:
                    raise PrinterRefused(self._where, await answer.text(), "It is not connected")
                answer.raise_for_status()
                return await answer.json() if answer.content_length else {}
        except (OSError, TimeoutError, aiohttp.ClientError, ValueError) as error:
            raise PrinterUnreachable(self._where, f"{path}: {error!r}") from error


def _heats(heater: Mapping[str, Any]) -> bool:
    """Whether it is colder than it is to be."""
    target, actual = heater.get("target") or 0.0, heater.get("actual")
    return target > 0 and actual is not None and actual < target - NEAR_C
