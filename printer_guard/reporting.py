"""Reports to the console: stored first, sent in order, again until acknowledged; decisions back.

    POST /api/v1/reports            {"reports": [...]} -> {"results": [{sequence, outcome, why}]}
    GET  /api/v1/decisions?wait=S   {"decisions": [...]}, as soon as there are any
    POST /api/v1/decisions/ID/receipt   {"applied": ..., "detail": ...}
    PUT  /api/v1/jobs/ID/evidence   pictures of a held job, as docs/evidence.md has them
    PUT  /api/v1/printers           the state of the printers
    GET  /api/v1/updates            {"updates": [{kind, version, url}]}, and the ZIP at each url

Weeks offline cost nothing but disk. The job's file never leaves the host.
"""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from printer_guard import outbox
from printer_guard.errors import GuardError, UpdateRefused, WireError
from printer_guard.status import printer_word
from printer_guard.updates import unpack
from printer_guard.wire import Decision, from_mapping, to_mapping

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

    from printer_guard.daemon import Guard

BATCH = 100  # reports at a time
WAIT_S = 20.0  # that the console may take to answer when nothing was decided
LIVE_S = 30.0  # between reports of the printers' state
MOST_BYTES = 4 << 20  # of an answer
MOST_UPDATE = 64 << 20  # bytes
GONE_FOR_GOOD = frozenset({404, 409, 413, 422})
_log = logging.getLogger(__name__)


