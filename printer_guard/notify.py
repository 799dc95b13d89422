"""What systemd wants to hear: ready, alive, stopping; nothing at all when it did not start us.

Source: systemd's sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names.
"""

from __future__ import annotations

import os
import socket


def notify(state: str) -> bool:
    """Send *state*, such as "READY=1"; False when nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]  # an abstract socket
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(state.encode(), address)
    except OSError:
        return False
    return True


def watchdog_s() -> float | None:
    """Seconds within which systemd wants to hear of us; None without a watchdog."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 if microseconds.isdigit() and int(microseconds) else None
