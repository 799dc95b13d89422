"""Things about the house: handles, stands, holders, things to wear and to play with.

Millimetres; every proportion is drawn at random.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import (
    along,
    ball,
    disc,
    one_of,
    ribbon,
    star,
    wavy,
)
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import drilled_plate, tray, washer
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    arc,
    block,
    circle,
    lathe,
    moved,
    prism,
    rod,
    rounded_rectangle,
    slab,
    sweep,
    turned,
)


def coat_rack(rng: Draw) -> Shells:
    """A plate or rail with a row of pegs, hooks or knobs."""
    u = rng.uniform
    count, pitch, tall = int(rng.integers(1, 7)), u(25, 60), u(20, 60)
    plate = turned(drilled_plate(rng, max(count * pitch, 30), tall, u(3, 7)), x=90)
    bow = np.concatenate([[(0, 0), (u(10, 25), -u(0, 10))], arc(12, -90, 40, 7) + (30, 4)])
    path = np.column_stack([np.zeros(len(bow)), -bow[:, 0], bow[:, 1]])
    peg = one_of(rng, (
        [sweep(path, u(3, 6))],
        [rod((0, 0, 0), (0, -u(25, 50), u(0, 20)), u(4, 7), u(5, 11))],
        [rod((0, 0, 0), (0, -20, 0), 5), ball((0, -24, 0), u(9, 14))],
    ))  # fmt: skip
    return [plate, *(copy for part in peg for copy in along(part, count, (pitch, 0, 0)))]


def tablet_stand(rng: Draw) -> Shells:
    """Two slotted side plates and cross bars, or a bent sheet, or an easel with legs."""
    u = rng.uniform
    deep, tall, wide, lean = u(60, 140), u(50, 160), u(50, 160), u(10, 35)
    kind = rng.integers(3)
    if kind == 0:
        top = tall * np.tan(np.radians(lean))
        side = [(0, 0), (deep, 0), (deep, 8), (deep * 0.5 + top * 0.2, tall), (deep * 0.3, tall),
                (14, 12), (8, 20), (0, 18)]  # fmt: skip
        plate = slab(side, u(4, 9), bevel=u(0, 1))
        bars = [
            rod((x, -wide / 2, z), (x, wide / 2, z), u(3, 6))
            for x, z in ((deep * 0.8, 6), (deep * 0.45, tall * 0.7))
        ]
        return [*along(plate, 2, (0, wide, 0)), *bars]
    if kind == 1:
        path = [(-18, 18), (-16, 0), (0, 0), (tall * 0.4, tall), (deep, 0), (deep * 0.3, 0)]
        return [ribbon(path[: int(rng.integers(4, 7))], u(3, 7), wide)]
    legs = [
        rod((0, 0, tall), (x, y, 0), u(4, 7))
        for x, y in ((-30, wide / 3), (-30, -wide / 3), (deep * 0.7, 0))
    ]
    return [*legs, block((-38, -wide / 3, tall * 0.2), (-10, wide / 3, tall * 0.2 + 6))]


def headphone_stand(rng: Draw) -> Shells:
    """A foot, a post and a saddle; lamps, banana trees, jewellery trees."""
    u = rng.uniform
    foot, up, wide = u(40, 80), u(120, 260), u(25, 60)
    base = one_of(rng, (circle(foot), rounded_rectangle(foot * 2, foot * 1.4, 8), circle(foot, 6)))
    saddle = ribbon(arc(u(25, 60), 20, 160, 9), u(5, 12), wide)
    shells = [prism(base, u(5, 14)), rod((0, 0, 0), (0, 0, up), u(6, 14), u(5, 12))]
    if rng.random() < 0.6:
        return [*shells, moved(saddle, (0, 0, up - 30))]
    for k in range(int(rng.integers(1, 5))):
        z = up * u(0.5, 1)
        arm = rod((0, 0, z), (u(30, 70), 0, z + u(-10, 30)), u(3, 6))
        shells.append(turned(arm, z=90.0 * k))
    return [*shells, lathe([(u(15, 40), up - 10), (u(5, 30), up + u(15, 50))])]


def cup_holder(rng: Draw) -> Shells:
    """A box, ring or tube with holes: toothbrush, pen, spice and test-tube holders."""
    u = rng.uniform
    count, pitch, deep = int(rng.integers(2, 6)), u(18, 36), u(25, 60)
    long, tall = count * pitch, u(30, 90)
    holes = [
        circle(pitch * u(0.25, 0.42), 16, ((k + 0.5) * pitch - long / 2, 0)) for k in range(count)
    ]
    top = prism(rounded_rectangle(long, deep, u(0, 12)), u(3, 8), holes=holes)
    shells = [moved(top, (0, 0, tall)), prism(rounded_rectangle(long, deep, u(0, 12)), u(3, 8))]
    if rng.random() < 0.5:
        shells += [
            block((s * long / 2 - 3, -deep / 2, 0), (s * long / 2 + 3, deep / 2, tall))
            for s in (-1, 1)
        ]
    else:
        shells.append(block((-long / 2, deep / 2 - 3, 0), (long / 2, deep / 2, tall * u(1, 1.4))))
    return shells


def soap_dish(rng: Draw) -> Shells:
    """A shallow dish with ribs or a grid; trays, coasters and trivets."""
    u = rng.uniform
    long, wide, tall, wall = u(60, 140), u(50, 100), u(4, 30), u(2, 4)
    shells = [tray(long, wide, tall, wall, u(0, 40), u(0.75, 1))]
    bar = block((-1.5, -wide * 0.4, 0), (1.5, wide * 0.4, max(tall * 0.5, wall + 1)))
    return [*shells, *along(bar, int(rng.integers(0, 9)), (long * 0.09, 0, 0))]


def cookie_cutter(rng: Draw) -> Shells:
    """A thin wall along an outline, with a wider rim to press on."""
    u = rng.uniform
    size, tall, points = u(20, 45), u(10, 25), int(rng.integers(3, 9))
    wave, spiky = wavy(size, u(0.05, 0.3), points, 60), star(points, size, size * u(0.4, 0.8))
    outline = one_of(rng, (spiky, wave, rounded_rectangle(size * 2, size, 5), circle(size)))
    rim = washer(outline * 1.1, outline * 0.95, 3)
    return [moved(rim, (0, 0, -tall / 2)), washer(outline, outline * 0.95, tall)]


def picture_frame(rng: Draw) -> Shells:
    """A frame with a moulding, a strut or a hook; window frames, mirror frames."""
    u = rng.uniform
    long, wide, bar, thick = u(50, 180), u(40, 150), u(5, 22), u(3, 14)
    outer = one_of(rng, (rounded_rectangle(long, wide, 0.1), circle(long / 2), circle(long / 2, 6)))
    inner = outer * (1 - 2 * bar / long, 1 - 2 * bar / wide)
    shells = [washer(outer, inner, thick)]
    if rng.random() < 0.5:
        shells.append(washer(outer * 0.93, inner * 1.02, thick * u(1.2, 2)))
    if rng.random() < 0.5:
        shells.append(turned(block((-8, 0, 0), (8, wide * 0.7, 3)), x=u(10, 40)))
    return shells


def carabiner(rng: Draw) -> Shells:
    """A closed oval or D of round bar with a gate; buckles, rings and shackles."""
    u = rng.uniform
    a, b, r = u(15, 45), u(10, 28), u(2.5, 6)
    loop = rounded_rectangle(2 * a, 2 * b, b * u(0.3, 0.95)) * (1, u(0.7, 1))
    path = np.column_stack([loop, np.zeros(len(loop))])
    shells = [sweep(path, r, closed=True)]
    if rng.random() < 0.7:
        shells.append(rod((-a * 0.5, -b * 0.8, 0), (a * 0.5, -b * 0.8, 0), r * u(0.8, 1.5)))
    if rng.random() < 0.4:
        shells.append(rod((0, -b, 0), (0, b, 0), r))
    return shells


def spectacles(rng: Draw) -> Shells:
    """Two rims, a bridge and two temples, open or folded."""
    u = rng.uniform
    r, apart, temple = u(18, 28), u(58, 70), u(90, 140)
    eye = circle(1.0, 20) * (r * u(1, 1.3), r * u(0.7, 1.05))
    loop = np.column_stack([eye[:, 0], np.zeros(len(eye)), eye[:, 1]])
    rim = sweep(loop, u(1.8, 3.5), closed=True)
    shells = [moved(rim, (s * apart / 2, 0, 0)) for s in (-1, 1)]
    edge = apart / 2 + r * 1.2
    fold = one_of(rng, (0.0, 0.0, 75.0))
    for side in (-1, 1):
        bar = block((-2, 0, -3), (2, temple, 3))
        shells.append(moved(turned(bar, z=side * fold), (side * edge, side * 1.0 + 1, r * 0.4)))
    return [*shells, block((-edge, -2, r * 0.3), (edge, 2, r * 0.3 + u(3, 7)))]


def clothes_peg(rng: Draw) -> Shells:
    """Two tapering bars with notches about a spring; bag clips."""
    u = rng.uniform
    long, wide, tall = u(50, 130), u(8, 16), u(6, 12)
    side = [(0, 1), (long * 0.3, 0.5), (long * 0.35, 3), (long * 0.45, 0.5), (long, tall * 0.6),
            (long, tall * 1.3), (long * 0.4, tall), (0, tall * 0.5)]  # fmt: skip
    half = slab(side, wide)
    return [
        half,
        (half * (1, 1, -1))[:, ::-1],
        disc((long * 0.4, 0, 0), tall * 0.9, wide * 1.3, "y"),
    ]


MODELS: Rows = (
    (
        "household",
        (
            coat_rack,
            tablet_stand,
            headphone_stand,
            cookie_cutter,
            picture_frame,
            carabiner,
            spectacles,
            clothes_peg,
        ),
    ),
    (
        "container",
        (
            cup_holder,
            soap_dish,
        ),
    ),
)
