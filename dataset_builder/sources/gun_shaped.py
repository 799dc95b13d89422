"""Outer envelopes with the outline of a gun: what a camera could see, and nothing inside.

Blunt, solid and without function by construction: no bore, chamber, magazine, edge or moving
part, and every proportion is drawn at random. They teach a network an outline, no more. x runs
along the object, y across its thickness, z up; millimetres.
"""

from __future__ import annotations

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
    slab,
    sweep,
    turned,
    upright,
)


def pistol(rng: Draw) -> Shells:
    """A slide over a raked grip, as of a self-loading pistol."""
    u = rng.uniform
    length, tall, wide = u(120, 220), u(22, 38), u(20, 34)
    frame = u(0.3, 0.95) * length
    shells = [
        slab(rounded_rectangle(length, tall, u(1, 8)) + (length / 2, 0.0), wide, bevel=u(0.5, 3)),
        block((0, -wide * 0.45, -tall * 0.9), (frame, wide * 0.45, -tall * 0.3)),
        *_grip(rng, u(0, 8), tall, u(60, 115), u(30, 54), wide * u(0.8, 1.15)),
        *_guard(rng, u(38, 56), -tall * 0.7, wide),
    ]
    if rng.random() < 0.5:
        shells.append(block((u(2, 8), -2, tall * 0.4), (u(10, 16), 2, tall * 0.5 + u(1, 5))))
        shells.append(block((length - 12, -2, tall * 0.4), (length - 6, 2, tall * 0.5 + u(1, 5))))
    if rng.random() < 0.3:
        shells.append(rod((length - 5, 0, 0), (length + u(10, 60), 0, 0), tall * u(0.3, 0.5)))
    return shells


def compact_pistol(rng: Draw) -> Shells:
    """A short, thick pistol outline whose grip is nearly as long as its slide."""
    u = rng.uniform
    length, tall, wide = u(85, 135), u(24, 34), u(17, 30)
    nose = u(0, 0.6) * tall
    side = [(0, -tall), (length * u(0.6, 1), -tall), (length, -nose / 2), (length, 0), (0, 0)]
    return [
        slab(side, wide, bevel=u(0.5, 2.5)),
        *_grip(rng, u(0, 6), tall, u(48, 80), u(32, 50), wide * u(0.85, 1.1)),
        *_guard(rng, u(36, 48), -tall, wide),
    ]


def revolver(rng: Draw) -> Shells:
    """A bulging drum between a thin front and a curved grip."""
    u = rng.uniform
    front, drum, thick = u(50, 190), u(30, 45), u(13, 22)
    radius = u(15, 23)
    curve = arc(u(60, 110), 175, u(205, 230), 8)
    curve = (curve - curve[0]) * (-1.0, 1.0) * (u(0.4, 1.1), 1.0) + (-8, -8)
    return [
        rod((drum - 5, 0, radius * 0.3), (drum + front, 0, radius * 0.3), thick * u(0.4, 0.6)),
        block((drum, -thick * 0.3, -radius * 0.3), (drum + front * u(0.4, 1), thick * 0.3, 4)),
        rod((0, 0, 0), (drum, 0, 0), radius, radius * u(0.9, 1)),
        block((-18, -thick / 2, -radius), (drum + 6, thick / 2, radius * u(0.8, 1.1)), bevel=3),
        sweep(
            upright(curve * (-1.0, 1.0)),
            np.linspace(u(15, 20), u(19, 26), 8),
            section=rounded_rectangle(1.9, 1.2, 0.5)[:, ::-1],
        ),
        *_guard(rng, u(30, 40), -radius * 0.9, thick, start=u(-2, 8)),
        block((-26, -3, radius * 0.3), (-16, 3, radius * u(0.8, 1.2))),
    ]


def derringer(rng: Draw) -> Shells:
    """A very short pocket outline: two stacked bars on a bird's-head grip."""
    u = rng.uniform
    length, thick = u(55, 90), u(12, 18)
    drop, back = u(38, 58), u(22, 42)
    grip = [(12, 4), (18, -14), (10 - back / 2, -drop), (-6 - back, -drop + 8), (-14, 6)]
    return [
        rod((0, 0, 0), (length, 0, 0), thick * u(0.45, 0.6)),
        rod((0, 0, -thick * 0.9), (length * u(0.9, 1), 0, -thick * 0.9), thick * u(0.45, 0.6)),
        block((-14, -thick / 2, -thick * 1.4), (20, thick / 2, thick * 0.5), bevel=3),
        slab(grip, thick * u(1.1, 1.6), bevel=2),
        *_guard(rng, u(22, 30), -thick, thick, start=u(8, 16)),
    ]


