"""Animals and characters in several builds, skulls, busts and pieces for board games.

Millimetres; they face along x and stand on z = 0.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import (
    ball,
    body,
    disc,
    one_of,
)
from dataset_builder.sources.model import Rows
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    block,
    ellipsoid,
    lathe,
    moved,
    prism,
    rod,
    slab,
    sweep,
    turned,
)


def fish(rng: Draw) -> Shells:
    """A fish, whale, shark or lure: a hull with a tail and fins."""
    u = rng.uniform
    long, half, tall = u(50, 150), u(6, 22), u(10, 40)
    t = np.linspace(0.02, 0.95, 8)
    swell = np.sin(np.pi * t ** u(0.6, 1.2)) ** u(0.5, 1) + 0.08
    stations = [(long * x, half * s, tall * s, 0.0) for x, s in zip(t, swell, strict=True)]
    tail = [(4, 0), (-long * u(0.15, 0.3), tall * u(0.5, 1.2)), (-long * 0.1, 0)]
    tail.append((-long * u(0.15, 0.3), -tall * u(0.5, 1.2)))
    flat = turned(slab(tail, u(2, 5)), x=one_of(rng, (0.0, 0.0, 90.0)))
    dorsal = [(long * 0.4, tall * 0.8), (long * 0.7, tall * 0.8), (long * 0.4, tall * u(1.2, 2))]
    shells = [body(stations, 2), flat, slab(dorsal, 3)]
    for side in (-1, 1):
        fin = prism([(0, 0), (12, 0), (-8, u(12, 35))], 2.5) * (1, side, 1)
        fin = fin if side > 0 else fin[:, ::-1]
        shells.append(moved(turned(fin, x=side * u(-30, 10)), (long * 0.65, side * half * 0.7, 0)))
    return shells


def bird(rng: Draw) -> Shells:
    """A bird that sits, stands or flies: duck, owl, penguin, eagle, hen."""
    u = rng.uniform
    long, r, lean = u(20, 50), u(9, 24), u(0, 70)
    torso = turned(ellipsoid((0, 0, 0), (long, r, r)), y=-lean)
    up = long * np.sin(np.radians(lean))
    neck = np.array([long * np.cos(np.radians(lean)) * 0.8, 0, up + r * u(0.4, 1.6)])
    head = r * u(0.4, 0.9)
    beak = neck + (head + u(4, 18), 0, -head * 0.2)
    shells = [torso, rod((neck[0] * 0.6, 0, up * 0.6), neck, head * 0.7, head * 0.6)]
    shells += [ball(neck, head), rod(neck, beak, head * 0.4, 0.8)]
    tail = prism([(0, -4), (0, 4), (-long * u(0.4, 1), 12), (-long * u(0.4, 1), -12)], 3)
    shells.append(moved(turned(tail, y=u(-30, 20)), (-long * 0.7, 0, -up * 0.5)))
    spread, flap = one_of(rng, (0.3, 1.0, 2.5)), u(-40, 50)
    for side in (-1, 1):
        wing = prism(
            [
                (-long * 0.5, 0),
                (long * 0.5, 0),
                (long * 0.1, long * spread),
                (-long * 0.4, long * spread),
            ],
            3,
        )
        wing = wing if side > 0 else (wing * (1, -1, 1))[:, ::-1]
        shells.append(moved(turned(wing, x=side * flap), (0, side * r * 0.8, r * 0.2)))
        leg = u(5, 30)
        shells.append(rod((0, side * r * 0.4, -r * 0.6), (2, side * r * 0.4, -r - leg), 1.8))
        shells.append(
            block((-3, side * r * 0.4 - 3, -r - leg - 2), (9, side * r * 0.4 + 3, -r - leg))
        )
    return shells


def snake(rng: Draw) -> Shells:
    """A winding body: snakes, worms, tentacles, eels, dragons without legs."""
    u = rng.uniform
    long, waves, high, r = u(80, 200), u(0.8, 3), u(8, 30), u(4, 12)
    t = np.linspace(0, 1, 28)
    path = np.stack([long * t, high * np.sin(2 * np.pi * waves * t), 0 * t], axis=1)
    size = r * np.sin(np.pi * (0.08 + 0.8 * t)) ** 0.5
    shells = [sweep(path, size), ellipsoid(path[-1] + (r, 0, 0), (r * 1.6, r, r * 0.8))]
    if rng.random() < 0.4:
        for k in range(2, 26, 3):
            spike = rod(path[k], path[k] + (0, 0, size[k] * 1.8), size[k] * 0.4, 0.5)
            shells.append(spike)
    return shells


def dinosaur(rng: Draw) -> Shells:
    """A big body with a long tail and neck on two or four legs; lizards, dragons, crocodiles."""
    u = rng.uniform
    long, r, hips = u(30, 70), u(8, 20), u(8, 40)
    neck, tail = u(0.3, 1.3) * long, u(0.6, 1.6) * long
    head = np.array((long * 0.5 + neck * u(0.3, 1), 0, hips + neck * u(0.4, 1)))
    back = [(-long, 0, hips), (0, 0, hips + u(0, 14)), (long * 0.5, 0, hips + u(5, 25))]
    spine = np.array([(-long - tail, 0, hips + u(-10, 20)), *back, head])
    jaw = [(0, r * 0.4, r * 0.4, 0), (r * 0.7, r * 0.5, r * 0.5, 0)]
    jaw.append((r * u(1.2, 2.4), r * 0.25, r * 0.2, -2))
    shells = [sweep(spine, np.array([1.0, r * 0.8, r, r * 0.8, r * 0.4])), body(jaw, 3) + head]
    for x in (0.2, -0.8) if rng.random() < 0.6 else (-0.3,):
        for side in (-1, 1):
            hip = np.array((x * long, side * r * 0.7, hips))
            knee = hip + (u(2, 10), side * u(0, 8), -hips * 0.5)
            shells += [
                rod(hip, knee, r * 0.45, r * 0.3),
                rod(knee, (knee[0] - 4, knee[1], 0), r * 0.3, r * 0.25),
            ]
    for k in range(int(rng.integers(0, 9))):
        at = (-long + k * long * 0.2, 0, hips + r * 0.7)
        shells.append(moved(slab([(-4, 0), (4, 0), (0, u(6, 18))], 3), at))
    return shells


def insect(rng: Draw) -> Shells:
    """Six or eight bent legs about a body of two or three balls; crabs, spiders, octopuses."""
    u = rng.uniform
    r, legs, reach = u(6, 16), int(rng.integers(3, 5)), u(20, 60)
    shells = [
        ellipsoid((x * r, 0, r), r * u(0.5, 1.3, 3))
        for x in (-1.6, 0, 1.2)[: int(rng.integers(1, 4))]
    ]
    for k in range(legs):
        way = np.radians(50 + 80 * k / (legs - 1))
        knee = np.array([np.cos(way), np.sin(way), 0]) * reach * 0.5 + (0, 0, r * u(1, 2.2))
        foot = np.array([np.cos(way), np.sin(way), 0]) * reach
        for side in (1, -1):
            turn = np.array([1, side, 1])
            thick = r * u(0.1, 0.28)
            shells += [
                rod((0, 0, r), knee * turn, thick),
                rod(knee * turn, foot * turn, thick, thick * 0.4),
            ]
    for side in (-1, 1) if rng.random() < 0.5 else ():
        shells.append(rod((r * 1.5, 0, r), (r * 2.8, side * r, r * 1.8), 1.6, 1.2))
    return shells


def turtle(rng: Draw) -> Shells:
    """A dome on four stubs with a head: turtles, beetles, hedgehogs, frogs."""
    u = rng.uniform
    a, b, c = u(15, 40), u(12, 30), u(7, 25)
    shell = [(1.0, 0), (1.05, 0.1), (0.85, 0.5), (0.5, 0.85), (0.1, 1.0)]
    shells = [lathe(shell) * (a, b, c), disc((0, 0, 0), 1, 4) * (a * 0.9, b * 0.9, 1)]
    head = a * u(1.1, 1.5)
    shells += [
        ellipsoid((head, 0, c * 0.3), (a * 0.28, b * 0.25, c * 0.3)),
        rod((a * 0.6, 0, 2), (head, 0, c * 0.3), b * 0.2),
    ]
    for x in (-0.7, 0.7):
        for side in (-1, 1):
            shells.append(ellipsoid((x * a, side * b * 0.85, -1), (a * 0.25, b * 0.25, u(3, 8))))
    if rng.random() < 0.3:
        for _ in range(24):
            angle, high = u(0, 6.28), u(0.2, 0.9)
            at = np.array([a * np.cos(angle), b * np.sin(angle), 0]) * np.sqrt(1 - high**2) + (
                0,
                0,
                c * high,
            )
            shells.append(rod(at * 0.9, at * 1.35, 1.6, 0.3))
    return shells


def sitting_pet(rng: Draw) -> Shells:
    """A cat, dog, bear or rabbit that sits: a pear for a body, a head with ears, forelegs."""
    u = rng.uniform
    r, tall, head = u(12, 28), u(25, 60), u(8, 18)
    top = np.array([r * u(0.1, 0.5), 0, tall + head * 0.6])
    shells = [
        lathe([(r * 0.8, 0), (r, tall * 0.2), (r * 0.75, tall * 0.6), (r * 0.4, tall)]),
        ball(top, head),
    ]
    shells.append(
        ellipsoid(top + (head * 0.9, 0, -head * 0.2), (head * u(0.3, 0.8), head * 0.4, head * 0.35))
    )
    ear = u(0.5, 2) * head
    for side in (-1, 1):
        base = top + (0, side * head * 0.6, head * 0.6)
        tip = base + (0, side * u(0, 5), ear)
        shells.append(rod(base, tip, head * u(0.2, 0.4), one_of(rng, (0.6, head * 0.25))))
        shells.append(
            rod(
                (r * 0.5, side * r * 0.4, tall * 0.7),
                (r * u(0.9, 1.2), side * r * 0.4, 0),
                r * 0.22,
            )
        )
        shells.append(ellipsoid((r * 0.4, side * r * 0.8, r * 0.35), (r * 0.7, r * 0.3, r * 0.4)))
    tail = np.array([(-r * 0.8, 0, 4), (-r * 1.4, 0, 6), (-r * u(1.2, 2), 0, tall * u(0.2, 0.9))])
    return [*shells, sweep(tail, u(2, 5))]


MODELS: Rows = (
    (
        "figure",
        (
            fish,
            bird,
            snake,
            dinosaur,
            insect,
            turtle,
            sitting_pet,
        ),
    ),
)
