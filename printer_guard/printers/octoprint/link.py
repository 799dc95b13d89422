"""The plugin's half of the conversation, as the guard hears it: calls come in, orders go out.

| call | body | meaning |
|---|---|---|
| `bytes` | job, offset, data (base64) | the next piece of a job's bytes |
| `offer` | job, name, route, sha256, size_bytes, purpose | it waits for an order |
| `running` | the same | it is printing already: we were away |
| `sent` | runs of lines, news, number | what went out and what happened |
| `orders` | after, wait_s, run | wait for orders later than *after* |

Each answer names our `run`: another one tells the plugin that we know nothing, and it tells anew.
Each call names its `session`: another one tells us that OctoPrint has started anew, its jobs gone.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from printer_guard.errors import ControlError
from printer_guard.wire import SHA256, new_id

LONGEST_WAIT_S = 25.0
KEPT_ORDERS = 100  # an order that the plugin has not fetched by then was for a job long gone
Body = Mapping[str, Any]


class PluginLink:
    """*folder* keeps bytes by job. begun_anew: called when OctoPrint has forgotten all jobs."""

    def __init__(self, where: str, folder: Path) -> None:
        self.run = new_id()
        self.begun_anew: Callable[[], None] | None = None
        self._session: str | None = None
        self.heard_at: float | None = None
        self._where, self._folder = where, folder
        self._orders: list[dict[str, Any]] = []
        self._sequence = 0
        self._more = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._handlers: dict[str, Callable[[Body], Awaitable[None]]] = {}
        self._last_sent: tuple[str | None, int] | None = None
        self._digests: dict[str, hashlib._Hash] = {}

    def on(self, verb: str, handler: Callable[[Body], Awaitable[None]]) -> None:
        """What to do with calls of *verb*."""
        self._handlers[verb] = handler

    async def call(self, verb: str, body: Body) -> Body:
        """Answer the plugin. Raises ControlError for what it cannot mean."""
        self.heard_at = time.monotonic()
        try:
            self._meet(str(body["session"]))
            if verb == "orders":
                return await self._give_orders(body)
            if verb == "bytes":
                await asyncio.to_thread(self._keep, body)
            elif verb in self._handlers:
                await self._handlers[verb](body)
            else:
                raise ControlError(self._where, f"no call {verb!r}")
        except (KeyError, TypeError, ValueError, binascii.Error, OSError) as error:
            raise ControlError(f"{self._where}, {verb}", repr(error)) from error
        return {"run": self.run}

    async def order(self, verb: str, job: str, *, within_s: float, **more: Any) -> bool | None:
        """Give an order; whether the plugin did it, None when it did not answer in time."""
        self._sequence += 1
        sequence = self._sequence
        self._orders.append({"seq": sequence, "verb": verb, "job": job, **more})
        del self._orders[:-KEPT_ORDERS]
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[sequence] = done
        self._more.set()
        try:
            async with asyncio.timeout(within_s):
                return await done
        except TimeoutError:
            return None
        finally:
            del self._waiting[sequence]

    def obeyed(self, sequence: int, *, done: bool) -> None:
        """The plugin says what came of an order."""
        waiting = self._waiting.get(sequence)
        if waiting is not None and not waiting.done():
            waiting.set_result(done)

    def bytes_of(self, job: str) -> Path:
        """Where the bytes of a job are kept. Raises ControlError for what is no id."""
        if not SHA256.fullmatch(job * 2):  # ids are half as long as digests, of the same digits
            raise ControlError(self._where, f"{job!r:.80} is no id of a job")
        return self._folder / f"{job}.bytes"

    def repeated(self, body: Body) -> bool:
        """Whether a message was here before: its answer was lost on the way."""
        number = (self._session, int(body["number"]))
        repeated, self._last_sent = number == self._last_sent, number
        return repeated

    def _meet(self, session: str) -> None:
        """Orders for the jobs of another session are for nobody: the next job never gets them."""
        known, self._session = self._session, session
        if known not in {None, session}:
            self._orders.clear()
            if self.begun_anew is not None:
                self.begun_anew()

    async def _give_orders(self, body: Body) -> Body:
        after = int(body["after"])
        if body.get("run") == self.run:
            wait_s = min(float(body["wait_s"]), LONGEST_WAIT_S)
            until = time.monotonic() + wait_s
            while not self._later(after) and (left_s := until - time.monotonic()) > 0:
                self._more.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left_s):
                        await self._more.wait()
        return {"run": self.run, "orders": self._later(after)}

    def _later(self, after: int) -> list[dict[str, Any]]:
        return [order for order in self._orders if order["seq"] > after]

    def whole(self, job: str, sha256: str | None) -> bool:
        """Whether the bytes kept of a job are all of it."""
        digest = self._digests.get(job)
        return digest is not None and digest.hexdigest() == sha256

    def forget(self, job: str) -> None:
        """Drop the bytes of a job."""
        self._digests.pop(job, None)
        self.bytes_of(job).unlink(missing_ok=True)

    def _keep(self, body: Body) -> None:
        """Write one piece; pieces come in order, and the first one begins anew."""
        job, offset = str(body["job"]), int(body["offset"])
        data = base64.b64decode(body["data"], validate=True)
        with self.bytes_of(job).open("r+b" if offset else "wb") as copy:
            if copy.seek(0, 2) != offset:
                raise ControlError(self._where, f"bytes from {offset} do not follow", "Begin anew")
            copy.write(data)
        digest = self._digests[job] = self._digests[job] if offset else hashlib.sha256()
        digest.update(data)
