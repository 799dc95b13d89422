"""A solid of the same kind with other proportions: longer here, thinner there, bowed or leaning.

Of a kind of thing a folder holds few examples, and what tells them from the next one is mostly how
long each of their parts is. Where a corner goes depends on where it lies alone, so a closed shell
stays closed, if not always free of folds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.sources.primitives import Draw, Triangles

Points = NDArray[np.float64]
"""(N, 3), in longest sides of the solid, about the middle of its box."""

PIECES = (2, 5)
"""Into how many parts a side is cut that become longer or shorter, one by one."""
PIECE, SIDE, TAPER = 0.35, 0.16, 0.35
"""Spreads of logarithms: of a part's length, a side's length, one end's width by the other's."""
BOW, TWIST_RAD, LEAN = 0.1, 0.5, 0.18
"""Spreads: of a bow by its length, of the turn from end to end, of a shear."""


def varied(mesh: Mesh, rng: Draw, share: float) -> Mesh:
    """*mesh*, or with the chance *share* another member of its kind."""
    if not share or rng.random() >= share:  # no number is drawn where nothing may change
        return mesh
    return replace(mesh, triangles=reproportioned(mesh.triangles, rng))


def reproportioned(corners: Triangles, rng: Draw) -> Triangles:
    """The (F, 3, 3) *corners* of another member of the same kind, of about the same size."""
    flat = corners.reshape(-1, 3).astype(np.float64)
    size = max(float(np.ptp(flat, axis=0).max()), 1e-9)
    points = flat / size
    for chance, change in CHANGES:
        if rng.random() < chance:
            points = change(points - (points.min(axis=0) + points.max(axis=0)) / 2, rng)
    return np.asarray(points.reshape(corners.shape) * size)


def _parts(points: Points, rng: Draw) -> Points:
    """Along each axis some parts longer, others shorter."""
    columns = []
    for along in points.T:
        count = int(rng.integers(PIECES[0], PIECES[1] + 1))
        low, high = along.min(), along.max()
        cuts = np.concatenate([[low], np.sort(rng.uniform(low, high, count - 1)), [high]])
        lengths = np.diff(cuts) * np.exp(rng.normal(0.0, PIECE, count))
        # as a whole the side stays as long as it was
        ends = np.concatenate([[0.0], np.cumsum(lengths)]) * (high - low)
        columns.append(np.interp(along, cuts, low + ends / max(lengths.sum(), 1e-12)))
    return np.stack(columns, axis=1)


def _sides(points: Points, rng: Draw) -> Points:
    return np.asarray(points * np.exp(rng.normal(0.0, SIDE, 3)))


def _tapered(points: Points, rng: Draw) -> Points:
    long, at = _along(points)
    factor = np.exp(rng.normal(0.0, TAPER) * at)[:, None]
    return np.asarray(points * np.where(np.arange(3) == long, 1.0, factor))


def _bowed(points: Points, rng: Draw) -> Points:
    long, at = _along(points)
    way = rng.normal(0.0, BOW, 3) * (np.arange(3) != long)
    return np.asarray(points + np.ptp(points[:, long]) * (at * at)[:, None] * way)


def _twisted(points: Points, rng: Draw) -> Points:
    long, at = _along(points)
    angle = rng.normal(0.0, TWIST_RAD) * at
    cos, sin = np.cos(angle), np.sin(angle)
    one, other = (axis for axis in range(3) if axis != long)
    turned = points.copy()
    turned[:, one] = cos * points[:, one] - sin * points[:, other]
    turned[:, other] = sin * points[:, one] + cos * points[:, other]
    return turned


def _leaning(points: Points, rng: Draw) -> Points:
    moved, by = rng.choice(3, 2, replace=False)
    leaning = points.copy()
    leaning[:, moved] += rng.normal(0.0, LEAN) * points[:, by]
    return leaning


def _along(points: Points) -> tuple[int, NDArray[np.float64]]:
    """The longest axis, and where along it each point lies, from -0.5 to 0.5."""
    sides = np.ptp(points, axis=0)
    long = int(np.argmax(sides))
    return long, points[:, long] / max(float(sides[long]), 1e-12)


CHANGES: tuple[tuple[float, Callable[[Points, Draw], Points]], ...] = (
    (1.0, _parts),
    (1.0, _sides),
    (0.8, _tapered),
    (0.7, _bowed),
    (0.3, _twisted),
    (0.6, _leaning),
)
"""(chance, change), in the order in which they are made."""
