# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""OctoPrint, as far as this plugin makes it do things. Given its `printer`; imports none of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any

OURS = "plugin:printwarden"
TAGS = frozenset({"source:plugin", OURS})
COOL = ("M104 S0", "M140 S0", "M141 S0", "M107")
AT_REST = ("M400", "M114")  # the answer to the second comes when nothing moves any more
STATE_WAIT_S = 2.0  # OctoPrint changes its state within milliseconds, or it does not
RUNNING = frozenset({"STARTING", "PRINTING", "RESUMING"})
"""States in which OctoPrint takes lines from a file."""


class Host:
    """Hold, lift, pause, cancel, resume.

    A hold has an owner, the id of an attempt, and OctoPrint counts holds: the end of one job never
    lifts the hold of the next.
    """

    def __init__(self, printer: Any) -> None:
        self._printer = printer
        self._owners: set[str] = set()
        self._mutex = threading.RLock()

    def hold(self, owner: str) -> None:
        """Nothing more of a job leaves OctoPrint. Local files only: an SD print reads itself."""
        with self._mutex:
            if owner not in self._owners:
                self._printer.set_job_on_hold(True)
                self._owners.add(owner)

    def lift(self, owner: str) -> None:
        """Undo `hold`."""
        with self._mutex:
            held = owner in self._owners
            self._owners.discard(owner)
        if held:  # outside the mutex: OctoPrint sends on from here, through our own hooks
            self._printer.set_job_on_hold(False)

    def disconnected(self) -> None:
        """The connection is gone, and holds went with it."""
        with self._mutex:
            self._owners.clear()

    def cancel(self, owner: str) -> None:
        """Cancel while on hold, and lift it only once OctoPrint is cancelling: nothing slips out.

        Without the lift OctoPrint says "Cancelling" for ever.
        """
        self.hold(owner)
        self._printer.cancel_print(tags=set(TAGS))
        self.lift_when_over(owner)

    def pause(self, owner: str) -> None:
        """Pause; no line is dropped, so that it can go on where it was."""
        self.hold(owner)
        self._printer.pause_print(tags=set(TAGS))
        self.lift_when_over(owner)

    def lift_when_over(self, owner: str) -> bool:
        """Lift the hold as soon as no line can follow; whether that came to be in time."""
        end = time.monotonic() + STATE_WAIT_S
        while self.state() in RUNNING:
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        self.lift(owner)
        return True

    def resume(self) -> None:
        """Go on after `pause`."""
        self._printer.resume_print(tags=set(TAGS))

    def send(self, lines: Iterable[str], *, force: bool = False) -> None:
        """Send *lines* as ours. force: past everything that waits."""
        self._printer.commands(list(lines), tags=set(TAGS), force=force)

    def start_sd(self, path: str) -> None:
        """Select a file of the printer's card and print it."""
        self._printer.select_file(path, True, printAfterSelect=True, tags=set(TAGS))

    def state(self) -> str:
        """OctoPrint's name of its state, such as PRINTING."""
        return str(self._printer.get_state_id())
