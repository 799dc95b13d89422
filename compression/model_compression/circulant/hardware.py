"""How long, and at what energy, a pipeline of butterflies takes for one circulant layer: a model.

Modelled, not measured. The pipeline of the papers transforms the q input blocks, multiplies in
frequency, adds, and transforms p output blocks back; spectra of weights are in memory on the chip.
Butterflies and multipliers work side by side, so the slower one decides, or memory does.
Source of the structure: arXiv 1804.11239, 1802.06402; of energies: Horowitz, ISSCC 2014, 45 nm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chip:
    """butterflies, multipliers: how many work at once, in a cycle each. words: 16-bit numbers that
    memory gives in a cycle. The rest: pJ of one 16-bit multiplication, addition, word from memory.
    """

    butterflies: int = 16
    multipliers: int = 64
    words: int = 64
    mhz: float = 200.0
    multiply_pj: float = 0.8
    add_pj: float = 0.05
    read_pj: float = 5.0


@dataclass(frozen=True, slots=True)
class Work:
    """Of one example. butterflies: of radix 2, each 4 multiplications and 6 additions. products:
    complex ones. words: numbers read from memory: weights' spectra, inputs.
    """

    butterflies: int
    products: int
    words: int

    @property
    def multiplications(self) -> int:
        """Of real numbers."""
        return 4 * (self.butterflies + self.products)

    @property
    def additions(self) -> int:
        """Of real numbers; a product in frequency is added to a sum."""
        return 6 * self.butterflies + 4 * self.products


def circulant_work(rows: int, columns: int, block: int) -> Work:
    """Of a block-circulant matrix; a real transform is half a complex one."""
    down, across = math.ceil(rows / block), math.ceil(columns / block)
    stages = math.ceil(math.log2(block))
    butterflies = (down + across) * (block * stages // 4 if block > 2 else stages)
    # b real numbers have b / 2 + 1 bins, two of them real: b words in all
    return Work(butterflies, down * across * (block // 2 + 1), down * across * block + columns)


def dense_work(rows: int, columns: int) -> Work:
    """Of a dense matrix, as a quarter of a complex product each."""
    return Work(0, math.ceil(rows * columns / 4), rows * columns + columns)


@dataclass(frozen=True, slots=True)
class Estimate:
    """bound: "butterflies", "multipliers" or "memory", whatever is busy longest."""

    cycles: int
    bound: str
    microseconds: float
    nanojoules: float


def estimate(work: Work, chip: Chip) -> Estimate:
    """Cycles and energy of *work* on *chip*."""
    busy = {
        "butterflies": math.ceil(work.butterflies / chip.butterflies),
        "multipliers": math.ceil(4 * work.products / chip.multipliers),
        "memory": math.ceil(work.words / chip.words),
    }
    bound = max(busy, key=lambda name: busy[name])
    picojoules = (
        work.multiplications * chip.multiply_pj
        + work.additions * chip.add_pj
        + work.words * chip.read_pj
    )
    return Estimate(busy[bound], bound, busy[bound] / chip.mhz, picojoules / 1000)
