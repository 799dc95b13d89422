"""How circulant layers grow with their size beside dense ones, measured in the same run.

A layer of n x n in one circulant block stores n numbers for n^2 and works n log n; in blocks of a
fixed side b it stores n^2 / b. Times are medians over candidates that take turns.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import torch
from torch import nn

from model_compression.circulant.hardware import circulant_work, dense_work
from model_compression.circulant.layers import CirculantLinear, product

SIZES = (64, 128, 256, 512, 1024, 2048, 4096)
RUNS, WARM = 40, 5


@dataclass(frozen=True, slots=True)
class Measured:
    """One size. block: None where the whole layer is one. numbers: that are stored. work: real
    multiplications, by the model. us: of one example, p50.
    """

    size: int
    block: int
    numbers: int
    dense_work: int
    work: int
    dense_us: float
    us: float

    @property
    def speedup(self) -> float:
        """Dense time over circulant time."""
        return self.dense_us / self.us

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {**asdict(self), "speedup": round(self.speedup, 3)}


def measure(sizes: Sequence[int] = SIZES, block: int | None = None) -> list[Measured]:
    """Each size, on the threads that torch has. block: side of blocks; None: one block a layer."""
    return [_measured(size, block or size) for size in sizes]


def _measured(size: int, block: int) -> Measured:
    torch.manual_seed(size)
    dense = nn.Linear(size, size, bias=False)
    layer = CirculantLinear.of(dense, block)
    spectrum, x = torch.fft.rfft(layer.numbers.detach()), torch.randn(1, size)
    with torch.inference_mode():
        dense_us, us = _turns([lambda: dense(x), lambda: product(spectrum, x, size, block)])
    work, whole = circulant_work(size, size, block), dense_work(size, size)
    return Measured(
        size, block, layer.numbers.numel(), whole.multiplications, work.multiplications,
        dense_us, us,
    )  # fmt: skip


def _turns(candidates: Sequence[Callable[[], object]]) -> list[float]:
    """Median µs of each, taking turns so that what disturbs one disturbs all."""
    seen: list[list[float]] = [[] for _ in candidates]
    for turn in range(WARM + RUNS):
        for times, run in zip(seen, candidates, strict=True):
            began = time.perf_counter()
            run()
            if turn >= WARM:
                times.append(1e6 * (time.perf_counter() - began))
    return [median(times) for times in seen]


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """Of the power law through *values* over *sizes*: the slope of their logarithms."""
    xs, ys = [math.log(s) for s in sizes], [math.log(v) for v in values]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    over = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return over / sum((a - x) ** 2 for a in xs)
