"""Blunt blades and what they are held by: outlines of a kind, cross-pieces, handles, ends.

A blade's outline lies in x and z, from x = 0 forward; its section is a flat or a low roof,
millimetres thick everywhere. A hilt lies behind x = 0. Styles stand in tables.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    Triangles,
    block,
    circle,
    ellipsoid,
    loft,
    moved,
    rod,
    rounded_rectangle,
    sweep,
    upright,
)
from dataset_builder.sources.props.outlines import framed, maybe, mirrored, pick, side, softened

Blade = Callable[[Draw, float, float], Points]
"""Draw, length and half its breadth -> (N, 2) outline from x = 0 to *length*."""
Cross = Callable[[Draw, float, float], Shells]
"""Draw, how far it reaches up and down, its thickness -> a cross-piece about x = 0."""
End = Callable[[Draw, float, float], Shells]
"""Draw, where the handle ends, its radius -> what is at its end."""


def blade(rng: Draw, outline: Points, thick: float) -> Triangles:
    """The outline as a flat, or as a flat with its rim taken off on both sides."""
    return side(outline, thick, bevel=thick * rng.uniform(0.1, 0.45) if maybe(rng, 0.5) else 0.0)


def ridged(rng: Draw, long: float, half: float, thick: float, taper: Points) -> Triangles:
    """A blade of diamond section; *taper* are (K, 2) shares of length and breadth."""
    rings = []
    for x, share in taper:
        roof = thick / 2 * (0.4 + 0.6 * min(1.0, share))
        rings.append([(long * x, 0, half * share), (long * x, roof, 0),
                      (long * x, 0, -half * share), (long * x, -roof, 0)])  # fmt: skip
    return loft(np.array(rings))


def hilt(rng: Draw, grip: float, radius: float, reach: float) -> Shells:
    """Cross-piece, handle and end, each of any style."""
    shells = pick(rng, CROSSES)(rng, reach, radius * rng.uniform(0.8, 1.5))
    return [*shells, *handle(rng, grip, radius)]


def handle(rng: Draw, grip: float, radius: float) -> Shells:
    """A round, flat or bound handle from x = 4 back, with an end or without."""
    u = rng.uniform
    flat = (
        rounded_rectangle(2.0, 2.0 * u(0.6, 1), u(0, 0.8)) if maybe(rng, 0.5) else circle(1.0, 14)
    )
    swell = radius * (1 + u(-0.15, 0.3) * np.sin(np.linspace(0, np.pi, 7)))
    path = np.column_stack(
        [np.linspace(4, -grip, 7), np.zeros(7), u(-0.06, 0.06) * grip * np.linspace(0, 1, 7) ** 2]
    )
    shells = [sweep(path, swell, section=flat)]
    if maybe(rng, 0.4):  # bound
        count = int(rng.integers(3, 8))
        x = -grip * (np.arange(count) + 0.6) / count
        wide = grip / count * u(0.3, 0.6)
        shells += [rod((at, 0, 0), (at - wide, 0, 0), radius * u(1.12, 1.3)) for at in x]
    end = path[-1]
    return [*shells, *(moved(part, (0, 0, end[2])) for part in pick(rng, ENDS)(rng, -grip, radius))]


def _straight(rng: Draw, long: float, half: float) -> Points:
    u = rng.uniform
    tip = u(0.75, 0.97)
    return mirrored([(0, half), (long * tip, half * u(0.6, 1.05)), (long, 0)])


def _leaf(rng: Draw, long: float, half: float) -> Points:
    u, t = rng.uniform, np.linspace(0, 1, 10)
    swell = (
        half
        * (0.7 + u(0.2, 0.8) * np.sin(np.pi * t ** u(0.8, 1.8)))
        * np.minimum(1, (1 - t) * u(3, 6))
    )
    return mirrored(np.stack([long * t, swell], axis=1))


def _flame(rng: Draw, long: float, half: float) -> Points:
    u, t = rng.uniform, np.linspace(0, 1, 26)
    wave = half * u(0.15, 0.4) * np.sin(2 * np.pi * u(2, 4.5) * t)
    width = half * np.minimum(1, (1 - t) * 5)
    top, low = np.stack([long * t, wave + width], 1), np.stack([long * t, wave - width], 1)
    return np.concatenate([top, low[::-1][1:]])


def _curved(rng: Draw, long: float, half: float) -> Points:
    u, t = rng.uniform, np.linspace(0, 1, 12)
    rise = long * u(0.03, 0.25) * t ** u(1.5, 2.5)
    width = 2 * half * (1 + u(-0.3, 0.5) * t) * np.minimum(1, (1.01 - t) * u(4, 12))
    back, belly = np.stack([long * t, rise + half], 1), np.stack([long * t, rise + half - width], 1)
    return np.concatenate([belly, back[::-1]])


def _broad_tip(rng: Draw, long: float, half: float) -> Points:
    u = rng.uniform
    out, clip = half * u(1.1, 1.9), long * u(0.7, 0.92)
    return np.array([(0, half * 0.8), (0, -half * 0.8), (long * 0.5, -half), (clip, -out),
                     (long, half * u(-0.6, 0.9)), (long * u(0.8, 0.98), half)])  # fmt: skip


def _clipped(rng: Draw, long: float, half: float) -> Points:
    u = rng.uniform
    clip, t = u(0.5, 0.8), np.linspace(0, 1, 6)
    belly = np.stack([long * (0.7 + 0.3 * t), -half + half * u(1.2, 1.9) * t**2.5], axis=1)
    return np.array([(0, half), (0, -half), *belly.tolist(), (long * clip, half * u(0.9, 1.1))])


def _square_tip(rng: Draw, long: float, half: float) -> Points:
    u = rng.uniform
    return np.array([(0, half), (0, -half), (long, -half * u(0.8, 1.3)), (long * u(0.9, 1), half)])


def _hooked(rng: Draw, long: float, half: float) -> Points:
    u = rng.uniform
    return np.array(
        [
            (0, half),
            (0, -half),
            (long * 0.6, -half * u(1, 1.6)),
            (long * u(0.9, 1), -half * u(1.5, 2.6)),
            (long, 0),
            (long * 0.85, half * u(0.8, 1.4)),
            (long * 0.4, half),
        ]
    )


def _toothed(rng: Draw, long: float, half: float) -> Points:
    """Straight, with a row of notches along its back or belly."""
    count, deep = int(rng.integers(4, 11)), half * rng.uniform(0.2, 0.5)
    x = np.linspace(0.1, rng.uniform(0.5, 0.85), 2 * count + 1)
    z = np.where(np.arange(len(x)) % 2, half - deep, half)
    back = [(0, half), *zip((long * x).tolist(), z.tolist(), strict=True), (long * 0.88, half)]
    return np.array([*back, (long, -half * rng.uniform(-0.5, 1)), (long * 0.9, -half), (0, -half)])


def _notched(rng: Draw, long: float, half: float) -> Points:
    """A film sword: broad base with spikes, a waist, a broad front."""
    u = rng.uniform
    line = [
        (0, half * u(0.5, 0.9)),
        (0.08, half * u(0.8, 1.3)),
        (0.14, half * u(1.1, 1.9)),
        (0.2, half * u(0.5, 0.9)),
        (u(0.4, 0.7), half * u(0.6, 1)),
        (u(0.75, 0.88), half * u(0.8, 1.4)),
    ]
    return mirrored([*((long * x, z) for x, z in line), (long, 0)])


def _bar(rng: Draw, reach: float, thick: float) -> Shells:
    half = rng.uniform(3, 9)
    return [block((-half, -thick, -reach), (half, thick, reach), bevel=rng.uniform(0, half * 0.8))]


def _swept_bar(rng: Draw, reach: float, thick: float) -> Shells:
    u, t = rng.uniform, np.linspace(-1, 1, 9)
    bend = u(-0.6, 0.6) * reach
    path = np.stack([bend * np.abs(t) ** u(1.2, 2.6), reach * t], axis=1)
    size = u(3.5, 8) * (1 - u(-0.5, 0.5) * np.abs(t))
    return [sweep(upright(path), size, section=rounded_rectangle(2, 2 * u(0.7, 1.6), 0.3))]


def _disc(rng: Draw, reach: float, thick: float) -> Shells:
    radius, x = reach * rng.uniform(0.5, 0.9), rng.uniform(2, 6)
    return [rod((-x, 0, 0), (x, 0, 0), radius)]


def _winged(rng: Draw, reach: float, thick: float) -> Shells:
    u = rng.uniform
    half = [
        (-u(6, 14), thick * 0.8),
        (-u(8, 40), reach),
        (u(-4, 30), reach * u(0.7, 1)),
        (u(6, 26), thick),
    ]
    return [side(mirrored(half), thick * u(0.8, 1.6), bevel=u(0, 1.5))]


def _basket(rng: Draw, reach: float, thick: float) -> Shells:
    u = rng.uniform
    bow = np.array(
        [(0, -reach * 0.7), (-u(20, 50), -reach), (-u(70, 100), -reach * 0.8), (-u(100, 130), 0)]
    )
    return [*_bar(rng, reach * 0.7, thick), sweep(upright(bow), u(3, 6))]


def _half_bar(rng: Draw, reach: float, thick: float) -> Shells:
    half = rng.uniform(2, 6)
    return [block((-half, -thick, -reach), (half, thick, reach * 0.3), bevel=1)]


def _collar(rng: Draw, reach: float, thick: float) -> Shells:
    return [rod((-8, 0, 0), (6, 0, 0), thick * rng.uniform(1, 1.5), thick)]


def _ball_end(rng: Draw, x: float, radius: float) -> Shells:
    u = rng.uniform
    return [ellipsoid((x, 0, 0), radius * u(0.9, 2.0, 3))]


def _disc_end(rng: Draw, x: float, radius: float) -> Shells:
    wheel = radius * rng.uniform(1.3, 2.2)
    return [
        moved(
            side(circle(wheel, int(rng.integers(5, 20))), radius * rng.uniform(0.8, 1.6)),
            (x - wheel * 0.5, 0, 0),
        )
    ]


def _ring_end(rng: Draw, x: float, radius: float) -> Shells:
    size = radius * rng.uniform(1.2, 2.2)
    return [
        moved(
            framed(circle(size, 20), size * rng.uniform(0.25, 0.4), radius), (x - size * 0.8, 0, 0)
        )
    ]


def _cap_end(rng: Draw, x: float, radius: float) -> Shells:
    long = rng.uniform(6, 20)
    return [rod((x + long * 0.6, 0, 0), (x - long * 0.4, 0, 0), radius * rng.uniform(1.1, 1.7))]


def _spike_end(rng: Draw, x: float, radius: float) -> Shells:
    return [rod((x + 6, 0, 0), (x - rng.uniform(14, 40), 0, 0), radius * 1.2, radius * 0.3)]


def _tassel_end(rng: Draw, x: float, radius: float) -> Shells:
    u = rng.uniform
    path = np.array([(x, 0), (x - u(14, 30), -u(0, 20)), (x - u(30, 60), -u(20, 60))])
    return [sweep(upright(path), np.array([3, 4, u(6, 10)])), *_cap_end(rng, x, radius)]


def _no_end(rng: Draw, x: float, radius: float) -> Shells:
    return []


STRAIGHT: tuple[Blade, ...] = (_straight, _straight, _leaf, _flame, _notched, _square_tip)
SINGLE: tuple[Blade, ...] = (_curved, _broad_tip, _clipped, _hooked, _toothed, _square_tip)
CROSSES: tuple[Cross, ...] = (
    _bar, _bar, _swept_bar, _swept_bar, _disc, _winged, _basket, _half_bar, _collar,
)  # fmt: skip
ENDS: tuple[End, ...] = (
    _ball_end, _ball_end, _disc_end, _ring_end, _cap_end, _cap_end, _spike_end, _tassel_end,
    _no_end,
)  # fmt: skip


def any_outline(rng: Draw, long: float, half: float, styles: tuple[Blade, ...]) -> Points:
    """One of the *styles*, its corners as they are or cut."""
    outline = pick(rng, styles)(rng, long, half)
    return softened(rng, outline) if len(outline) < 9 and maybe(rng, 0.15) else outline
