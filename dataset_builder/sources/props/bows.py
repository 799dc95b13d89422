"""Envelopes with the outline of a bow, crossbow, launcher or arm cannon; solid props.

Strings are thick cords that hold nothing, tubes are solid to their ends; every proportion is drawn
at random. x runs along a launcher or a crossbow, z along a bow's stave; millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Model
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    circle,
    lathe,
    loft,
    moved,
    rod,
    rounded_rectangle,
    sweep,
    turned,
    upright,
)
from dataset_builder.sources.props.gun_fittings import above, flanks
from dataset_builder.sources.props.gun_fronts import front, stock
from dataset_builder.sources.props.gun_parts import grip, guard
from dataset_builder.sources.props.outlines import hull, maybe, side, softened


def recurve_bow(rng: Draw) -> Shells:
    """Limbs that bend back at their tips, a thick grip, often ornaments."""
    u = rng.uniform
    half = u(280, 700)
    belly = half * u(0.14, 0.5)
    stave = _limbs(rng, half, belly, curl=u(0.1, 0.9))
    thick = u(9, 18)
    shells = [*_stave(rng, stave, thick), *_string(rng, stave), *_riser(rng, stave, thick)]
    spikes = int(rng.integers(0, 4)) if maybe(rng, 0.4) else 0
    for k in range(spikes):
        for at in (stave[6 + k * 2], stave[-7 - k * 2]):
            barb = np.array([(0, -u(8, 20)), (0, u(8, 20)), (u(30, 70), u(-30, 30))])
            shells.append(side(barb + at, thick * 0.9))
    return shells


def plain_bow(rng: Draw) -> Shells:
    """One simple arc with its string, as drawn by a child."""
    u = rng.uniform
    half = u(200, 800)
    stave = _limbs(rng, half, half * u(0.15, 0.6), curl=0.0)
    return [*_stave(rng, stave, u(7, 16)), *_string(rng, stave)]


def wheeled_bow(rng: Draw) -> Shells:
    """A pierced riser, two short flat limbs, a wheel at each tip and two cords."""
    u = rng.uniform
    half, reach, wheel, wide = u(300, 450), u(120, 260), u(24, 42), u(14, 26)
    riser = [(0, -half * 0.45), (u(30, 60), -60), (u(20, 50), 0), (u(30, 60), 60), (0, half * 0.45),
             (-u(20, 34), half * 0.4), (-u(0, 20), 0), (-u(20, 34), -half * 0.4)]  # fmt: skip
    shells = [side(softened(rng, riser), wide, bevel=2)]
    for sign in (1, -1):
        limb = np.array(
            [(-12, sign * half * 0.4), (-reach * 0.3, sign * half * 0.75), (-reach, sign * half)]
        )
        shells.append(sweep(upright(limb), 1.0, section=rounded_rectangle(u(7, 12), wide * 1.2)))
        shells.append(moved(side(circle(wheel, 20), 8), (-reach, 0, sign * half)))
    for cord in (-reach - wheel, -reach + wheel * u(-0.5, 0.9)):
        shells.append(rod((cord, 0, -half), (cord, 0, half), u(1.8, 3)))
    return shells


def crossbow(rng: Draw) -> Shells:
    """A bow across a bed with a shoulder piece or a handle."""
    u = rng.uniform
    long, wide, tall = u(300, 620), u(24, 50), u(24, 55)
    bed = side(hull(rng, (0.0, long), tall, spread=0.25), wide, bevel=u(0, 4))
    shells = [bed, *_bow_across(rng, long * u(0.85, 1.0), u(110, 330))]
    if maybe(rng, 0.7):
        shells += stock(rng, (6, 0), (u(120, 260), u(70, 120)), wide)
    if maybe(rng, 0.6):
        shells += grip(rng, u(0, 60), -tall * 0.3, u(55, 90), u(26, 38), wide * 0.8)
    if maybe(rng, 0.4):
        stirrup = np.array([(long - 5, 30), (long + 50, 30), (long + 50, -30), (long - 5, -30)])
        shells.append(turned(sweep(upright(stirrup), u(3, 6)), x=90))
    shells += guard(rng, u(60, 110), -tall * 0.4, u(30, 60), u(18, 30), wide * 0.5)
    return [*shells, *(above(rng, (20.0, long * 0.7), tall * 0.4, wide) if maybe(rng, 0.3) else [])]


def hand_crossbow(rng: Draw) -> Shells:
    """A short bed on a pistol's handle, as of low-poly figures."""
    u = rng.uniform
    long, wide, tall = u(120, 260), u(24, 50), u(24, 44)
    return [
        side(hull(rng, (0.0, long), tall, spread=0.3), wide, bevel=u(0, 5)),
        *_bow_across(rng, long * u(0.8, 1.0), u(70, 180)),
        *grip(rng, u(-10, 20), -tall * 0.3, u(55, 90), u(24, 36), wide * 0.8),
        *guard(rng, u(30, 50), -tall * 0.4, u(28, 45), u(16, 28), wide * 0.5),
        rod((long * 0.2, 0, tall * 0.5), (long * u(1.0, 1.3), 0, tall * 0.5), u(3, 6)),
    ]


