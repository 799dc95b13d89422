"""Envelopes of made-up hand-held blasters, ray guns and toys; solid all through.

They look like nothing that exists: bodies are random skylines, fittings are drawn from tables. x
runs forward along the prop, y across its thickness, z up; millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Model
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    block,
    circle,
    ellipsoid,
    lathe,
    moved,
    rod,
    sweep,
    turned,
    upright,
)
from dataset_builder.sources.props.gun_fittings import above, below, flanks
from dataset_builder.sources.props.gun_fronts import front
from dataset_builder.sources.props.gun_parts import bent_grip, box_below, grip, guard
from dataset_builder.sources.props.outlines import hull, maybe, pick, side, softened


def chunky_blaster(rng: Draw) -> Shells:
    """A thick chamfered block with a stubby front, a broad handle and bumps."""
    u = rng.uniform
    body, tall, wide = u(110, 190), u(50, 95), u(35, 75)
    deep = u(30, 50)
    return [
        side(hull(rng, (0.0, body), tall, spread=0.25), wide, bevel=u(0.03, 0.2) * wide),
        *front(rng, (body - 10, body + u(10, 70)), u(-0.15, 0.25) * tall, u(8, 20)),
        *grip(rng, u(0, 0.3) * body, -tall * 0.35, u(55, 95), deep, wide * u(0.45, 0.8)),
        *above(rng, (6.0, body - 6), tall * 0.42, wide),
        *flanks(rng, (10.0, body - 10), (-tall * 0.25, tall * 0.3), wide),
        *guard(rng, body * 0.3 + deep, -tall * 0.35, u(28, 45), u(18, 32), wide * 0.5),
        *(_box(rng, body, tall, wide) if maybe(rng, 0.4) else []),
    ]


def slim_blaster(rng: Draw) -> Shells:
    """A thin, long, stepped body with a thin handle."""
    u = rng.uniform
    body, tall, wide = u(150, 280), u(22, 44), u(16, 32)
    deep = u(24, 40)
    return [
        side(hull(rng, (0.0, body), tall, spread=0.4, steps=4), wide, bevel=u(0, 2.5)),
        *front(rng, (body - 10, body + u(10, 90)), u(-0.1, 0.3) * tall, u(4, 10)),
        *grip(rng, u(0, 0.2) * body, -tall * 0.3, u(60, 100), deep, wide * u(0.7, 1.1)),
        *guard(rng, body * 0.15 + deep, -tall * 0.4, u(28, 48), u(16, 28), wide * 0.6),
        *above(rng, (6.0, body), tall * 0.4, wide),
        *below(rng, (body * 0.5, body * 0.9), -tall * 0.4, wide),
        *flanks(rng, (10.0, body), (-tall * 0.2, tall * 0.3), wide),
    ]


def ray_gun(rng: Draw) -> Shells:
    """A drop or a bulb with rings, a thin front and a ball at its end."""
    u = rng.uniform
    body, fat, nose = u(70, 140), u(22, 42), u(60, 150)
    t = np.linspace(0, 1, 9)
    profile = np.stack(
        [fat * np.sin(np.pi * (0.08 + 0.8 * t)) ** u(0.6, 1.4) + 3, body * t], axis=1
    )
    rings = [body + nose * k for k in np.linspace(0.05, 0.8, int(rng.integers(0, 6)))]
    reach, ball = u(1.2, 3.2), u(5, 14)
    return [
        turned(lathe(profile), y=90),
        rod((body * 0.8, 0, 0), (body + nose, 0, 0), u(5, 10), u(3, 6)),
        *(
            rod((x, 0, 0), (x + u(3, 6), 0, 0), fat * reach / (2.5 + 4 * (x / body - 1)))
            for x in rings
        ),
        ellipsoid((body + nose, 0, 0), (ball, ball, ball)),
        *pick(rng, (grip, bent_grip))(rng, u(0, 20), -fat * 0.5, u(60, 95), u(24, 36), u(16, 26)),
        *guard(rng, u(38, 50), -fat * 0.7, u(28, 42), u(18, 28), 14),
        *(_crest(rng, body, fat) if maybe(rng, 0.5) else []),
    ]


def dial_blaster(rng: Draw) -> Shells:
    """A big disc at the rear or on top of a stepped body."""
    u = rng.uniform
    body, tall, wide = u(130, 230), u(30, 55), u(24, 44)
    radius = u(24, 48)
    x, z = u(-0.1, 0.35) * body, u(0, 0.8) * tall
    dial = side(circle(radius, int(rng.integers(7, 26))), wide * u(0.8, 1.4), bevel=u(0, 4))
    hub = side(circle(radius * u(0.3, 0.6), 12), wide * u(1.4, 1.9), bevel=1)
    return [
        side(hull(rng, (0.0, body), tall), wide, bevel=u(0, 4)),
        moved(dial, (x, 0, z)),
        moved(hub, (x, 0, z)),
        *front(rng, (body - 10, body + u(20, 110)), u(-4, 8), u(7, 15)),
        *pick(rng, (grip, bent_grip))(
            rng, u(0, 15), -tall * 0.3, u(60, 100), u(26, 40), wide * 0.8
        ),
        *guard(rng, u(36, 55), -tall * 0.4, u(30, 45), u(18, 28), wide * 0.6),
        *flanks(rng, (body * 0.4, body), (-tall * 0.2, tall * 0.2), wide),
    ]


def twin_blaster(rng: Draw) -> Shells:
    """Two or four bars beside or over each other out of one block."""
    u = rng.uniform
    body, tall, wide, nose = u(90, 150), u(45, 80), u(45, 80), u(20, 110)
    bar = front(rng, (body - 6, body + nose), 0, u(7, 14))
    spots = pick(rng, ((( 0, 0.25), (0, -0.25)), ((-0.25, 0), (0.25, 0)),
                       ((0.22, 0.22), (-0.22, 0.22), (0.22, -0.22), (-0.22, -0.22))))  # fmt: skip
    return [
        side(hull(rng, (0.0, body), tall, spread=0.15), wide, bevel=u(0, 8)),
        *(moved(shell, (0, wide * y, tall * z)) for y, z in spots for shell in bar),
        *grip(rng, u(0, 0.3) * body, -tall * 0.4, u(55, 90), u(30, 46), wide * u(0.4, 0.6)),
        *guard(rng, body * 0.3 + 40, -tall * 0.4, u(28, 42), u(18, 28), wide * 0.4),
        *above(rng, (6.0, body - 6), tall * 0.45, wide),
    ]


def dart_blaster(rng: Draw) -> Shells:
    """A fat, round-edged toy with a drum or a short front and a loop handle."""
    u = rng.uniform
    body, tall, wide = u(140, 260), u(55, 90), u(30, 55)
    drum = u(24, 42)
    loop = softened(rng, hull(rng, (0.0, body), tall, spread=0.3))
    shells = [
        side(loop, wide, bevel=u(0, 0.15) * wide),
        *front(rng, (body - 10, body + u(15, 70)), u(0, 0.2) * tall, u(10, 20)),
        *grip(rng, u(0, 20), -tall * 0.35, u(65, 100), u(32, 48), wide * u(0.6, 0.9)),
        *guard(rng, u(44, 60), -tall * 0.35, u(32, 50), u(20, 34), wide * 0.6),
        *above(rng, (6.0, body), tall * 0.4, wide),
        *flanks(rng, (10.0, body), (-tall * 0.3, tall * 0.3), wide),
    ]
    if maybe(rng, 0.4):
        shells.append(rod((body * 0.55, 0, 0), (body * 0.85, 0, 0), drum))
    return shells


def water_pistol(rng: Draw) -> Shells:
    """A bulbous tank on or behind a slim body, with a thin nose."""
    u = rng.uniform
    body, tall, wide = u(110, 220), u(26, 44), u(22, 36)
    tank, long = u(22, 42), u(30, 65)
    x, z = u(0.1, 0.6) * body, tall * u(0.6, 1.3)
    return [
        side(softened(rng, hull(rng, (0.0, body), tall)), wide, bevel=u(0, 4)),
        ellipsoid((x, 0, z), (long, tank * u(0.7, 1), tank)) if maybe(rng, 0.7)
        else rod((x - long, 0, z), (x + long, 0, z), tank * 0.8),
        rod((x, 0, 0), (x, 0, z), wide * 0.3),
        rod((body - 8, 0, 0), (body + u(8, 40), 0, 0), u(5, 11), u(3, 6)),
        *grip(rng, u(0, 12), -tall * 0.35, u(60, 95), u(28, 44), wide * 0.9),
        *guard(rng, u(40, 52), -tall * 0.4, u(28, 42), u(16, 28), wide * 0.5),
        *(below(rng, (body * 0.6, body), -tall * 0.4, wide) if maybe(rng, 0.3) else []),
    ]  # fmt: skip


def coil_pistol(rng: Draw) -> Shells:
    """A row of rings between a rear block and a front piece."""
    u = rng.uniform
    rear, gap, wide = u(60, 110), u(60, 140), u(26, 44)
    count, ring = int(rng.integers(3, 9)), u(12, 24)
    step = gap / count
    return [
        side(hull(rng, (0.0, rear), ring * 2.4, spread=0.2), wide, bevel=u(0, 4)),
        rod((rear - 5, 0, 0), (rear + gap + 10, 0, 0), ring * u(0.4, 0.7)),
        *(rod((rear + step * k, 0, 0), (rear + step * (k + u(0.3, 0.7)), 0, 0), ring)
          for k in range(count)),
        block((rear - 5, -4, -ring * 1.2), (rear + gap, 4, -ring * 0.4)),
        side(hull(rng, (rear + gap, rear + gap + u(16, 60)), ring * 2.2, spread=0.3), wide * 0.9),
        *grip(rng, u(0, 15), -ring, u(60, 100), u(28, 42), wide * 0.8),
        *guard(rng, u(40, 55), -ring, u(28, 44), u(18, 28), wide * 0.5),
        *above(rng, (4.0, rear), ring * 1.1, wide),
    ]  # fmt: skip


def bent_blaster(rng: Draw) -> Shells:
    """Handle and body in one swept, bent horn, as of alien props, with fins."""
    u = rng.uniform
    t, long, drop = np.linspace(0, 1, 12), u(130, 240), u(75, 120)
    lean = u(0.1, 0.6) * drop
    hook = np.array(
        [(-lean, -drop), (-lean * 0.4, -drop * 0.3), (u(-10, 10), u(0, 14)), (long, u(-20, 20))]
    )
    path = _bezier(hook, t)
    thick = u(13, 20)
    swell = (
        thick
        * (0.8 + u(0.2, 0.9) * np.exp(-(((t - u(0.45, 0.7)) / 0.18) ** 2)))
        * (1 - u(0, 0.5) * t)
    )
    fin = np.array([(0, 0), (u(14, 40), 0), (u(-20, 20), thick * u(1.6, 2.6))])
    end_x, end_z = path[-1]
    return [
        sweep(upright(path), swell, section=circle(1.0, 12) * (1.0, u(0.5, 1.0))),
        *(side(fin + path[5 + k], u(3, 7)) for k in range(int(rng.integers(0, 5)))),
        *guard(rng, path[5][0] + u(0, 14), path[5][1] - 4, u(30, 45), u(22, 36), 14),
        ellipsoid((end_x, 0, end_z), np.full(3, swell[-1] * u(0.8, 1.6))),
        *(
            above(rng, (path[6][0], path[10][0]), path[8][1] + thick * 0.5, 16)
            if maybe(rng, 0.4)
            else []
        ),
    ]


def _bezier(corners: Points, t: Points) -> Points:
    """The cubic with these four corners, at each *t*."""
    s = 1 - t
    weights = np.stack([s**3, 3 * s**2 * t, 3 * s * t**2, t**3], axis=1)
    return np.asarray(weights @ corners)


def _box(rng: Draw, body: float, tall: float, wide: float) -> Shells:
    u = rng.uniform
    return box_below(rng, body * u(0.65, 0.85), -tall * 0.3, u(30, 90), u(26, 45), wide * 0.6)


def _crest(rng: Draw, body: float, fat: float) -> Shells:
    u = rng.uniform
    fin = [(0, 0), (body * u(0.4, 0.9), 0), (u(-10, 20), fat * u(1.4, 2.2)), (-u(5, 30), fat * 1.2)]
    one = side(fin, u(3, 6))
    return [one, turned(one, x=120), turned(one, x=240)] if maybe(rng, 0.4) else [one]


MODELS: tuple[Model, ...] = (
    chunky_blaster, slim_blaster, ray_gun, dial_blaster, twin_blaster, dart_blaster, water_pistol,
    coil_pistol, bent_blaster,
)  # fmt: skip
