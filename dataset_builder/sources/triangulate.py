"""Flat outlines to triangles by ear clipping, holes included; numpy only.

Made for outlines of at most a few hundred corners. Source: D. Eberly, "Triangulation by Ear
Clipping", Geometric Tools, 2008.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Places = list[list[float]]
"""The same points as plain numbers, which are quicker one by one."""


def triangulated(outline: Points) -> NDArray[np.int64]:
    """(N - 2, 3) corner indices of a simple counter-clockwise (N, 2) loop."""
    left = list(range(len(outline)))
    places: Places = outline.tolist()
    # only a corner that bends inwards can lie in an ear, and cutting ears never makes one
    inward = np.array([not _bends_out(places, k - 1, k, k + 1 - len(left)) for k in left])
    ears: list[tuple[int, int, int]] = []
    at = 0
    refused = 0
    while len(left) > 3:
        at %= len(left)
        corner = (left[at - 1], left[at], left[(at + 1) % len(left)])
        # after a whole round without an ear the loop is degenerate: cut anyway, area is kept
        if refused > len(left) or _is_ear(outline, places, corner, inward):
            ears.append(corner)
            inward[corner[1]] = False
            del left[at]
            refused = 0
        else:
            refused += 1
            at += 1
    ears.append((left[0], left[1], left[2]))
    return np.array(ears, dtype=np.int64)


def bridged(outline: Points, holes: Sequence[Points]) -> Points:
    """One loop that runs round the outline and, over a slit of no width, round each hole.

    outline counter-clockwise, holes clockwise, all disjoint.
    """
    waiting = list(holes)
    while waiting:
        hole = waiting.pop(0)
        here, there = _shortest_slit(outline, hole, waiting)
        around = np.roll(hole, -there, axis=0)
        outline = np.concatenate(
            [outline[: here + 1], around, around[:1], outline[here : here + 1], outline[here + 1 :]]
        )
    return outline


def _bends_out(places: Places, before: int, at: int, after: int) -> bool:
    (ax, ay), (bx, by), (cx, cy) = places[before], places[at], places[after]
    return (bx - ax) * (cy - by) > (by - ay) * (cx - bx)


def _is_ear(
    outline: Points, places: Places, corner: tuple[int, int, int], inward: NDArray[np.bool_]
) -> bool:
    if not _bends_out(places, *corner):
        return False
    a, b, c = outline[list(corner)]
    rest = outline[inward]
    apart = (rest != a).any(axis=1) & (rest != b).any(axis=1) & (rest != c).any(axis=1)
    inside = (
        (_cross(b - a, rest - a) >= 0)
        & (_cross(c - b, rest - b) >= 0)
        & (_cross(a - c, rest - c) >= 0)
    )
    return not bool((apart & inside).any())


def _shortest_slit(outline: Points, hole: Points, others: list[Points]) -> tuple[int, int]:
    """Indices of the nearest corners of both loops whose connection crosses no edge."""
    gap = np.linalg.norm(outline[:, None] - hole[None], axis=2)
    walls = [outline, hole, *others]
    start = np.concatenate(walls)
    end = np.concatenate([np.roll(wall, -1, axis=0) for wall in walls])
    order = np.argsort(gap, axis=None)
    for flat in order:
        here, there = divmod(int(flat), len(hole))
        if not _crosses(outline[here], hole[there], start, end):
            return here, there
    return divmod(int(order[0]), len(hole))


def _crosses(p: Points, q: Points, start: Points, end: Points) -> bool:
    """Does the segment p-q properly cross any of the segments start-end?"""
    sides_of_line = _cross(q - p, start - p) * _cross(q - p, end - p)
    sides_of_wall = _cross(end - start, p - start) * _cross(end - start, q - start)
    return bool(((sides_of_line < 0) & (sides_of_wall < 0)).any())


def _cross(a: Points, b: Points) -> NDArray[np.float64]:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