def blaster(rng: Draw) -> Shells:
    """A fat, stepped toy pistol as films draw it."""
    u = rng.uniform
    body, tall, wide = u(80, 150), u(34, 60), u(28, 50)
    nose = u(30, 120)
    return [
        block((0, -wide / 2, -tall / 2), (body, wide / 2, tall / 2), bevel=u(1, 9)),
        rod((body - 5, 0, u(-5, 8)), (body + nose, 0, u(0, 8)), tall * u(0.2, 0.4), tall * 0.3),
        rod((body + nose * 0.7, 0, 4), (body + nose, 0, 4), tall * u(0.25, 0.5)),
        rod((u(0, 20), 0, tall * 0.65), (body * u(0.6, 1.1), 0, tall * 0.65), u(7, 13)),
        block((body * 0.3, -4, tall * 0.3), (body * 0.4, 4, tall * 0.65)),
        *_grip(rng, u(2, 20), tall, u(65, 105), u(32, 48), wide * u(0.6, 0.9)),
        *_guard(rng, u(40, 60), -tall * 0.4, wide * 0.6),
    ]


def rifle(rng: Draw) -> Shells:
    """A long bar, a receiver block, a shoulder stock and a box below."""
    u = rng.uniform
    front, body, tall, wide = u(280, 520), u(180, 260), u(45, 75), u(30, 50)
    shells = [
        rod((body - 10, 0, 0), (body + front, 0, 0), u(7, 13)),
        block((0, -wide / 2, -tall / 2), (body, wide / 2, tall / 2), bevel=u(1, 8)),
        block((body - 5, -wide * 0.5, -tall * 0.3), (body + front * u(0.4, 0.75), wide * 0.5, 15)),
        *_stock(rng, tall, wide),
        *_grip(rng, u(5, 40), tall, u(55, 95), u(28, 42), wide * 0.8),
        *_guard(rng, u(50, 70), -tall * 0.45, wide * 0.6),
    ]
    if rng.random() < 0.75:
        shells.append(_box_below(rng, body * u(0.6, 0.85), tall, u(70, 190), wide))
    if rng.random() < 0.4:
        shells.append(rod((u(10, 50), 0, tall * 0.8), (body, 0, tall * 0.8), u(12, 20), u(12, 24)))
        shells.append(block((body * 0.4, -5, tall * 0.4), (body * 0.6, 5, tall * 0.7)))
    return shells


def submachine_gun(rng: Draw) -> Shells:
    """A short receiver with a long box below and a thin or missing stock."""
    u = rng.uniform
    body, tall, wide, front = u(180, 320), u(40, 70), u(30, 48), u(30, 150)
    shells = [
        block((0, -wide / 2, -tall / 2), (body, wide / 2, tall / 2), bevel=u(2, 14)),
        rod((body - 8, 0, 0), (body + front, 0, 0), u(8, 20)),
        *_grip(rng, u(0, body * 0.35), tall, u(65, 100), u(30, 45), wide * 0.8),
        *_guard(rng, body * 0.35 + u(20, 40), -tall * 0.45, wide * 0.6),
        _box_below(rng, body * u(0.65, 0.9), tall, u(120, 230), wide),
    ]
    if rng.random() < 0.5:
        back = u(150, 250)
        shells.append(rod((5, 0, tall * 0.3), (-back, 0, tall * 0.3), 6))
        shells.append(block((-back - 8, -wide / 2, -tall), (-back, wide / 2, tall * 0.45)))
    return shells


def shotgun(rng: Draw) -> Shells:
    """Two long parallel bars that run into a sloping wooden-style stock."""
    u = rng.uniform
    front, thick, body = u(420, 720), u(10, 15), u(100, 180)
    side_by_side = rng.random() < 0.4
    second = (0.0, thick * 1.9, 0.0) if side_by_side else (0.0, 0.0, -thick * 1.9)
    tube = rod((body - 20, 0, 0), (body + front, 0, 0), thick)
    butt, drop, heel = u(280, 380), u(30, 80), u(100, 140)
    stock = [
        (10, 18),
        (10, -30),
        (-80, -38 - drop * 0.2),
        (-butt, -drop - heel * 0.6),
        (-butt, heel * 0.4 - drop),
        (-90, 4 - drop * 0.2),
    ]
    return [
        tube,
        moved(tube * (u(0.75, 1), 1, 1), second),
        block((0, -thick * 1.6, -40), (body, thick * u(1.6, 2.8), 20), bevel=6),
        slab(stock, u(32, 46), bevel=6),
        rod((body + front * 0.25, 0, -16), (body + front * u(0.4, 0.55), 0, -16), u(18, 24)),
        *_guard(rng, u(30, 60), -36, 14),
    ]


