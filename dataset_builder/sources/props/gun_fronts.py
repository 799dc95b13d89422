"""What a gun-shaped envelope has before and behind its body: solid bars and shoulder pieces.

Bars are solid to their ends: nothing here has a bore. x runs forward along the prop, y across its
thickness, z up; millimetres. Styles stand in tables, as in `gun_parts`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    Triangles,
    arc,
    block,
    moved,
    rod,
    rounded_rectangle,
    sweep,
    turned,
    upright,
)
from dataset_builder.sources.props.outlines import (
    Span,
    framed,
    maybe,
    pick,
    placed,
    rounded,
    side,
    skyline,
    softened,
)

Front = Callable[[Draw, Span, float], Shells]
"""Draw, from and to along x, radius -> a bar on the x axis."""
Muzzle = Callable[[Draw, float, float], Shells]
"""Draw, where the bar ends, its radius -> what is put over its end."""
Stock = Callable[[Draw, float, float, float], Shells]
"""Draw, length, height, width -> a shoulder piece from x = 0 back, its bar at z = 0."""


ROOTED_MM = 25.0
"""How much farther a bar reaches into its body, whose nose may slope."""
STOCK_ROOT_MM = 16.0
"""The same of a shoulder piece."""


def front(rng: Draw, span: Span, z: float, radius: float) -> Shells:
    """A bar along *span* at height *z*, with something at its end or nothing."""
    start = span[0] - ROOTED_MM if span[0] > 2 * ROOTED_MM else span[0]
    bar = pick(rng, FRONTS)(rng, (start, span[1]), radius)
    shells = [*bar, *pick(rng, MUZZLES)(rng, span[1], radius)]
    return [moved(shell, (0.0, 0.0, z)) for shell in shells]


def stock(rng: Draw, at: tuple[float, float], size: tuple[float, float], wide: float) -> Shells:
    """A shoulder piece behind *at* (x, z), *size* long and tall; any style."""
    shells = pick(rng, STOCKS)(rng, size[0], size[1], wide)
    return [moved(shell, (at[0] + STOCK_ROOT_MM, 0.0, at[1])) for shell in shells]


def wooden_stock(
    rng: Draw, at: tuple[float, float], size: tuple[float, float], wide: float
) -> Shells:
    """A shoulder piece as of old long guns: a thin wrist and a broad butt."""
    return [
        moved(shell, (at[0] + STOCK_ROOT_MM, 0.0, at[1])) for shell in _classic(rng, *size, wide)
    ]


def _round_bar(rng: Draw, span: Span, radius: float) -> Shells:
    return [rod((span[0], 0, 0), (span[1], 0, 0), radius, radius * rng.uniform(0.6, 1.05))]


def _square_bar(rng: Draw, span: Span, radius: float) -> Shells:
    r, flat = radius, radius * rng.uniform(0.7, 1.3)
    bar = side([(span[0], -r), (span[1], -r), (span[1], r), (span[0], r)], 2 * flat, bevel=r * 0.3)
    return [bar]


def _stepped_bar(rng: Draw, span: Span, radius: float) -> Shells:
    cut = span[0] + (span[1] - span[0]) * rng.uniform(0.25, 0.7)
    thick = radius * rng.uniform(1.2, 1.8)
    return [rod((span[0], 0, 0), (cut, 0, 0), thick), rod((cut - 2, 0, 0), (span[1], 0, 0), radius)]


def _ringed_bar(rng: Draw, span: Span, radius: float) -> Shells:
    count, reach = int(rng.integers(3, 9)), radius * rng.uniform(1.25, 1.9)
    step = (span[1] - span[0]) / (count + 1)
    rings = [span[0] + step * (k + 0.7) for k in range(count)]
    wide = step * rng.uniform(0.2, 0.5)
    fins = [rod((x, 0, 0), (x + wide, 0, 0), reach) for x in rings]
    return [rod((span[0], 0, 0), (span[1], 0, 0), radius), *fins]


def _twin_bar(rng: Draw, span: Span, radius: float) -> Shells:
    short = span[0] + (span[1] - span[0]) * rng.uniform(0.6, 1.0)
    below = -radius * rng.uniform(1.4, 2.4)
    return [
        rod((span[0], 0, 0), (span[1], 0, 0), radius),
        rod((span[0], 0, below), (short, 0, below), radius * rng.uniform(0.7, 1.1)),
    ]


def _rail_bar(rng: Draw, span: Span, radius: float) -> Shells:
    """Two flat tongues with a gap between them, as film props have."""
    gap, thick = radius * rng.uniform(0.5, 1.1), radius * rng.uniform(0.5, 0.9)
    low, wide = span[0] - 4, radius * rng.uniform(0.5, 1.1)
    tongue = np.array([(low, 0), (span[1], 0), (span[1] - thick, thick), (low, thick * 1.3)])
    shells = [
        side(tongue + (0, gap / 2), 2 * wide),
        side(-tongue * (-1, 1) - (0, gap / 2), 2 * wide),
    ]
    x = np.linspace(low, span[1], int(rng.integers(3, 6)))[1:-1]
    return [*shells, *(block((k, -wide * 0.7, -gap), (k + 6, wide * 0.7, gap)) for k in x)]


def _plain_end(rng: Draw, end: float, radius: float) -> Shells:
    return []


def _collar(rng: Draw, end: float, radius: float) -> Shells:
    long, thick = rng.uniform(6, 30), radius * rng.uniform(1.2, 1.8)
    return [rod((end - long, 0, 0), (end + rng.uniform(0, 8), 0, 0), thick)]


def _flare(rng: Draw, end: float, radius: float) -> Shells:
    long = radius * rng.uniform(1.5, 5)
    return [rod((end - long, 0, 0), (end, 0, 0), radius, radius * rng.uniform(1.5, 2.6))]


def _long_can(rng: Draw, end: float, radius: float) -> Shells:
    long, thick = radius * rng.uniform(6, 16), radius * rng.uniform(1.3, 2.2)
    return [rod((end - 4, 0, 0), (end + long, 0, 0), thick)]


def _block_end(rng: Draw, end: float, radius: float) -> Shells:
    u = rng.uniform
    long, r, wide = u(14, 45), radius * u(1.2, 2.0), radius * u(1.2, 2.0)
    shape = rounded_rectangle(long, 2 * r, r * u(0, 0.6))
    return [side(placed(shape, end - long * 0.3, 0), 2 * wide, bevel=u(0, 0.3) * r)]


def _prongs(rng: Draw, end: float, radius: float) -> Shells:
    count, long = int(rng.integers(2, 5)), radius * rng.uniform(1.5, 4)
    prong = rod((end - 6, 0, radius * 0.8), (end + long, 0, radius * 1.1), radius * 0.35)
    return [turned(prong, x=360 / count * k) for k in range(count)]


def _wedge(rng: Draw, long: float, tall: float, wide: float) -> Shells:
    u = rng.uniform
    top = tall * u(-0.1, 0.35)
    neck = tall * u(0.3, 0.5)
    loop = [
        (6, neck),
        (6, -neck),
        (-long * u(0.5, 0.95), top - tall),
        (-long, top - tall * u(0.8, 1)),
    ]
    return [side(softened(rng, [*loop, (-long, top)]), wide * u(0.6, 1), bevel=u(0, 0.2) * wide)]


def _classic(rng: Draw, long: float, tall: float, wide: float) -> Shells:
    u = rng.uniform
    wrist, drop = tall * u(0.14, 0.24), tall * u(0.2, 0.7)
    top = [(12, wrist), (-long * 0.28, wrist * 0.6 - drop * 0.35), (-long, tall * 0.3 - drop)]
    low = [(-long, -tall * 0.7 - drop), (-long * 0.4, -wrist * 1.4 - drop * 0.55)]
    loop = [*top, *low, (-long * 0.22, -wrist * 1.2 - drop * 0.3), (12, -wrist * 1.2)]
    return [side(rounded(loop, int(u(0, 2))), wide * u(0.6, 1), bevel=u(0.05, 0.2) * wide)]


def _frame(rng: Draw, long: float, tall: float, wide: float) -> Shells:
    u = rng.uniform
    loop = [
        (8, tall * 0.3),
        (8, -tall * u(0.1, 0.3)),
        (-long * u(0.7, 1), -tall),
        (-long, -tall * 0.9),
    ]
    loop.append((-long, tall * u(0.1, 0.3)))
    return [framed(loop, tall * u(0.12, 0.2), wide * u(0.3, 0.8))]


def _tube(rng: Draw, long: float, tall: float, wide: float) -> Shells:
    u = rng.uniform
    radius = tall * u(0.1, 0.18)
    butt = [
        (-long * u(0.5, 0.8), tall * 0.15),
        (-long * 0.9, -tall * u(0.5, 0.8)),
        (-long, -tall * 0.8),
    ]
    return [
        rod((10, 0, 0), (-long * 0.9, 0, 0), radius),
        side([*butt, (-long, tall * 0.22)], wide * u(0.5, 1), bevel=wide * u(0, 0.15)),
    ]


def _wire(rng: Draw, long: float, tall: float, wide: float) -> Shells:
    u = rng.uniform
    bow = [
        (8, 0),
        (-long * 0.4, u(-0.1, 0.1) * tall),
        (-long, -tall * 0.05),
        (-long, -tall * u(0.6, 1)),
    ]
    shells = [sweep(upright(bow), u(3, 6))]
    if maybe(rng, 0.6):
        shells.append(rod((8, 0, -tall * 0.2), (-long, 0, -tall * u(0.3, 0.6)), u(3, 6)))
    return shells


def _folded(rng: Draw, long: float, tall: float, wide: float) -> Shells:
    """A shoulder piece laid along the body's flank."""
    beside = moved(turned(_flat_frame(rng, long, tall), z=180), (0, wide * 0.75, 0))
    return [beside, rod((-6, 0, 0), (-6, wide * 0.8, 0), tall * 0.12)]


