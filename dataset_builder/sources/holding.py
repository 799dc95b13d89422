"""Handles for doors, bicycles and cameras: things that are held.

Millimetres; every proportion is drawn at random.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import (
    along,
    ball,
    body,
    disc,
    grip,
    lathed,
    one_of,
)
from dataset_builder.sources.model import Rows
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    arc,
    block,
    circle,
    ellipsoid,
    moved,
    prism,
    rod,
    rounded_rectangle,
    sweep,
    turned,
    upright,
)


def door_lever(rng: Draw) -> Shells:
    """A lever handle on a rose or a long plate, straight, curved or returned to the door."""
    u = rng.uniform
    reach, out, thick = u(80, 140), u(35, 60), u(7, 13)
    end = [(u(4, 10), reach * u(0.9, 1))] if rng.random() < 0.4 else []
    flat = np.array([(0, 0), (out, 0), (out, reach * 0.3), (out + u(-10, 10), reach), *end])
    path = np.column_stack([flat[:, 1], flat[:, 0], np.zeros(len(flat))])
    size = np.linspace(thick, thick * u(0.6, 1.2), len(path))
    rose = one_of(rng, (circle(u(22, 30)), rounded_rectangle(u(35, 50), u(150, 230), 6)))
    return [
        sweep(path, size, section=rounded_rectangle(2, 2, u(0, 1))),
        turned(prism(rose, u(5, 10)), x=90),
        disc((0, 4, 0), thick * 1.4, 14, "y"),
    ]


def bike_lever(rng: Draw) -> Shells:
    """A brake lever with its clamp on a piece of handlebar, or the bar with its grips."""
    u = rng.uniform
    bar, r, reach = u(90, 180), u(10, 13), u(70, 130)
    blade = [(-10, 14), (-4, 34), (reach * 0.5, u(40, 50)), (reach, u(34, 62))]
    path = np.array([(x, y, 0) for x, y in blade], dtype=np.float64)
    shells = [
        rod((-bar * 0.4, 0, 0), (bar, 0, 0), r),
        disc((-8, 0, 0), r * 1.6, u(14, 24), "x"),
        block((-22, 0, -8), (2, u(26, 34), 8), bevel=3),
        sweep(path, u(4, 6), section=rounded_rectangle(1.4, 2.4, 0.4)),
        ball(path[-1], u(5, 8)),
    ]
    if rng.random() < 0.5:
        shells += along(
            disc((bar * 0.5, 0, 0), r * 1.5, 4, "x"), int(rng.integers(3, 9)), (9, 0, 0)
        )
    return shells


def handle_bar(rng: Draw) -> Shells:
    """A grip alone: finger grooves, ribs, a collar, a cane or umbrella crook."""
    u = rng.uniform
    long, r, kind = u(70, 150), u(11, 19), rng.integers(3)
    t = np.linspace(0, 1, 22)
    if kind == 0:
        wave = 1 + u(0.05, 0.16) * np.cos(2 * np.pi * rng.integers(3, 6) * t)
        return [lathed(np.stack([r * wave, long * t], axis=1)) * (1, u(0.7, 1), 1),
                disc((0, 0, 0), r * u(1.2, 1.8), u(4, 10), "x")]  # fmt: skip
    if kind == 1:
        ribs = [disc((x, 0, 0), r * u(1.1, 1.25), 3, "x") for x in np.linspace(8, long, 9)]
        return [lathed([(r, 0), (r * u(0.8, 1.1), long)]), *ribs]
    crook = arc(u(22, 45), 0, u(160, 230), 14)
    path = np.concatenate([[(crook[0, 0], -long * u(0.5, 3))], crook])
    return [sweep(upright(path), np.linspace(r * 0.5, r * u(0.5, 0.9), 15))]


def game_controller(rng: Draw) -> Shells:
    """A pad with two horns, sticks, a cross and shoulder buttons."""
    u = rng.uniform
    wide, deep, thick = u(55, 75), u(30, 42), u(12, 20)
    shells = [
        body(
            [
                (-wide, deep * 0.8, thick, 0),
                (0, deep, thick * 0.9, 0),
                (wide, deep * 0.8, thick, 0),
            ],
            3,
        )
    ]
    for s in (-1, 1):
        tip = (s * wide * u(1, 1.2), -deep * u(1.2, 2.2), -thick * 0.5)
        horn = np.array([(s * wide * 0.9, 0, 0), tip])
        shoulder = s * wide * 0.8
        shells += [
            sweep(horn, np.array([thick * 1.1, thick * 0.8])),
            disc((s * wide * 0.4, -deep * 0.3, thick), u(6, 10), u(8, 20)),
            block((shoulder - 14, deep * 0.6, -4), (shoulder + 14, deep * 1.1, 8)),
        ]
    shells += [
        disc((wide * 0.8 + x, deep * 0.2 + y, thick), 4, 8)
        for x, y in ((8, 0), (-8, 0), (0, 8), (0, -8))
    ]
    return [
        *shells,
        block((-wide * 0.8 - 10, deep * 0.2 - 3, 0), (-wide * 0.8 + 10, deep * 0.2 + 3, thick + 4)),
    ]


def joystick(rng: Draw) -> Shells:
    """A stick with a shaped head and thumb buttons on a box, or a gear lever."""
    u = rng.uniform
    base, up, r = u(50, 90), u(60, 130), u(12, 19)
    lean = u(-20, 20)
    stick = [moved(turned(grip(rng, up, r, 0)[:, ::-1] * (1, 1, -1), y=lean), (0, 0, 30))]
    top = np.array([np.sin(np.radians(lean)), 0, np.cos(np.radians(lean))]) * up + (0, 0, 30)
    head = one_of(
        rng, (ball(top, r * 1.3), ellipsoid(top, (r * 1.8, r * 1.1, r)), disc(top, r, 20))
    )
    return [
        *stick,
        head,
        block((-base, -base * 0.8, 0), (base, base * 0.8, u(15, 35)), bevel=u(1, 12)),
        disc(top + (r, 0, r * 0.6), u(4, 7), 8),
        *along(disc((base * 0.7, 0, 30), u(4, 8), 14), int(rng.integers(0, 4)), (0, 20, 0)),
    ]


def camera_grip(rng: Draw) -> Shells:
    """A handle below a cradle or a bracket: gimbals, phone grips, selfie sticks, megaphones."""
    u = rng.uniform
    drop, r, wide = u(90, 140), u(13, 19), u(60, 150)
    shells = [grip(rng, drop, r, u(-5, 12)), disc((0, 0, 8), r * 1.1, u(10, 24))]
    kind = rng.integers(3)
    if kind == 0:
        arm = [(0, 14), (u(30, 60), u(20, 40)), (u(30, 60), u(70, 110)), (0, u(80, 120))]
        shells += [
            sweep(upright(arm), u(6, 11), section=rounded_rectangle(2, 2, 0.6)),
            ball(upright(arm)[-1], 18),
        ]
    elif kind == 1:
        shells += [block((-10, -wide / 2, 16), (10, wide / 2, 24), bevel=2)]
        shells += [
            block((-8, s * wide / 2 - 5, 16), (20, s * wide / 2 + 5, u(40, 60))) for s in (-1, 1)
        ]
    else:
        bell = [(r, -60), (r * 1.3, 0), (r * 2, 70), (r * u(2.6, 4), u(110, 160))]
        shells.append(moved(lathed([*bell, (r * 2, 100)]), (0, 0, 24)))
    return shells


MODELS: Rows = (
    (
        "household",
        (
            door_lever,
            bike_lever,
            handle_bar,
            game_controller,
            joystick,
        ),
    ),
    ("gripped-tool", (camera_grip,)),
)
