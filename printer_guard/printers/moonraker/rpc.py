"""JSON-RPC 2.0 over Moonraker's websocket: requests out, answers and notifications in.

Source: moonraker.readthedocs.io, "Websocket" and "Extension APIs".
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from printer_guard.errors import PrinterRefused, PrinterUnreachable

ANSWER_S = 10.0
LARGEST_MESSAGE = 8 << 20
Notified = Callable[[str, Any], None]


class Rpc:
    """One connection. *notified* takes (method, params) of each message that is no answer."""

    def __init__(self, where: str, notified: Notified) -> None:
        self._where, self._notified = where, notified
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def run(self, session: aiohttp.ClientSession, url: str, begun: asyncio.Event) -> None:
        """Connect, set *begun*, take messages until it ends. Raises PrinterUnreachable."""
        try:
            async with session.ws_connect(
                url, heartbeat=5.0, max_msg_size=LARGEST_MESSAGE
            ) as socket:
                self._socket = socket
                begun.set()
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._take(json.loads(message.data))
        except (OSError, aiohttp.ClientError, ValueError) as error:
            raise PrinterUnreachable(self._where, repr(error)) from error
        finally:
            self._socket = None
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(PrinterUnreachable(self._where, "the connection ended"))

    async def call(self, method: str, *, within_s: float = ANSWER_S, **params: Any) -> Any:
        """The result. Raises PrinterUnreachable; PrinterRefused for an error that it answers."""
        if self._socket is None:
            raise PrinterUnreachable(self._where, "not connected to Moonraker")
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            message = {"jsonrpc": "2.0", "method": method, "params": params, "id": number}
            await self._socket.send_str(json.dumps(message))
            async with asyncio.timeout(within_s):
                return await answer
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            raise PrinterUnreachable(self._where, f"{method}: no answer ({error!r})") from error
        finally:
            del self._waiting[number]

    def _take(self, message: Mapping[str, Any]) -> None:
        waiting = self._waiting.get(message.get("id", 0))
        if waiting is None or waiting.done():
            if "method" in message:
                self._notified(message["method"], message.get("params"))
        elif "error" in message:
            said = str(message["error"].get("message", message["error"]))
            waiting.set_exception(PrinterRefused(self._where, said))
        else:
            waiting.set_result(message.get("result"))
