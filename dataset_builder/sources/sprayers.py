"""Hand-held things that spray, pour or suck: a tank on a grip.

Millimetres; x along the object, z up.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import along, body, disc, grip, lathed, one_of
from dataset_builder.sources.model import Rows
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    block,
    moved,
    rod,
    rounded_rectangle,
    slab,
    sweep,
    turned,
    upright,
)


def trigger_sprayer(rng: Draw) -> Shells:
    """A spray bottle: trigger head, collar, shoulders, a round, oval or square bottle."""
    u = rng.uniform
    long, wide, tall = u(55, 95), u(14, 24), u(18, 28)
    r, deep, neck = u(28, 46), u(90, 200), u(11, 15)
    top = [(-long * u(0.2, 0.5), 2), (long * 0.6, 4), (long * 0.62, tall * 0.7), (long * 0.1, tall)]
    lever = [(long * 0.3, 2), (long * u(0.3, 0.45), -22), (long * u(0.2, 0.4), -u(38, 62))]
    rings = [(neck, -26), (r * 0.6, -46), (r, -66), (r * u(0.8, 1), -deep * 0.7), (r * 0.92, -deep)]
    bottle = lathed(rings, "z") if rng.random() < 0.6 else lathed(rings, "z", sides=4)
    return [
        slab([*top, (-long * 0.3, tall * 0.6)], wide, bevel=u(1, 4)),
        lathed([(u(6, 9), long * 0.58), (u(6, 9), long * 0.62 + u(6, 16))]),
        sweep(upright(lever), u(3, 5), section=rounded_rectangle(1.2, 3.4)),
        lathed([(neck * 1.4, -8), (neck * 1.5, -26)], "z"),
        rod((0, 0, 4), (0, 0, -20), neck * 0.9),
        turned(bottle * (1, u(0.6, 1), 1), z=45.0 * float(rng.integers(2))),
    ]


def steam_cleaner(rng: Draw) -> Shells:
    """A round tank, a bow handle above it and a bent nozzle in front."""
    u = rng.uniform
    r, long, tall = u(38, 58), u(110, 180), u(60, 95)
    bow = np.stack(
        [long * np.linspace(-0.1, 0.7, 7), r * 0.6 + tall * np.array([0, 0.8, 1, 1, 1, 0.8, 0])], 1
    )
    spout = [(long * 0.6, 0), (long + u(10, 40), r * 0.1), (long + u(50, 120), -u(0, 60))]
    return [
        body(
            [
                (-r * 0.6, r * 0.6, r * 0.6, 0),
                (0, r * 0.9, r, 0),
                (long * 0.6, r, r * 0.9, 0),
                (long * 0.8, 10, 10, 0),
            ],
            2.4,
        ),
        sweep(upright(bow), u(9, 14), section=rounded_rectangle(2, 2, 0.5)),
        sweep(upright(spout), np.array([11, 9, u(5, 9)])),
        lathed([(14, r * 0.7), (18, r), (18, r + u(8, 16))], "z"),
    ]


def paint_sprayer(rng: Draw) -> Shells:
    """A spray-painting tool: a gravity cup on top, an air cap with horns, a hose tail."""
    u = rng.uniform
    long, cup, drop = u(80, 130), u(28, 45), u(85, 125)
    x, above = long * u(0.4, 0.8), rng.random() < 0.7
    vessel = lathed([(9, 14), (cup, 34), (cup, u(75, 120)), (cup * 0.9, 125)], "z")
    return [
        lathed([(10, -18), (13, 0), (15, long * 0.7), (20, long), (20, long + 16), (9, long + 22)]),
        moved(vessel if above else vessel[:, ::-1] * (1, 1, -1), (x, 0, 0)),
        moved(grip(rng, drop, u(12, 16), u(8, 20)), (8, 0, -4)),
        rod((-drop * 0.25, 0, -drop), (-drop * 0.3, 0, -drop - u(15, 30)), u(7, 10)),
        moved(slab([(0, 0), (9, 0), (4, -u(45, 70)), (-3, -50)], 14), (long * 0.45, 0, 0)),
    ]


def garden_nozzle(rng: Draw) -> Shells:
    """A hose nozzle with a dial head full of patterns and a rear lever."""
    u = rng.uniform
    long, head, drop = u(60, 110), u(24, 38), u(90, 130)
    lever = [(-6, 14), (-u(20, 34), -10), (-drop * u(0.3, 0.6), -drop * 0.9)]
    return [
        lathed(
            [
                (12, -8),
                (16, 10),
                (14, long),
                (head, long + 14),
                (head, long + u(22, 36)),
                (head * 0.8, long + 38),
            ]
        ),
        moved(grip(rng, drop, u(13, 17), u(10, 32)), (10, 0, -4)),
        sweep(upright(lever), u(3, 5), section=rounded_rectangle(1.4, 4)),
        *along(disc((long + 24, 0, 0), head * 1.05, 3, "x"), int(rng.integers(1, 4)), (7, 0, 0)),
        disc((-drop * 0.35, 0, -drop - 8), u(14, 19), u(14, 24)),
    ]


def watering_can(rng: Draw) -> Shells:
    """A can with a long spout, a rose and a bow from the rim to the back."""
    u = rng.uniform
    r, tall, reach = u(35, 65), u(60, 120), u(70, 150)
    t = np.linspace(0, np.pi, 9)
    bow = np.stack([-r * 0.9 + u(0, 30) - u(20, 50) * np.sin(t), tall * (0.3 + 0.5 * t / np.pi)], 1)
    tip = (r + reach, tall * u(0.9, 1.3))
    way = np.array([reach, tip[1] - tall * 0.3]) / np.hypot(reach, tip[1])
    rose = np.array([tip, tip + way * 14])
    return [
        lathed([(r, 0), (r * u(0.8, 1), tall), (r * 0.75, tall), (r * 0.9, 4)], "z"),
        sweep(upright([(r * 0.7, tall * 0.25), tip]), np.array([u(9, 16), u(6, 9)])),
        sweep(upright(rose), np.array([7, u(14, 24)])),
        sweep(upright(bow), u(4, 7)),
    ]


def handheld_vacuum(rng: Draw) -> Shells:
    """A fat motor end, a clear dust cup that slopes to a slot, a handle on top or behind."""
    u = rng.uniform
    long, r = u(200, 300), u(36, 55)
    stations = [
        (0.0, r * 0.8, r * 0.8, 0.0),
        (long * 0.1, r, r, 0.0),
        (long * 0.5, r * 0.95, r, 0.0),
    ]
    stations += [(long * 0.9, r * u(0.6, 1), r * 0.4, -r * 0.4), (long, r * 0.8, 10.0, -r * 0.6)]
    shells = [body(stations, u(2.2, 4))]
    if rng.random() < 0.5:
        bow = [(0, r * 0.5), (20, r * 1.6), (long * 0.3, r * u(1.6, 2)), (long * 0.45, r * 0.7)]
        shells.append(sweep(upright(bow), u(10, 15), section=rounded_rectangle(2, 2, 0.6)))
    else:
        shells.append(moved(grip(rng, u(100, 130), u(16, 20), u(-5, 15)), (20, 0, -r * 0.5)))
        shells.append(block((-40, -30, -r - u(110, 140)), (50, 30, -r - 85), bevel=8))
    if rng.random() < 0.4:
        shells.append(rod((long - 10, 0, -r * 0.6), (long + u(40, 200), 0, -r * 0.6), u(12, 18)))
    return shells


def airbrush(rng: Draw) -> Shells:
    """A pen with a small cup on top and a stub below, for paint or for frosting."""
    u = rng.uniform
    long, r, cup = u(110, 170), u(5, 9), u(8, 18)
    x = long * u(0.6, 0.8)
    return [
        lathed(
            [(r * 0.5, 0), (r, long * 0.3), (r * 1.1, long * 0.7), (r * 0.4, long), (1, long + 8)]
        ),
        lathed([(3, 0), (cup, u(14, 24)), (cup, u(26, 40))], "z") + (x, 0, 0),
        rod((x - 8, 0, 0), (x - 8, 0, -u(18, 40)), u(3, 6)),
        disc((x - 20, 0, r + 5), 5, 5),
        rod((x - 20, 0, 0), (x - 20, 0, r + 5), 2),
    ]


def soap_dispenser(rng: Draw) -> Shells:
    """A pump bottle: a body, a collar, a stem and a flat beak."""
    u = rng.uniform
    r, tall, beak = u(24, 42), u(80, 160), u(30, 60)
    bottle = lathed([(r, 0), (r, tall * 0.8), (r * 0.4, tall), (r * 0.4, tall + 8)], "z",
                    sides=one_of(rng, (4, 6, 28, 28)))  # fmt: skip
    path = [(-6, tall + 40), (beak * 0.7, tall + u(40, 46)), (beak, tall + u(20, 34))]
    return [
        bottle * (1, u(0.6, 1), 1),
        lathed([(r * 0.5, tall + 2), (r * 0.5, tall + 16), (7, tall + 20)], "z"),
        rod((0, 0, tall), (0, 0, tall + 42), u(3, 6)),
        sweep(upright(path), u(4, 7), section=rounded_rectangle(2, u(2, 4), 0.6)),
    ]


MODELS: Rows = (
    (
        "gripped-tool",
        (
            trigger_sprayer,
            steam_cleaner,
            paint_sprayer,
            garden_nozzle,
            watering_can,
            handheld_vacuum,
            airbrush,
        ),
    ),
    ("container", (soap_dispenser,)),
)
