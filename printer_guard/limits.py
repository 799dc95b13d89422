"""What a child process that reads other people's files may use; it puts the limits on itself.

A job is hostile until judged. Whatever it makes a reader do ends with that child: too much memory
is a MemoryError, too much time a signal, and no file of the guard can be written.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

NICE = 10  # the host that feeds the printer comes first
OOM_SCORE = "900"  # of 1000: when memory ends, this process goes first, then the guard, then hosts
OPEN_FILES = 64
WRITTEN_BYTES = 64 << 20  # of one file: pictures
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def confine(memory_mib: int, cpu_s: float | None = None) -> None:
    """Limit this process for good, and let it die with the guard that started it.

    cpu_s: processor time that it may use in all; None where it lives as long as a print.
    """
    _die_with_parent()
    os.nice(NICE)
    with contextlib.suppress(OSError):  # not Linux, or not allowed: a courtesy only
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE, encoding="ascii")
    for kind, most in (
        (resource.RLIMIT_AS, memory_mib << 20),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        hard = resource.getrlimit(kind)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))
    if cpu_s is not None:  # a little less than the hard limit, whose signal tells nothing
        _limit_processor(max(1, int(cpu_s)))


def _limit_processor(seconds: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    most = seconds + 1 if hard == resource.RLIM_INFINITY else min(seconds + 1, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (min(seconds, most), most))


def _die_with_parent() -> None:
    """Ask for SIGKILL when the guard dies; without that, end of standard input has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