def bullpup(rng: Draw) -> Shells:
    """A compact long gun whose body is its own stock."""
    u = rng.uniform
    length, tall, wide, front = u(420, 560), u(70, 110), u(36, 56), u(60, 220)
    side = [
        (0, tall * 0.5),
        (0, -tall * u(0.6, 0.9)),
        (length * 0.35, -tall * 0.45),
        (length, -tall * u(0.1, 0.4)),
        (length, tall * 0.3),
        (length * 0.6, tall * u(0.45, 0.8)),
    ]
    return [
        slab(side, wide, bevel=u(1, 9)),
        rod((length - 10, 0, 5), (length + front, 0, 5), u(7, 13)),
        *_grip(rng, length * u(0.42, 0.55), tall * 0.8, u(70, 100), u(30, 44), wide * 0.8),
        *_guard(rng, length * 0.62, -tall * 0.35, wide * 0.6),
        _box_below(rng, length * u(0.2, 0.3), tall, u(90, 190), wide),
        block((length * 0.3, -8, tall * 0.4), (length * u(0.6, 0.85), 8, tall * u(0.8, 1.2))),
    ]


def _grip(
    rng: Draw, x: float, tall: float, drop: float, deep: float, wide: float
) -> Shells:  # fmt: skip
    """A handle below the body that leans back by 0 to 25 degrees."""
    u = rng.uniform
    side = [(0, tall * 0.2), (deep, tall * 0.2), (deep * u(0.85, 1.15), -drop), (0, -drop)]
    leaning = turned(slab(side, wide, bevel=u(0.5, 4)), y=u(0, 25))
    return [moved(leaning, (x, 0.0, -tall * 0.45))]


def _guard(rng: Draw, x: float, top: float, wide: float, start: float | None = None) -> Shells:
    """A bow below the body, open or filled in."""
    u = rng.uniform
    deep, run = u(14, 26), u(26, 48)
    left = x - 4 if start is None else start
    if rng.random() < 0.25:
        return [block((left, -wide * 0.3, top - deep), (left + run, wide * 0.3, top + 6), bevel=3)]
    bow = arc(1.0, 180, 360, 11) * (run / 2, deep) + (left + run / 2, top)
    return [
        sweep(upright(bow), u(2, 3.6)),
        block((left + run * 0.3, -2, top - deep * 0.6), (left + run * 0.45, 2, top + 6)),
    ]


def _stock(rng: Draw, tall: float, wide: float) -> Shells:
    """What goes to the shoulder: a solid wedge, a skeleton, or a tube with a plate."""
    u = rng.uniform
    back, heel = u(170, 320), u(90, 140)
    if rng.random() < 0.6:
        top = u(-tall * 0.2, tall * 0.5)
        wedge = [(8, tall * 0.5), (8, -tall * 0.5), (-back, top - heel), (-back, top)]
        return [slab(wedge, wide * u(0.6, 1), bevel=u(1, 8))]
    plate = block((-back - 14, -wide * 0.4, -heel * 0.7), (-back, wide * 0.4, heel * 0.3), bevel=4)
    bars = [rod((10, 0, tall * 0.2), (-back, 0, tall * 0.2), u(9, 17))]
    if rng.random() < 0.5:
        bars.append(rod((10, 0, -tall * 0.2), (-back, 0, -heel * 0.6), u(6, 10)))
    return [plate, *bars]


def _box_below(rng: Draw, x: float, tall: float, drop: float, wide: float) -> Triangles:
    """A straight or forward-curved box under the body."""
    u = rng.uniform
    bend = u(0, 60) if rng.random() < 0.6 else 0.0
    t = np.linspace(0.0, 1.0, 6)
    path = np.stack([x + bend * t**2, -tall * 0.3 - (drop + tall * 0.2) * t], axis=1)
    section = rounded_rectangle(u(45, 75), wide * u(0.5, 0.8), 2)
    return sweep(upright(path), 1.0, section=section)
