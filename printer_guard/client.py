"""Asking a running guard over its unix socket, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from printer_guard.errors import ControlError

TIMEOUT_S = 60.0  # a release waits for the printer


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(path: Path, method: str, target: str, body: Mapping[str, Any] | None = None) -> Any:
    """The guard's answer. Raises ControlError when there is none, or it is no."""
    connection = _Connection(path)
    try:
        connection.request(method, target, json.dumps(body) if body is not None else None)
        response = connection.getresponse()
        answer = json.loads(response.read() or b"{}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        advice = "Start it with `printwarden guard run`"
        raise ControlError(path, f"no guard answers ({error})", advice) from error
    finally:
        connection.close()
    if response.status >= http.client.BAD_REQUEST:
        words = answer.get("error") if isinstance(answer, dict) else None
        raise ControlError(path, f"the guard says no ({words or response.reason})")
    return answer