def shoulder_launcher(rng: Draw) -> Shells:
    """A boxed or round tube with caps, a sight, handles and a shoulder rest."""
    u = rng.uniform
    long, radius = u(400, 900), u(32, 70)
    square = maybe(rng, 0.3)
    loop = rounded_rectangle(long, 2 * radius, radius * u(0, 0.3)) + (long / 2, 0)
    body = (
        side(loop, radius * u(1.4, 2), bevel=2) if square else rod((0, 0, 0), (long, 0, 0), radius)
    )
    caps = [rod((x, 0, 0), (x + u(20, 70), 0, 0), radius * u(1.08, 1.35)) for x in (-10, long - 40)]
    at = long * u(0.45, 0.7)
    rest = [
        (long * 0.2, -radius * 0.7),
        (long * 0.42, -radius * 0.7),
        (long * 0.4, -radius * u(1.3, 1.8)),
        (long * 0.22, -radius * u(1.2, 1.6)),
    ]
    return [
        body,
        *(caps if maybe(rng, 0.7) else []),
        *grip(rng, at, -radius * 0.8, u(70, 110), u(28, 42), radius * 0.6),
        *guard(rng, at + 34, -radius * 0.9, u(34, 55), u(20, 34), 16),
        *above(rng, (long * 0.3, long * 0.8), radius * 0.9, radius),
        *flanks(rng, (long * 0.2, long * 0.8), (-radius * 0.4, radius * 0.4), radius * 1.8),
        *([side(rest, radius * 0.9)] if maybe(rng, 0.5) else []),
    ]


def loaded_launcher(rng: Draw) -> Shells:
    """A slim tube with a bell behind and a pointed, finned bulb in front."""
    u = rng.uniform
    long, radius = u(450, 850), u(18, 34)
    bulb, reach = radius * u(1.3, 2.4), u(140, 300)
    profile = np.array([(radius * 0.6, 0), (bulb * 0.6, reach * 0.2), (bulb, reach * u(0.3, 0.45)),
                        (bulb * u(0.6, 0.8), reach * 0.7), (radius * 0.2, reach)])  # fmt: skip
    bell = radius * u(1.4, 2.3)
    return [
        rod((0, 0, 0), (long, 0, 0), radius),
        rod((5, 0, 0), (-u(60, 140), 0, 0), radius, bell),
        moved(turned(lathe(profile), y=90), (long - 10, 0, 0)),
        rod((long * 0.3, 0, 0), (long * u(0.5, 0.7), 0, 0), radius * u(1.2, 1.6)),
        *grip(rng, long * 0.6, -radius * 0.8, u(65, 100), u(24, 38), radius),
        *(grip(rng, long * u(0.4, 0.5), -radius * 0.8, u(55, 90), u(24, 34), radius)
          if maybe(rng, 0.6) else []),
        *above(rng, (long * 0.4, long * 0.8), radius * 0.9, radius),
    ]  # fmt: skip