class Reporter:
    """The conversation with the console; does nothing when no console is set."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.problem: str | None = None
        self.waiting = 0
        self._tried: set[tuple[str, int]] = set()

    def status(self) -> str:
        """In words, for people."""
        if self.guard.site.settings.console.url is None:
            return "none is set"
        if self.problem is None:
            return "ok"
        return f"unreachable ({self.problem}), {self.waiting} reports wait"

    async def run(self) -> None:
        """Report until cancelled."""
        from aiohttp import ClientSession, ClientTimeout

        console = self.guard.site.settings.console
        if console.url is None:
            return
        timeout = ClientTimeout(total=console.timeout_s + WAIT_S)
        async with ClientSession(timeout=timeout, headers=self._headers()) as session:
            talk = _Talk(session, console.url)
            await asyncio.gather(
                self._again_and_again(lambda: self._send(talk)),
                self._again_and_again(lambda: self._ask(talk)),
                self._again_and_again(lambda: self._tell_printers(talk)),
            )

    async def _again_and_again(self, part: Callable[[], Awaitable[None]]) -> None:
        """Do *part* for ever, and wait longer after each failure in a row."""
        console = self.guard.site.settings.console
        pause_s = console.retry_s
        while True:
            try:
                await part()
            except Exception as error:  # noqa: BLE001 (no fault in talking ends the talking)
                self._away(f"{type(error).__name__}: {error}")
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, console.retry_most_s)
            else:
                self.problem, self.guard.site.console_away = None, False
                pause_s = console.retry_s

    def _away(self, why: str) -> None:
        if self.problem is None:
            _log.warning("the console cannot be reached: %s", why)
        self.problem, self.guard.site.console_away = why, True

    def _headers(self) -> dict[str, str]:
        token_file = self.guard.site.settings.console.token_file
        if token_file is None:
            return {}
        return {"Authorization": f"Bearer {token_file.read_text(encoding='ascii').strip()}"}

    async def _send(self, talk: _Talk) -> None:
        """Send what waits, oldest first, then the pictures; then wait for news."""
        records = self.guard.site.records
        records.news.clear()
        while reports := await records.call(lambda connection: outbox.waiting(connection, BATCH)):
            self.waiting = await records.call(outbox.count)
            body = {"reports": [to_mapping(report) for report in reports]}
            answer = await talk.exchange("POST", "/reports", body)
            last = _acknowledged(answer, [report.sequence for report in reports])
            await _forget(records, last)
        self.waiting = 0
        for package in sorted(self.guard.site.outgoing.glob("*.zip")):
            await self._send_evidence(talk, package)
        try:
            async with asyncio.timeout(LIVE_S):
                await records.news.wait()
        except TimeoutError:
            return

    async def _send_evidence(self, talk: _Talk, package: Path) -> None:
        data = await asyncio.to_thread(package.read_bytes)
        status = await talk.upload(f"/jobs/{package.stem}/evidence", data)
        if status in GONE_FOR_GOOD:
            _log.warning("the console does not take the pictures of %s (%d)", package.stem, status)
        package.unlink(missing_ok=True)

    async def _ask(self, talk: _Talk) -> None:
        """Wait for decisions, carry them out, and say what came of each."""
        answer = await talk.exchange("GET", f"/decisions?wait={WAIT_S:g}")
        for body in answer["decisions"]:
            fields = {key: value for key, value in body.items() if key not in {"schema", "kind"}}
            decision = from_mapping(Decision, fields)
            applied, detail = True, ""
            try:
                await self.guard.decide(decision)
            except GuardError as error:
                applied, detail = False, str(error)[:500]
            receipt = {"applied": applied, "detail": detail}
            await talk.exchange("POST", f"/decisions/{decision.id}/receipt", receipt)

    async def _tell_printers(self, talk: _Talk) -> None:
        states = [
            {"name": attendant.printer.name, "state": printer_word(attendant)}
            for attendant in self.guard.attendants.values()
        ]
        await talk.exchange("PUT", "/printers", {"printers": states})
        if self.guard.site.settings.updates.keys:
            for offer in (await talk.exchange("GET", "/updates"))["updates"]:
                await self._take_update(talk, offer)
        await asyncio.sleep(LIVE_S)

    async def _take_update(self, talk: _Talk, offer: Mapping[str, Any]) -> None:
        """Take what the console offers, if it is newer; tried once for each version."""
        known = (str(offer["kind"]), int(offer["version"]))
        if known in self._tried or await self.guard.has_update(*known):
            return
        self._tried.add(known)
        packed = await talk.download(f"/updates/{offer['id']}")
        with tempfile.TemporaryDirectory(dir=self.guard.site.outgoing) as folder:
            try:
                await asyncio.to_thread(unpack, packed, Path(folder))
                await self.guard.update(Path(folder))
            except UpdateRefused as error:
                _log.error("the console's %s %d is not taken: %s", *known, error)


class _Talk:
    """Requests to the console's API. Raises aiohttp's errors, WireError."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session = session
        self._url = url.rstrip("/") + "/api/v1"

    async def exchange(self, method: str, target: str, body: Any = None) -> Any:
        """The console's answer as JSON, {} when it has none."""
        async with self._session.request(method, self._url + target, json=body) as response:
            response.raise_for_status()
            raw = await _whole(response, MOST_BYTES)
        answer = json.loads(raw or b"{}")
        if not isinstance(answer, dict):
            raise WireError(target, "the console's answer is no JSON object")
        return answer

    async def download(self, target: str) -> bytes:
        """The bytes there."""
        async with self._session.get(self._url + target) as response:
            response.raise_for_status()
            return await _whole(response, MOST_UPDATE)

    async def upload(self, target: str, data: bytes) -> int:
        """Put a ZIP; the status where that settles it."""
        headers = {"Content-Type": "application/zip"}
        async with self._session.put(self._url + target, data=data, headers=headers) as response:
            if response.status not in GONE_FOR_GOOD:
                response.raise_for_status()
            return response.status


async def _whole(response: ClientResponse, most: int) -> bytes:
    """The body. Raises WireError when it has more than *most* bytes."""
    data = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > most:
            raise WireError(response.url, f"the console's answer is larger than {most} bytes")
    return bytes(data)


def _acknowledged(answer: Any, sent: list[int]) -> int:
    """The last report that the console has an answer to. Raises WireError when it has none."""
    results = answer.get("results")
    if not isinstance(results, list) or len(results) != len(sent):
        raise WireError("reports", "the console did not answer to each report")
    for sequence, result in zip(sent, results, strict=True):
        if result.get("outcome") == "refused":
            _log.error("the console refuses report %d: %s", sequence, result.get("why"))
    return sent[-1]


async def _forget(records: Any, last: int) -> None:
    await records.call(lambda connection: outbox.acknowledge(connection, last))
