"""Screws, nuts, knobs and spools: small turned parts of every print queue.

Millimetres; z up.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import (
    around,
    ball,
    lathed,
    one_of,
    star,
    wavy,
)
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import washer
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    circle,
    ellipsoid,
    lathe,
    moved,
    prism,
    rod,
)

HALF_TURN = np.linspace(-0.47, 0.47, 15) * np.pi


def spool(rng: Draw) -> Shells:
    """A reel: two flanges on a core, empty or wound full."""
    u = rng.uniform
    r, wide, core = u(12, 70), u(12, 80), u(0.25, 0.85)
    bore = r * core * u(0.2, 0.8)
    edge = [(bore, 0), (r, 0), (r, wide * 0.1), (r * core, wide * 0.12), (r * core, wide * 0.88)]
    return [lathe([*edge, (r, wide * 0.9), (r, wide), (bore, wide)], closed=True)]


def finial(rng: Draw) -> Shells:
    """A curtain-rod end, newel top or bedpost: beads stacked on a peg."""
    u = rng.uniform
    r, z = u(10, 30), 0.0
    shells = [rod((0, 0, -u(8, 40)), (0, 0, 2), r * u(0.3, 0.6))]
    for _ in range(int(rng.integers(2, 6))):
        wide, high = r * u(0.4, 1), r * u(0.2, 1)
        shells.append(ellipsoid((0, 0, z + high * 0.8), (wide, wide, high)))
        z += high * u(1.2, 1.7)
    return [*shells, rod((0, 0, z - 3), (0, 0, z + r * u(0.1, 1)), r * 0.3, u(0.5, r * 0.3))]


def bolt(rng: Draw) -> Shells:
    """A screw with a head and rings of thread, perhaps with its nut."""
    u = rng.uniform
    r, long, head = u(3, 16), u(20, 110), u(1.5, 2.2)
    top = one_of(rng, (circle(r * head, 6), circle(r * head), star(8, r * head, r * head * 0.9)))
    pitch = max(long / 28, r * u(0.2, 0.4))
    shells = [
        rod((0, 0, -long), (0, 0, 1), r * 0.9),
        moved(prism(top, r * u(0.8, 1.6)), (0, 0, r * 0.4)),
    ]
    shells += [
        lathe([(r * 0.8, -z), (r * 1.1, -z + pitch * 0.4), (r * 0.8, -z + pitch * 0.8)], sides=16)
        for z in np.arange(pitch, long * u(0.4, 1), pitch)
    ]
    if rng.random() < 0.4:
        nut = washer(circle(r * 1.8, 6), circle(r, 6), r * 1.4)
        shells.append(moved(nut, (0, 0, -long * u(0.4, 0.8))))
    return shells


def nut(rng: Draw) -> Shells:
    """A hexagon, square, wing or star nut with a bore."""
    u = rng.uniform
    r, thick = u(6, 30), u(4, 25)
    hole = circle(r * u(0.35, 0.6), 20)
    outline: Points = one_of(rng, (circle(r, 6), circle(r, 4), wavy(r, 0.1, 6), circle(r, 8)))
    shells = [prism(outline, thick, holes=[hole])]
    if rng.random() < 0.3:
        for side in (-1, 1):
            wing = ellipsoid((side * r * 1.4, 0, thick * u(0.3, 0.8)), (r * 0.7, r * 0.2, r * 0.6))
            shells.append(wing)
    return shells


def hand_knob(rng: Draw) -> Shells:
    """A clamping knob: star, tee, ball, knurled or winged, on a threaded stem."""
    u = rng.uniform
    r, tall, lobes = u(10, 35), u(8, 30), int(rng.integers(3, 25))
    shells = [rod((0, 0, 1), (0, 0, -u(5, 60)), r * u(0.15, 0.4))]
    kind = rng.integers(4)
    if kind == 0:
        shells.append(prism(wavy(r, u(0.02, 0.25), lobes), tall, bevel=1))
    elif kind == 1:
        shells.append(ball((0, 0, r * 0.8), r))
    elif kind == 2:
        shells += [rod((-r * 1.5, 0, tall / 2), (r * 1.5, 0, tall / 2), r * 0.35, r * u(0.2, 0.5)),
                   lathed([(r * 0.5, 0), (r * 0.6, tall)], "z")]  # fmt: skip
    else:
        shells += around(ball((r * 0.75, 0, tall / 2), r * 0.4), min(lobes, 7))
        shells.append(lathed([(r * 0.7, 0), (r * 0.7, tall)], "z"))
    return shells


MODELS: Rows = (
    (
        "other",
        (
            spool,
            bolt,
            nut,
        ),
    ),
    (
        "household",
        (
            finial,
            hand_knob,
        ),
    ),
)
