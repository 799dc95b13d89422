"""Round and rounded pieces that many everyday models share: bodies, grips, bars, discs, crowns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    Triangles,
    circle,
    lathe,
    loft,
    moved,
    prism,
    rounded_rectangle,
    sweep,
    turned,
    upright,
)

AXES = {"x": {"y": 90.0}, "y": {"x": -90.0}, "z": {}}
"""Axis -> the turn that lays a body that stands along z onto it."""
Station = tuple[float, float, float, float]
"""x, half width (y), half height (z), z of the middle."""
T = TypeVar("T")


def lathed(profile: ArrayLike, axis: str = "x", *, sides: int = 28) -> Triangles:
    """A turned body, (K, 2) radius and place along *axis*."""
    return turned(lathe(profile, sides=sides), **AXES[axis])


def tube(profile: ArrayLike, axis: str = "x") -> Triangles:
    """A turned body whose *profile* is a loop: open at both ends."""
    return turned(lathe(profile, closed=True), **AXES[axis])


def disc(
    at: ArrayLike, radius: float, thick: float, axis: str = "z", *, sides: int = 28
) -> Triangles:
    """A round plate whose middle is *at*."""
    return moved(turned(prism(circle(radius, sides), thick), **AXES[axis]), at)


def body(stations: Sequence[Station], squareness: float = 2.5) -> Triangles:
    """A skin over superellipses across x: 2 is round, 8 nearly a box."""
    round_ = circle(1.0, 24)
    round_ = np.sign(round_) * np.abs(round_) ** (2.0 / squareness)
    rings = [
        np.column_stack([np.full(len(round_), x), round_[:, 0] * wide, round_[:, 1] * tall + z])
        for x, wide, tall, z in stations
    ]
    return loft(np.stack(rings))


def grip(rng: Draw, drop: float, radius: float, lean: float = 0.0) -> Triangles:
    """A hand-filling swept oval that hangs from the origin and leans back by *lean* degrees."""
    u = rng.uniform
    t = np.linspace(0.15, -1.0, 8)
    belly = 1.0 + u(-0.2, 0.25) * np.sin(np.pi * t) + u(-0.15, 0.15) * t
    path = np.stack([u(-6, 6) * t**2, drop * t], axis=1)
    section = circle(1.0, 16) if rng.random() < 0.7 else rounded_rectangle(2.0, 2.0, u(0.1, 0.7))
    hanging = sweep(upright(path), belly * radius, section=section * (u(1.0, 1.5), u(0.7, 1.0)))
    return turned(hanging, y=lean)


def ribbon(path_xz: ArrayLike, thick: float, wide: float) -> Triangles:
    """A strip that follows a path in the side view."""
    return sweep(
        upright(path_xz), thick / 2, section=rounded_rectangle(2, 2 * wide / thick, 0.2)
    )  # fmt: skip


def torus(radius: float, thick: float, at: ArrayLike = (0, 0, 0), axis: str = "z") -> Triangles:
    """A ring of round section."""
    loop = np.column_stack([circle(radius, 24), np.zeros(len(circle(radius, 24)))])
    return moved(turned(sweep(loop, thick, closed=True), **AXES[axis]), at)


def around(shell: Triangles, count: int, start_deg: float = 0.0) -> Shells:
    """*count* copies, turned evenly about z."""
    return [turned(shell, z=start_deg + 360.0 * k / count) for k in range(count)]


def along(shell: Triangles, count: int, step: ArrayLike) -> Shells:
    """*count* copies, each *step* mm from the one before, about the first's middle."""
    way = np.asarray(step, dtype=np.float64)
    return [moved(shell, way * (k - (count - 1) / 2)) for k in range(count)]


def wavy(radius: float, depth: float, lobes: int, count: int = 72) -> Points:
    """A round outline with *lobes* waves of *depth*, a share of the radius."""
    angle = np.arange(count) * (2 * np.pi / count)
    reach = radius * (1 + depth * np.cos(lobes * angle))
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def star(points: int, outer: float, inner: float) -> Points:
    """A star's outline, or a toothed wheel's."""
    angle = np.arange(2 * points) * (np.pi / points)
    reach = np.where(np.arange(2 * points) % 2, inner, outer)
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def stacked(outline: Points, steps: Iterable[tuple[float, float]]) -> Triangles:
    """An outline lofted upwards: (scale, z) a step."""
    rings = [np.column_stack([outline * s, np.full(len(outline), z)]) for s, z in steps]
    return loft(np.stack(rings))


def ball(at: ArrayLike, radius: float) -> Triangles:
    """A sphere."""
    angle = np.linspace(-0.48, 0.48, 9) * np.pi
    return moved(lathe(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), sides=16), at)


def bead(at: ArrayLike, radii: ArrayLike) -> Triangles:
    """An ellipsoid of a few faces, where a solid has dozens of them."""
    angle = np.linspace(-0.45, 0.45, 5) * np.pi
    lump = lathe(np.stack([np.cos(angle), np.sin(angle)], axis=1), sides=7)
    return moved(lump * np.asarray(radii), at)


def one_of(rng: Draw, choices: Sequence[T]) -> T:
    """One of them, each as likely."""
    return choices[int(rng.integers(len(choices)))]
