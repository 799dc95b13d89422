"""Envelopes of made-up long guns: plasma, rail and coil props, toy blasters; solid all through.

They look like nothing that exists: bodies are random skylines, fittings are drawn from tables. x
runs forward along the prop, y across its thickness, z up; millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Model
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    circle,
    ellipsoid,
    moved,
    rod,
    rounded_rectangle,
    sweep,
    upright,
)
from dataset_builder.sources.props.gun_fittings import above, below, flanks, scope
from dataset_builder.sources.props.gun_fronts import front, stock
from dataset_builder.sources.props.gun_parts import box_below, grip, guard
from dataset_builder.sources.props.outlines import around, hull, maybe, side, softened


def plasma_rifle(rng: Draw) -> Shells:
    """A long, faceted block with hardly any parts but a handle."""
    u = rng.uniform
    long, tall, wide = u(380, 720), u(70, 130), u(40, 80)
    deep = u(30, 50)
    return [
        side(hull(rng, (0.0, long), tall, spread=0.35, steps=4), wide, bevel=u(0.02, 0.2) * wide),
        *grip(rng, u(0.2, 0.5) * long, -tall * 0.35, u(80, 120), deep, wide * u(0.5, 0.8)),
        *front(rng, (long - 20, long + u(5, 90)), u(-0.1, 0.2) * tall, u(8, 20)),
        *flanks(rng, (30.0, long - 60), (-tall * 0.2, tall * 0.25), wide),
        *(guard(rng, long * 0.5, -tall * 0.35, u(36, 60), u(22, 40), wide * 0.5)),
        *(above(rng, (long * 0.2, long * 0.8), tall * 0.42, wide) if maybe(rng, 0.5) else []),
    ]


def rail_gun(rng: Draw) -> Shells:
    """Two long tongues with braces out of a stepped body with a pierced shoulder piece."""
    u = rng.uniform
    body, tall, wide, nose = u(200, 320), u(60, 100), u(36, 56), u(240, 460)
    gap, thick = u(10, 26), u(12, 28)
    rear = body - 10
    tongue = np.array(
        [(rear, 0), (body + nose, 0), (body + nose * u(0.85, 1), thick), (rear, thick * 1.4)]
    )
    under = (tongue + (0, gap / 2)) * (1, -1) * (u(0.8, 1), u(0.6, 1.4))
    braces = np.linspace(rear, body + nose * 0.8, int(rng.integers(3, 9)))[1:]
    return [
        side(hull(rng, (0.0, body), tall), wide, bevel=u(0, 5)),
        side(tongue + (0, gap / 2), wide * u(0.4, 0.9), bevel=u(0, 2)),
        side(under, wide * u(0.4, 0.9), bevel=u(0, 2)),
        *(side(rounded_rectangle(u(6, 14), gap + thick) + (x, 0), wide * 0.5) for x in braces),
        *stock(rng, (6, 0), (u(150, 260), u(90, 140)), wide),
        *grip(rng, u(0, 40), -tall * 0.35, u(65, 95), u(28, 42), wide * 0.7),
        *guard(rng, u(60, 90), -tall * 0.4, u(36, 55), u(22, 34), wide * 0.5),
        *(scope if maybe(rng, 0.4) else above)(rng, (10.0, body), tall * 0.4, wide),
    ]


def coil_rifle(rng: Draw) -> Shells:
    """Rings along a bar, a cell below, a shoulder piece."""
    u = rng.uniform
    body, tall, wide, nose = u(180, 300), u(50, 85), u(34, 56), u(160, 380)
    count, ring = int(rng.integers(4, 11)), u(16, 34)
    x = np.linspace(body + 5, body + nose, count)
    return [
        side(hull(rng, (0.0, body), tall), wide, bevel=u(0, 5)),
        rod((body - 10, 0, 0), (body + nose + u(0, 60), 0, 0), ring * u(0.3, 0.6)),
        *(rod((at, 0, 0), (at + u(6, 16), 0, 0), ring * u(0.85, 1.0)) for at in x),
        *stock(rng, (6, 0), (u(150, 260), u(80, 130)), wide),
        *grip(rng, u(0, 40), -tall * 0.35, u(65, 95), u(28, 42), wide * 0.7),
        *guard(rng, u(60, 90), -tall * 0.4, u(36, 55), u(22, 34), wide * 0.5),
        *box_below(rng, body * 0.75, -tall * 0.3, u(50, 120), u(40, 70), wide * 0.8),
        *above(rng, (10.0, body), tall * 0.4, wide),
    ]


def dial_rifle(rng: Draw) -> Shells:
    """A big wheel in the middle of a pierced, angular body."""
    u = rng.uniform
    long, tall, wide = u(380, 640), u(60, 100), u(34, 56)
    radius, at = u(45, 85), u(0.35, 0.7) * long
    sides = int(rng.integers(8, 28))
    return [
        side(hull(rng, (0.0, long), tall, steps=4), wide, bevel=u(0, 4)),
        moved(side(circle(radius, sides), wide * u(1.0, 1.5), bevel=u(0, 6)), (at, 0, u(0, 30))),
        moved(side(circle(radius * u(0.3, 0.7), sides), wide * u(1.5, 2)), (at, 0, 10)),
        *stock(rng, (8, 0), (u(120, 240), u(80, 130)), wide),
        *grip(rng, u(0, 0.2) * long, -tall * 0.35, u(65, 95), u(28, 42), wide * 0.7),
        *guard(rng, long * 0.2 + 40, -tall * 0.4, u(36, 55), u(22, 34), wide * 0.5),
        *front(rng, (long - 10, long + u(10, 160)), u(-5, 12), u(8, 18)),
        *below(rng, (long * 0.6, long), -tall * 0.35, wide),
    ]


def rotary_gun(rng: Draw) -> Shells:
    """A bundle of bars held by discs, a fat rear and handles above and below."""
    u = rng.uniform
    body, radius, nose = u(150, 280), u(40, 75), u(260, 520)
    count = int(rng.integers(3, 9))
    spots = around(radius * u(0.5, 0.75), count)
    discs = np.linspace(body + 20, body + nose, int(rng.integers(2, 5)))
    bow = np.array([(0, 0), (10, u(40, 80)), (u(70, 120), u(40, 80)), (u(90, 140), 0)])
    return [
        rod((0, 0, 0), (body, 0, 0), radius * u(0.9, 1.3), radius),
        *(
            rod((body - 5, y, z), (body + nose + 20, y, z), radius * u(0.16, 0.24))
            for y, z in spots
        ),
        *(rod((x, 0, 0), (x + u(8, 24), 0, 0), radius * u(0.85, 1.0)) for x in discs),
        sweep(upright(bow + (body * 0.3, radius * 0.9)), u(8, 13)),
        *grip(rng, u(-10, 30), -radius * 0.8, u(70, 100), u(30, 44), radius * 0.7),
        *(
            box_below(rng, body * 0.7, -radius * 0.8, u(60, 130), u(70, 120), radius * 1.2)
            if maybe(rng, 0.6)
            else []
        ),
    ]


def toy_blaster_rifle(rng: Draw) -> Shells:
    """A fat, rounded body with a drum or box, a pierced shoulder piece and a rail."""
    u = rng.uniform
    body, tall, wide = u(260, 420), u(70, 120), u(36, 60)
    return [
        side(
            softened(rng, hull(rng, (0.0, body), tall, spread=0.3)), wide, bevel=u(0, 0.15) * wide
        ),
        *front(rng, (body - 15, body + u(40, 220)), u(-5, 15), u(12, 26)),
        *stock(rng, (12, 0), (u(120, 250), u(80, 140)), wide),
        *grip(rng, u(10, 60), -tall * 0.3, u(70, 105), u(32, 48), wide * 0.8),
        *guard(rng, u(80, 110), -tall * 0.35, u(36, 60), u(24, 40), wide * 0.5),
        *box_below(rng, body * u(0.6, 0.8), -tall * 0.3, u(60, 140), u(40, 60), wide * 0.8),
        *above(rng, (10.0, body), tall * 0.4, wide),
        *below(rng, (body * 0.7, body), -tall * 0.35, wide),
        *flanks(rng, (20.0, body), (-tall * 0.2, tall * 0.25), wide),
    ]


def water_blaster(rng: Draw) -> Shells:
    """A tank or two over a slim body, with a pump sleeve in front."""
    u = rng.uniform
    body, tall, wide = u(260, 440), u(40, 65), u(30, 50)
    tank, long = u(40, 70), u(60, 120)
    tanks = [(u(0.1, 0.6) * body, tall * u(0.7, 1.4)) for _ in range(int(rng.integers(1, 3)))]
    return [
        side(hull(rng, (0.0, body), tall), wide, bevel=u(0, 6)),
        *(ellipsoid((x, 0, z), (long, tank * 0.8, tank)) for x, z in tanks),
        *front(rng, (body - 10, body + u(30, 200)), u(0, 10), u(9, 18)),
        rod((body, 0, -20), (body + u(60, 140), 0, -20), u(16, 28)),
        *grip(rng, u(10, 60), -tall * 0.3, u(70, 100), u(30, 44), wide * 0.8),
        *guard(rng, u(70, 100), -tall * 0.4, u(36, 60), u(22, 36), wide * 0.5),
        *(stock(rng, (6, 0), (u(100, 220), u(70, 120)), wide) if maybe(rng, 0.4) else []),
    ]


def compact_blaster_rifle(rng: Draw) -> Shells:
    """A chunky, short, chamfered long blaster with a shoulder pad."""
    u = rng.uniform
    body, tall, wide = u(180, 300), u(65, 110), u(45, 80)
    return [
        side(hull(rng, (0.0, body), tall, spread=0.25), wide, bevel=u(0.03, 0.16) * wide),
        *front(rng, (body - 10, body + u(20, 170)), u(-0.1, 0.2) * tall, u(9, 20)),
        *stock(rng, (8, u(0, 0.2) * tall), (u(50, 150), u(60, 110)), wide * 0.7),
        *grip(rng, u(0, 0.4) * body, -tall * 0.35, u(55, 90), u(30, 46), wide * 0.6),
        *box_below(rng, body * u(0.65, 0.85), -tall * 0.3, u(40, 120), u(36, 60), wide * 0.6),
        *guard(rng, body * 0.35 + 30, -tall * 0.35, u(30, 45), u(18, 32), wide * 0.5),
        *above(rng, (10.0, body), tall * 0.42, wide),
        *flanks(rng, (20.0, body - 20), (-tall * 0.25, tall * 0.3), wide),
    ]


MODELS: tuple[Model, ...] = (
    plasma_rifle, rail_gun, coil_rifle, dial_rifle, rotary_gun, toy_blaster_rifle, water_blaster,
    compact_blaster_rifle,
)  # fmt: skip