def _flat_frame(rng: Draw, long: float, tall: float) -> Triangles:
    loop = [
        (0, tall * 0.2),
        (0, -tall * 0.2),
        (-long * 0.9, -tall * 0.6),
        (-long * 0.9, tall * 0.2),
    ]
    return framed(loop, tall * 0.1, rng.uniform(5, 9))


def _holed(rng: Draw, long: float, tall: float, wide: float) -> Shells:
    u = rng.uniform
    loop = np.array([(10, 0.35), (10, -0.4), (-long * 0.3, -0.75), (-long, -1), (-long, 0.3)])
    loop *= (1, tall)
    hole = placed(
        arc(1.0, 0, 315, 8) * (long * u(0.1, 0.2), tall * u(0.12, 0.2)), -long * 0.3, -tall * 0.2
    )
    return [side(loop, wide * u(0.6, 1), bevel=u(0, 0.12) * wide, holes=[hole])]


def _boxy(rng: Draw, long: float, tall: float, wide: float) -> Shells:
    """A stepped block, as of blasters."""
    u = rng.uniform
    top = skyline(rng, (-long, 10), tall * u(0.15, 0.4), 0.3, 2)
    low = skyline(rng, (-long, 10), -tall * u(0.4, 0.7), 0.5, 3)
    shells = [side(np.concatenate([low, top[::-1]]), wide * u(0.7, 1), bevel=u(0, 3))]
    if maybe(rng, 0.5):
        pad = block((-long - 12, -wide * 0.5, -tall * 0.7), (-long + 4, wide * 0.5, tall * 0.4))
        shells.append(pad)
    return shells


def _no_stock(rng: Draw, long: float, tall: float, wide: float) -> Shells:
    return []


FRONTS: tuple[Front, ...] = (
    _round_bar, _round_bar, _round_bar, _square_bar, _stepped_bar, _ringed_bar, _twin_bar,
    _rail_bar,
)  # fmt: skip
MUZZLES: tuple[Muzzle, ...] = (
    _plain_end, _plain_end, _collar, _flare, _long_can, _block_end, _prongs,
)  # fmt: skip
STOCKS: tuple[Stock, ...] = (
    _wedge, _wedge, _classic, _frame, _tube, _tube, _wire, _folded, _holed, _boxy, _no_stock,
)  # fmt: skip
