"""Envelopes with the outline of an axe, a scythe, or of any head on a long shaft; blunt, solid.

Heads are plates of millimetres without an edge; every proportion is drawn at random. x runs along
the shaft, y across its thickness, z up; millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Model
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    Triangles,
    arc,
    block,
    circle,
    ellipsoid,
    moved,
    rod,
    sweep,
    turned,
    upright,
)
from dataset_builder.sources.props.blade_parts import STRAIGHT, any_outline, ridged
from dataset_builder.sources.props.outlines import maybe, pick, side


def shaft(rng: Draw, long: float, radius: float) -> Shells:
    """A straight or bent pole from x = 0 to *long*, bound, ringed or plain, with a foot or not."""
    u, t = rng.uniform, np.linspace(0, 1, 9)
    bend = u(-0.05, 0.05) * long if maybe(rng, 0.4) else 0.0
    path = np.stack([long * t, bend * np.sin(np.pi * t * u(0.8, 1.9)) * (1 - t)], axis=1)
    shells = [sweep(upright(path), radius * np.linspace(u(0.8, 1.2), 1, 9))]
    if maybe(rng, 0.4) and not bend:
        count, first, last = int(rng.integers(2, 8)), long * u(0, 0.2), long * u(0.3, 0.9)
        at = np.linspace(first, last, count)
        shells += [rod((x, 0, 0), (x + radius * u(0.5, 2), 0, 0), radius * u(1.1, 1.4)) for x in at]
    if maybe(rng, 0.4):
        foot = radius * u(1.1, 2.0)
        shells.append(ellipsoid((*path[0, :1], 0, path[0, 1]), (foot * u(0.7, 1.6), foot, foot)))
    return shells


def fantasy_axe(rng: Draw) -> Shells:
    """A big one-sided or two-sided crescent with horns, on a bound shaft."""
    u = rng.uniform
    long, radius = u(260, 700), u(9, 20)
    head = axe_plate(rng, long * u(0.12, 0.35), long * u(0.15, 0.4), radius)
    middle = long - u(10, 50)
    shells = [*shaft(rng, long, radius), moved(head, (middle, 0, 0))]
    if maybe(rng, 0.45):
        shells.append(moved(turned(head, x=180), (middle, 0, 0)))
    elif maybe(rng, 0.5):
        shells.append(rod((middle, 0, 0), (middle - u(0, 20), 0, -u(40, 100)), radius, 3))
    if maybe(rng, 0.3):
        shells.append(rod((long - 5, 0, 0), (long + u(30, 110), 0, 0), radius * 0.9, 3))
    shells.append(rod((middle - u(20, 40), 0, 0), (middle + u(20, 40), 0, 0), radius * u(1.2, 1.8)))
    return shells


def wood_axe(rng: Draw) -> Shells:
    """A wedge with a beard and a poll on a bent handle."""
    u = rng.uniform
    long, thick = u(280, 750), u(14, 34)
    t = np.linspace(0, 1, 8)
    path = np.stack([long * t, u(10, 40) * np.sin(np.pi * t) - u(0, 30) * (1 - t) ** 3], axis=1)
    x, neck, reach, flare = long - u(10, 40), u(18, 40), u(60, 130), u(35, 80)
    beard = u(0.3, 1.4) * flare
    head = [
        (x - neck, -u(15, 45)),
        (x + neck, -u(15, 45)),
        (x + neck, 10),
        (x + flare * u(0.6, 1), reach),
        (x, reach * u(1.0, 1.15)),
        (x - beard, reach * u(0.85, 1)),
        (x - neck, 14),
    ]
    return [
        sweep(
            upright(path),
            np.linspace(u(1.0, 1.4), 1, 8) * u(9, 14),
            section=circle(1.0, 12) * (1, 0.7),
        ),
        side(head, thick, bevel=thick * u(0.1, 0.4)),
    ]


def hatchet(rng: Draw) -> Shells:
    """Small, flat, with a hooked or spiked back."""
    u = rng.uniform
    long, radius = u(180, 340), u(7, 14)
    head = axe_plate(rng, u(25, 60), u(50, 110), radius * 0.6)
    hook = [(-14, 0), (14, 0), (u(-30, 20), -u(40, 90))]
    return [
        *shaft(rng, long, radius),
        moved(head, (long - u(20, 45), 0, 0)),
        *([moved(side(hook, u(5, 12)), (long - 30, 0, 0))] if maybe(rng, 0.6) else []),
    ]


def spear(rng: Draw) -> Shells:
    """A leaf, a diamond or a barbed head at the end of a pole."""
    u = rng.uniform
    long, radius, head, half = u(500, 1200), u(7, 15), u(90, 280), u(14, 45)
    point = (
        side(any_outline(rng, head, half, STRAIGHT[:4]), u(5, 14))
        if maybe(rng, 0.6)
        else ridged(rng, head, half, u(8, 20), np.array([(0, 0.3), (u(0.2, 0.4), 1), (1, 0.05)]))
    )
    shells = [*shaft(rng, long, radius), moved(point, (long - 6, 0, 0)),
              rod((long - u(30, 70), 0, 0), (long + 12, 0, 0), radius * u(1.1, 1.5))]  # fmt: skip
    if maybe(rng, 0.35):
        wing = [(long - 20, 0), (long + 10, 0), (long + u(0, 60), u(35, 80))]
        shells += [side(np.array(wing) * (1, sign), u(5, 9)) for sign in (1, -1)]
    return shells


def halberd(rng: Draw) -> Shells:
    """An axe plate, a hook behind and a point above on a long pole."""
    u = rng.uniform
    long, radius = u(600, 1200), u(8, 15)
    x, thick = long - u(20, 80), u(6, 14)
    hook = [(x - 18, 0), (x + 18, 0), (x + u(-40, 20), -u(50, 120)), (x - 10, -u(20, 40))]
    point = any_outline(rng, u(90, 240), u(10, 24), STRAIGHT[:3])
    return [
        *shaft(rng, long, radius),
        moved(axe_plate(rng, u(40, 100), u(60, 140), thick * 0.5), (x, 0, 0)),
        side(hook, thick),
        moved(side(point, thick), (long - 6, 0, 0)),
    ]


def glaive(rng: Draw) -> Shells:
    """A sword's blade on a pole, sometimes with a disc below it or a blade at both ends."""
    u = rng.uniform
    long, radius, half, thick = u(450, 900), u(8, 16), u(18, 50), u(5, 12)
    t, head = np.linspace(0, 1, 12), u(200, 450)
    width = half * (1 + u(0, 0.6) * np.sin(np.pi * t)) * np.minimum(1, (1.02 - t) * u(2, 5))
    rise = head * u(0, 0.25) * t**2
    loop = np.concatenate(
        [np.stack([head * t, rise - width], 1), np.stack([head * t, rise + width * 0.5], 1)[::-1]]
    )
    plate = side(loop, thick)
    shells = [*shaft(rng, long, radius), moved(plate, (long - 8, 0, 0))]
    if maybe(rng, 0.4):
        shells.append(rod((long - 12, 0, 0), (long, 0, 0), half * u(1, 1.6)))
    if maybe(rng, 0.25):
        shells.append(moved(turned(plate, z=180), (8, 0, 0)))
    return shells


