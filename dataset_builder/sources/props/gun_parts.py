"""What hangs on a gun-shaped envelope behind and below: grips, bows, boxes; solid, nothing moves.

Every part takes the draw, where it goes and how large it is, and picks one of several styles from
a table. x runs forward along the prop, y across its thickness, z up; millimetres.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    arc,
    block,
    circle,
    ellipsoid,
    moved,
    rod,
    rounded_rectangle,
    sweep,
    upright,
)
from dataset_builder.sources.props.outlines import leaning, maybe, pick, placed, side, softened

Grip = Callable[[Draw, float, float, float], Shells]
"""Draw, drop, depth and width -> a handle whose rear top corner is at x = z = 0."""
Guard = Callable[[Draw, float, float, float], Shells]
"""Draw, run, drop and width -> a bow from x = 0 to *run*, below z = 0."""
Box = Callable[[Draw, float, float, float], Shells]
"""Draw, drop, depth and width -> a box about x = 0, below z = 0."""


def grip(rng: Draw, x: float, top: float, drop: float, deep: float, wide: float) -> Shells:
    """A handle below *top*, its rear at *x*, that reaches *drop* mm down."""
    return [moved(shell, (x, 0.0, top)) for shell in pick(rng, GRIPS)(rng, drop, deep, wide)]


def guard(rng: Draw, x: float, top: float, run: float, drop: float, wide: float) -> Shells:
    """A bow before the handle, with or without a small tongue in it; sometimes there is none."""
    shells = pick(rng, GUARDS)(rng, run, drop, wide)
    if maybe(rng, 0.7):
        at, half = run * rng.uniform(0.2, 0.5), max(1.5, wide * rng.uniform(0.06, 0.14))
        tongue = [(at, 4), (at + run * 0.2, 4), (at + run * 0.1, -drop * 0.7), (at, -drop * 0.6)]
        shells.append(side(tongue, 2 * half))
    return [moved(shell, (x, 0.0, top)) for shell in shells]


def box_below(rng: Draw, x: float, top: float, drop: float, deep: float, wide: float) -> Shells:
    """A box, drum or curved box about *x*, *drop* mm below *top*."""
    return [moved(shell, (x, 0.0, top)) for shell in pick(rng, BOXES)(rng, drop, deep, wide)]


def _raked_grip(rng: Draw, drop: float, deep: float, wide: float) -> Shells:
    u, lean = rng.uniform, np.tan(np.radians(rng.uniform(0, 28)))
    loop = [
        (0, drop * 0.2),
        (deep, drop * 0.2),
        (deep * u(0.8, 1.05), -drop * 0.35),
        (deep * u(0.8, 1.2), -drop),
        (deep * u(-0.2, 0.1), -drop * u(0.95, 1.08)),
        (deep * u(-0.12, 0.16), -drop * 0.4),
    ]
    shells = [side(softened(rng, leaning(loop, lean)), wide, bevel=wide * u(0, 0.22))]
    if maybe(rng, 0.35):  # a foot plate
        foot = [(-3, -drop - 5), (deep * u(1, 1.2), -drop - 5), (deep * 1.05, -drop + 4)]
        shells.append(side(leaning([*foot, (-2, -drop + 4)], lean), wide * u(0.9, 1.1)))
    return shells


def _curved_grip(rng: Draw, drop: float, deep: float, wide: float) -> Shells:
    u = rng.uniform
    t = np.linspace(0.0, 1.0, int(rng.integers(4, 10)))
    back = drop * u(0.15, 0.75)
    path = np.stack([deep * 0.5 - back * t ** u(1.0, 2.2), drop * (0.15 - 1.1 * t)], axis=1)
    section = rounded_rectangle(wide, deep * 0.9, wide * u(0, 0.45))[:, ::-1]
    shells = [sweep(upright(path), u(0.75, 1.0) + u(0, 0.4) * t**2, section=section[::-1])]
    if maybe(rng, 0.3):
        end_x, end_z = path[-1]
        shells.append(ellipsoid((end_x, 0, end_z), (deep * 0.55, wide * 0.55, deep * 0.4)))
    return shells


def _angular_grip(rng: Draw, drop: float, deep: float, wide: float) -> Shells:
    u, lean = rng.uniform, rng.uniform(0.1, 0.6)
    waist = u(0.55, 0.9) * deep
    loop = [(0, 6), (deep, 6), (waist, -drop * u(0.3, 0.6)), (deep * u(0.9, 1.3), -drop)]
    loop += [(deep * 0.1, -drop * u(1.0, 1.15)), (-deep * u(0, 0.2), -drop * u(0.7, 0.9))]
    shells = [side(leaning(loop, lean), wide, bevel=wide * u(0.05, 0.25))]
    if maybe(rng, 0.5):  # a thicker foot
        foot = leaning(np.asarray(loop[3:]) * (1.04, 1.02) + (0, 1), lean)
        shells.append(side(foot, wide * u(1.1, 1.4)))
    return shells


def _fingered_grip(rng: Draw, drop: float, deep: float, wide: float) -> Shells:
    u, lean = rng.uniform, rng.uniform(0.05, 0.45)
    z = np.linspace(0.1, -1.0, 9)
    front = deep * (0.95 + u(0.04, 0.12) * np.cos(np.arange(9) * np.pi))
    back = [(deep * u(-0.1, 0.1), -drop), (-deep * u(0, 0.15), -drop * 0.5), (0, drop * 0.1)]
    loop = np.concatenate([np.stack([front, z * drop], axis=1), back])
    return [side(leaning(loop, lean), wide, bevel=wide * u(0.02, 0.15))]


def _looped_grip(rng: Draw, drop: float, deep: float, wide: float) -> Shells:
    u, lean = rng.uniform, rng.uniform(-0.1, 0.4)
    outer = rounded_rectangle(deep * u(1.2, 1.8), drop * 1.1, deep * u(0, 0.5))
    outer = leaning(outer, lean) + (deep * 0.6 - lean * drop * 0.5, -drop * 0.5)
    centre = outer.mean(axis=0)
    return [side(outer, wide, holes=[centre + (outer - centre) * u(0.45, 0.65)])]


def _round_guard(rng: Draw, run: float, drop: float, wide: float) -> Shells:
    bow = arc(1.0, 180, 360, int(rng.integers(6, 13))) * (run / 2, drop) + (run / 2, 0)
    return [sweep(upright(bow), rng.uniform(1.8, 4))]


def _square_guard(rng: Draw, run: float, drop: float, wide: float) -> Shells:
    u = rng.uniform
    bow = [(0, 4), (run * u(0, 0.2), -drop), (run * u(0.7, 1), -drop * u(0.8, 1)), (run, 4)]
    flat = rounded_rectangle(1.0, u(1.5, 4))
    return [sweep(upright(bow), u(2, 4), section=flat)]


def _filled_guard(rng: Draw, run: float, drop: float, wide: float) -> Shells:
    u = rng.uniform
    loop = [(0, 4), (u(0, 0.2) * run, -drop), (run * u(0.5, 1), -drop * u(0.6, 1)), (run, 4)]
    return [side(loop, wide * u(0.3, 0.9))]


def _plate_guard(rng: Draw, run: float, drop: float, wide: float) -> Shells:
    u = rng.uniform
    loop = np.array([(0, 6), (0, -drop), (run * u(0.8, 1.0), -drop), (run * 1.1, 6)])
    hole = np.array([(0.12, 1), (0.12, -0.8), (0.75, -0.8), (0.85, 1)]) * (run, drop)
    return [side(softened(rng, loop), wide * u(0.25, 0.7), holes=[hole * (1, 0.7)])]


def _no_guard(rng: Draw, run: float, drop: float, wide: float) -> Shells:
    return []


def _straight_box(rng: Draw, drop: float, deep: float, wide: float) -> Shells:
    u, lean = rng.uniform, rng.uniform(-0.3, 0.35)
    loop = rounded_rectangle(deep, drop + 20, u(0, 4)) + (0, 10 - drop / 2)
    shells = [side(leaning(loop, lean), wide, bevel=u(0, 0.15) * wide)]
    if maybe(rng, 0.4):
        foot = rounded_rectangle(deep * u(1.05, 1.25), u(6, 14)) + (0, -drop)
        shells.append(side(leaning(foot, lean), wide * u(1.0, 1.25)))
    return shells


def _curved_box(rng: Draw, drop: float, deep: float, wide: float) -> Shells:
    t = np.linspace(0.0, 1.0, int(rng.integers(4, 9)))
    path = np.stack([drop * rng.uniform(0.15, 0.65) * t**1.8, 15 - (drop + 15) * t], axis=1)
    section = rounded_rectangle(deep, wide, rng.uniform(0, 0.3) * wide)
    return [sweep(upright(path), 1.0, section=section)]


def _drum(rng: Draw, drop: float, deep: float, wide: float) -> Shells:
    u = rng.uniform
    radius, sides = drop * u(0.35, 0.5), int(rng.integers(6, 20))
    loop = placed(circle(radius, sides), 0, -radius)
    neck = block((-deep / 2, -wide / 2, -radius), (deep / 2, wide / 2, 12))
    hub = side(placed(circle(radius * 0.35, sides), 0, -radius), wide * u(1.6, 2.2))
    return [side(loop, wide * u(1.1, 1.9), bevel=u(0, 0.15) * wide), neck, hub]


def _twin_box(rng: Draw, drop: float, deep: float, wide: float) -> Shells:
    one = _straight_box(rng, drop, deep * 0.8, wide)
    apart = deep * rng.uniform(0.85, 1.3)
    return [*one, *(moved(shell, (apart, 0, -drop * 0.1)) for shell in one)]


def _cell_box(rng: Draw, drop: float, deep: float, wide: float) -> Shells:
    """An upright can, as of an energy cell."""
    radius = deep * rng.uniform(0.4, 0.6)
    return [
        rod((0, 0, 10), (0, 0, -drop), radius, radius * rng.uniform(0.8, 1.1)),
        block((-radius * 0.5, -wide * 0.4, -4), (radius * 0.5, wide * 0.4, 14)),
        rod((0, 0, -drop * 0.6), (0, 0, -drop * 0.6 - 8), radius * 1.15),
    ]


GRIPS: tuple[Grip, ...] = (
    _raked_grip, _raked_grip, _curved_grip, _angular_grip, _fingered_grip, _looped_grip,
)  # fmt: skip
GUARDS: tuple[Guard, ...] = (
    _round_guard, _round_guard, _square_guard, _square_guard, _filled_guard, _plate_guard,
    _no_guard,
)  # fmt: skip
BOXES: tuple[Box, ...] = (
    _straight_box, _straight_box, _curved_box, _curved_box, _drum, _twin_box, _cell_box,
)  # fmt: skip


def bent_grip(rng: Draw, x: float, top: float, drop: float, deep: float, wide: float) -> Shells:
    """A handle that curves backwards, as of old pistols."""
    return [moved(shell, (x, 0.0, top)) for shell in _curved_grip(rng, drop, deep, wide)]


def drum_below(rng: Draw, x: float, top: float, drop: float, wide: float) -> Shells:
    """A drum and nothing else."""
    return [moved(shell, (x, 0.0, top)) for shell in _drum(rng, drop, drop * 0.4, wide)]
