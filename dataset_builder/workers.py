"""Worker processes that do not outlive the run that started them."""

from __future__ import annotations

import os
import threading
from multiprocessing import parent_process


def end_with_parent() -> None:
    """In a worker: end when the parent does, whatever ends it, even in the middle of work.

    Nobody waits for the results any more, and a resumed run writes where this process would.
    """
    threading.Thread(target=_exit_after_parent, daemon=True).start()


def _exit_after_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