def arm_cannon(rng: Draw) -> Shells:
    """A fat block that is worn, not held: a rounded rear, collars and stubs in front."""
    u = rng.uniform
    rear, body, tall, wide, nose = u(80, 140), u(60, 120), u(80, 130), u(80, 130), u(30, 160)
    section = softened(rng, rounded_rectangle(tall, wide, 0.2 * wide))
    share = np.array([u(0.5, 0.7), u(0.75, 0.95), 1.0])
    z = np.array([0.0, rear * 0.3, rear])
    rings = [
        np.column_stack([section * s, np.full(len(section), h)])
        for s, h in zip(share, z, strict=True)
    ]
    bar = front(rng, (rear + body - 10, rear + body + nose), 0, u(10, 20))
    spots = [(0, 0)] if maybe(rng, 0.5) else [(-0.2, 0.15), (0.2, 0.15), (0, -0.2)]
    return [
        turned(loft(np.stack(rings)), y=90),
        side(
            hull(rng, (rear - 5, rear + body), tall * 1.15, spread=0.12),
            wide * 1.15,
            bevel=u(3, 14),
        ),
        *(moved(shell, (0, y * wide, k * tall)) for y, k in spots for shell in bar),
        *above(rng, (rear, rear + body), tall * 0.5, wide * 0.6),
        *flanks(rng, (rear, rear + body), (-tall * 0.2, tall * 0.2), wide * 1.15),
    ]


def _limbs(rng: Draw, half: float, belly: float, curl: float) -> Points:
    """(25, 2) the stave's line, from the lower tip to the upper."""
    t = np.linspace(-1, 1, 25)
    x = belly * (1 - np.abs(t) ** rng.uniform(1.5, 2.4)) + curl * belly * np.abs(t) ** 8
    dent = rng.uniform(0, 0.25) * belly * np.exp(-((t / 0.15) ** 2)) if curl else 0.0
    return np.stack([x - dent, half * t], axis=1)


def _stave(rng: Draw, line: Points, thick: float) -> Shells:
    taper = thick * (1.0 - rng.uniform(0.3, 0.7) * np.abs(np.linspace(-1, 1, len(line))))
    section = circle(1.0, 12) * (rng.uniform(0.5, 1.0), 1.0)
    return [sweep(upright(line), taper, section=section)]


def _string(rng: Draw, line: Points) -> Shells:
    if maybe(rng, 0.15):  # props are printed without one
        return []
    first, last = upright(line)[[1, -2]]
    return [rod(first, last, rng.uniform(1.5, 3))]


def _riser(rng: Draw, line: Points, thick: float) -> Shells:
    u = rng.uniform
    x, tall = line[len(line) // 2, 0], u(40, 90)
    loop = [(-thick * u(0.8, 1.6), -tall), (thick, -tall), (thick * u(0.8, 1.8), 0), (thick, tall),
            (-thick * u(0.8, 1.6), tall), (-thick * u(0.4, 1.2), 0)]  # fmt: skip
    return [side(softened(rng, loop) + (x, 0), thick * u(1.6, 2.4), bevel=u(0, 2))]


def _bow_across(rng: Draw, x: float, half: float) -> Shells:
    """A flat bow whose tips lie along y, with its cord."""
    u, t = rng.uniform, np.linspace(-1, 1, 17)
    back = half * u(0.15, 0.6)
    line = np.stack(
        [x - back * np.abs(t) ** u(1.3, 2.4) + u(0, 0.3) * back * np.abs(t) ** 9, half * t], 1
    )
    path = np.column_stack([line, np.zeros(17)])
    taper = u(8, 16) * (1 - u(0.1, 0.6) * np.abs(t))
    shells = [sweep(path, taper, section=rounded_rectangle(u(0.8, 1.5), u(1.2, 2.2)))]
    if maybe(rng, 0.8):
        pulled = [x - back * u(1.0, 1.6), 0.0, 0.0]
        ends = path[[1, -2]]
        shells += [rod(end, pulled, u(1.5, 2.6)) for end in ends]
    return shells


MODELS: tuple[Model, ...] = (
    recurve_bow, plain_bow, wheeled_bow, crossbow, hand_crossbow, shoulder_launcher,
    loaded_launcher, arm_cannon,
)  # fmt: skip
