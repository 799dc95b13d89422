"""What is put on a gun-shaped envelope: sights, tubes, rails, lamps, plates; solid all through.

`above`, `below` and `flanks` pick styles from tables. x runs forward along the prop, y across its
thickness, z up; millimetres.
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
    turned,
    upright,
)
from dataset_builder.sources.props.outlines import Span, framed, maybe, pick, placed, side, softened

Fitting = Callable[[Draw, Span, float, float], Shells]
"""Draw, from and to along x, the surface's z, the body's width -> shells on or under it."""


def above(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    """Something on top of the body, or nothing."""
    return pick(rng, ABOVE)(rng, span, z, wide)


def below(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    """Something under the body's front, or nothing."""
    return pick(rng, BELOW)(rng, span, z, wide)


def flanks(rng: Draw, span: Span, z: Span, wide: float) -> Shells:
    """Up to four plates, knobs and ribs on the body's sides, alike on both or on one."""
    shells: Shells = []
    for _ in range(int(rng.integers(0, 5))):
        for shell in pick(rng, FLANKS)(rng, span, rng.uniform(*z), wide):
            shells.append(shell)
            if maybe(rng, 0.6):
                shells.append((shell * (1, -1, 1))[:, ::-1])
    return shells


def scope(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    """A tube with thicker ends on two feet."""
    u, reach = rng.uniform, span[1] - span[0]
    start, long = span[0] + reach * u(0, 0.4), reach * u(0.35, 0.75)
    radius, high = u(9, 20), z + u(14, 34)
    end, eye, glass = start + long, radius * u(1, 1.5), radius * u(1.1, 1.9)
    shells = [
        rod((start, 0, high), (end, 0, high), radius),
        rod((start, 0, high), (start + long * 0.2, 0, high), eye, radius),
        rod((end - long * u(0.1, 0.3), 0, high), (end, 0, high), glass),
    ]
    for x in (start + long * 0.25, start + long * 0.7):
        shells.append(block((x - 5, -wide * 0.25, z - 6), (x + 5, wide * 0.25, high)))
    if maybe(rng, 0.6):
        middle = start + long * 0.5
        shells.append(rod((middle, 0, high), (middle, 0, high + radius * 1.7), radius * 0.6))
        shells.append(rod((middle, 0, high), (middle, -radius * 1.7, high), radius * 0.6))
    return shells


def iron_sights(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    """Two small blocks or posts, one at each end."""
    u, half = rng.uniform, max(1.5, wide * rng.uniform(0.06, 0.2))
    rear, post = u(3, 10), u(3, 18)
    at = span[0] + u(0, 0.1) * (span[1] - span[0])
    return [
        block((at, -half * u(1, 2.5), z - 4), (at + u(5, 14), half * 2, z + rear)),
        side([(span[1] - u(8, 16), z - 4), (span[1], z - 4), (span[1] - u(0, 6), z + post)], half),
    ]


def rail(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    """A toothed strip."""
    u, count = rng.uniform, int(rng.integers(5, 16))
    low = span[0] + u(0, 0.3) * (span[1] - span[0])
    high = span[1] - u(0, 0.3) * (span[1] - span[0])
    step, half, tall = (high - low) / count, wide * u(0.2, 0.4), u(3, 8)
    teeth = [
        block((low + step * k, -half, z), (low + step * (k + 0.55), half, z + tall))
        for k in range(count)
    ]
    return [block((low, -half, z - 4), (high, half, z + tall * 0.4)), *teeth]


def _nothing(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    return []


def _rail_and_sights(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    return [*rail(rng, span, z, wide), *iron_sights(rng, span, z + 3, wide)]


def _box_sight(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u = rng.uniform
    x, long, tall = u(*span) * 0.5 + span[0] * 0.5, u(25, 60), u(22, 42)
    window = placed(rounded_rectangle(long, tall, u(0, 8)), x + long / 2, z + tall / 2 - 2)
    if maybe(rng, 0.4):
        return [framed(window, tall * 0.15, wide * u(0.5, 0.9))]
    return [side(softened(rng, window), wide * u(0.4, 0.9), bevel=u(0, 3))]


def _carry_handle(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u, reach = rng.uniform, span[1] - span[0]
    low, high = span[0] + reach * u(0, 0.3), span[0] + reach * u(0.55, 0.9)
    tall, inner = u(22, 50), reach * u(0.02, 0.12)
    bow = [(low, z - 4), (low + inner, z + tall), (high - inner, z + tall), (high, z - 4)]
    return [sweep(upright(bow), u(4, 8), section=rounded_rectangle(1.4, u(1.6, 3)))]


def _fin(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u, reach = rng.uniform, span[1] - span[0]
    low, high = span[0] + reach * u(0, 0.5), span[0] + reach * u(0.6, 1.0)
    loop = [
        (low, z - 5),
        (high, z - 5),
        (high - u(0, 0.3) * reach, z + u(8, 40)),
        (low - u(-20, 20), z + u(6, 40)),
    ]
    return [side(loop, wide * u(0.15, 0.7), bevel=u(0, 1.5))]


def _ring_sights(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    loop = np.column_stack([np.zeros(12), arc(rng.uniform(7, 13), 0, 330, 12)])
    ring = sweep(loop, rng.uniform(1.8, 3), closed=True)
    high = z + rng.uniform(9, 20)
    posts = [block((x - 2.5, -2.5, z - 5), (x + 2.5, 2.5, high - 6)) for x in span]
    return [*(moved(ring, (x, 0, high)) for x in span[: int(rng.integers(1, 3))]), *posts]


def _humps(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    """Bumps of random size, as of blasters."""
    u, shells = rng.uniform, []
    for _ in range(int(rng.integers(1, 4))):
        x, long, tall = u(*span), u(14, 70), u(4, 22)
        loop = [
            (x, z - 5),
            (x + long, z - 5),
            (x + long * u(0.6, 1), z + tall),
            (x + long * u(0, 0.3), z + tall),
        ]
        shells.append(side(loop, wide * u(0.3, 1), bevel=u(0, 2)))
    return shells


def _top_tube(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    radius, reach = rng.uniform(6, 15), span[1] - span[0]
    end = span[1] - reach * rng.uniform(-0.15, 0.4)
    return [
        rod(
            (span[0] + reach * rng.uniform(0, 0.3), 0, z + radius * 0.6),
            (end, 0, z + radius * 0.6),
            radius,
        )
    ]


def _upright_grip(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u = rng.uniform
    x, drop, deep, lean = u(*span), u(45, 95), u(18, 32), u(-0.5, 0.3)
    loop = np.array([(0, 6), (deep, 6), (deep * u(0.7, 1.2), -drop), (0, -drop)])
    loop[:, 0] += lean * loop[:, 1]
    return [side(softened(rng, loop) + (x, z), wide * u(0.5, 0.8), bevel=u(0, 3))]


def _lamp(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u, radius = rng.uniform, rng.uniform(8, 15)
    x, long = u(*span), u(30, 80)
    return [
        rod((x, 0, z - radius), (x + long, 0, z - radius), radius * 0.85),
        rod((x + long * 0.75, 0, z - radius), (x + long, 0, z - radius), radius * u(1, 1.4)),
        block((x, -radius * 0.5, z - radius), (x + long * 0.5, radius * 0.5, z + 5)),
    ]


def _lamp_box(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u = rng.uniform
    x, long, tall = u(*span), u(22, 50), u(14, 28)
    return [
        side(rounded_rectangle(long, tall, u(0, 6)) + (x, z - tall / 2 + 4), wide * u(0.5, 0.95))
    ]


def _two_legs(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u = rng.uniform
    x, long, apart, back = span[1] - u(0, 30), u(90, 220), u(0.1, 0.6), u(-0.5, 0.9)
    foot = np.array([(-back * long, apart * long, -long), (-back * long, -apart * long, -long)])
    legs = [rod((x, 0, z + 5), foot_at + (x, 0, z), u(4, 7)) for foot_at in foot]
    return [*legs, block((x - 10, -8, z - 8), (x + 10, 8, z + 8))]


def _under_tube(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    radius = rng.uniform(10, 24)
    low = (span[0], 0, z - radius * 0.7)
    return [rod(low, (span[1] + rng.uniform(-20, 50), 0, z - radius * 0.7), radius)]


def _sleeve(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u = rng.uniform
    radius, count = wide * u(0.4, 0.65), int(rng.integers(0, 6))
    low, high = span[0] + u(0, 20), span[1] - u(0, 0.4) * (span[1] - span[0])
    rings = np.linspace(low, high, count + 2)[1:-1]
    return [
        rod((low, 0, z), (high, 0, z), radius),
        *(rod((x, 0, z), (x + 5, 0, z), radius * 1.12) for x in rings),
    ]


def _plate(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u, out = rng.uniform, wide * rng.uniform(0.02, 0.14)
    loop = softened(rng, rounded_rectangle(u(12, 80), u(6, 24), u(0, 4)))
    return [moved(side(loop, 2 * out), (u(*span), wide / 2, z))]


def _knob(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    radius, out = rng.uniform(3, 12), wide * rng.uniform(0.55, 0.85)
    at = rng.uniform(*span)
    return [rod((at, wide * 0.3, z), (at, out, z), radius)]


def _slots(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u, count = rng.uniform, int(rng.integers(3, 8))
    x, tall, thick, lean = u(*span), u(8, 24), u(2, 5), u(-0.6, 0.6)
    loop = np.array([(0, -tall / 2), (thick, -tall / 2), (thick, tall / 2), (0, tall / 2)])
    loop[:, 0] += lean * loop[:, 1]
    return [moved(side(loop, wide * 0.1), (x + k * thick * 2.2, wide / 2, z)) for k in range(count)]


def _bolt(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    at, out = rng.uniform(*span), wide * rng.uniform(0.8, 1.3)
    return [rod((at, 0, z), (at - 6, out, z - 6), 3), ellipsoid((at - 6, out, z - 6), (6, 6, 6))]


def _pipe(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u = rng.uniform
    x = np.sort(u(*span, 4)) + np.array([0, 4, 8, 12])
    path = np.column_stack([x, np.full(4, wide * 0.52), z + np.array([0, 1, 1, 0]) * u(-14, 14)])
    return [sweep(path, u(2, 5))]


def _disc(rng: Draw, span: Span, z: float, wide: float) -> Shells:
    u, radius = rng.uniform, rng.uniform(8, 26)
    dial = turned(side(circle(radius, int(rng.integers(6, 24))), wide * u(0.15, 0.4), bevel=1), y=0)
    return [moved(dial, (u(*span), wide / 2, z))]


ABOVE: tuple[Fitting, ...] = (
    _nothing, iron_sights, iron_sights, iron_sights, rail, _rail_and_sights, scope, scope,
    _box_sight, _carry_handle, _fin, _ring_sights, _humps, _humps, _top_tube,
)  # fmt: skip
BELOW: tuple[Fitting, ...] = (
    _nothing, _nothing, _nothing, _upright_grip, _upright_grip, _lamp, _lamp_box, _two_legs,
    _under_tube, _sleeve,
)  # fmt: skip
FLANKS: tuple[Fitting, ...] = (_plate, _plate, _knob, _slots, _bolt, _pipe, _disc)
