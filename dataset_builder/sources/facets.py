"""How finely round things are drawn: one share for all of a draw, from few flats to smooth.

Game models are mostly coarse and parts for machines mostly fine. A network must not take the one
or the other for a sign of what a thing is, so every family is drawn at every fineness.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

BANDS = ((0.2, 0.35), (0.2, 0.5), (0.5, 1.0), (0.9, 1.6))
"""Shares of the sides a model asks for; the first is low-poly, the last as of a CAD export."""
FEWEST, MOST = 5, 64
"""Bounds of what a round becomes; a model may still ask for more."""
MEANT = 8
"""Up to this many sides a polygon is meant as one: a hexagon stays a hexagon."""

_share: ContextVar[float] = ContextVar("facets", default=1.0)


@contextmanager
def drawn_with(share: float) -> Iterator[None]:
    """Inside, every round outline has *share* times the sides that its model asks for."""
    token = _share.set(share)
    try:
        yield
    finally:
        _share.reset(token)


def random_share(rng: np.random.Generator) -> float:
    """A fineness for one draw."""
    low, high = BANDS[rng.integers(len(BANDS))]
    return float(rng.uniform(low, high))


def sides_of(asked: int, fewest: int = FEWEST) -> int:
    """How many sides a round outline gets whose model asks for *asked*."""
    if asked <= MEANT:
        return asked
    return int(np.clip(round(asked * _share.get()), fewest, max(MOST, asked)))


def steps_kept(count: int) -> list[int]:
    """Which of *count* points along a curved path stay: both ends, and fewer in a coarse draw."""
    share = min(1.0, _share.get() * 1.5)  # paths are drawn sparser than circles from the start
    if count <= MEANT or share >= 1.0:
        return list(range(count))
    kept = np.linspace(0, count - 1, max(MEANT - 2, round(count * share)))
    return [int(step) for step in np.unique(np.round(kept))]
