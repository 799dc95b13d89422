"""Printers that can be found on this host: host programs on their usual ports, serial ports.

Only this machine is asked, only what answers without a password, and nothing is changed.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

TIMEOUT_S = 1.0
MOST_BYTES = 1 << 16
BY_ID = Path("/dev/serial/by-id")  # names that stay when ports are numbered anew
PORTS = ("ttyUSB*", "ttyACM*")
OCTOPRINT_PORTS = (5000, 80)
MOONRAKER_PORTS = (7125,)


class Found(NamedTuple):
    """A printer that the settings could name. options: its keys besides kind."""

    name: str
    kind: str
    options: dict[str, Any]
    about: str


def find_printers(devices: Path = Path("/dev"), by_id: Path = BY_ID) -> list[Found]:
    """Everything that can be found; a serial port that a host program has is listed as well."""
    return [*_octoprints(), *_moonrakers(), *_serial_ports(devices, by_id)]


def _octoprints() -> Iterator[Found]:
    for port in OCTOPRINT_PORTS:
        status, _ = _get(port, "/api/version")
        if status == http.client.FORBIDDEN:  # it wants a key, as OctoPrint does
            url = f"http://127.0.0.1:{port}"
            options = {"url": url, "api_key_file": "/etc/printwarden/octoprint.key"}
            yield Found("octoprint", "octoprint", options, f"OctoPrint at {url}")


def _moonrakers() -> Iterator[Found]:
    for port in MOONRAKER_PORTS:
        status, body = _get(port, "/server/info")
        if status == http.client.UNAUTHORIZED or "klippy_state" in str(body):
            url = f"http://127.0.0.1:{port}"
            yield Found("klipper", "moonraker", {"url": url}, f"Moonraker at {url}")


def _serial_ports(devices: Path, by_id: Path) -> Iterator[Found]:
    stable = {path.resolve(): path for path in sorted(by_id.glob("*"))} if by_id.is_dir() else {}
    for pattern in PORTS:
        for device in sorted(devices.glob(pattern)):
            path = stable.get(device.resolve(), device)
            yield Found(device.name, "serial", {"port": str(path)}, f"a serial port, {path}")


def _get(port: int, target: str) -> tuple[int | None, Any]:
    """Status and JSON body of what answers on *port* of this machine; (None, None) for nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read(MOST_BYTES)
        return response.status, json.loads(body) if body.startswith(b"{") else None
    except (OSError, ValueError, http.client.HTTPException):
        return None, None
    finally:
        connection.close()
