"""Everyday printed things: brackets, containers and what hangs or turns about the house.

Millimetres; every proportion is drawn at random.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import drilled_plate, ring, tray
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    Triangles,
    arc,
    block,
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
    upright,
)


def angle_bracket(rng: Draw) -> Shells:
    """Two drilled plates at a right angle, with or without ribs."""
    u = rng.uniform
    foot, wall, wide, thick = u(30, 130), u(30, 130), u(15, 110), u(3, 12)
    shells = [
        moved(drilled_plate(rng, foot, wide, thick), (foot / 2, 0, thick / 2)),
        moved(turned(drilled_plate(rng, wall, wide, thick), y=-90), (thick / 2, 0, wall / 2)),
    ]
    reach = u(0.3, 0.95)
    corner = [(0, 0), (foot * reach, 0), (0, wall * reach)]
    for y in ((), (0.0,), (-0.4, 0.4))[rng.integers(3)]:
        shells.append(moved(slab(corner, min(thick, wide / 4)), (0, y * wide, 0)))
    return shells


def shelf_bracket(rng: Draw) -> Shells:
    """An L in side view with a diagonal or curved brace; a long arm and a short one."""
    u = rng.uniform
    arm, wall, deep, wide = u(90, 260), u(70, 200), u(9, 24), u(10, 34)
    side = [(0, 0), (arm, 0), (arm, deep * u(0.4, 1)), (deep, deep), (deep, wall), (0, wall)]
    shells = [slab(side, wide, bevel=u(0.2, 2))]
    if rng.random() < 0.7:
        x, z, bulge = arm * u(0.4, 0.85), wall * u(0.4, 0.85), u(-0.2, 0.4)
        t = np.linspace(0, np.pi / 2, 7)
        brace = np.stack([x * np.cos(t), z * np.sin(t)], axis=1)
        line = np.stack([x * (1 - t / 1.571), z * t / 1.571], axis=1)
        path = line + bulge * (line - brace)
        shells.append(sweep(upright(path), deep * 0.4, section=rounded_rectangle(2, wide / deep)))
    return shells


def clamp(rng: Draw) -> Shells:
    """A half or whole ring on a foot: pipe clips, cable clamps, motor mounts."""
    u = rng.uniform
    radius, thick, wide = u(6, 40), u(2.5, 9), u(8, 45)
    span = u(180, 330)
    bow = upright(arc(radius + thick / 2, 90 - span / 2, 90 + span / 2, 20))
    foot = radius * u(1.2, 2.6)
    plate = drilled_plate(rng, foot * 2, wide, thick)
    return [
        sweep(bow, thick / 2, section=rounded_rectangle(2, wide / thick)),
        moved(plate, (0, 0, bow[:, 2].min())),
    ]


def mount_plate(rng: Draw) -> Shells:
    """A drilled plate with stand-offs or walls on it."""
    u = rng.uniform
    long, wide, thick = u(30, 180), u(25, 120), u(2, 8)
    shells = [drilled_plate(rng, long, wide, thick)]
    tall, radius = u(4, 35), u(2.5, 8)
    for x, y in ((1, 1), (1, -1), (-1, 1), (-1, -1))[: rng.integers(0, 5)]:
        at = (x * long * 0.38, y * wide * 0.38)
        shells.append(rod((*at, 0), (*at, tall), radius))
    if rng.random() < 0.5:
        shells.append(block((-long / 2, -wide / 2, 0), (-long / 2 + thick, wide / 2, u(10, 60))))
    return shells


def mug(rng: Draw) -> Shells:
    """A cup with a handle."""
    u = rng.uniform
    radius, tall, wall = u(28, 48), u(60, 120), u(2.5, 5)
    grip, reach = tall * u(0.25, 0.38), u(0.7, 1.3)
    ear = arc(grip, -90, 90, 12) * (reach, 1.0) + (radius - wall * 0.6, tall / 2)
    ear_shape = rounded_rectangle(1.2, u(1, 2.4), 0.5)
    return [
        _cup(radius * u(0.75, 1), radius, tall, wall),
        sweep(upright(ear), 6, section=ear_shape),
    ]


def vase(rng: Draw) -> Shells:
    """A turned vessel of any outline, sometimes ribbed or twisted."""
    u = rng.uniform
    tall, radius, wall = u(60, 240), u(22, 70), u(2, 4)
    t = np.linspace(0, 1, 12)
    waves = 1 + u(-0.45, 0.45) * np.sin(np.pi * t * u(0.7, 2.2) + u(0, 6)) + u(-0.3, 0.4) * t
    outer = np.maximum(radius * waves, wall + 6)
    angle = np.arange(40, dtype=np.float64) * (2 * np.pi / 40)
    depth = u(0, 0.12) if rng.random() < 0.5 else 0.0
    ribs = 1 + depth * np.cos(rng.integers(3, 10) * angle + u(-4, 4) * t[:, None])
    return [_vessel(outer[:, None] * ribs, tall * t, angle, wall)]


def bin_box(rng: Draw) -> Shells:
    """An open box with walls, sometimes parted: trays, organisers, planters."""
    u = rng.uniform
    long, wide, tall, wall = u(30, 200), u(30, 160), u(15, 120), u(1.6, 4)
    shells = [tray(long, wide, tall, wall, u(0, 15), u(0.8, 1))]
    for x in np.linspace(-0.5, 0.5, rng.integers(2, 6))[1:-1] * long * 0.8:
        shells.append(block((x - 0.8, -wide * 0.4, 1), (x + 0.8, wide * 0.4, tall * u(0.6, 0.98))))
    return shells


def bottle(rng: Draw) -> Shells:
    """A jar or bottle: body, shoulder, neck, often with its cap."""
    u = rng.uniform
    radius, body, neck, rise = u(15, 48), u(40, 170), u(0.3, 0.9), u(8, 40)
    profile = [(radius * 0.92, 0), (radius, 3), (radius, body), (radius * neck, body + rise)]
    top = body + rise + u(10, 30)
    shells = [lathe([*profile, (radius * neck, top)])]
    if rng.random() < 0.6:
        cap = radius * neck + u(1, 6)
        shells.append(
            lathe([(cap, top - 8), (cap, top + u(3, 18))], sides=int(rng.integers(8, 40)))
        )
    return shells


def hook(rng: Draw) -> Shells:
    """A bent bar on a plate."""
    u = rng.uniform
    bow, shank, thick, turn = u(10, 36), u(8, 70), u(2.5, 8), u(150, 260)
    path = np.concatenate([[(bow, shank)], arc(bow, 0, -turn, 14)])
    shells = [sweep(upright(path), thick, section=rounded_rectangle(2, u(1, 4), 0.6))]
    if rng.random() < 0.7:
        plate = turned(drilled_plate(rng, shank + bow * 2, u(14, 45), u(2, 5)), y=90)
        shells.append(moved(plate, (bow + thick, 0, shank * 0.6)))
    return shells


def knob(rng: Draw) -> Shells:
    """A round, fluted or star knob with its stem."""
    u = rng.uniform
    radius, tall, lobes = u(7, 35), u(8, 35), int(rng.integers(3, 12))
    angle = np.arange(48) * (2 * np.pi / 48)
    reach = radius * (1 + u(0, 0.25) * np.cos(lobes * angle))
    outline = reach[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rings = np.stack(
        [lifted(outline * s, z * tall) for s, z in ((u(0.7, 1), 0), (1, 0.5), (0.8, 1))]
    )
    return [loft(rings), rod((0, 0, 2), (0, 0, -u(3, 30)), radius * u(0.25, 0.7))]


def handle(rng: Draw) -> Shells:
    """A bow or bar handle for a drawer, door or case."""
    u = rng.uniform
    span, rise, thick = u(50, 180), u(18, 50), u(4, 11)
    shape = rounded_rectangle(u(1.4, 2.2), u(1.4, 3.2), u(0, 1))
    x = np.cos(np.linspace(np.pi, 0, 13))
    square = u(0.3, 1)
    path = np.stack([span / 2 * np.sign(x) * np.abs(x) ** square, rise * (1 - x**6)], axis=1)
    foot = u(0.8, 1.8) * thick
    shells = [sweep(upright(path), thick, section=shape)]
    for side in (-1, 1):
        low, high = (
            (side * span / 2 - foot, -foot * 1.3, -3),
            (side * span / 2 + foot, foot * 1.3, 3),
        )
        shells.append(block(low, high, bevel=2))
    return shells


def hinge(rng: Draw) -> Shells:
    """Two leaves on a barrel of knuckles."""
    u = rng.uniform
    leaf, wide, thick = u(18, 55), u(25, 100), u(2, 5)
    opening = u(0, 100)
    first = drilled_plate(rng, leaf, wide, thick)
    second = moved(turned(moved(first, (leaf / 2, 0, 0)), y=opening), (0, 0, 0))
    barrel = turned(lathe([(thick, -wide / 2), (thick, wide / 2)]), x=90)
    return [moved(first, (-leaf / 2, 0, 0)), second, barrel]


def phone_stand(rng: Draw) -> Shells:
    """A leaning back, a lip and a foot, in one ribbon or as a wedge."""
    u = rng.uniform
    back, lip, foot, wide, thick = u(70, 130), u(10, 28), u(60, 110), u(40, 90), u(3, 9)
    lean = np.radians(u(55, 80))
    top = (back * np.cos(lean), back * np.sin(lean))
    path = [(-u(14, 30), lip), (-u(14, 24), 0), (0, 0), top, (foot, u(-4, 0))]
    path = path if rng.random() < 0.6 else [*path[:4], (foot, 0), (0, -2)]
    return [sweep(upright(path), thick / 2, section=rounded_rectangle(2, 2 * wide / thick))]


def key_tag(rng: Draw) -> Shells:
    """A flat key, tag or comb: an outline with a hole and a toothed side."""
    u = rng.uniform
    bow, shank, thick, wide = u(11, 28), u(25, 90), u(2, 6), u(5, 14)
    teeth = int(rng.integers(2, 14))
    x = np.linspace(bow * 0.7, bow + shank, 2 * teeth)
    low = np.repeat(-wide * rng.uniform(0.4, 1.2, teeth), 2)
    side = np.concatenate([np.stack([x, low], 1), [(bow + shank, wide / 2), (bow * 0.7, wide / 2)]])
    return [ring(bow, bow * u(0.2, 0.6), thick), moved(prism(side, thick), (0, 0, thick / 2))]


def clip(rng: Draw) -> Shells:
    """A flat spring: a ribbon folded into C, S or U."""
    u = rng.uniform
    radius, leg, thick, wide = u(5, 25), u(10, 70), u(1.5, 5), u(6, 40)
    bow = arc(radius, 90, 270, 10)
    path = np.concatenate([[(leg, radius * u(0.6, 1.1))], bow, [(leg * u(0.3, 1.1), -radius)]])
    if rng.random() < 0.4:
        path = np.concatenate([path, arc(radius, 90, -80, 10) + (path[-1, 0], -2 * radius)])
    return [sweep(upright(path), thick / 2, section=rounded_rectangle(2, 2 * wide / thick))]


def _cup(low: float, high: float, tall: float, wall: float) -> Triangles:
    inner = [(high - wall, tall), (low - wall, wall)]
    return lathe([(low, 0), (high, tall), *inner])


def _vessel(radius: Points, z: Points, angle: Points, wall: float) -> Triangles:
    """(K, N) radii at (K,) heights -> an open vessel with a floor."""
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    outer = [lifted(r[:, None] * way, float(h)) for r, h in zip(radius, z, strict=True)]
    inner = [
        lifted((r - wall)[:, None] * way, max(float(h), wall))
        for r, h in zip(radius, z, strict=True)
    ]
    return loft(np.stack([*outer, *inner[::-1]]))


MODELS: Rows = (
    ("bracket", (angle_bracket, shelf_bracket, clamp, mount_plate)),
    ("container", (mug, vase, bin_box, bottle)),
    ("household", (hook, knob, handle, hinge, phone_stand, key_tag, clip)),
)
