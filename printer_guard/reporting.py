"""Reports to the console: stored first, sent in order, again until acknowledged; decisions back.

    POST {url}/api/v1/reports    a JSON list of Reports -> {"acknowledged": sequence}
    GET  {url}/api/v1/decisions  ?guard=NAME -> a JSON list of Decisions for this guard

Weeks offline cost nothing but disk. The job's file never leaves the host.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

from printer_guard import outbox
from printer_guard.errors import GuardError, WireError
from printer_guard.wire import Decision, from_json, to_json

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from printer_guard.daemon import Guard

BATCH = 100  # reports at a time
IDLE_S = 2.0  # between looks for new reports and decisions
MOST_BYTES = 4 << 20  # of an answer
_log = logging.getLogger(__name__)


class Reporter:
    """The conversation with the console; does nothing when no console is set."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.problem: str | None = None
        self.waiting = 0

    def status(self) -> str:
        """In words, for people."""
        if self.guard.site.settings.console.url is None:
            return "none is set"
        return (
            f"unreachable ({self.problem}), {self.waiting} reports wait" if self.problem else "ok"
        )

    async def run(self) -> None:
        """Report until cancelled."""
        from aiohttp import ClientError, ClientSession, ClientTimeout

        console = self.guard.site.settings.console
        if console.url is None:
            return
        pause_s = console.retry_s
        timeout = ClientTimeout(total=console.timeout_s)
        async with ClientSession(timeout=timeout, headers=self._headers()) as session:
            while True:
                try:
                    await self._converse(session, console.url)
                except (ClientError, GuardError, OSError, TimeoutError, ValueError) as error:
                    self._away(f"{type(error).__name__}: {error}")
                    await asyncio.sleep(pause_s)
                    pause_s = min(2 * pause_s, console.retry_most_s)
                else:
                    self.problem, self.guard.site.console_away = None, False
                    pause_s = console.retry_s
                    await asyncio.sleep(IDLE_S)

    def _away(self, why: str) -> None:
        if self.problem is None:
            _log.warning("the console cannot be reached: %s", why)
        self.problem, self.guard.site.console_away = why, True

    def _headers(self) -> dict[str, str]:
        token_file = self.guard.site.settings.console.token_file
        if token_file is None:
            return {}
        return {"Authorization": f"Bearer {token_file.read_text(encoding='ascii').strip()}"}

    async def _converse(self, session: ClientSession, url: str) -> None:
        """Send what waits, then ask for decisions."""
        records = self.guard.site.records
        self.waiting = await records.call(outbox.count)
        while reports := await records.call(lambda connection: outbox.waiting(connection, BATCH)):
            body = "[" + ",".join(map(to_json, reports)) + "]"
            answer = await _exchange(session, "POST", f"{url}/api/v1/reports", body)
            acknowledged = answer["acknowledged"] if isinstance(answer, dict) else None
            if not isinstance(acknowledged, int) or acknowledged < reports[0].sequence:
                raise WireError(url, "the console acknowledged nothing")
            last = min(acknowledged, reports[-1].sequence)
            await records.call(lambda connection, last=last: outbox.acknowledge(connection, last))  # type: ignore[misc]
            self.waiting = await records.call(outbox.count)
        asked = f"{url}/api/v1/decisions?guard={self.guard.site.settings.name}"
        for body in await _exchange(session, "GET", asked, None):
            await self.guard.decide(from_json(Decision, json.dumps(body)))


async def _exchange(session: ClientSession, method: str, url: str, body: str | None) -> Any:
    headers = {"Content-Type": "application/json"} if body is not None else {}
    async with session.request(method, url, data=body, headers=headers) as response:
        response.raise_for_status()
        raw = await response.content.read(MOST_BYTES)
    return json.loads(raw)