def trident(rng: Draw) -> Shells:
    """Two to four prongs out of a bow or a bar."""
    u = rng.uniform
    long, radius, reach, count = u(450, 1100), u(7, 14), u(45, 110), int(rng.integers(2, 5))
    prong, thick = u(110, 260), u(5, 10)
    spots = np.linspace(-reach, reach, count)
    deep = u(10, 90)
    bow = arc(1.0, 90, 270, 13)[::-1] * (deep, reach) + (long - 4 + deep, 0)
    shells = [*shaft(rng, long, radius), sweep(upright(bow), thick * u(0.9, 1.3))]
    for z in spots:
        end = (
            long + deep + prong * u(0.8, 1.2) * (1.15 - 0.25 * abs(z) / reach),
            0,
            z * u(0.9, 1.1),
        )
        foot = (long - 8 + deep * (1 - np.sqrt(1 - (z / reach) ** 2)), 0, z)
        shells.append(rod(foot, end, thick, 3))
        if maybe(rng, 0.5):
            shells.append(moved(rod((-24, 0, 0), (0, 0, 0), thick * 2.2, 2), end))
    return shells


def scythe(rng: Draw) -> Shells:
    """A long bent plate across the end of a bent shaft, often with two handles."""
    u = rng.uniform
    long, radius, reach = u(500, 1100), u(8, 15), u(250, 520)
    blade_ = moved(side(sickle_outline(rng, reach, u(26, 60)), u(5, 14)), (long - 12, 0, 0))
    shells = [*shaft(rng, long, radius), blade_,
              rod((long - 40, 0, 0), (long + 15, 0, 0), radius * u(1.2, 1.7))]  # fmt: skip
    if maybe(rng, 0.5):
        grips = (long * u(0.3, 0.45), long * u(0.55, 0.7))
        shells += [rod((x, 0, 0), (x + u(-10, 10), 0, u(50, 90)), radius * 0.8) for x in grips]
    return shells


