# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The conversation with the guard: jobs and lines go there, orders come back.

Two threads: one tells what was sent and that we live, ten times a second while something is; one
waits for orders. A thread more for each job while its bytes are handed over.
"""

from __future__ import annotations

import base64
import logging
import threading
import time
import uuid
from typing import Any, Callable

from octoprint_printwarden.attempt import HELD, Attempt
from octoprint_printwarden.guard import Guard, GuardGone, GuardRefused
from octoprint_printwarden.keeper import Keeper

TELL_EVERY_S = 0.1
ALIVE_EVERY_S = 2.0
ORDERS_WAIT_S = 20.0
RETRY_S = 1.0
Order = dict  # {"seq", "verb", "job", "sha256", "reason"}


class Link:
    """*obey* carries out one order; *watch* is told, often, for how many seconds no answer came."""

    def __init__(
        self,
        guard: Guard,
        obey: Callable[[Order], None],
        watch: Callable[[float], None],
        log: logging.Logger,
    ) -> None:
        self._guard, self._obey, self._watch, self._log = guard, obey, watch, log
        self.keeper: Keeper | None = None
        self._ended = threading.Event()
        self._run: str | None = None  # which run of the guard we speak to
        self._news: list[dict[str, Any]] = []
        self._told_at = 0.0
        self._session, self._number = uuid.uuid4().hex, 0  # so that a repeated message is known
        self.heard_at = time.monotonic()
        self.trouble = "not connected yet"
        self._introducing = threading.Lock()
        self._hearing = threading.Lock()

    def start(self, keeper: Keeper) -> None:
        """Begin to speak."""
        self.keeper = keeper
        for target in (self._tell, self._listen):
            threading.Thread(
                target=target, name=f"printwarden{target.__name__}", daemon=True
            ).start()

    def end(self) -> None:
        """Stop speaking."""
        self._ended.set()

    def report(self, event: str, job: str | None, **more: Any) -> None:
        """Something happened to a job: goes with the next message, in order with the lines."""
        self._news.append({"event": event, "job": job, **more})

    def offer(self, attempt: Attempt) -> None:
        """Hand an attempt to the guard and wait for its order, in a thread of its own."""
        threading.Thread(target=self.introduce, args=(attempt,), daemon=True).start()

    def introduce(self, attempt: Attempt, purpose: str = "print") -> None:
        """Give the guard an attempt with its bytes, and again until it has them."""
        while not self._ended.is_set():
            try:
                with self._introducing:
                    self._introduce_once(attempt, purpose)
                return
            except GuardGone as error:
                self.trouble = str(error)
                if purpose != "print":
                    raise
            except (GuardRefused, OSError, ValueError) as error:
                # It stays held: nobody but the guard lifts that.
                self._log.error("the guard could not be told of %s: %s", attempt.name, error)
                self.trouble = attempt.reason = str(error)
                return
            if self._ended.wait(RETRY_S) or attempt.handle is None:
                return

    def _introduce_once(self, attempt: Attempt, purpose: str) -> None:
        run = self._run
        if run is not None and attempt.told == run:
            return
        self._hand_over(attempt)
        verb = "offer" if attempt.state == HELD else "running"
        answer = self._call(verb, {**attempt.described(), "purpose": purpose})
        attempt.told = answer.get("run")

    def _call(self, verb: str, body: dict[str, Any], timeout_s: float = 5.0) -> dict[str, Any]:
        """Call the guard, saying who we are: OctoPrint's jobs end when OctoPrint does."""
        return self._guard.call(verb, {**body, "session": self._session}, timeout_s)

    def _hand_over(self, attempt: Attempt) -> None:
        if attempt.handle is None:
            return
        for offset, block in attempt.blocks():
            data = base64.b64encode(block).decode("ascii")
            self._call("bytes", {"job": attempt.id, "offset": offset, "data": data})

    def withdraw(self, attempt: Attempt) -> None:
        """The guard need not answer any more."""
        self.report("withdrawn", attempt.id)

    def _tell(self) -> None:
        while not self._ended.wait(TELL_EVERY_S):
            try:
                self._tell_once()
            except GuardGone as error:
                self.trouble = str(error)
            except Exception:
                self._log.exception("telling the guard failed")
            try:
                self._watch(time.monotonic() - self.heard_at)
            except Exception:
                self._log.exception("the watch over the print failed")

    def _tell_once(self) -> None:
        if self.keeper is None:
            return
        more = True
        while more:
            runs, news = self.keeper.outgoing.drain(), list(self._news)
            quiet = time.monotonic() - self._told_at < ALIVE_EVERY_S
            if not runs and not news and quiet:
                self.keeper.outgoing.delivered()
                return
            body = {"runs": runs, "news": news, "number": self._number}
            answer = self._call("sent", body)
            self._told_at, self._number = time.monotonic(), self._number + 1
            more = self.keeper.outgoing.delivered()
            del self._news[: len(news)]
            self._heard(answer)

    def _listen(self) -> None:
        after, run = 0, None  # each run of the guard counts its orders from 1
        while not self._ended.is_set():
            try:
                body = {"after": after, "wait_s": ORDERS_WAIT_S, "run": run}
                answer = self._call("orders", body, ORDERS_WAIT_S + 10.0)
            except (GuardGone, GuardRefused) as error:
                self.trouble = str(error)
                self._ended.wait(RETRY_S)
                continue
            self._heard(answer)
            if answer.get("run") != run:
                after, run = 0, answer.get("run")
                continue
            for order in answer.get("orders", ()):
                after = max(after, int(order["seq"]))
                self._carry_out(order)

    def _carry_out(self, order: Order) -> None:
        """Obey one order; one that fails leaves the job on hold."""
        try:
            self._obey(order)
        except Exception:
            self._log.exception("an order failed, the job is held: %s", order)
            if self.keeper is not None:
                self.keeper.hold()

    def _heard(self, answer: dict[str, Any]) -> None:
        """The guard answered; another run of it knows nothing yet."""
        self.heard_at, self.trouble = time.monotonic(), ""
        with self._hearing:
            run = answer.get("run")
            if run == self._run:
                return
            self._run = run
        for attempt in self._all_attempts():
            self.offer(attempt)

    def _all_attempts(self) -> list[Attempt]:
        keeper = self.keeper
        both = () if keeper is None else (keeper.attempt, keeper.sd_waiting)
        return [attempt for attempt in both if attempt is not None]
