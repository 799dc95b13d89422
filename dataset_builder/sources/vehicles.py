"""Toy vehicles: what rolls, floats and flies, and some of its parts.

Millimetres; x is forwards.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import around, ball, body, disc, lathed, one_of
from dataset_builder.sources.model import Rows
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    block,
    circle,
    moved,
    prism,
    rod,
    slab,
    sweep,
    turned,
    upright,
)


def car(rng: Draw) -> Shells:
    """A saloon, van, pickup or racer on four wheels."""
    u = rng.uniform
    long, wide, low, high = u(50, 110), u(18, 30), u(8, 16), u(8, 24)
    a, b = u(0.1, 0.35), u(0.5, 0.8)
    side = [
        (0, 0),
        (long, 0),
        (long, low * u(0.5, 1)),
        (long * (b + 0.12), low),
        (long * b, low + high),
    ]
    side += [(long * a, low + high), (long * (a - 0.08), low), (0, low)]
    r = u(6, 11)
    shells = [slab(side, 2 * wide * u(0.8, 1), bevel=u(0, 2.5))]
    for x in (0.18, 0.82):
        shells += [disc((x * long, s * wide * 0.85, 0), r, u(5, 11), "y") for s in (-1, 1)]
    if rng.random() < 0.3:
        shells.append(block((0, -wide, low + u(4, 12)), (8, wide, low + 14)))
    return shells


def lorry(rng: Draw) -> Shells:
    """A cab and a load: box, tank, tipper, crane, digger; a tractor."""
    u = rng.uniform
    long, wide, high = u(60, 130), u(14, 24), u(20, 45)
    cab = long * u(0.2, 0.35)
    shells = [
        block((-long, -wide * 0.7, 0), (cab, wide * 0.7, 6)),
        block((0, -wide, 4), (cab, wide, high * u(0.6, 1)), bevel=2),
    ]
    boom = [(-long * 0.4, 6), (-long * 0.2, high * 1.6), (long * u(0.3, 1), high * u(0.8, 2))]
    loads = (
        [block((-long, -wide, 6), (-4, wide, high))],
        [turned(disc((0, 0, 0), wide, long * 0.9), y=90) + (-long / 2, 0, wide + 4)],
        [slab([(-long, 10), (-long * 1.05, high), (-4, high * 0.9), (-8, 8)], 2 * wide)],
        [sweep(upright(boom), u(3, 6)),
         block((long * 0.5, -8, 4), (long * 0.8, 8, 16))],
    )  # fmt: skip
    r, axles = u(6, 12), int(rng.integers(2, 5))
    for x in np.linspace(-long * 0.85, cab * 0.6, axles):
        shells += [disc((x, s * wide * 0.85, 0), r, 8, "y") for s in (-1, 1)]
    return [*shells, *one_of(rng, loads)]


def locomotive(rng: Draw) -> Shells:
    """A boiler, a cab, a chimney, wheels in a row; wagons behind."""
    u = rng.uniform
    long, r, wide = u(45, 90), u(9, 16), u(10, 18)
    shells = [
        lathed([(r, 0), (r, long), (r * 0.6, long + 4)]),
        block((-u(18, 34), -wide, -r), (2, wide, r * u(1.2, 2)), bevel=1),
        block((-30, -wide, -r - 5), (long + 4, wide, -r)),
        lathed([(r * 0.35, r * 0.8), (r * 0.3, r * 1.6), (r * u(0.4, 0.7), r * 2)], "z")
        + (long * 0.8, 0, 0),
        ball((long * 0.4, 0, r), r * 0.4),
    ]
    for x in np.linspace(-20, long * 0.9, int(rng.integers(2, 6))):
        shells += [disc((x, s * wide * 0.9, -r - 4), u(6, 10), 4, "y") for s in (-1, 1)]
    for k in range(int(rng.integers(0, 3))):
        start = -40 - (k + 1) * long
        shells += [block((start, -wide, -r), (start + long * 0.9, wide, u(0, 14)), bevel=1),
                   rod((start + long * 0.8, 0, -r), (start + long * 1.1, 0, -r), 3),
                   disc((start + long * 0.45, 0, -r - 4), 7, wide * 1.8, "y")]  # fmt: skip
    return shells


def aeroplane(rng: Draw) -> Shells:
    """A fuselage with wings, a tail and engines or a propeller; gliders and biplanes."""
    u = rng.uniform
    long, r, span, chord = u(70, 160), u(5, 14), u(40, 100), u(12, 32)
    back, sweep_ = long * u(0.45, 0.65), u(-5, 40)
    hull = [(0, 1.5, 1.5, r * 0.6), (long * 0.3, r * 0.7, r * 0.8, 0), (long * 0.7, r, r, 0)]
    shells = [body([*hull, (long * 0.95, r * 0.7, r * 0.6, 0), (long, 1, 1, 0)], 2)]
    for z in (0.0, r * 1.8) if rng.random() < 0.2 else (u(-0.7, 0.9) * r,):
        wing = [
            (back, 0),
            (back + chord, 0),
            (back + chord * 0.6 - sweep_, span),
            (back - sweep_, span),
        ]
        plate = prism(wing, u(1.5, 4))
        shells += [moved(plate, (0, 0, z)), moved((plate * (1, -1, 1))[:, ::-1], (0, 0, z))]
    tail = [(0, 0), (chord * 0.7, 0), (chord * 0.2, span * 0.4), (-2, span * 0.4)]
    shells += [
        prism(tail, 2),
        (prism(tail, 2) * (1, -1, 1))[:, ::-1],
        slab([(0, 0), (chord, 0), (2, u(14, 35)), (-6, 30)], 2),
    ]
    if rng.random() < 0.5:
        shells += [
            turned(block((0, -2, -1), (u(14, 28), 2, 1)), y=90.0 + 180 * k) + (long + 2, 0, 0)
            for k in range(2)
        ]
    for side in (-1, 1) if rng.random() < 0.5 else ():
        engine = lathed([(4, 0), (r * 0.6, 5), (r * 0.5, chord)])
        shells.append(moved(engine, (back, side * span * 0.45, -r * 0.5)))
    return shells


def rocket(rng: Draw) -> Shells:
    """A standing space ship: a hull with portholes, fins and a nozzle; flying saucers."""
    u = rng.uniform
    r, tall, fins = u(10, 28), u(60, 150), int(rng.integers(3, 6))
    if rng.random() < 0.25:
        hull = lathed([(r * 0.5, 0), (r * 2.5, 8), (r * 2.5, 11), (r, 20)], "z")
        legs = around(rod((r * 1.6, 0, 6), (r * 2, 0, -12), 2), 3)
        return [hull, ball((0, 0, 18), r * 0.9), *legs]
    t = np.linspace(0, 1, 8)
    wall = r * (u(0.5, 0.9) + u(0.3, 0.6) * np.sin(np.pi * (0.1 + 0.7 * t))) * (1 - t**4 * 0.95)
    fin = slab(
        [(r * 0.4, 0), (r * u(1.6, 2.4), -u(4, 24)), (r * 1.8, 12), (r * 0.5, tall * 0.4)], u(2, 5)
    )
    shells = [lathed(np.stack([wall, tall * t], axis=1), "z"), *around(fin, fins)]
    shells.append(lathed([(r * 0.3, 2), (r * 0.6, -u(6, 14))], "z"))
    return [*shells, disc((r * 0.8, 0, tall * 0.6), r * 0.35, r * 0.5, "x")]


def sailing_ship(rng: Draw) -> Shells:
    """A hull with masts and sails, a galley, a canoe, a funnel steamer."""
    u = rng.uniform
    long, half, deep = u(60, 150), u(10, 26), u(8, 24)
    t = np.linspace(0.0, 1.0, 9)
    beam = half * np.sin(np.pi * (0.12 + 0.84 * t)) ** 0.6
    sheer = u(0, 16) * (2 * t - 1) ** 2
    hull = body(
        [(long * x, w, deep * 0.5, z) for x, w, z in zip(t, beam, sheer, strict=True)], u(2, 4)
    )
    shells = [
        hull,
        block((long * 0.15, -half * 0.6, 0), (long * 0.35, half * 0.6, deep * u(0.6, 1.2))),
    ]
    if rng.random() < 0.7:
        for x in (0.5, 0.75, 0.28)[: int(rng.integers(1, 4))]:
            mast = u(40, 100)
            shells.append(rod((x * long, 0, 0), (x * long, 0, mast), 1.8))
            gaff = [(2, 8), (2, mast), (-long * 0.25, 10)]
            square = [(0, mast * 0.4), (4, mast * 0.9), (-3, mast * 0.9), (-6, mast * 0.4)]
            sail = gaff if rng.random() < 0.5 else square
            sheet = slab(sail, one_of(rng, (1.5, half * 1.8)))
            shells.append(moved(sheet, (x * long, 0, 0)))
    else:
        shells += [disc((long * x, 0, deep), 5, u(16, 40)) for x in (0.45, 0.6)]
        shells.append(
            block((long * 0.25, -half * 0.7, 0), (long * 0.75, half * 0.7, deep * 0.9), bevel=2)
        )
    return shells


def helicopter(rng: Draw) -> Shells:
    """A cabin, a tail boom, two rotors and skids."""
    u = rng.uniform
    r, boom, span = u(12, 26), u(40, 90), u(40, 85)
    rotor = block((0, -2.5, -1), (span, 2.5, 1))
    shells = [
        body(
            [
                (-r, r * 0.5, r * 0.6, 4),
                (0, r * 0.8, r, 0),
                (r * 1.2, r * 0.7, r * 0.7, -2),
                (r * 1.8, 3, 4, -4),
            ],
            2.4,
        ),
        rod((-r * 0.6, 0, r * 0.3), (-r - boom, 0, r * 0.5), r * 0.35, r * 0.15),
        rod((0, 0, r * 0.8), (0, 0, r * 1.4), 2.5),
        *(moved(blade, (0, 0, r * 1.4)) for blade in around(rotor, int(rng.integers(2, 6)))),
        slab([(-r - boom, 0), (-r - boom + 12, 4), (-r - boom - 4, 24), (-r - boom - 10, 22)], 2.5),
    ]
    for side in (-1, 1):
        shells.append(rod((-r, side * r * 0.8, -r * 1.4), (r * 1.6, side * r * 0.8, -r * 1.4), 1.8))
        shells += [
            rod((x * r, side * r * 0.4, -r * 0.5), (x * r, side * r * 0.8, -r * 1.4), 1.5)
            for x in (-0.4, 0.7)
        ]
    return shells


def cycle(rng: Draw) -> Shells:
    """A bicycle, motorcycle, scooter or wheelbarrow in outline."""
    u = rng.uniform
    r, base, thick = u(14, 26), u(45, 75), u(1.8, 4)
    wheel = np.column_stack([circle(r, 24), np.zeros(len(circle(r, 24)))])
    tyre = turned(sweep(wheel, thick, closed=True), x=90)
    shells = [tyre, moved(tyre, (base, 0, 0))]
    top, saddle = (base * 0.85, r * u(1.3, 1.9)), (base * 0.3, r * u(1.2, 1.7))
    pedal = (base * 0.45, 0)
    for a, b in (
        ((0, 0), saddle),
        ((0, 0), pedal),
        (pedal, saddle),
        (pedal, top),
        (saddle, top),
        (top, (base, 0)),
    ):
        shells.append(rod((a[0], 0, a[1]), (b[0], 0, b[1]), thick * 0.8))
    shells.append(rod((top[0], -12, top[1] + 4), (top[0], 12, top[1] + 4), thick * 0.7))
    low, high = (saddle[0] - 9, -4, saddle[1]), (saddle[0] + 7, 4, saddle[1] + 4)
    shells.append(block(low, high, bevel=2))
    if rng.random() < 0.5:
        shells += [disc((0, 0, 0), r * 0.9, 2, "y"), disc((base, 0, 0), r * 0.9, 2, "y")]
    return shells


MODELS: Rows = (
    ("figure", (car, lorry, locomotive, aeroplane, rocket, sailing_ship, helicopter, cycle)),
)