def sickle(rng: Draw) -> Shells:
    """A crescent on a short handle."""
    u = rng.uniform
    grip, radius, wide = u(90, 150), u(70, 150), u(14, 40)
    turn = u(140, 230)
    t = np.linspace(0, 1, 15)
    bend = arc(1.0, -90, -90 + turn, 15)
    half = wide * 0.5 * np.minimum(1, (1.03 - t) * u(1.5, 4))[:, None]
    middle = bend * radius + (u(10, 40), radius)
    loop = np.concatenate([middle + bend * half, (middle - bend * half)[::-1]])
    return [side(loop, u(4, 9)), rod((40, 0, 0), (-grip, 0, 0), u(9, 14), u(11, 17))]


def pick_axe(rng: Draw) -> Shells:
    """One or two long, bent spikes across a shaft, as of a war pick."""
    u = rng.uniform
    long, radius, reach = u(300, 700), u(9, 16), u(70, 230)
    ends = (reach, -reach * pick(rng, (1.0, u(0.2, 0.5))))
    x, droop, thick = long - u(5, 40), u(0, 0.35), u(9, 18)
    shells = [
        *shaft(rng, long, radius),
        block((x - thick * 1.4, -thick, -thick * 1.5), (x + thick * 1.4, thick, thick * 1.5)),
    ]
    for z in ends:
        t = np.linspace(0, 1, 7)
        path = np.stack([x - droop * abs(z) * t**2, z * t], axis=1)
        shells.append(sweep(upright(path), thick * (1 - 0.85 * t)))
    return shells


def axe_plate(rng: Draw, flare: float, reach: float, half: float) -> Triangles:
    """A flat head above the shaft: crescent, beard or block, its rim round, notched or straight."""
    u = rng.uniform
    neck = flare * u(0.15, 0.5)
    count = int(rng.integers(3, 11))
    rim = arc(1.0, u(-35, 15), u(165, 215), count) * (flare, reach * u(0.15, 0.5)) + (
        0,
        reach * u(0.6, 0.9),
    )
    if maybe(rng, 0.2):  # chipped
        rim = rim + rng.uniform(-0.06, 0.06, rim.shape) * reach
    loop = np.concatenate([[(-neck, -3.0), (neck, -3.0), (neck * u(0.5, 1), reach * 0.3)], rim,
                           [(-neck * u(0.5, 1), reach * 0.3)]])  # fmt: skip
    return side(loop + (u(-0.2, 0.2) * flare, 0), 2 * half, bevel=half * u(0, 0.5))


def sickle_outline(rng: Draw, reach: float, wide: float) -> Points:
    """A bent plate that rises along z and falls back along -x."""
    u, t = rng.uniform, np.linspace(0, 1, 12)
    middle = np.stack(
        [u(10, 60) * np.sin(np.pi * t * 0.6) - reach * u(0.1, 0.6) * t**2, reach * t], 1
    )
    half = wide * 0.5 * np.minimum(1, (1.02 - t) * u(1.2, 3))
    offset = np.stack([half, half * 0.4], axis=1)
    return np.concatenate([middle + offset, (middle - offset)[::-1]])


MODELS: tuple[Model, ...] = (
    fantasy_axe, wood_axe, hatchet, spear, halberd, glaive, trident, scythe, sickle, pick_axe,
)  # fmt: skip
