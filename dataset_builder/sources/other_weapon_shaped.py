"""Outer envelopes with the outline of an axe, bow, mace or launcher, as game props show them.

Blunt, solid and without function by construction: no bore, edge, tension or moving part, and
every proportion is drawn at random. They teach a network an outline, no more. x runs along the
object, y across its thickness, z up; millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    Triangles,
    arc,
    block,
    ellipsoid,
    rod,
    slab,
    sweep,
    turned,
    upright,
)


def axe(rng: Draw) -> Shells:
    """A flared head on one or both sides of a long handle."""
    u = rng.uniform
    length, round_, thick = u(220, 700), u(8, 16), u(8, 22)
    middle, neck, flare, reach = length - u(25, 60), u(12, 28), u(25, 75), u(45, 130)
    head = _axe_head(middle, neck, flare, reach, thick)
    shells = [rod((0, 0, 0), (length, 0, 0), round_, round_ * u(0.8, 1.1)), head]
    if rng.random() < 0.4:
        shells.append(turned(head, x=180))
    elif rng.random() < 0.6:  # a plain poll opposite the head
        shells.append(block((middle - neck, -thick / 2, -u(18, 40)), (middle + neck, thick / 2, 5)))
    return shells


def bow(rng: Draw) -> Shells:
    """A bent stave, thick at its grip, with a straight string from tip to tip."""
    u = rng.uniform
    radius, half, thick = u(260, 620), u(45, 75), u(9, 16)
    bend = arc(radius, 90 - half, 90 + half, 25)
    if rng.random() < 0.5:  # the tips curl back
        bend[:, 1] += radius * u(0.05, 0.2) * np.abs(np.linspace(-1, 1, 25)) ** 6
    taper = thick * (1.0 - u(0.4, 0.65) * np.abs(np.linspace(-1, 1, 25)))
    first, last = upright(bend)[[0, -1]]
    grip = u(45, 75)
    return [
        sweep(upright(bend), taper),
        rod(first, last, u(1.5, 2.5)),
        block((-grip, -thick, radius - thick * 1.4), (grip, thick, radius + thick * 1.2), bevel=3),
    ]


def mace(rng: Draw) -> Shells:
    """A ball, ribbed or knobbed, on a straight handle."""
    u = rng.uniform
    length, round_, radius = u(200, 560), u(9, 16), u(28, 60)
    shells = [
        rod((0, 0, 0), (length, 0, 0), round_, round_ * u(0.7, 1.1)),
        ellipsoid((length, 0, 0), (radius * u(0.9, 1.5), radius, radius)),
        rod((0, 0, 0), (u(8, 20), 0, 0), round_ * u(1.2, 1.8)),
    ]
    around = int(rng.integers(4, 9))
    rib = slab(_rib(length, radius, u(0.3, 0.6), u(1.2, 1.6)), radius * u(0.12, 0.25))
    knob = rod((length, 0, 0), (length, 0, radius * u(1.2, 1.7)), radius * 0.3, radius * 0.1)
    part = rib if rng.random() < 0.5 else knob
    return [*shells, *(turned(part, x=360 / around * number) for number in range(around))]


def launcher(rng: Draw) -> Shells:
    """A thick straight tube with a flared end, carried by one or two handles below."""
    u = rng.uniform
    length, round_ = u(420, 950), u(30, 55)
    flare, bell = round_ * u(1.1, 1.8), u(60, 150)
    middle = length * u(0.45, 0.65)
    shells = [
        rod((0, 0, 0), (length, 0, 0), round_),
        rod((0, 0, 0), (-bell, 0, 0), round_, flare),
        _handle(middle, round_, u(70, 110), u(28, 42)),
        block((middle, -6, round_ * 0.5), (middle + u(40, 110), 6, round_ + u(18, 50)), bevel=2),
    ]
    if rng.random() < 0.6:
        shells.append(_handle(middle - u(90, 160), round_, u(60, 100), u(26, 40)))
    if rng.random() < 0.5:  # a bulging, pointed front
        front, bulge = u(90, 170), round_ * u(1.0, 1.6)
        shells.append(rod((length - 5, 0, 0), (length + front * 0.4, 0, 0), round_ * 0.5, bulge))
        shells.append(rod((length + front * 0.4, 0, 0), (length + front, 0, 0), bulge, 4))
    return shells


def _axe_head(
    middle: float, neck: float, flare: float, reach: float, thick: float
) -> Triangles:  # fmt: skip
    """A fan on the +z side of the handle, its outer rim round."""
    rim = arc(1.0, 0, 180, 9) * (flare, reach * 0.3) + (middle, reach)
    side = [(middle - neck, 0.0), (middle + neck, 0.0), *rim.tolist()]
    return slab(side, thick, bevel=thick * 0.2)


def _rib(middle: float, radius: float, run: float, reach: float) -> list[tuple[float, float]]:
    """A trapezium that stands on the handle's axis and sticks out of the ball."""
    wide, narrow, high = radius * (run + 0.6), radius * run, radius * reach
    return [
        (middle - wide, 0),
        (middle + wide, 0),
        (middle + narrow, high),
        (middle - narrow, high),
    ]


def _handle(x: float, round_: float, drop: float, deep: float) -> Triangles:
    """An upright bar below the tube."""
    low, high = (x - deep / 2, -deep * 0.4, -round_ - drop), (x + deep / 2, deep * 0.4, 0)
    return block(low, high, bevel=4)
