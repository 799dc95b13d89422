"""The same thing done to many, in processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from dataset_builder.terminal import Advance
from dataset_builder.workers import end_with_parent

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int, advance: Advance
) -> list[Result]:
    """*function* of each of *items*, in order. It and they must be picklable."""
    results = []
    with ProcessPoolExecutor(workers, get_context("spawn"), end_with_parent) as pool:
        for result in pool.map(function, items):
            results.append(result)
            advance(1)
    return results
