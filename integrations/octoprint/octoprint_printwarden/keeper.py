# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which job may send lines: the print that runs or waits, and what may pass to the printer.

Told of by OctoPrint's threads (`starting`, `line`, `over`) and by the guard's orders (`allow`, and
stopping.py). Nothing passes before `allow`; what goes wrong on the way ends in a hold.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any, Callable

from octoprint_printwarden.attempt import ALLOWED, FILE, HELD, SD, STREAM, Attempt
from octoprint_printwarden.host import OURS, RUNNING, Host
from octoprint_printwarden.outgoing import Outgoing

SD_STARTS = frozenset({"M24", "M32"})
RARE = SD_STARTS | {"M23"}
LAYS_DOWN = frozenset({"G0", "G1", "G2", "G3", "G5", "G28", "M104", "M109", "M140", "M190"})
BLIND = "unknown"  # owner of a hold of which no attempt is known
GIVEN_UP_S = 60.0  # a stopped stream is over when no line of it came for so long
DROP = (None,)  # what the hook returns to swallow a line
Line = Any  # what OctoPrint's hook may return: None lets a line pass


class Keeper:
    """One printer's gate. *offer* is called with each attempt that begins to wait."""

    def __init__(self, host: Host, offer: Callable[[Attempt], None]) -> None:
        self.host, self._offer = host, offer
        self.outgoing = Outgoing()
        self._append = self.outgoing.append
        self.mutex = threading.RLock()
        self.attempt: Attempt | None = None
        self.sd_waiting: Attempt | None = None  # cancelled at once, started anew when allowed
        self.open: str | None = None  # the attempt whose lines of a file may pass
        self.stream_seen_at = 0.0
        self.stream_stopped = False  # what is of no file and lays something down is swallowed
        self._selected = ""

    def starting(self, name: str, route: str, path: str | None) -> None:
        """A job starts: nothing of it leaves before `allow`."""
        if route == SD:
            self._selected = name  # its M24 comes through `line`
            return
        attempt = Attempt(name, FILE, path)
        self.host.hold(attempt.id)
        with self.mutex:
            self.over(self.attempt)
            self.stream_stopped = False
            self.attempt = attempt
        self.host.lift(BLIND)
        attempt.open()
        self._offer(attempt)

    def line(self, cmd: str, gcode: str | None, tags: Iterable[str] | None) -> Line:
        """One line that OctoPrint wants to send: None to let it pass, DROP to swallow it."""
        if gcode in RARE and self._barred(cmd, gcode, tags or ()):
            return DROP
        if self.stream_stopped and self.swallowed(gcode, tags or ()):
            return DROP
        if tags is not None and "source:file" in tags and self.open is None:
            self.hold()  # before dropping: OctoPrint would race on through the file
            return DROP
        return None

    def leaving(self, cmd: str, gcode: str | None, tags: Iterable[str] | None) -> Line:
        """The same line about to be sent, with all that other plugins made of it meanwhile."""
        if self.stream_stopped and self.swallowed(gcode, tags or ()):
            return DROP
        if tags is None or "source:file" not in tags:
            self._append((None, cmd, tags))
            return None
        job = self.open
        if job is None:  # the gate was shut while it waited
            return DROP
        self._append((job, cmd, tags))
        return None

    def swallowed(self, gcode: str | None, tags: Iterable[str]) -> bool:
        """Whether a line of no file may not pass, after a stream was stopped.

        Asked again when it is about to be sent: thousands may wait in OctoPrint by then.
        """
        if not self.stream_stopped or OURS in tags or "source:file" in tags:
            return False
        if gcode not in LAYS_DOWN:
            return False
        self.stream_seen_at = time.monotonic()
        return True

    def stop_stream(self) -> None:
        """Swallow what is of no file and lays something down, until whoever sends it gives up."""
        self.stream_stopped, self.stream_seen_at = True, time.monotonic()

    def calm(self) -> None:
        """A stopped stream that nobody continues is over."""
        if self.stream_stopped and time.monotonic() - self.stream_seen_at > GIVEN_UP_S:
            self.stream_stopped = False
            if self.attempt is not None and self.attempt.route == STREAM:
                self.over(self.attempt)

    def allow(self, job: str, sha256: str | None) -> bool:
        """Let an attempt go if its bytes still are *sha256*, None being whatever they are."""
        with self.mutex:
            if self.sd_waiting is not None and self.sd_waiting.id == job:
                self.attempt, self.sd_waiting = self.sd_waiting, None
                self.attempt.state, self.attempt.begun = ALLOWED, False
                self.host.start_sd(self.attempt.name.lstrip("/"))
                return True
            attempt = self.mine(job)
            if attempt is None or not attempt.unchanged() or sha256 not in (None, attempt.sha256):
                return False
            attempt.state, self.open = ALLOWED, attempt.id
        self.host.lift(job)
        return True

    def hold(self) -> None:
        """What is done whenever something of ours goes wrong."""
        attempt = self.attempt
        self.host.hold(BLIND if attempt is None else attempt.id)

    def adopt(self, job: str, name: str, route: str) -> bool:
        """What prints already, and nobody asked for, is a job from now on: it can be stopped."""
        with self.mutex:
            if self.attempt is not None:
                return False
            self.attempt = Attempt(name, route, id=job, state=ALLOWED)
        return True

    def over(self, attempt: Attempt | None) -> None:
        """That job is over. Does nothing where the next one has begun already."""
        with self.mutex:
            if attempt is None or attempt is not self.attempt:
                return
            self.attempt, self.open = None, None
        attempt.close()

    def rebind(self, job: str, new: str) -> Attempt | None:
        """The bytes of a running job are not those that were allowed: it is a new job, on hold."""
        with self.mutex:
            attempt = self.mine(job)
            if attempt is None:
                return None
            self.host.hold(new)
            attempt.id, attempt.state, attempt.sha256 = new, HELD, None
            attempt.stamp, attempt.told, self.open = attempt.now(), None, None
        self.host.lift(job)
        return attempt

    def changed(self) -> bool:
        """Whether the bytes under a running job are no longer those that were allowed.

        The job is on hold while that is looked at, and goes on if it only seemed so.
        """
        attempt = self.attempt
        if attempt is None or attempt.route != FILE or attempt.state != ALLOWED:
            return False
        if attempt.now() == attempt.stamp:
            return False
        self.host.hold(attempt.id)
        if not attempt.unchanged():
            return True
        self.host.lift(attempt.id)
        return False

    def mine(self, job: str) -> Attempt | None:
        """The attempt of that id, if it is the one there is."""
        attempt = self.attempt
        return attempt if attempt is not None and attempt.id == job else None

    def _barred(self, cmd: str, gcode: str | None, tags: Iterable[str]) -> bool:
        """Starts from the printer's own card."""
        if gcode == "M23":
            self._selected = cmd[3:].strip()
            return False
        return OURS not in tags and not self._sd_may_start(cmd)

    def _sd_may_start(self, cmd: str) -> bool:
        with self.mutex:
            attempt = self.attempt
            name = self._selected if cmd[:3] == "M24" else cmd[3:].strip()
            allowed = attempt is not None and attempt.route == SD and attempt.state == ALLOWED
            if allowed and _on_card(attempt.name) == _on_card(name):
                attempt.begun = True
                return True
            waiting = self.sd_waiting = Attempt(name or "?", SD)
        threading.Thread(target=self._ask_for_sd, args=(waiting,), daemon=True).start()
        return False

    def _ask_for_sd(self, waiting: Attempt) -> None:
        """OctoPrint believes that it prints from the card by now: end that, then ask."""
        try:
            if self.host.state() in RUNNING and self.attempt is None:
                self.host.cancel(waiting.id)
        finally:
            self._offer(waiting)


def _on_card(name: str) -> str:
    """A name as a card has it: from its root, in capitals or not."""
    return name.strip().lstrip("/").lower()
