# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happened to jobs, newest last: for the tab, for notices and for OctoPrint's event bus."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Callable

KEPT = 50
EVENTS = ("held", "released", "stopped")
"""Our custom events, PLUGIN_PRINTWARDEN_HELD and so on, for scripts and other plugins."""
EVENT_OF = {
    "held": "held",
    "hold": "held",
    "allow": "released",
    "refuse": "stopped",
    "pause": "stopped",
    "cancel": "stopped",
    "quickstop": "stopped",
    "emergency": "stopped",
}


class Findings:
    """*show* sends a message to the browsers, *fire* an event to OctoPrint's bus."""

    def __init__(
        self, show: Callable[[dict[str, Any]], None], fire: Callable[[str, dict[str, Any]], None]
    ) -> None:
        self._show, self._fire = show, fire
        self._kept: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def add(self, what: str, reason: str, name: str = "") -> None:
        """Keep and show what became of the job *name*, and why."""
        finding = {"at": time.time(), "what": what, "reason": reason, "name": name}
        self._kept.append(finding)
        self._show({"finding": finding})
        if what in EVENT_OF:
            self._fire(f"plugin_printwarden_{EVENT_OF[what]}", finding)

    def say(self, text: str) -> None:
        """Show a sentence and keep none of it."""
        self._show({"text": text})

    def all(self) -> list[dict[str, Any]]:
        """The newest first."""
        return list(reversed(self._kept))
