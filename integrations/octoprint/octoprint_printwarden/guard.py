# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The guard, as this plugin sees it: JSON over HTTP on this host, one connection a thread."""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable
from urllib.parse import quote, urlsplit


class GuardGone(Exception):
    """There was no answer in time, or none that can be understood."""


class GuardRefused(Exception):
    """It answered, and said no."""


@dataclass(frozen=True)
class Address:
    """Where the guard listens, what it calls this printer, and the file with its token."""

    url: str
    printer: str
    token_file: str


class Guard:
    """*address* is asked for at each connection, so that new settings count at once."""

    def __init__(self, address: Callable[[], Address]) -> None:
        self._address = address
        self._mine = threading.local()

    def call(self, verb: str, body: dict[str, Any], timeout_s: float = 5.0) -> dict[str, Any]:
        """POST *body* to *verb* of this printer; the answer. Raises GuardGone, GuardRefused."""
        printer = quote(self._address().printer, safe="")
        return self.post(f"/v1/printers/{printer}/{verb}", body, timeout_s)

    def post(self, path: str, body: dict[str, Any], timeout_s: float = 5.0) -> dict[str, Any]:
        """POST *body* to *path*; the answer. Raises GuardGone, GuardRefused."""
        return self._ask("POST", path, json.dumps(body).encode(), timeout_s)

    def get(self, path: str, timeout_s: float = 5.0) -> dict[str, Any]:
        """GET *path*; the answer. Raises GuardGone, GuardRefused."""
        return self._ask("GET", path, None, timeout_s)

    def picture(self, path: str) -> bytes:
        """GET a PNG. Raises GuardGone, GuardRefused."""
        status, reason, text = self._exchange("GET", path, None, 5.0)
        if status != 200 or not text.startswith(b"\x89PNG"):
            raise GuardRefused(f"no picture: {status} {reason}")
        return text

    def _ask(self, method: str, path: str, body: bytes | None, timeout_s: float) -> dict[str, Any]:
        status, reason, text = self._exchange(method, path, body, timeout_s)
        try:
            content = json.loads(text or b"{}")
        except ValueError:
            content = None
        if status >= 500 or not isinstance(content, dict):
            raise GuardGone(f"{status} {reason}")
        if status >= 400:
            raise GuardRefused(str(content.get("error", reason)))
        return content

    def _exchange(
        self, method: str, path: str, body: bytes | None, timeout_s: float
    ) -> tuple[int, str, bytes]:
        """(status, reason, body) of the answer. Raises GuardGone."""
        try:
            connection, token = self._connected(timeout_s)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.reason, answer.read()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._forget()
            raise GuardGone(f"{type(error).__name__}: {error}") from error

    def _connected(self, timeout_s: float) -> tuple[http.client.HTTPConnection, str]:
        """The connection of the calling thread and the token that it was made with."""
        made = getattr(self._mine, "made", None)
        address = self._address()
        if made is None or made[2] != address:
            parts = urlsplit(address.url)
            token = Path(address.token_file).read_text(encoding="ascii").strip()
            made = (http.client.HTTPConnection(parts.hostname or "", parts.port), token, address)
            self._mine.made = made
        connection = made[0]
        connection.timeout = timeout_s
        if connection.sock is not None:
            connection.sock.settimeout(timeout_s)
        return connection, made[1]

    def _forget(self) -> None:
        made = getattr(self._mine, "made", None)
        if made is not None:
            made[0].close()
            self._mine.made = None
