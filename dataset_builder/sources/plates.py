"""Flat and thin-walled pieces that many everyday models share: plates, trays, rings."""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Triangles,
    circle,
    lathe,
    lifted,
    loft,
    prism,
    rounded_rectangle,
)


def drilled_plate(rng: Draw, long: float, wide: float, thick: float) -> Triangles:
    """A plate about the origin with up to five holes."""
    small = min(long, wide)
    spots = ((0.0, 0.0), (0.33, 0.33), (-0.33, 0.33), (-0.33, -0.33), (0.33, -0.33))
    radius = small * rng.uniform(0.05, 0.14)
    chosen = spots[: rng.integers(0, 6)]
    holes = [circle(radius, 10, (x * long, y * wide)) for x, y in chosen]
    corner = rng.uniform(0, 0.4) * small if rng.random() < 0.6 else 0.0
    return prism(rounded_rectangle(long, wide, corner), thick, holes=holes)


def tray(
    long: float, wide: float, tall: float, wall: float, corner: float, taper: float
) -> Triangles:  # fmt: skip
    """An open box that stands on z = 0; *taper* scales its foot."""
    outer = rounded_rectangle(long, wide, corner)
    inner = outer * (1 - 2 * wall / long, 1 - 2 * wall / wide)
    return loft(
        np.stack(
            [
                lifted(outer * taper, 0),
                lifted(outer, tall),
                lifted(inner, tall),
                lifted(inner * taper, wall),
            ]
        )
    )


def washer(outer: Points, inner: Points, thick: float) -> Triangles:
    """A flat ring between two loops of one size, from z = -thick / 2 to thick / 2."""
    half = thick / 2
    pairs = ((outer, -half), (outer, half), (inner, half), (inner, -half))
    return loft(np.stack([lifted(loop, z) for loop, z in pairs]), closed=True)


def ring(outer: float, inner: float, tall: float) -> Triangles:
    """A round ring that stands on z = 0."""
    return lathe([(outer, 0), (outer, tall), (inner, tall), (inner, 0)], closed=True)
