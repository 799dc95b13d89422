"""Power tools on a raked grip: the everyday outlines that are nearest to a handgun's.

Where one differs from a handgun is what they teach: a battery foot, a wide mouth, a tank, a drum.
Millimetres; x along the object, z up.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import body, disc, grip, lathed, one_of, tube
from dataset_builder.sources.model import Rows
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    block,
    moved,
    prism,
    rod,
    rounded_rectangle,
    slab,
    sweep,
    turned,
    upright,
)


def cordless_drill(rng: Draw) -> Shells:
    """A motor with cooling slots and torque ring, a chuck, and a slide-on or stick battery."""
    u = rng.uniform
    long, r, drop, lean = u(80, 150), u(24, 40), u(85, 135), u(-5, 16)
    x, foot = long * u(0.2, 0.5), u(70, 140)
    steps = [(-6, r * 0.7, r * 0.75, 0), (6, r, r, 0), (long * 0.6, r, r * u(0.9, 1.1), 0)]
    shells = [
        body([*steps, (long, r * 0.75, r * 0.75, 0)], u(2, 4)),
        lathed([(r * 0.85, long - 2), (r * 0.85, long + u(10, 22)), (r * 0.6, long + 24)]),
        lathed([(r * 0.62, long + 20), (r * 0.6, long + u(35, 50)), (r * 0.25, long + u(55, 70))]),
        moved(grip(rng, drop, u(15, 20), lean), (x, 0, -r * 0.5)),
    ]
    middle = x - drop * np.sin(np.radians(lean)) + u(-8, 25)
    if rng.random() < 0.75:
        low = (middle - foot / 2, -u(26, 42), -drop - r * 0.4 - u(28, 62))
        shells.append(block(low, (middle + foot / 2, u(26, 42), -drop - r * 0.3), bevel=u(2, 12)))
    else:  # the old kind: a stick battery that ends the grip
        shells.append(disc((middle - 8, 0, -drop - r * 0.5), u(22, 30), u(20, 45)))
    if rng.random() < 0.6:
        shells.append(rod((long + 60, 0, 0), (long + u(70, 150), 0, 0), u(2, 6)))
    return shells


def impact_driver(rng: Draw) -> Shells:
    """Short and round: a hammer case that tapers to a collar, over a wide foot."""
    u = rng.uniform
    r, drop, long = u(26, 36), u(90, 130), u(70, 110)
    case = [(r * 0.8, -r), (r, -r * 0.6), (r, long * 0.5), (r * 0.9, long * 0.6), (14, long)]
    foot, middle = u(75, 130), u(-15, 15)
    plate = block((middle - foot / 2, -u(30, 40), -u(22, 60)), (middle + foot / 2, 35, 0), bevel=9)
    return [
        lathed(case),
        lathed([(u(9, 13), long - 2), (u(9, 12), long + u(12, 28))]),
        moved(grip(rng, drop, u(16, 19), u(-4, 8)), (u(0, 12), 0, -r * 0.4)),
        moved(plate, (0, 0, -drop - r * 0.3)),
        moved(block((-6, -7, -34), (u(8, 16), 7, 0), bevel=4), (22, 0, -r * 0.8)),
    ]


def heat_gun(rng: Draw) -> Shells:
    """A fat ribbed body that narrows to an open metal pipe."""
    u = rng.uniform
    long, r, pipe, reach = u(120, 190), u(32, 46), u(14, 22), u(50, 100)
    ribs = [
        disc((x, 0, 0), r * 1.04, u(2, 5), "x")
        for x in np.linspace(10, 60, int(rng.integers(2, 7)))
    ]
    shells = [
        lathed([(r * 0.8, 0), (r, 12), (r, long * 0.6), (pipe * 1.3, long)]),
        tube(
            [
                (pipe, long - 8),
                (pipe, long + reach),
                (pipe * 0.8, long + reach),
                (pipe * 0.8, long - 8),
            ]
        ),
        moved(grip(rng, u(100, 145), u(17, 23), u(0, 20)), (long * u(0.2, 0.4), 0, -r * 0.5)),
        *ribs,
    ]
    if rng.random() < 0.4:
        shells.append(
            moved(prism(rounded_rectangle(16, u(50, 90), 2), u(8, 20)), (long + reach, 0, 0))
        )
    return shells


def hobby_glue_gun(rng: Draw) -> Shells:
    """A rounded body with a rubber tip, a wide pull trigger, a glue stick and a wire stand."""
    u = rng.uniform
    long, tall, wide = u(90, 150), u(17, 28), u(13, 20)
    stations = [
        (0, wide * 0.8, tall * 0.8, 4),
        (long * 0.3, wide, tall, 2),
        (long, wide * 0.7, tall * 0.6, 0),
    ]
    pull = [(0, 0), (26, 0), (u(12, 22), -u(40, 70)), (-6, -u(40, 60))]
    shells = [
        body(stations, u(2, 5)),
        lathed([(13, long - 4), (11, long + 14), (4, long + u(22, 40)), (2, long + 44)]),
        rod((-u(20, 80), 0, 3), (10, 0, 3), u(4, 6)),
        moved(grip(rng, u(85, 120), u(13, 18), u(8, 28)), (u(14, 28), 0, -tall * 0.4)),
        moved(slab(pull, wide, bevel=2), (long * 0.38, 0, -tall * 0.6)),
    ]
    if rng.random() < 0.5:
        legs = np.array(
            [(long * 0.85, -24, -70), (long * 0.8, 0, -tall * 0.4), (long * 0.85, 24, -70)]
        )
        shells.append(sweep(legs, 2.0))
    return shells


def folding_dryer(rng: Draw) -> Shells:
    """A hair dryer with a domed grille, a flat nozzle or a diffuser, and a hinged handle."""
    u = rng.uniform
    long, r, mouth = u(90, 170), u(30, 48), u(20, 34)
    shells = [
        lathed(
            [
                (r * 0.3, -r * 0.5),
                (r * 0.8, -r * 0.3),
                (r, 8),
                (r * 0.95, long * 0.5),
                (mouth, long),
            ]
        ),
        moved(grip(rng, u(95, 140), u(15, 21), u(-20, 12)), (r * u(0.2, 0.9), 0, -r * 0.5)),
        disc((r * 0.5, 0, -r * 0.95), u(14, 20), u(30, 40), "y"),
    ]
    end = rng.integers(3)
    if end == 0:
        flare = [(long - 6, mouth, mouth, 0), (long + u(30, 60), mouth * u(1.2, 1.8), u(5, 10), 0)]
        shells.append(body(flare, 4))
    elif end == 1:
        rim = u(45, 75)
        shells.append(lathed([(mouth, long - 5), (rim, long + u(30, 50)), (rim * 0.9, long + 55)]))
    return shells


def handheld_scanner(rng: Draw) -> Shells:
    """A barcode scanner: a hood that looks down, a window, a waisted handle, a foot or a cord."""
    u = rng.uniform
    head, wide, tall, drop = u(70, 115), u(26, 40), u(16, 26), u(95, 140)
    stations = [(-head * 0.45, wide * 0.6, tall * 0.7, -2), (0, wide * 0.8, tall, 2)]
    stations += [
        (head * 0.5, wide, tall * u(0.9, 1.3), 0),
        (head * 0.55, wide * 0.8, tall * 0.7, 0),
    ]
    shells = [
        turned(body(stations, u(2.5, 6)), y=u(0, 28)),
        moved(grip(rng, drop, u(14, 18), u(0, 22)), (-head * u(0.1, 0.3), 0, -tall * 0.3)),
    ]
    if rng.random() < 0.5:
        shells.append(disc((-drop * 0.2, 0, -drop - 8), u(35, 55), u(8, 20)))
    return shells


def infrared_thermometer(rng: Draw) -> Shells:
    """A short head with a display hump on top and a lens cup, over a long handle."""
    u = rng.uniform
    head, wide, tall = u(60, 100), u(17, 24), u(18, 28)
    shells = [
        body(
            [
                (0, wide, tall * 0.8, 4),
                (head * 0.6, wide, tall, 0),
                (head, wide * 0.8, tall * 0.7, -3),
            ],
            u(3, 7),
        ),
        lathed(
            [(wide * 0.7, head - 3), (wide * u(0.6, 0.9), head + u(6, 18)), (wide * 0.4, head + 8)]
        ),
        moved(grip(rng, u(90, 130), u(14, 18), u(5, 25)), (u(12, 25), 0, -tall * 0.5)),
        turned(block((2, -wide * 0.8, 0), (8, wide * 0.8, u(25, 40)), bevel=2), y=-u(5, 40)),
    ]
    return [*shells, moved(block((-4, -5, -24), (6, 5, 0), bevel=2), (head * 0.55, 0, -tall * 0.8))]


def caulking_gun(rng: Draw) -> Shells:
    """A long half-pipe cradle with a cartridge, a cone nozzle, a plunger rod and a hook end."""
    u = rng.uniform
    long, r, rear = u(180, 260), u(22, 30), u(60, 220)
    hook = np.array([(-rear, 0, 0), (-rear - 4, 0, -u(12, 22)), (-rear + 8, 0, -30)])
    lever = [(8, 0), (30, -4), (u(18, 40), -u(70, 110)), (u(4, 14), -u(70, 100))]
    return [
        lathed([(r, 4), (r, long)]),
        lathed([(8, long - 3), (5, long + 20), (2, long + u(40, 90))]),
        disc((long, 0, 0), r * 1.15, u(4, 8), "x"),
        block((-14, -14, -r * 0.8), (6, 14, r * 0.8), bevel=3),
        rod((-rear, 0, 0), (10, 0, 0), u(3, 5)),
        sweep(hook, 3.2),
        slab(lever, u(9, 16), bevel=1),
        moved(grip(rng, u(85, 115), u(11, 15), u(0, 18)), (-6, 0, -10)),
    ]


def tape_gun(rng: Draw) -> Shells:
    """A parcel-tape dispenser: a big reel, a roller arm, a toothed lip, a low handle."""
    u = rng.uniform
    reel, wide, reach = u(38, 58), u(40, 60), u(40, 80)
    side = [
        (-reel, 0),
        (-reel * 0.3, reel * 0.6),
        (reach + reel, reel * 0.3),
        (reach + reel, -6),
        (0, -reel * 0.4),
    ]
    hub = rounded_rectangle(4, wide * 0.6)
    shells = [
        tube(
            [(reel, -wide / 2), (reel, wide / 2), (reel * 0.7, wide / 2), (reel * 0.7, -wide / 2)],
            "y",
        ),
        moved(slab(side, 4), (0, wide / 2 + 3, 0)),
        disc((reach + reel, 0, 8), u(8, 14), wide, "y"),
        moved(grip(rng, u(85, 120), u(14, 18), u(10, 40)), (-reel * 0.3, 0, -reel * 0.7)),
        moved(turned(prism(hub, reel * 1.5), y=u(40, 80)), (0, 0, 0)),
    ]
    return [*shells, block((reach + reel - 3, -wide / 2, -u(12, 26)), (reach + reel, wide / 2, 4))]


def price_labeller(rng: Draw) -> Shells:
    """A deep boxy head with a roll on top, a squeeze lever and a handle that goes backwards."""
    u = rng.uniform
    long, tall, wide = u(70, 120), u(40, 70), u(26, 40)
    side = [
        (0, 0),
        (long, -tall * u(0.1, 0.4)),
        (long, tall * 0.3),
        (long * 0.5, tall),
        (0, tall * 0.6),
    ]
    back = u(80, 120)
    handle = [(4, tall * 0.5), (-back, tall * u(-0.2, 0.3))]
    squeeze = [(6, tall * 0.1), (-back * 0.4, -u(12, 30)), (-back * 0.9, -u(15, 45))]
    return [
        slab(side, wide, bevel=u(1, 5)),
        disc((long * u(0.3, 0.6), 0, tall * 0.9), u(22, 36), wide * 0.7, "y"),
        sweep(upright(handle), u(9, 13), section=rounded_rectangle(2, u(1.6, 2.4), 0.6)),
        sweep(upright(squeeze), u(6, 9), section=rounded_rectangle(1.2, u(2, 3), 0.4)),
    ]


def massage_device(rng: Draw) -> Shells:
    """A short round motor across the top of a straight handle, with a ball, fork or flat head."""
    u = rng.uniform
    long, r = u(60, 110), u(22, 34)
    tip = long + u(22, 40)
    heads = (
        [lathed([(6, tip - 6), (20, tip), (24, tip + 16), (12, tip + 32)])],
        [disc((tip, 0, 0), u(16, 26), u(10, 20), "x")],
        [rod((tip, 0, 0), (tip + 22, s * 18, 0), 7) for s in (-1, 1)],
    )
    return [
        lathed([(r * 0.85, -r * 0.3), (r, 4), (r, long * 0.8), (r * 0.6, long)]),
        rod((long - 4, 0, 0), (tip, 0, 0), u(8, 12)),
        moved(grip(rng, u(110, 160), u(16, 22), u(-4, 6)), (long * u(0.15, 0.5), 0, -r * 0.5)),
        *one_of(rng, heads),
    ]


MODELS: Rows = (
    (
        "gripped-tool",
        (
            cordless_drill,
            impact_driver,
            heat_gun,
            hobby_glue_gun,
            folding_dryer,
            handheld_scanner,
            infrared_thermometer,
            caulking_gun,
            tape_gun,
            price_labeller,
            massage_device,
        ),
    ),
)
