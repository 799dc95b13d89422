"""Figures, and objects of no particular kind: what fills most print queues besides parts.

The random assemblies stand for "some other thing"; without them a network has never seen a shape
that is none of its labels. Millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Rows
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    arc,
    block,
    circle,
    ellipsoid,
    lathe,
    lifted,
    loft,
    moved,
    prism,
    rod,
    rounded_rectangle,
    slab,
    sweep,
    turned,
)


def humanoid(rng: Draw) -> Shells:
    """A standing person with a base: miniatures, dolls, robots."""
    u = rng.uniform
    tall = u(28, 160)
    leg, torso, head, wide = (
        tall * u(0.35, 0.5),
        tall * u(0.28, 0.4),
        tall * u(0.07, 0.16),
        tall * 0.1,
    )
    thick, hips = tall * u(0.03, 0.06), u(0.5, 1.2)
    shells = [
        ellipsoid((0, 0, leg + torso / 2), (wide * u(0.6, 1), wide * u(0.9, 1.5), torso * 0.6)),
        ellipsoid((u(-2, 2), 0, leg + torso + head), (head, head, head * u(1, 1.3))),
    ]
    for side in (-1, 1):
        shells.append(
            rod(
                (u(-0.5, 0.5) * wide, side * wide * hips, 0),
                (0, side * wide * 0.5, leg * 1.1),
                thick,
                thick * 1.5,
            )
        )
        elbow = np.array((u(-1, 1) * wide, side * wide * u(1.4, 2.4), leg + torso * u(0.4, 1)))
        hand = elbow + u(-1, 1, 3) * torso * 0.5
        shells.append(rod((0, side * wide, leg + torso * 0.85), elbow, thick))
        shells.append(rod(elbow, hand, thick, thick * 0.8))
    if rng.random() < 0.6:
        shells.append(lathe([(tall * 0.22, -3), (tall * u(0.17, 0.22), 1)]))
    return shells


def animal(rng: Draw) -> Shells:
    """A body on four legs with a neck, a head and a tail."""
    u = rng.uniform
    long, girth, leg = u(25, 120), u(0.16, 0.3), u(0.25, 0.7)
    body, up = long * girth, long * leg
    neck = np.array((long * u(0.5, 0.75), 0, up + long * u(0.1, 0.6)))
    shells = [
        ellipsoid((0, 0, up), (long / 2, body * u(0.7, 1), body)),
        rod((long * 0.35, 0, up), neck, body * 0.6, body * u(0.3, 0.5)),
        ellipsoid(neck, (body * u(0.6, 1.2), body * 0.5, body * 0.55)),
        rod((-long * 0.4, 0, up), (-long * u(0.6, 1), 0, up + long * u(-0.4, 0.4)), body * 0.2),
    ]
    for x in (-0.35, 0.35):
        for side in (-1, 1):
            hip = (x * long, side * body * 0.5, up)
            foot = (x * long + u(-4, 4), side * body * 0.6, 0)
            shells.append(rod(hip, foot, body * 0.3, body * 0.22))
    for side in (-1, 1):
        ear = neck + (0, side * body * 0.3, body * u(0.4, 1.1))
        shells.append(rod(neck, ear, body * 0.2, body * 0.06))
    return shells


def chess_piece(rng: Draw) -> Shells:
    """A turned piece: pawns, bishops, finials, lamp feet."""
    u = rng.uniform
    tall, foot = u(25, 120), u(0.2, 0.4)
    z = np.sort(u(0.05, 0.75, 6))
    waist = u(0.25, 0.9, 6) * np.linspace(1, u(0.4, 1), 6)
    profile = [
        (foot, 0),
        (foot, 0.05),
        *zip(foot * waist, z, strict=True),
        (foot * u(0.2, 0.8), 0.8),
    ]
    top = foot * u(0.4, 0.9)
    turned_body = lathe(np.array(profile) * tall, sides=int(rng.integers(4, 30)))
    radii = (top * tall, top * tall, tall * u(0.1, 0.2))
    return [turned_body, ellipsoid((0, 0, tall * 0.85), radii)]


def tree(rng: Draw) -> Shells:
    """A trunk with branches or crowns: plants, corals, antlers."""
    u = rng.uniform
    tall = u(40, 150)
    shells = [
        rod((0, 0, 0), (u(-0.1, 0.1) * tall, 0, tall * 0.7), tall * u(0.03, 0.08), tall * 0.03)
    ]
    cones = rng.random() < 0.5
    for _ in range(rng.integers(2, 9)):
        z, size = tall * u(0.3, 0.9), tall * u(0.1, 0.3)
        way = u(-1, 1, 3) * (1, 1, 0.5)
        if cones:
            shells.append(rod((0, 0, z), (0, 0, z + size), size * u(0.7, 1.2), 1.0))
        else:
            tip = way * size * 2 + (0, 0, z)
            shells.append(rod((0, 0, z * 0.8), tip, tall * 0.03, tall * 0.015))
            shells.append(ellipsoid(tip, u(0.2, 0.8, 3) * size))
    return shells


def blob(rng: Draw) -> Shells:
    """A wavy ball: rocks, heads, skulls, potatoes."""
    u = rng.uniform
    latitude = np.linspace(-0.48, 0.48, 17)[:, None] * np.pi
    longitude = np.arange(28) * (2 * np.pi / 28)
    across, up = np.cos(latitude), np.broadcast_to(np.sin(latitude), (17, 28))
    way = np.stack([across * np.cos(longitude), across * np.sin(longitude), up], axis=2)
    reach = np.ones((17, 28))
    for _ in range(6):
        reach += u(0.02, 0.14) * np.sin(way @ rng.normal(0, u(1, 4), 3) + u(0, 6))
    return [loft(way * np.maximum(reach, 0.3)[..., None] * u(12, 60) * u(0.5, 1.2, 3))]


def boat(rng: Draw) -> Shells:
    """A hull with a cabin: boats, cars, trains in miniature."""
    u = rng.uniform
    long, wide, tall, bow = u(50, 170), u(0.25, 0.5), u(0.15, 0.4), u(0.6, 1.2)
    hull = [
        lifted(rounded_rectangle(long * s, long * wide * s * s, long * 0.12), z * long * tall)
        * (1, 1, 1)
        + (long * (1 - s) * bow * 0.3, 0, 0)
        for s, z in ((0.75, 0), (0.95, 0.6), (1, 1))
    ]
    shells = [loft(np.stack(hull))]
    for _ in range(rng.integers(1, 4)):
        x, size = u(-0.3, 0.3) * long, long * u(0.08, 0.2)
        low, high = (
            (x - size, -long * wide * 0.3, 0),
            (x + size, long * wide * 0.3, long * (tall + u(0.05, 0.3))),
        )
        shells.append(block(low, high, bevel=2))
    for side in (-1, 1) if rng.random() < 0.4 else ():
        for x in (-0.3, 0.3):
            wheel = turned(prism(circle(long * u(0.08, 0.13), 20), 6), x=90)
            shells.append(moved(wheel, (x * long, side * long * wide * 0.5, 0)))
    return shells


def assembly(rng: Draw) -> Shells:
    """Two to nine boxes and bars that touch: a machine part nobody has a name for."""
    u = rng.uniform
    shells: Shells = []
    at = np.zeros(3)
    size = u(15, 60)
    for _ in range(rng.integers(2, 10)):
        half = size * u(0.08, 1.0, 3)
        if rng.random() < 0.6:
            shells.append(block(at - half, at + half, bevel=u(0, 4)))
        else:
            way = np.eye(3)[rng.integers(3)] * half.max()
            shells.append(rod(at - way, at + way, half.min() * u(0.6, 1.2)))
        at = at + half * rng.choice([-0.8, 0.8, 0.0], 3)
    return shells


def cut_plate(rng: Draw) -> Shells:
    """A thick sheet with a random straight-edged or rounded outline and holes."""
    u = rng.uniform
    corners = int(rng.integers(3, 13))
    angle = (np.arange(corners) + u(-0.3, 0.3, corners)) * (2 * np.pi / corners)
    reach = u(18, 75) * u(0.35, 1.0, corners)
    outline = reach[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) * (u(1, 3), 1)
    thick = u(2, 30)
    holes = [circle(reach.min() * u(0.1, 0.35), 16)] if rng.random() < 0.5 else []
    return [prism(outline, thick, holes=holes)]


def letters(rng: Draw) -> Shells:
    """Bars at right angles in one plane: letters, signs, frames, puzzle pieces."""
    u = rng.uniform
    cell, thick, bar = u(10, 40), u(3, 25), u(0.15, 0.5)
    shells: Shells = []
    at = np.zeros(2)
    for _ in range(rng.integers(2, 8)):
        step = (
            np.array([(1, 0), (0, 1), (-1, 0), (0, -1)][rng.integers(4)])
            * cell
            * rng.integers(1, 4)
        )
        low = np.minimum(at, at + step) - cell * bar
        high = np.maximum(at, at + step) + cell * bar
        shells.append(block((*low, 0), (*high, thick)))
        at = at + step
    return shells


def bent_bar(rng: Draw) -> Shells:
    """A bar of one section along a bent path: levers, arms, pipes, frames."""
    u = rng.uniform
    path = np.cumsum(
        np.concatenate([np.zeros((1, 2)), u(-50, 50, (rng.integers(2, 5), 2))]), axis=0
    )
    path3 = np.insert(path, 1, 0.0, axis=1)
    thick = u(3, 14)
    shape = rounded_rectangle(2, u(0.6, 5), u(0, 1))
    shells = [sweep(path3[k : k + 2], thick, section=shape) for k in range(len(path) - 1)]
    for end in path3[:: len(path) - 1]:
        boss = turned(prism(circle(thick * u(0.9, 2.2), 20), thick * u(1, 4)), x=90)
        shells.append(moved(boss, end))
    return shells


def long_part(rng: Draw) -> Shells:
    """A straight profile: rails, T- and U-sections, battens, rods and tubes."""
    u = rng.uniform
    long, wide, tall, wall = u(60, 320), u(8, 60), u(8, 60), u(2, 8)
    kind = rng.integers(4)
    if kind == 0:
        return [rod((0, 0, 0), (long, 0, 0), u(3, 20), u(3, 20))]
    foot = block((0, -wide / 2, 0), (long, wide / 2, wall))
    if kind == 1:
        return [foot, block((0, -wall / 2, 0), (long, wall / 2, tall))]
    if kind == 2:
        return [
            foot,
            *(block((0, s * wide / 2 - 2, 0), (long, s * wide / 2 + 2, tall)) for s in (-1, 1)),
        ]
    step = [
        (0, 0),
        (long, 0),
        (long, tall * u(0.1, 1)),
        (long * u(0.3, 0.9), tall),
        (0, tall * u(0.3, 1)),
    ]
    return [slab(step, wide, bevel=u(0, 3))]


def wheel_toy(rng: Draw) -> Shells:
    """Rings, spinners, bangles, crowns."""
    u = rng.uniform
    radius, thick, arms = u(8, 45), u(3, 12), int(rng.integers(0, 7))
    ring = lathe(
        [(radius, 0), (radius, thick), (radius * u(0.5, 0.9), thick), (radius * 0.5, 0)],
        closed=True,
    )
    shells = [ring]
    for k in range(arms):
        centre = (
            radius
            * u(1.3, 1.9)
            * np.array([np.cos(2 * np.pi * k / arms), np.sin(2 * np.pi * k / arms)])
        )
        lobe = prism(circle(radius * 0.6, 20), thick)
        shells.append(moved(lobe, (*centre, thick / 2)))
        shells.append(
            turned(block((radius * 0.8, -4, 0), (radius * 1.5, 4, thick)), z=360.0 * k / arms)
        )
    if rng.random() < 0.4:
        spikes = arc(radius * 0.8, 0, 330, 12)
        shells += [rod((x, y, 0), (x, y, thick * u(1, 3)), radius * 0.12, 0.5) for x, y in spikes]
    return shells


MODELS: Rows = (
    ("figure", (humanoid, animal, chess_piece, tree, blob, boat)),
    ("other", (assembly, cut_plate, letters, bent_bar, long_part, wheel_toy)),
)
