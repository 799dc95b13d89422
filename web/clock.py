"""The one place where the console asks for the time, so that a test can move it."""

from __future__ import annotations

import time

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0


def now() -> float:
    """UTC seconds since 1970."""
    return time.time()
