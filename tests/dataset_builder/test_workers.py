"""A worker ends when the run that started it is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

STARTS_ONE = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from dataset_builder.workers import end_with_parent

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=end_with_parent)
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(time.sleep, 600).result()
"""
PATIENCE_S = 60.0


@pytest.mark.skipif(sys.platform == "win32", reason="a process is asked after by its number")
def test_a_worker_in_the_middle_of_its_work_does_not_outlive_the_run(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(STARTS_ONE)
    run = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    worker = int(run.stdout.readline())
    assert is_there(worker)
    run.kill()
    run.wait()
    until = time.monotonic() + PATIENCE_S
    while is_there(worker) and time.monotonic() < until:
        time.sleep(0.1)
    assert not is_there(worker)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return not _has_ended(process)


def _has_ended(process: int) -> bool:
    """An orphan that nobody waits for stays in the table as a zombie."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"
