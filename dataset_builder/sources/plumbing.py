"""Pipe parts, ducts and nozzles: flanges, branches, barbs, valves, fan shrouds.

Millimetres; every proportion is drawn at random.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import along, around, ball, disc, lathed, one_of, torus, tube
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import ring
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    Triangles,
    arc,
    block,
    circle,
    lathe,
    lifted,
    loft,
    moved,
    prism,
    rod,
    rounded_rectangle,
    sweep,
    turned,
    upright,
)


def flanged_elbow(rng: Draw) -> Shells:
    """A bend with a collar, a bolted flange or a thread at each end."""
    u = rng.uniform
    r, bend, turn, leg = u(6, 30), u(1.3, 3.5), one_of(rng, (45, 90, 90, 180)), u(8, 70)
    bow = arc(r * bend, 0, turn, 12)
    ahead = np.array([-np.sin(np.radians(turn)), np.cos(np.radians(turn))])
    path = np.concatenate([[(r * bend, -leg)], bow, [bow[-1] + leg * u(0.2, 1.4) * ahead]])
    shells = [sweep(upright(path), r, bore=u(0.65, 0.92))]
    shells.append(moved(_collar(rng, r), (r * bend, 0, -leg)))
    end = turned(_collar(rng, r)[:, ::-1] * (1, 1, -1), y=-turn)
    return [*shells, moved(end, (path[-1, 0], 0, path[-1, 1]))]


def y_piece(rng: Draw) -> Shells:
    """One pipe that parts in two or three, with collars at the ends."""
    u = rng.uniform
    r, leg, fork, spread = u(5, 22), u(20, 60), u(25, 80), u(20, 60)
    shells = [rod((0, 0, -leg), (0, 0, 2), r), ball((0, 0, 0), r * 1.02)]
    for angle in one_of(rng, ((-1, 1), (0, 1), (-1, 0, 1))):
        way = np.array([np.sin(np.radians(angle * spread)), 0, np.cos(np.radians(angle * spread))])
        shells.append(rod((0, 0, 0), way * fork, r * u(0.7, 1)))
        if rng.random() < 0.6:
            shells.append(rod(way * fork * 0.8, way * fork, r * u(1.1, 1.4)))
    return [*shells, moved(ring(r * 1.3, r * 0.6, u(5, 14)), (0, 0, -leg))]


def reducer(rng: Draw) -> Shells:
    """A stepped or tapered pipe from wide to narrow, with grooves or stops."""
    u = rng.uniform
    a, b, wall = u(12, 45), u(6, 35), u(1.5, 4)
    l1, cone, l2 = u(10, 45), u(2, 40), u(10, 60)
    outer = [(a, 0), (a, l1), (b, l1 + cone), (b * u(0.9, 1), l1 + cone + l2)]
    inner = [(max(r - wall, 1.0), z) for r, z in outer[::-1]]
    shells = [lathe([*outer, *inner], closed=True)]
    if rng.random() < 0.5:
        shells.append(
            moved(ring(max(a, b) * u(1.1, 1.5), min(a, b) - wall * 0.5, u(2, 5)), (0, 0, l1))
        )
    return shells


def hose_barb(rng: Draw) -> Shells:
    """A stub with saw-tooth rings on a hexagon or a flange, at one or both ends."""
    u = rng.uniform
    r, count, step = u(3, 12), int(rng.integers(2, 7)), u(3, 8)
    teeth = [
        (r * f, k * step + z) for k in range(count) for z, f in ((0.2, 1.3), (step * 0.95, 0.95))
    ]
    barb = lathe([(r * 0.95, -8), *teeth])
    nut = one_of(rng, (circle(r * 2.2, 6), circle(r * u(1.6, 3)), circle(r * 2, 4)))
    shells = [barb, moved(prism(nut, u(5, 12)), (0, 0, -8))]
    end = -8 - u(10, 30)
    if rng.random() < 0.5:
        return [*shells, (barb * (1, 1, -1))[:, ::-1] + (0, 0, -14)]
    return [*shells, rod((0, 0, -8), (0, 0, end), r * u(0.8, 1.6)),
            *along(disc((0, 0, end / 2 - 5), r * 1.7, 1.5), 3, (0, 0, 3))]  # fmt: skip


def manifold(rng: Draw) -> Shells:
    """A block or a pipe with a row of stubs."""
    u = rng.uniform
    count, pitch, r = int(rng.integers(2, 8)), u(14, 30), u(4, 9)
    long, side = count * pitch, u(14, 28)
    trunk = block((-long / 2, -side / 2, -side / 2), (long / 2, side / 2, side / 2))
    trunk = one_of(rng, (trunk, rod((-long / 2, 0, 0), (long / 2, 0, 0), side / 2)))
    stub = lathe([(r, 0), (r, side / 2 + u(8, 25)), (r * u(0.7, 1.3), side / 2 + u(26, 34))])
    shells = [trunk, *along(stub, count, (pitch, 0, 0))]
    return [*shells, rod((long / 2 - 2, 0, 0), (long / 2 + u(10, 30), 0, 0), r * u(1, 1.5))]


def valve(rng: Draw) -> Shells:
    """A pipe with a ball or gate in its middle and a lever, a wheel or a wing on top."""
    u = rng.uniform
    r, long, up = u(6, 18), u(50, 110), u(18, 40)
    shells = [
        tube([(r, -long / 2), (r, long / 2), (r * 0.7, long / 2), (r * 0.7, -long / 2)]),
        ball((0, 0, 0), r * u(1.3, 1.8)),
        *(disc((s * long * 0.42, 0, 0), r * 1.4, long * 0.14, "x", sides=6) for s in (-1, 1)),
        rod((0, 0, 0), (0, 0, up), r * 0.5),
    ]
    tops = (
        [block((-8, -6, up - 3), (u(40, 90), 6, up + 3), bevel=3)],
        [torus(r * u(1.2, 2), 3, (0, 0, up)), block((-r * 1.3, -3, up - 2), (r * 1.3, 3, up + 2))],
        [block((-r * 1.6, -3, up - 6), (r * 1.6, 3, up + 8), bevel=2)],
    )
    return [*shells, *one_of(rng, tops)]


def tap(rng: Draw) -> Shells:
    """A faucet: a column, a bent spout, a lever or cross handles."""
    u = rng.uniform
    r, up, reach = u(8, 16), u(40, 140), u(50, 130)
    bow = np.stack(
        [reach * np.linspace(0, 1, 9), up + u(10, 60) * np.sin(np.linspace(0, np.pi, 9))], 1
    )
    spout = np.concatenate([[(0, up * 0.6)], bow, [(reach, up - u(5, 25))]])
    shells = [
        lathed([(r * 1.6, 0), (r, 8), (r, up * 0.8)], "z"),
        sweep(upright(spout), r * u(0.5, 0.8)),
    ]
    if rng.random() < 0.5:
        lever = block((-6, -6, 0), (u(40, 80), 6, 6), bevel=3)
        return [*shells, turned(lever, y=-u(10, 50), z=180) + (0, 0, up * 0.8)]
    for side in (-1, 1):
        shells.append(rod((0, 0, up * 0.3), (0, side * 40, up * 0.3), r * 0.6))
        cross = around(rod((0, 0, 0), (16, 0, 0), 3.5), 4)
        shells += [turned(bar, x=90) + (0, side * 44, up * 0.3) for bar in cross]
    return shells


def fan_duct(rng: Draw) -> Shells:
    """A shroud from a square or round fan to a flat slit, bent on its way; part-cooling ducts."""
    u = rng.uniform
    size, slit, flat, wall = u(25, 60), u(10, 45), u(4, 10), u(1, 2)
    a = circle(size * 0.48, 24)
    first = one_of(rng, (a, np.sign(a) * np.abs(a) ** 0.3 * size**0.7 * 0.5**0.7))
    second = np.sign(a) * np.abs(a / (size * 0.48)) ** 0.4 * (slit / 2, flat / 2)
    tall, bend, reach = u(20, 60), u(0, 80), u(-10, 50)
    stages = []
    for t in np.linspace(0, 1, 6):
        s = t * t * (3 - 2 * t)
        section = lifted(first * (1 - s) + second * s, 0.0)
        angle = np.radians(bend * t)
        tilt = np.stack(
            [section[:, 0], section[:, 1] * np.cos(angle), section[:, 1] * np.sin(angle)], 1
        )
        stages.append((tilt, np.array([0.0, -reach * t**2, tall * t])))
    outer = [tilt + at for tilt, at in stages]
    inner = [
        tilt * (1 - wall * 2 / max(np.ptp(tilt[:, :2], axis=0).min(), wall * 4)) + at
        for tilt, at in stages
    ]
    shells = [loft(np.stack([*outer, *inner[::-1]]), closed=True)]
    if rng.random() < 0.6:
        frame = prism(rounded_rectangle(size, size, 4), 3, holes=[circle(size * 0.44)])
        shells.append(moved(frame, (0, 0, 0)))
    return shells


def funnel(rng: Draw) -> Shells:
    """A funnel, hopper or gutter outlet with a rim or a hanging loop."""
    u = rng.uniform
    r, stem, tall, tail = u(20, 70), u(3, 16), u(20, 80), u(15, 70)
    sides, wall = one_of(rng, (4, 6, 28, 28)), 2.0
    outer = [(stem * 0.8, -tail), (stem, 0), (r, tall), (r, tall + u(1, 20))]
    shells = [lathe([*outer, *((q - wall, z) for q, z in outer[::-1])], closed=True, sides=sides)]
    if rng.random() < 0.5:
        shells.append(torus(u(6, 12), 2, (r + 6, 0, tall)))
    return shells


def s_pipe(rng: Draw) -> Shells:
    """A bent tube with two to four turns in one plane: traps, exhausts, handles, straws."""
    u = rng.uniform
    r, count = u(3, 16), int(rng.integers(2, 5))
    at, heading, path = np.zeros(2), 0.0, [np.zeros(2)]
    for _ in range(count):
        leg, turn, bend = r * u(2, 7), one_of(rng, (-90, -60, -45, 45, 60, 90)), r * u(1.6, 3)
        at = at + leg * np.array([np.cos(heading), np.sin(heading)])
        path.append(at)
        for step in np.full(6, np.radians(turn) / 6):
            heading += step
            at = at + bend * abs(step) * np.array([np.cos(heading), np.sin(heading)])
            path.append(at)
    shells = [sweep(upright(np.array(path)), r, bore=one_of(rng, (0.0, 0.75, 0.85)))]
    if rng.random() < 0.5:
        shells.append(moved(turned(_collar(rng, r), y=90), (0, 0, 0)))
    return shells


def threaded_cap(rng: Draw) -> Shells:
    """A screw cap, gland or plug: a fluted skirt, a disc, a stub with rings."""
    u = rng.uniform
    r, tall, ribs = u(8, 40), u(6, 25), int(rng.integers(0, 30))
    outer = [(r, 0), (r, tall), (r * 0.9, tall + 1.5), (r * 0.85, tall - 1.5), (r * 0.88, 0)]
    skirt = lathe(
        outer[:3]
        + [(r * u(0.1, 0.4), tall + 1.5), (r * 0.3, tall - 2), (r * 0.85, tall - 2), (r * 0.88, 0)],
        closed=True,
    )
    shells = [skirt, *around(block((r * 0.97, -r * 0.05, 0), (r * 1.05, r * 0.05, tall)), ribs)]
    if rng.random() < 0.5:
        shells.append(rod((0, 0, tall), (0, 0, tall + u(5, 40)), r * u(0.3, 0.7), r * u(0.1, 0.6)))
    return shells


def _collar(rng: Draw, r: float) -> Triangles:
    """The end of a pipe, from z = 0 upwards: a sleeve, a bolted flange or a nut."""
    u = rng.uniform
    kind = rng.integers(3)
    if kind == 0:
        return ring(r * u(1.15, 1.4), r * 0.8, r * u(0.4, 1.2))
    if kind == 1:
        return tube([(r * 1.5, 0), (r * 1.5, r * 0.7), (r * 0.8, r * 0.7), (r * 0.8, 0)], "z")
    count, wide = int(rng.integers(3, 7)), r * u(1.7, 2.3)
    angle = np.arange(count) * (2 * np.pi / count)
    spots = wide * 0.8 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    holes = [circle(r * 0.16, 8, spot) for spot in spots]
    return prism(circle(wide), r * 0.3, holes=[circle(r * 0.8, 16), *holes])


MODELS: Rows = (
    ("fitting", (flanged_elbow, y_piece, reducer, hose_barb, manifold, valve, tap, fan_duct)),
    ("fitting", (funnel, s_pipe, threaded_cap)),
)
