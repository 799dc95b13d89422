"""Housings for electronics: boxes with cut-outs, lids, trays, panels, remotes, lamps.

Millimetres; they stand on z = 0.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import along, body, disc, lathed, one_of
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import ring, washer
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    Triangles,
    block,
    circle,
    moved,
    prism,
    rod,
    rounded_rectangle,
    slab,
    turned,
)


def board_box(rng: Draw) -> Shells:
    """An open box whose walls have ports, on posts, sometimes with its lid beside it."""
    u = rng.uniform
    long, wide, tall, wall = u(45, 130), u(35, 100), u(14, 45), u(1.6, 3)
    shells = [moved(prism(rounded_rectangle(long, wide, 2), wall), (0, 0, wall / 2))]
    for side, run in ((0, long), (1, wide), (2, long), (3, wide)):
        panel = _wall(rng, run, tall, wall)
        out = (wide if side % 2 == 0 else long) / 2 - wall / 2
        shells.append(turned(moved(panel, (0, out, tall / 2)), z=90.0 * side))
    posts = [(x * long * 0.4, y * wide * 0.38) for x in (-1, 1) for y in (-1, 1)]
    shells += [rod((*at, 0), (*at, tall * u(0.15, 0.5)), u(2, 4)) for at in posts]
    if rng.random() < 0.3:
        shells.append(moved(_grille(rng, long, wide, wall), (0, wide + 10, wall)))
    return shells


def vented_case(rng: Draw) -> Shells:
    """A shut box with rows of raised or open slots, feet, and ears to screw down."""
    u = rng.uniform
    long, wide, tall = u(50, 160), u(40, 120), u(20, 80)
    shells = [block((-long / 2, -wide / 2, 0), (long / 2, wide / 2, tall), bevel=u(0, 12))]
    bar = block((-1.2, -wide * u(0.2, 0.45), 0), (1.2, wide * 0.3, u(1, 3)))
    shells += along(moved(bar, (0, 0, tall)), int(rng.integers(0, 14)), (u(4, 6), 0, 0))
    for x in (-1, 1) if rng.random() < 0.5 else ():
        ear = prism(rounded_rectangle(24, 18, 6), 4, holes=[circle(2.5, 10, (x * 4, 0))])
        shells.append(moved(ear, (x * (long / 2 + 6), 0, 2)))
    if rng.random() < 0.4:
        shells.append(
            moved(
                washer(
                    rounded_rectangle(long * 0.6, wide * 0.5),
                    rounded_rectangle(long * 0.5, wide * 0.4),
                    3,
                ),
                (0, 0, tall),
            )
        )
    return shells


def vent_panel(rng: Draw) -> Shells:
    """A flat cover: slots, a grid of holes, a fan opening, clips below."""
    u = rng.uniform
    long, wide, thick = u(40, 150), u(35, 110), u(1.6, 4)
    shells = [_grille(rng, long, wide, thick)]
    for x in (-1, 1):
        for y in (-1, 1) if rng.random() < 0.6 else ():
            shells.append(
                block(
                    (x * long * 0.46 - 2, y * wide * 0.3 - 5, -u(4, 12)),
                    (x * long * 0.46 + 2, y * wide * 0.3 + 5, 0),
                )
            )
    if rng.random() < 0.4:
        shells.append(moved(ring(wide * 0.4, wide * 0.36, u(3, 15)), (0, 0, 0)))
    return shells


def board_tray(rng: Draw) -> Shells:
    """A plate with rails or posts that a circuit board lies on, perhaps with the board itself."""
    u = rng.uniform
    long, wide, thick = u(40, 150), u(30, 100), u(2, 4)
    shells = [moved(prism(rounded_rectangle(long, wide, u(0, 6)), thick), (0, 0, 0))]
    if rng.random() < 0.5:
        for side in (-1, 1):
            rail = [(0, 0), (6, 0), (6, u(8, 16)), (3, 16), (3, 5), (0, 5)]
            part = turned(slab(rail, long), z=90.0 * side)
            shells.append(moved(part, (0, side * wide * 0.4, 0)))
    if rng.random() < 0.6:
        shells.append(block((-long * 0.4, -wide * 0.35, 8), (long * 0.4, wide * 0.35, 9.6)))
        for _ in range(int(rng.integers(2, 9))):
            x, y, half = u(-0.3, 0.3) * long, u(-0.3, 0.3) * wide, u(2, 9, 2)
            shells.append(
                block((x - half[0], y - half[1], 9), (x + half[0], y + half[1], 9 + u(2, 12)))
            )
    posts = [(x * long * 0.4, y * wide * 0.38) for x in (-1, 1) for y in (-1, 1)]
    return [*shells, *(rod((*at, 0), (*at, u(6, 14)), u(2, 4)) for at in posts)]


def remote_control(rng: Draw) -> Shells:
    """A slim bar with rows of buttons: remotes, phones, calculators, hand-held consoles."""
    u = rng.uniform
    long, wide, thick = u(80, 200), u(32, 70), u(8, 22)
    shells = [
        moved(
            prism(rounded_rectangle(long, wide, u(1, 20)), thick, bevel=u(0.5, 3)),
            (0, 0, thick / 2),
        )
    ]
    rows, columns = int(rng.integers(0, 7)), int(rng.integers(2, 5))
    key = (
        disc((0, 0, thick), u(2.5, 5), 4)
        if rng.random() < 0.5
        else block((-4, -3, thick - 2), (4, 3, thick + 1.5))
    )
    for row in range(rows):
        line = along(key, columns, (0, wide * 0.8 / columns, 0))
        shells += [moved(k, (-long * 0.4 + row * long * 0.11, 0, 0)) for k in line]
    if rng.random() < 0.5:
        shells.append(
            block(
                (long * 0.12, -wide * 0.4, thick - 1), (long * 0.45, wide * 0.4, thick + u(0.5, 2))
            )
        )
    return shells


def sensor_housing(rng: Draw) -> Shells:
    """A small body with a lens, a cable gland and a bracket: cameras, sensors, spot lamps."""
    u = rng.uniform
    long, half, lens = u(30, 90), u(12, 35), u(6, 16)
    shells = [
        body(
            [(0, half, half * 0.8, 0), (long, half, half * u(0.6, 1), 0)], one_of(rng, (2, 4, 12))
        ),
        lathed([(lens * 1.2, long - 2), (lens * 1.2, long + u(4, 24)), (lens * 0.8, long + 4)]),
        rod((-u(8, 20), 0, 0), (2, 0, 0), u(3, 7)),
    ]
    if rng.random() < 0.7:
        foot = (long * 0.4, 0, -half - u(10, 40))
        shells += [rod((long * 0.4, 0, 0), foot, u(4, 8)), disc(foot, u(15, 40), 5)]
    if rng.random() < 0.4:
        shells.append(
            block((-2, -half * 1.1, half * 0.7), (long + u(5, 25), half * 1.1, half * 0.9))
        )
    return shells


def battery_holder(rng: Draw) -> Shells:
    """Cells side by side in a cradle with end walls."""
    u = rng.uniform
    count, r, long = int(rng.integers(1, 6)), u(7, 13), u(45, 75)
    wide = count * r * 2.1
    shells = [block((-long / 2 - 4, -wide / 2 - 2, -r - 2), (long / 2 + 4, wide / 2 + 2, -r + 2))]
    shells += [
        block(
            (s * long / 2 - 2, -wide / 2 - 2, -r), (s * long / 2 + 2, wide / 2 + 2, r * u(0.3, 1))
        )
        for s in (-1, 1)
    ]
    if rng.random() < 0.6:
        shells += along(rod((-long / 2, 0, 0), (long / 2, 0, 0), r), count, (0, r * 2.1, 0))
    else:
        low, high = (-long * 0.4, -1, -r), (long * 0.4, 1, -r * 0.2)
        shells += along(block(low, high), count + 1, (0, r * 2.1, 0))
    return shells


def wall_plate(rng: Draw) -> Shells:
    """A switch or socket cover: a plate with rockers, holes or frames."""
    u = rng.uniform
    gangs, side, thick = int(rng.integers(1, 5)), u(60, 90), u(4, 10)
    long = side * (0.3 + 0.7 * gangs)
    hole = one_of(
        rng,
        (
            circle(side * 0.22, 20),
            rounded_rectangle(side * 0.45, side * 0.6, 3),
            circle(side * 0.05, 8),
        ),
    )
    holes = [hole + (x, 0) for x in (np.arange(gangs) - (gangs - 1) / 2) * side * 0.7]
    shells = [prism(rounded_rectangle(long, side, u(1, 12)), thick, holes=holes)]
    if rng.random() < 0.5:
        rocker = turned(
            block((-side * 0.18, -side * 0.25, -2), (side * 0.18, side * 0.25, thick)), x=u(-8, 8)
        )
        shells += along(rocker, gangs, (side * 0.7, 0, 0))
    return shells


def plug(rng: Draw) -> Shells:
    """A connector: a housing, pins or a shell, a strain relief and a piece of cable."""
    u = rng.uniform
    long, half, tall, pins = u(20, 50), u(6, 18), u(4, 12), int(rng.integers(1, 6))
    shells = [
        body(
            [(0, half * 0.6, tall * 0.8, 0), (long * 0.3, half, tall, 0), (long, half, tall, 0)],
            u(2, 8),
        ),
        lathed([(u(2, 4), -u(10, 60)), (u(3, 5), 2)]),
    ]
    pin = block((long - 1, -1.2, -1.2), (long + u(6, 20), 1.2, 1.2))
    if rng.random() < 0.3:
        return [
            *shells,
            block((long - 1, -half * 0.7, -tall * 0.5), (long + 12, half * 0.7, tall * 0.5)),
        ]
    return [*shells, *along(pin, pins, (0, half * 1.6 / pins, 0))]


def aerial_box(rng: Draw) -> Shells:
    """A flat box with upright aerials: routers, radios, walkie-talkies, hubs."""
    u = rng.uniform
    long, wide, tall = u(50, 160), u(30, 110), u(16, 40)
    shells = [block((-long / 2, -wide / 2, 0), (long / 2, wide / 2, tall), bevel=u(0, 14))]
    count = int(rng.integers(1, 5))
    for x in np.linspace(-0.42, 0.42, count) * long if count > 1 else (0.4 * long,):
        tip = (x + u(-15, 15), wide * 0.45, tall + u(40, 150))
        shells.append(rod((x, wide * 0.45, tall - 2), tip, u(3, 7), u(2, 5)))
    if rng.random() < 0.5:
        shells.append(disc((0, 0, tall), min(long, wide) * u(0.1, 0.35), u(3, 8)))
    return shells


def quad_frame(rng: Draw) -> Shells:
    """A drone: a body, four arms, motors, guards and legs."""
    u = rng.uniform
    reach, hub, thick = u(50, 130), u(15, 40), u(4, 10)
    shells = [block((-hub, -hub * 0.7, -thick), (hub, hub * 0.7, u(5, 30)), bevel=4)]
    guard = rng.random() < 0.4
    for turn in (45, 135, 225, 315):
        arm = [
            block((0, -thick * 0.7, -thick / 2), (reach, thick * 0.7, thick / 2)),
            disc((reach, 0, 2), u(7, 14), 14),
        ]
        arm += [moved(ring(reach * 0.5, reach * 0.46, 5), (reach, 0, 0))] if guard else [
            block((reach * 0.5, -4, 9), (reach * 1.5, 4, 11))]  # fmt: skip
        shells += [turned(part, z=float(turn)) for part in arm]
    return shells


def _wall(rng: Draw, run: float, tall: float, thick: float) -> Triangles:
    """An upright panel along x with up to two ports."""
    u = rng.uniform
    ports: list[Points] = []
    for x in (-0.25, 0.25)[: int(rng.integers(0, 3))]:
        port = one_of(rng, (circle(tall * 0.2, 12), rounded_rectangle(run * 0.2, tall * 0.35)))
        ports.append(port + (x * run, u(-0.1, 0.2) * tall))
    return turned(prism(rounded_rectangle(run, tall), thick, holes=ports), x=90)


def _grille(rng: Draw, long: float, wide: float, thick: float) -> Triangles:
    """A plate with slots, or round or six-sided holes in rows."""
    count = int(rng.integers(2, 7))
    slot = rounded_rectangle(long * 0.4 / count, wide * 0.6)
    holes = [slot + (x, 0) for x in np.linspace(-0.35, 0.35, count) * long]
    if rng.random() < 0.5:
        hole = circle(min(long / count, wide / 3) * 0.2, one_of(rng, (6, 8)))
        spots = [
            (x * long, y * wide) for x in np.linspace(-0.35, 0.35, count) for y in (-0.25, 0.25)
        ]
        holes = [hole + spot for spot in spots]
    return prism(rounded_rectangle(long, wide, rng.uniform(0, 8)), thick, holes=holes)


MODELS: Rows = (
    ("enclosure", (board_box, vented_case, vent_panel, board_tray, remote_control)),
    ("enclosure", (sensor_housing, battery_holder, aerial_box)),
    ("household", (wall_plate, plug)),
    ("other", (quad_frame,)),
)
