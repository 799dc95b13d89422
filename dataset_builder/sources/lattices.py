"""Panels and frames full of openings, signs with letters, springs: thin, repeated, flat things.

Millimetres; panels lie in the xy plane.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import along, ball, disc, one_of, torus, wavy
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import drilled_plate, washer
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    block,
    circle,
    lathe,
    loft,
    moved,
    prism,
    rod,
    rounded_rectangle,
    sweep,
    turned,
)

GLYPHS = {
    "A": "01110100011111110001", "C": "11111100001000011111", "E": "11111111101000011111",
    "F": "11111111101000010000", "H": "10001111111000110001", "I": "00100001000010000100",
    "K": "10010111001001010001", "L": "10000100001000011111", "N": "11001101011001110001",
    "O": "11111100011000111111", "T": "11111001000010000100", "U": "10001100011000111111",
    "X": "10001011100111010001", "Z": "11111000100100011111",
}  # fmt: skip
"""Letters as four rows of five cells."""


def letter_sign(rng: Draw) -> Shells:
    """Blocky letters in a row on a plate, a bar or a key tag."""
    u = rng.uniform
    count, cell, tall = int(rng.integers(1, 8)), u(2, 6), u(2, 10)
    shells: Shells = []
    for k in range(count):
        glyph = GLYPHS[one_of(rng, sorted(GLYPHS))]
        for row in range(4):
            cells = glyph[row * 5 : row * 5 + 5]
            for start, stop in _runs(cells):
                x, y = (k * 6 + start) * cell, -row * cell
                shells.append(block((x, y - cell, 0), (x + (stop - start) * cell, y, tall)))
    long = count * 6 * cell
    plate = rounded_rectangle(long + cell, cell * u(5, 8), u(0, 6))
    holes = [circle(cell * 0.6, 10, (-long * 0.5, 0))] if rng.random() < 0.4 else []
    return [*shells, moved(prism(plate, u(1.5, 5), holes=holes), (long / 2, -2 * cell, 0))]


def honeycomb(rng: Draw) -> Shells:
    """Six-sided cells side by side: storage walls, spacers, lamp shades, grilles."""
    u = rng.uniform
    r, wall, tall = u(6, 20), u(1, 3), u(3, 40)
    nx, ny = int(rng.integers(2, 7)), int(rng.integers(1, 6))
    cell = turned(washer(circle(r * 1.03, 6), circle(r - wall, 6), tall), z=30)
    step = r * np.sqrt(3)
    return [
        moved(cell, (step * (i + 0.5 * (j % 2)), 1.5 * r * j, 0))
        for i in range(nx)
        for j in range(ny)
    ]


def grid_panel(rng: Draw) -> Shells:
    """Bars that cross at right angles or askew, in a frame: trellis, cooling rack, sieve."""
    u = rng.uniform
    long, wide, bar, tall = u(50, 180), u(40, 140), u(1.5, 6), u(2, 8)
    shells: Shells = []
    for x in np.linspace(-0.5, 0.5, int(rng.integers(3, 10))) * long:
        shells.append(block((x - bar / 2, -wide / 2, 0), (x + bar / 2, wide / 2, tall)))
    lift = one_of(rng, (0.0, tall * 0.8))
    for y in np.linspace(-0.5, 0.5, int(rng.integers(2, 9))) * wide:
        shells.append(block((-long / 2, y - bar / 2, lift), (long / 2, y + bar / 2, lift + tall)))
    if rng.random() < 0.4:
        feet = [
            rod((x * long / 2, y * wide / 2, 0), (x * long / 2, y * wide / 2, -u(8, 50)), bar)
            for x in (-1, 1)
            for y in (-1, 1)
        ]
        return [*shells, *feet]
    return shells


def truss(rng: Draw) -> Shells:
    """Chords and zig-zag braces: bridge girders, crane booms, masts, antenna towers."""
    u = rng.uniform
    bays, bay, tall, r = int(rng.integers(3, 10)), u(14, 32), u(12, 40), u(1.5, 4.5)
    taper, deep = u(0.3, 1), u(10, 40)

    def knot(k: int, top: bool, y: float) -> tuple[float, float, float]:
        return (
            k * bay,
            y * (1 - (1 - taper) * k / bays),
            top * tall * (1 - (1 - taper) * k / bays),
        )

    shells: Shells = []
    for y in (-deep / 2, deep / 2) if rng.random() < 0.6 else (0.0,):
        for top in (False, True):
            shells.append(rod(knot(0, top, y), knot(bays, top, y), r))
        for k in range(bays):
            shells.append(rod(knot(k, k % 2 == 1, y), knot(k + 1, k % 2 == 0, y), r * 0.7))
        if y > 0:
            shells += [
                rod(knot(k, top, -y), knot(k, top, y), r * 0.7)
                for k in range(bays + 1)
                for top in (False, True)
            ]
    return shells


def wire_frame(rng: Draw) -> Shells:
    """The edges of a solid as bars with balls at the corners: cages, himmelis, molecule kits."""
    u = rng.uniform
    count, r, size = int(rng.integers(3, 8)), u(1.2, 4), u(15, 50)
    ring_ = circle(size, count)
    up, twist = u(10, 90), one_of(rng, (0, 0, 1))
    low = np.column_stack([ring_, np.zeros(count)])
    high = np.column_stack([ring_ * u(0.3, 1.1), np.full(count, up)])
    edges = [(low[k], low[k - 1]) for k in range(count)] + [
        (high[k], high[k - 1]) for k in range(count)
    ]
    edges += [(low[k], high[k - twist]) for k in range(count)]
    if rng.random() < 0.4:
        apex = np.array([0, 0, up * u(1.2, 2)])
        edges += [(corner, apex) for corner in high]
    shells = [rod(a, b, r) for a, b in edges]
    if rng.random() < 0.5:
        shells += [ball(corner, r * u(1.4, 2.6)) for corner in (*low, *high)]
    return shells


def coil_spring(rng: Draw) -> Shells:
    """A coil of round wire, straight or conical, with or without end plates."""
    u = rng.uniform
    r, turns, pitch, cone = u(6, 25), int(rng.integers(2, 8)), u(4, 16), u(0.4, 1.2)
    wire = min(r * 0.35, pitch * 0.4) * u(0.5, 1)
    t = np.linspace(0, turns, turns * 14)
    angle = 2 * np.pi * t
    size = r * (1 + (cone - 1) * t / turns)
    section = circle(wire, 8)
    out, up = section[:, 0], section[:, 1]
    rings = [
        np.stack([(s + out) * np.cos(a), (s + out) * np.sin(a), up + h], axis=1)
        for s, a, h in zip(size, angle, t * pitch, strict=True)
    ]
    shells = [loft(np.stack(rings))]
    if rng.random() < 0.4:
        shells += [disc((0, 0, z), r * 1.2, 3) for z in (0, turns * pitch)]
    return shells


def spiral(rng: Draw) -> Shells:
    """A flat spiral ribbon: burners, clock springs, snails, mosquito-coil holders, mazes."""
    u = rng.uniform
    turns, gap, bar, tall = u(1.5, 4.5), u(5, 12), u(1, 3), u(3, 25)
    t = np.linspace(0.3, turns, int(turns * 16))
    angle = 2 * np.pi * t
    path = np.stack([gap * t * np.cos(angle), gap * t * np.sin(angle), 0 * t], axis=1)
    section = rounded_rectangle(2, tall / bar)
    shells = [sweep(path, bar, section=section)]
    if rng.random() < 0.4:
        shells.append(moved(disc((0, 0, 0), gap * turns, 2), (0, 0, -tall / 2)))
    return shells


def pegboard(rng: Draw) -> Shells:
    """A plate with rows of holes or of studs: pegboard, toy bricks, egg racks, colanders."""
    u = rng.uniform
    nx, ny, pitch, thick = int(rng.integers(2, 7)), int(rng.integers(1, 4)), u(12, 22), u(2, 12)
    spots = [
        ((i - (nx - 1) / 2) * pitch, (j - (ny - 1) / 2) * pitch)
        for i in range(nx)
        for j in range(ny)
    ]
    plate = rounded_rectangle(nx * pitch, ny * pitch, u(0, 3))
    if rng.random() < 0.5:
        return [
            prism(plate, thick, holes=[circle(pitch * u(0.2, 0.35), 8, spot) for spot in spots])
        ]
    stud = rod((0, 0, 0), (0, 0, thick / 2 + u(2, 8)), pitch * u(0.25, 0.38))
    return [prism(plate, thick), *(moved(stud, (*spot, 0)) for spot in spots)]


def fence_panel(rng: Draw) -> Shells:
    """Pickets, rails and posts, or a wall of courses of brick; combs and cages when small."""
    u = rng.uniform
    count, pitch, tall, wide = int(rng.integers(4, 14)), u(6, 16), u(30, 90), u(0.3, 0.85)
    half, point = pitch * wide / 2, u(0, 10)
    picket = prism([(-half, 0), (half, 0), (half, tall), (0, tall + point), (-half, tall)], u(2, 5))
    shells = [turned(part, x=90) for part in along(picket, count, (pitch, 0, 0))]
    long = count * pitch / 2
    for z in (0.2, 0.75):
        shells.append(block((-long, -3, z * tall - 3), (long, 3, z * tall + 3)))
    if rng.random() < 0.5:
        shells += [
            block((s * long - 4, -4, -u(0, 10)), (s * long + 4, 4, tall * 1.15)) for s in (-1, 1)
        ]
    return shells


def ring_band(rng: Draw) -> Shells:
    """A bracelet, crown, napkin or finger ring: a band with waves, points, knobs or a stone."""
    u = rng.uniform
    r, tall, wall, points = u(9, 40), u(4, 30), u(1.2, 4), int(rng.integers(4, 16))
    outer = wavy(r, u(0, 0.12), points, 64)
    shells = [washer(outer, outer * (1 - wall / r), tall)]
    kind = rng.integers(4)
    if kind == 0:
        spike = prism([(-r * 0.25, 0), (r * 0.25, 0), (0, r * u(0.3, 0.8))], wall)
        shells += [
            turned(turned(spike, x=90) + (0, -r + wall, tall * 0.45), z=k * 360 / points)
            for k in range(points)
        ]
    elif kind == 1:
        shells += [turned(ball((r, 0, 0), wall * 1.3), z=k * 360 / points) for k in range(points)]
    elif kind == 2:
        stone = lathe(
            [(r * 0.2, 0), (r * 0.5, r * 0.3), (r * 0.3, r * 0.5)], sides=one_of(rng, (4, 6, 8))
        )
        shells.append(turned(stone, y=90) + (r * 0.9, 0, 0))
    return shells


def knot_loop(rng: Draw) -> Shells:
    """Interlocked rings or a chain of them; chain mail, links, curtain rings."""
    u = rng.uniform
    count, r = int(rng.integers(1, 8)), u(8, 22)
    thick = r * u(0.12, 0.3)
    return [torus(r, thick, (k * r * 1.4, 0, 0), "z" if k % 2 else "y") for k in range(count)]


def corrugated(rng: Draw) -> Shells:
    """A sheet folded or waved along its length: roofing, washboards, accordion folds, shades."""
    u = rng.uniform
    waves, pitch, high, wide, thick = (
        int(rng.integers(3, 10)),
        u(6, 20),
        u(3, 14),
        u(25, 120),
        u(1.2, 3),
    )
    x = np.arange(2 * waves + 1) * pitch / 2
    z = np.where(np.arange(2 * waves + 1) % 2, high, 0.0)
    side = np.concatenate([np.stack([x, z], 1), np.stack([x, z + thick * 1.4], 1)[::-1]])
    shells = [turned(prism(side, wide), x=90)]
    if rng.random() < 0.4:
        shells.append(moved(drilled_plate(rng, x[-1], wide, 2), (x[-1] / 2, 0, 0)))
    return shells


def _runs(cells: str) -> list[tuple[int, int]]:
    """Where rows of ones start and stop."""
    edges = np.flatnonzero(np.diff([0, *map(int, cells), 0])).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


MODELS: Rows = (
    ("other", (letter_sign, honeycomb, grid_panel, truss, wire_frame, coil_spring, spiral)),
    ("other", (pegboard, knot_loop, corrugated)),
    ("figure", (fence_panel,)),
    ("household", (ring_band,)),
)
