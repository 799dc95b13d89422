"""Wake whoever waits for news of a topic: threads of this process, without polling in between.

A topic is `site:ID` for pages or `guard:ID` for a guard's decisions. News of another process of
the same database are seen at the next look, every RECHECK_S.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from web.clock import now

T = TypeVar("T")
NEWS = "news"
RECHECK_S = 10.0  # news come at once from this process, which is the only one that decides


class _Topic:
    """The news of one topic. It has a lock of its own: news of one guard wakes no other."""

    def __init__(self) -> None:
        self.count = 0
        self.news = threading.Condition()


class Bus:
    """Counts the news of each topic."""

    def __init__(self) -> None:
        self._topics: dict[str, _Topic] = {}
        self._lock = threading.Lock()

    def publish(self, topic: str) -> None:
        """Wake all who wait for *topic*."""
        found = self._topic(topic)
        with found.news:
            found.count += 1
            found.news.notify_all()

    def count(self, topic: str) -> int:
        """How much news there has been; what `wait` wants to be told."""
        return self._topic(topic).count

    def wait(self, topic: str, seen: int, timeout_s: float) -> int:
        """The count, once it is not *seen* any more or the time is over."""
        found = self._topic(topic)
        with found.news:
            found.news.wait_for(lambda: found.count != seen, timeout_s)
            return found.count

    def _topic(self, name: str) -> _Topic:
        with self._lock:
            return self._topics.setdefault(name, _Topic())


bus = Bus()


def announce(session: Session, *topics: str) -> None:
    """Publish *topics* when the transaction is on the disk; see `Database.writing`."""
    session.info.setdefault(NEWS, set()).update(topics)


def publish(session: Session) -> None:
    """Wake who waits for what the finished transaction announced."""
    for topic in session.info.pop(NEWS, ()):
        bus.publish(topic)


def first(topic: str, look: Callable[[], T], wait_s: float) -> T:
    """What *look* finds, as soon as it finds something, or its last answer after *wait_s*."""
    until = now() + wait_s
    while True:
        seen = bus.count(topic)
        found = look()
        left = until - now()
        if found or left <= 0:
            return found
        bus.wait(topic, seen, min(left, RECHECK_S))
