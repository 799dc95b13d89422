"""Serve the console: gunicorn, one process, a thread for each request that waits.

One process, because news travel between its threads (events.py) and tries are counted in it
(limits.py). A guard that waits for a decision holds a thread, which costs a stack and no time.
"""

from __future__ import annotations

import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from web import background
from web.app import create_app
from web.settings import Settings

# Every question to the database lets go of Python's lock, and a thread that wants it back waits so
# long while another computes. With the default of 5 ms, 200 guards get 34 of 50 reports a second
# through; with this, all of them (`printwarden bench console load --jobs 1000 --seconds 20`).
SWITCH_S = 0.0005
THREADS = 320  # 200 guards that wait, browsers that watch, and room for both


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn with settings of ours instead of a file."""

    def __init__(self, settings: Settings, bind: str) -> None:
        self.settings, self.bind = settings, bind
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn how to run."""
        rows: dict[str, Any] = {
            "bind": self.bind,
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "backlog": 1024,
            "keepalive": 30,
            "graceful_timeout": 5,
            "proc_name": "printwarden console",
            "loglevel": "warning",
            "limit_request_fields": 60,
            "control_socket_disable": True,
        }
        for name, value in rows.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, in the process that serves it."""
        sys.setswitchinterval(SWITCH_S)
        app = create_app(self.settings)
        background.start(app)
        return app


def serve(settings: Settings, bind: str) -> None:
    """Serve until told to stop."""
    Server(settings, bind).run()
