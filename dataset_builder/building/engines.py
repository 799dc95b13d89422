"""Who draws the shards: this process, several on this machine, or a Ray cluster.

A unit's outcome depends on the plan alone, so engines only differ in speed.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from typing import Any

from dataset_builder.building.errors import BuildError, BuildStopped
from dataset_builder.building.journal import Done, Unit
from dataset_builder.workers import end_with_parent

Work = Callable[[Unit], Done]
Engine = Callable[[Work, Sequence[Unit], int], Iterator[Done]]
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that keep numeric libraries from starting threads in every worker process."""


def run_local(work: Work, units: Sequence[Unit], workers: int) -> Iterator[Done]:
    """Outcomes as they come. Raises BuildStopped when a worker process dies."""
    if workers <= 1:
        yield from map(work, units)
        return
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    # spawn: a forked child would inherit locks of whatever threads the caller runs
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_leave_with_parent)
    try:
        for done in as_completed([pool.submit(work, unit) for unit in units]):
            yield done.result()
    except KeyboardInterrupt:
        for child in active_children():  # a slicer may take minutes; half a shard is worth nothing
            child.terminate()
        raise
    except BrokenProcessPool as error:
        raise BuildStopped(
            "A worker process was killed, perhaps for want of memory. Go on with --resume and "
            "fewer --workers."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def run_ray(work: Work, units: Sequence[Unit], workers: int) -> Iterator[Done]:
    """Outcomes as they come, from the cluster of RAY_ADDRESS or from a local one of *workers*.

    The output folder, the cache and the sources must lie on storage that all nodes share.
    """
    cluster = _ray(workers)
    remote, shared = cluster.remote(_do), cluster.put(work)
    waiting = [remote.remote(shared, unit) for unit in units]
    try:
        while waiting:
            ready, waiting = cluster.wait(waiting)
            yield from cluster.get(ready)
    except cluster.exceptions.RayTaskError as error:
        raise error.as_instanceof_cause() from None
    finally:
        cluster.shutdown()


ENGINES: Mapping[str, Engine] = {"local": run_local, "ray": run_ray}


def _do(work: Work, unit: Unit) -> Done:
    return work(unit)


def _leave_with_parent() -> None:
    """Ctrl-C is the parent's to handle; and when it is killed, nobody waits for our results."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def _ray(workers: int) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would report home
    try:
        import ray
    except ModuleNotFoundError as error:
        raise BuildError(
            "--engine ray needs Ray, which is not installed: pip install 'printwarden[scale]'."
        ) from error
    cpus = None if os.environ.get("RAY_ADDRESS") else workers
    ray.init(
        num_cpus=cpus, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR
    )
    return ray
