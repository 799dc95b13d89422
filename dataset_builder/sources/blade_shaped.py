"""Outer envelopes with the outline of a blade or a grenade, and nothing inside.

Blunt, solid and without function by construction: no bore, chamber, magazine, edge or moving
part, and every proportion is drawn at random. They teach a network an outline, no more. x runs
along the object, y across its thickness, z up; millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    arc,
    block,
    ellipsoid,
    lathe,
    loft,
    moved,
    rod,
    rounded_rectangle,
    slab,
    sweep,
    turned,
    upright,
)


def knife(rng: Draw) -> Shells:
    """One straight back, one curved belly, a slab handle."""
    u = rng.uniform
    blade, tall, grip = u(70, 230), u(18, 52), u(80, 140)
    t = np.linspace(0, 1, 9)
    belly = -tall / 2 + tall * u(0.6, 1.1) * t ** u(2.2, 5)
    back = np.full(9, tall / 2) - tall * u(0, 0.35) * t**3
    side = np.concatenate(
        [np.stack([blade * t, belly], 1), np.stack([blade * t, back], 1)[::-1][1:]]
    )
    side[8, 1] = min(side[8, 1], back[-1] - 1.0)
    deep, tail = u(0.6, 1.1) * tall, u(-12, 12)
    handle = [(4, deep / 2), (4, -deep / 2), (-grip, tail - deep / 2), (-grip, tail + deep / 2)]
    shells = [slab(side, u(2, 6)), slab(handle, u(12, 26), bevel=u(1, 4))]
    if rng.random() < 0.5:
        high = tall * u(0.5, 0.9)
        shells.append(block((-6, -u(4, 10), -high), (u(2, 6), u(4, 10), high), bevel=2))
    return shells


def dagger(rng: Draw) -> Shells:
    """A symmetric point, a cross-piece and a round handle."""
    u = rng.uniform
    blade, half, grip = u(110, 280), u(9, 22), u(80, 130)
    waist, thick = u(0.6, 1.0), u(3, 9)
    rings = [
        np.array([(x, h * s, 0), (x, 0, thick / 2 * s), (x, -h * s, 0), (x, 0, -thick / 2 * s)])
        for x, h, s in [(0, half, 1), (blade * u(0.5, 0.8), half * waist, 1), (blade, half, 0.06)]
    ]
    shells = [loft(np.stack(rings)), *_hilt(rng, grip, half * u(1.3, 3.2), thick)]
    return [turned(shell, x=90) for shell in shells]


def sword(rng: Draw) -> Shells:
    """A long double taper with guard, handle and pommel."""
    u = rng.uniform
    blade, half, grip = u(420, 900), u(15, 32), u(100, 240)
    thick, end = u(4, 10), u(0.5, 1.0)
    rings = [
        np.array([(x, h, 0), (x, 0, thick / 2), (x, -h, 0), (x, 0, -thick / 2)])
        for x, h in [(0, half), (blade * u(0.85, 0.96), half * end), (blade, half * 0.08)]
    ]
    shells = [loft(np.stack(rings)), *_hilt(rng, grip, half * u(2, 5), thick)]
    return [turned(shell, x=90) for shell in shells]


def sabre(rng: Draw) -> Shells:
    """A curved single blade, slim like a katana or broad like a cutlass."""
    u = rng.uniform
    blade, tall, radius = u(350, 750), u(22, 60), u(700, 2200)
    turn = np.degrees(blade / radius)
    t = np.linspace(0, 1, 14)
    inner, outer = arc(radius, 90, 90 - turn, 14), arc(1, 90, 90 - turn, 14)
    width = tall * (1 + u(-0.3, 0.5) * t) * np.minimum(1, (1.02 - t) * u(5, 12))
    side = np.concatenate([inner, (outer * (radius + width)[:, None])[::-1]]) - (0, radius)
    grip, deep = u(110, 260), u(22, 34)
    drop = u(0, 20)
    handle = [(6, tall * 0.7), (6, tall * 0.7 - deep), (-grip, -drop - deep / 2), (-grip, -drop)]
    shells = [slab(side, u(3, 8)), slab(handle, u(18, 28), bevel=4)]
    if rng.random() < 0.7:
        plate = lathe([(tall * u(0.7, 1.1), 0), (tall * u(0.7, 1.1), 6)])
        shells.append(moved(turned(plate, y=90), (-2, 0, tall * 0.4)))
    return shells


def _hilt(rng: Draw, grip: float, reach: float, thick: float) -> Shells:
    """Cross-piece, handle and pommel behind x = 0; the blade is flat in z."""
    u = rng.uniform
    half, round_ = u(3, 8), u(9, 15)
    sweep_back = u(-0.4, 0.4) * reach
    cross = np.array([(sweep_back, -reach, 0), (0, 0, 0), (sweep_back, reach, 0)], dtype=float)
    straight = abs(sweep_back) < 1.0
    bar = block((-half, -reach, -thick), (half, reach, thick)) if straight else sweep(cross, half)
    shells = [bar, rod((4, 0, 0), (-grip, 0, 0), round_, round_ * u(0.8, 1.1))]
    if rng.random() < 0.7:
        shells.append(ellipsoid((-grip, 0, 0), (round_ * u(0.7, 1.4), round_ * 1.5, round_ * 1.5)))
    return shells


def round_grenade(rng: Draw) -> Shells:
    """An egg or ball with a collar and a lever that hugs one side."""
    u = rng.uniform
    radius, tall = u(24, 36), u(28, 48)
    collar, reach = u(8, 13), u(0.3, 1.2)
    top = tall * 0.9
    bend = arc(1.0, 80, 80 - 75 * reach, 9) * (radius + u(3, 9), top + u(4, 12))
    lever = np.concatenate([[(-collar, top + 14)], bend])
    shells = [
        ellipsoid((0, 0, 0), (radius, radius, tall)),
        rod((0, 0, top - 6), (0, 0, top + u(10, 18)), collar),
        sweep(upright(lever), u(4, 8), section=rounded_rectangle(0.7, 1.6)),
    ]
    if rng.random() < 0.6:
        ring = sweep(upright(arc(u(9, 15), 0, 330, 14)), u(1.2, 2.2))
        shells.append(moved(ring, (-collar - u(6, 12), 0, top + u(2, 10))))
    return shells


def ribbed_grenade(rng: Draw) -> Shells:
    """A pineapple: stacked rows of bumps, collar and lever."""
    u = rng.uniform
    radius, tall, rows, around = u(24, 34), u(30, 44), rng.integers(3, 7), rng.integers(6, 11)
    shells = [ellipsoid((0, 0, 0), (radius, radius, tall))]
    for level in np.linspace(-0.75, 0.75, rows):
        reach = radius * np.sqrt(1 - level**2)
        for angle in np.arange(around) * (360 / around):
            size = 2.4 * reach / around
            bump = block((-3, -size, -tall * 0.7 / rows), (3.5, size, tall * 0.7 / rows))
            shells.append(turned(moved(bump, (reach, 0, level * tall)), z=angle))
    bow = [(-9, tall + 12), (radius * 0.7, tall + 9), (radius + 7, tall * u(0.3, 0.6))]
    bow.append((radius + 8, -tall * u(0, 0.6)))
    shells.append(rod((0, 0, tall * 0.85), (0, 0, tall + u(8, 16)), u(8, 13)))
    return [*shells, sweep(upright(bow), u(4, 8), section=rounded_rectangle(0.7, 1.6))]


def stick_grenade(rng: Draw) -> Shells:
    """A can on a long handle."""
    u = rng.uniform
    radius, can, stick = u(26, 40), u(60, 130), u(150, 280)
    return [
        lathe([(radius * 0.9, 0), (radius, 4), (radius, can - 4), (radius * 0.9, can)]),
        rod((0, 0, 5), (0, 0, -stick), u(10, 15), u(10, 17)),
        rod((0, 0, -stick + u(10, 25)), (0, 0, -stick), u(14, 20)),
    ]
