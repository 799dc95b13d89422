"""What the console does by itself: send what waits, and delete what is too old."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from flask import Flask

from web.clock import HOUR_S
from web.db import EXTENSION, Database
from web.events import bus
from web.retention import purge
from web.settings import Settings
from web.webhooks.outbox import TOPIC
from web.webhooks.sending import send_due

log = logging.getLogger(__name__)
LOOK_S = 10.0


def start(app: Flask) -> None:
    """Start both threads; they end with the process and leave nothing half-done."""
    database: Database = app.extensions[EXTENSION]
    settings: Settings = app.config["PRINTWARDEN"]
    for name, work in {
        "outbox": lambda: _send(database, settings),
        "retention": lambda: _purge(database, settings),
    }.items():
        threading.Thread(target=_for_ever, args=(name, work), name=name, daemon=True).start()


def _send(database: Database, settings: Settings) -> None:
    seen = bus.count(TOPIC)
    if not send_due(database, settings):
        bus.wait(TOPIC, seen, LOOK_S)


def _purge(database: Database, settings: Settings) -> None:
    purge(database, settings)
    threading.Event().wait(HOUR_S)


def _for_ever(name: str, work: Callable[[], None]) -> None:
    while True:
        try:
            work()
        except Exception:  # a fault today is no reason to stop for ever
            log.exception("%s failed; again in a while", name)
            threading.Event().wait(LOOK_S)
