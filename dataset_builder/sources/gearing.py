"""Wheels that turn one another: helical, bevel, internal and sector gears, sprockets, bearings.

Millimetres; z is the axis.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import around, ball, disc, one_of, stacked
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import ring, washer
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    arc,
    block,
    circle,
    lifted,
    loft,
    moved,
    prism,
    rod,
)


def helical_gear(rng: Draw) -> Shells:
    """A wheel whose teeth run askew, or in a V, with a hub and perhaps spokes."""
    u = rng.uniform
    teeth, r, thick, twist = int(rng.integers(8, 36)), u(10, 55), u(6, 30), u(3, 25)
    outline, bore = _teeth(teeth, r, r * u(2, 3.4) / teeth), r * u(0.1, 0.4)
    turns = one_of(rng, ((0.0, 1.0), (0.0, 1.0, 0.0)))
    levels = np.linspace(0, thick, len(turns))
    rings = [lifted(_spun(outline, twist * t), z) for t, z in zip(turns, levels, strict=True)]
    hole = bore * outline / np.linalg.norm(outline, axis=1, keepdims=True)
    inner = [lifted(hole, z) for z in levels[::-1]]
    shells = [loft(np.stack([*rings, *inner]), closed=True)]
    if rng.random() < 0.5:
        shells.append(ring(bore + u(2, 7), bore, thick * u(1.2, 2)))
    return shells


def bevel_gear(rng: Draw) -> Shells:
    """A toothed cone on a hub."""
    u = rng.uniform
    teeth, r, tall = int(rng.integers(9, 34)), u(12, 50), u(0.25, 0.9)
    outline = _teeth(teeth, r, r * u(2, 3) / teeth)
    top = u(0.35, 0.75)
    return [stacked(outline, [(1, 0), (top, r * tall * (1 - top) * 1.6)]),
            ring(r * u(0.4, 0.75), r * 0.2, r * tall * u(0.2, 1))
            + (0, 0, -r * tall * 0.2)]  # fmt: skip


def internal_gear(rng: Draw) -> Shells:
    """A ring with teeth inside, sometimes with its sun and planets in place."""
    u = rng.uniform
    teeth, r, thick = int(rng.integers(14, 44)), u(20, 55), u(4, 18)
    inner = _teeth(teeth, r, -r * u(1.6, 2.4) / teeth)
    outer = inner / np.linalg.norm(inner, axis=1, keepdims=True) * r * u(1.12, 1.35)
    shells = [washer(outer, inner, thick)]
    if rng.random() < 0.5:
        count, sun = int(rng.integers(3, 5)), r * u(0.25, 0.45)
        planet = (r - sun) / 2
        wheel = prism(_teeth(max(int(teeth * planet / r), 6), planet * 0.92, planet * 0.16), thick)
        shells += around(moved(wheel, ((r + sun) / 2, 0, 0)), count)
        shells.append(prism(_teeth(max(int(teeth * sun / r), 6), sun * 0.92, sun * 0.16), thick))
    return shells


def sector_gear(rng: Draw) -> Shells:
    """A part of a wheel with an arm and a pivot."""
    u = rng.uniform
    teeth, r, span, thick = int(rng.integers(5, 18)), u(20, 70), u(30, 140), u(3, 14)
    step = np.radians(np.linspace(-span / 2, span / 2, 4 * teeth))
    reach = r * (1 + np.tile([0.0, 0.1, 0.1, 0.0], teeth) * u(0.5, 1))
    rim = np.stack([reach * np.cos(step), reach * np.sin(step)], axis=1)
    hub = r * u(0.15, 0.3)
    back = arc(hub, span / 2 + 20, 340 - span / 2, 10)
    return [
        prism(np.concatenate([rim, back]), thick),
        moved(ring(hub, hub * 0.5, thick * u(1, 2.5)), (0, 0, -thick / 2)),
    ]


def sprocket(rng: Draw) -> Shells:
    """A chain wheel: pointed teeth, lightening holes, bolts in a ring."""
    u = rng.uniform
    teeth, r, thick = int(rng.integers(9, 40)), u(15, 70), u(2, 8)
    deep = r * u(1, 1.8) / teeth
    count, spot = int(rng.integers(3, 8)), r * u(0.45, 0.65)
    hole = circle(min(r * 0.14, spot * 2 / count), 10)
    holes = [
        hole + spot * np.array([np.cos(a), np.sin(a)]) for a in np.arange(count) * 2 * np.pi / count
    ]
    outline = _teeth(teeth, r, deep) if rng.random() < 0.4 else _points(teeth, r, deep)
    shells = [prism(outline, thick, holes=[circle(r * u(0.1, 0.25), 16), *holes])]
    if rng.random() < 0.5:
        shells.append(moved(ring(r * 0.32, r * 0.2, thick * u(1.5, 4)), (0, 0, -thick / 2)))
    return shells


def ratchet_wheel(rng: Draw) -> Shells:
    """Saw teeth that lean one way, with a pawl; circular rasps, escape wheels."""
    u = rng.uniform
    teeth, r, thick = int(rng.integers(8, 30)), u(12, 45), u(3, 12)
    angle = np.repeat(np.arange(teeth), 2) * (2 * np.pi / teeth) + np.tile([0, 0.02], teeth)
    reach = np.tile([r * u(0.75, 0.92), r], teeth)
    outline = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
    shells = [prism(outline, thick), moved(ring(r * 0.4, r * 0.2, thick), (0, 0, 0))]
    if rng.random() < 0.5:
        pawl = prism([(r, 0), (r * 1.5, -r * 0.1), (r * 1.9, r * 0.1), (r * 1.6, r * 0.3)], thick)
        shells += [pawl, disc((r * 1.75, r * 0.1, 0), r * 0.2, thick * 1.5)]
    return shells


def worm(rng: Draw) -> Shells:
    """A screw of a few turns on a shaft, augers and helical stirrers among them."""
    u = rng.uniform
    r, turns, pitch, deep = u(4, 16), int(rng.integers(2, 7)), u(4, 14), u(1.15, 2.6)
    t = np.arange(turns * 14 + 1) / 14
    angle = 2 * np.pi * t
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    half = pitch * u(0.12, 0.35)
    rings = np.stack([np.stack([np.append(w * q, pitch * s + z) for q, z in (
        (r * 0.9, -half), (r * deep, -half * 0.5), (r * deep, half * 0.5), (r * 0.9, half))])
        for w, s in zip(way, t, strict=True)])  # fmt: skip
    long = pitch * turns
    return [loft(rings), rod((0, 0, -u(4, 30)), (0, 0, long + u(4, 30)), r)]


def timing_pulley(rng: Draw) -> Shells:
    """A finely toothed drum between flanges, with a hub and a set screw."""
    u = rng.uniform
    teeth, r, wide = int(rng.integers(14, 60)), u(6, 28), u(5, 16)
    outline = _teeth(teeth, r, r * 2.2 / teeth)
    shells = [washer(outline, outline * u(0.2, 0.5), wide)]
    shells += [
        moved(ring(r * 1.2, r * 0.5, 1.4), (0, 0, s * (wide / 2 + 0.4) - 0.7)) for s in (-1, 1)
    ]
    if rng.random() < 0.6:
        shells.append(moved(ring(r * u(0.7, 1.1), r * 0.4, u(4, 9)), (0, 0, wide / 2 + 1)))
    return shells


def bearing(rng: Draw) -> Shells:
    """Two rings with balls or rollers between, or a flanged or split bush."""
    u = rng.uniform
    r, wide = u(8, 40), u(4, 18)
    bore = r * u(0.25, 0.6)
    gap = (r - bore) / 2
    shells = [ring(r, r - gap * 0.6, wide), ring(bore + gap * 0.6, bore, wide)]
    count = int(rng.integers(6, 13))
    middle = bore + gap
    roller = (rod((middle, 0, 0), (middle, 0, wide), gap * 0.55) if rng.random() < 0.4
              else ball((middle, 0, wide / 2), gap * 0.6))  # fmt: skip
    shells += around(roller, count)
    if rng.random() < 0.3:
        shells.append(ring(r * u(1.1, 1.5), r * 0.9, wide * 0.25))
    return shells


def cam(rng: Draw) -> Shells:
    """An egg-shaped or snail disc with an off-centre hub, or a crank with its pin."""
    u = rng.uniform
    r, rise, thick = u(10, 35), u(0.2, 0.9), u(4, 18)
    angle = np.arange(36) * (2 * np.pi / 36)
    snail = r * (1 + rise * angle / (2 * np.pi))
    egg = r * (1 + rise * np.maximum(np.cos(angle), 0) ** u(1, 3))
    reach = one_of(rng, (snail, egg))
    outline = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
    shells = [prism(outline, thick, holes=[circle(r * u(0.2, 0.5), 16)])]
    if rng.random() < 0.4:
        shells.append(rod((r, 0, 0), (r, 0, u(15, 50)), r * u(0.12, 0.3)))
    if rng.random() < 0.4:
        shells.append(moved(ring(r * 0.7, r * 0.5, thick * 1.6), (0, 0, -thick / 2)))
    return shells


def chain_links(rng: Draw) -> Shells:
    """A few plates and pins of a roller chain, or a strip of belt teeth."""
    u = rng.uniform
    pitch, r, thick, count = u(9, 22), u(3.5, 8), u(1.2, 3), int(rng.integers(1, 8))
    waist = np.concatenate([arc(r, 90, 270, 8), arc(r, -90, 90, 8) + (pitch, 0)])
    plate = prism(waist, thick)
    wide = u(5, 14)
    shells: Shells = []
    for k in range(count):
        off = wide / 2 + (thick if k % 2 else 0)
        shells += [moved(plate, (k * pitch, 0, s * off)) for s in (-1, 1)]
    pin = rod((0, 0, -wide / 2 - thick * 2), (0, 0, wide / 2 + thick * 2), r * 0.5)
    return [*shells, *(moved(pin, (k * pitch, 0, 0)) for k in range(count + 1))]


def spoked_wheel(rng: Draw) -> Shells:
    """A wheel: rim, spokes and hub, with a tread; toy, cart, caster and steering wheels."""
    u = rng.uniform
    r, wide, rim, count = u(15, 70), u(5, 35), u(0.72, 0.92), int(rng.integers(0, 12))
    hub = r * u(0.12, 0.3)
    shells = [
        moved(ring(r, r * rim, wide), (0, 0, -wide / 2)),
        disc((0, 0, 0), hub, wide * u(0.8, 1.3)),
    ]
    thick = wide * u(0.2, 0.8)
    if count < 3:
        shells.append(disc((0, 0, 0), r * 0.95, thick))
    else:
        shells += around(
            block((0, -r * u(0.03, 0.09), -thick / 2), (r * 0.95, r * 0.06, thick / 2)), count
        )
    if rng.random() < 0.4:
        lug = block((r * 0.97, -r * 0.05, -wide / 2), (r * u(1.03, 1.1), r * 0.05, wide / 2))
        shells += around(lug, int(rng.integers(10, 26)))
    return shells


def _teeth(count: int, r: float, deep: float) -> Points:
    """Four corners a tooth; a negative depth turns them inwards."""
    step = np.array([0.0, 0.28, 0.45, 0.83]) * (2 * np.pi / count)
    angle = (step + np.arange(count)[:, None] * (2 * np.pi / count)).ravel()
    reach = r + np.tile([-deep / 2, -deep / 2, deep / 2, deep / 2], count)
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def _points(count: int, r: float, deep: float) -> Points:
    step = np.array([0.0, 0.4, 0.6]) * (2 * np.pi / count)
    angle = (step + np.arange(count)[:, None] * (2 * np.pi / count)).ravel()
    reach = r + np.tile([-deep, deep * 0.6, deep * 0.6], count)
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def _spun(outline: Points, degrees: float) -> Points:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray(outline @ np.array([[c, s], [-s, c]]))


MODELS: Rows = (
    ("gear", (helical_gear, bevel_gear, internal_gear, sector_gear, sprocket, ratchet_wheel)),
    ("gear", (worm, timing_pulley, cam, spoked_wheel)),
    ("other", (bearing, chain_links)),
)
