"""Flat outlines and small choices that the props are put together from.

An outline is an (N, 2) loop in x and z; `side` gives it a thickness along y. Numbers of corners are
random wherever a curve is drawn, so that neither facets nor smoothness tell a prop from a tool.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Triangles,
    inset,
    prism,
    turned,
)

Row = TypeVar("Row")
Span = tuple[float, float]
"""From and to, in mm."""


def pick(rng: Draw, rows: Sequence[Row]) -> Row:
    """Any of the *rows*, all equally likely."""
    return rows[int(rng.integers(len(rows)))]


def maybe(rng: Draw, share: float) -> bool:
    """True in *share* of all draws."""
    return bool(rng.random() < share)


def side(
    outline: ArrayLike, width: float, *, bevel: float = 0.0, holes: Sequence[Points] = ()
) -> Triangles:
    """A side view in x and z with a *width* along y, centred on y = 0; *holes* go right through."""
    return turned(prism(outline, width, bevel=bevel, holes=holes), x=90.0)


def rounded(outline: ArrayLike, times: int) -> Points:
    """The loop with its corners cut *times* over: 0 leaves them, 2 looks smooth.

    Source: G. Chaikin, "An algorithm for high-speed curve generation", 1974.
    """
    loop = np.asarray(outline, dtype=np.float64)
    for _ in range(times):
        ahead = np.roll(loop, -1, axis=0)
        loop = np.stack([0.75 * loop + 0.25 * ahead, 0.25 * loop + 0.75 * ahead], 1).reshape(-1, 2)
    return loop


def softened(rng: Draw, outline: ArrayLike) -> Points:
    """The loop, left angular, cut once or made smooth."""
    return rounded(outline, int(rng.integers(0, 3)))


def leaning(outline: ArrayLike, lean: float) -> Points:
    """The loop sheared along x by *lean* mm a mm of height."""
    loop = np.asarray(outline, dtype=np.float64)
    return loop + np.stack([lean * loop[:, 1], np.zeros(len(loop))], axis=1)


def placed(outline: ArrayLike, x: float, z: float) -> Points:
    """The loop, moved."""
    return np.asarray(outline, dtype=np.float64) + (x, z)


def mirrored(half: ArrayLike) -> Points:
    """A loop from its upper (K, 2) half, reflected in z = 0; points on the axis are not doubled."""
    upper = np.asarray(half, dtype=np.float64)
    lower = upper[upper[:, 1] > 1e-9][::-1] * (1.0, -1.0)
    return np.concatenate([upper, lower])


END_SLOPE = 0.3
"""Ends slope less than steps do: what is set onto an end must meet it."""


def skyline(rng: Draw, span: Span, tall: float, spread: float, steps: int) -> Points:
    """(2 * steps, 2) a line of random heights about *tall*, stepped or sloping, x rising."""
    low, high = span
    cuts = np.sort(rng.uniform(0.08, 0.92, steps - 1))
    cuts = np.clip(cuts, np.arange(1, steps) / steps * 0.7, None)
    edge = np.concatenate([[0.0], np.maximum.accumulate(cuts), [1.0]])
    height = tall * (1.0 + rng.uniform(-spread, spread, steps))
    slope = rng.uniform(0.0, 0.45, (steps, 2)) * (edge[1:] - edge[:-1])[:, None]
    slope[[0, -1], [0, 1]] *= END_SLOPE
    x = np.stack([edge[:-1] + slope[:, 0], edge[1:] - slope[:, 1]], axis=1).ravel()
    return np.stack([low + (high - low) * x, np.repeat(height, 2)], axis=1)


def hull(rng: Draw, span: Span, tall: float, *, spread: float = 0.35, steps: int = 3) -> Points:
    """A random body: one skyline above z = 0 and another below, *tall* together."""
    top = skyline(rng, span, tall * 0.5, spread, steps)
    bottom = skyline(rng, span, -tall * 0.5, spread, int(rng.integers(1, steps + 1)))
    return np.concatenate([bottom, top[::-1]])


def around(radius: float, count: int) -> Points:
    """(count, 2) points on a circle, however coarse the draw is."""
    angle = np.arange(count) * (2.0 * np.pi / count)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def framed(outline: ArrayLike, wall: float, width: float, *, bevel: float = 0.0) -> Triangles:
    """The outline as an open frame: *wall* mm of it are left all round."""
    loop = np.asarray(outline, dtype=np.float64)
    return side(loop, width, bevel=bevel, holes=[inset(loop, wall)])
