"""Shapes of no name: random outlines, lathe profiles, sweeps and unions of boxes and rounds.

They stand for the part nobody thought of. Millimetres.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dataset_builder.sources.bodies import around, bead, body, disc, one_of, stacked, wavy
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import ring, washer
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    Triangles,
    arc,
    block,
    circle,
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


def fourier_plate(rng: Draw) -> Shells:
    """A plate or block of smooth random outline, with holes and bosses."""
    u = rng.uniform
    outline = _fourier(rng, u(15, 60), 48, u(0.05, 0.35)) * (u(0.5, 1.6), 1)
    thick, small = u(2, 30), float(np.linalg.norm(outline, axis=1).min())
    holes = [circle(small * u(0.1, 0.5), 14)] if rng.random() < 0.5 else []
    shells = [prism(outline, thick, holes=holes, bevel=one_of(rng, (0.0, 0.0, 0.6)))]
    for _ in range(int(rng.integers(0, 4))):
        x, y = u(-0.6, 0.6, 2) * small
        shells.append(rod((x, y, 0), (x, y, thick * u(0.7, 3)), small * u(0.1, 0.4)))
    return shells


def polygon_plate(rng: Draw) -> Shells:
    """A straight-edged plate whose corners all carry a boss or a hole, and ribs between."""
    u = rng.uniform
    count, thick = int(rng.integers(3, 8)), u(2, 12)
    angle = (np.arange(count) + u(-0.25, 0.25, count)) * (2 * np.pi / count)
    spots = u(20, 60, count)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    shells = [prism(spots, thick)]
    r, tall = u(4, 10), u(0.6, 4) * thick
    for spot in spots:
        shells.append(moved(ring(r, r * 0.5, tall), (*spot, -thick / 2)))
    for spot in spots[: int(rng.integers(0, count + 1))]:
        bar = np.array([(0, 0, thick / 2), (*spot, thick / 2)])
        shells.append(sweep(bar, u(1.5, 5), section=rounded_rectangle(2, 2)))
    return shells


def lathe_form(rng: Draw) -> Shells:
    """A turned body of a random profile, solid or hollow, round or many-sided."""
    u = rng.uniform
    count, tall, r = int(rng.integers(3, 12)), u(10, 150), u(8, 50)
    z = np.sort(u(0, 1, count)) * tall
    radius = r * u(0.15, 1, count)
    if rng.random() < 0.5:  # steps instead of cones
        z, radius = np.repeat(z, 2)[1:], np.repeat(radius, 2)[:-1]
    z = z + np.arange(len(z)) * 1e-3
    sides = one_of(rng, (28, 28, 28, 3, 4, 5, 6, 8))
    wall = u(1.5, 6)
    profile = np.stack([radius, z], axis=1)
    if rng.random() < 0.4 and radius.min() > wall * 1.5:
        inner = np.stack([radius - wall, z], axis=1)[::-1]
        return [lathe(np.concatenate([profile, inner]), closed=True, sides=sides)]
    return [lathe(profile, sides=sides)]


def sweep_form(rng: Draw) -> Shells:
    """A smooth random plane curve with a section and a taper: horns, handles, loops, rails."""
    u = rng.uniform
    t = np.linspace(0, 1, 16)
    x = 120 * t * u(0.3, 1) + u(-30, 30) * np.sin(2 * np.pi * t * u(0.3, 1.5) + u(0, 6))
    z = u(-45, 45) * np.sin(2 * np.pi * t * u(0.3, 1.6) + u(0, 6)) + u(-60, 60) * t
    size = u(3, 14) * (1 + u(-0.8, 0.8) * t + u(-0.3, 0.3) * np.sin(np.pi * t))
    flat = rounded_rectangle(2, u(0.6, 5), u(0, 1))
    round_ = (circle(1.0, 14), circle(1.0, 3), circle(1.0, 6), wavy(1.0, 0.2, 5, 30))
    section = one_of(rng, (flat, *round_))
    return [sweep(upright(np.stack([x, z], 1)), np.maximum(size, 0.8), section=section)]


def union_form(rng: Draw) -> Shells:
    """A base of one kind with smaller boxes, rounds, cones and tubes set into its faces."""
    u = rng.uniform
    half = u(8, 45, 3)
    shells = [_piece(rng, half)]
    for _ in range(int(rng.integers(2, 9))):
        axis, side = int(rng.integers(3)), one_of(rng, (-1, 1))
        at = u(-0.7, 0.7, 3) * half
        at[axis] = side * half[axis]
        shells.append(moved(_piece(rng, half * u(0.1, 0.6, 3)), at))
    if rng.random() < 0.4:
        turn = float(one_of(rng, (90, 180, 45)))
        shells += [turned(part, z=turn) for part in shells[1:]]
    return shells


def stepped_stack(rng: Draw) -> Shells:
    """Prisms of several outlines on one another: terraces, models of sites, plinths, spacers."""
    u = rng.uniform
    shells: Shells = []
    z, size, spot = 0.0, u(20, 60), np.zeros(2)
    for _ in range(int(rng.integers(2, 8))):
        tall = u(2, 25)
        outline = one_of(rng, (circle(size), circle(size, 6), circle(size, 4), circle(size, 3),
                               rounded_rectangle(size * 2, size * u(0.8, 2), u(0, 9)),
                               _fourier(rng, size, 36, 0.15)))  # fmt: skip
        shells.append(moved(prism(outline, tall), (*spot, z + tall / 2)))
        z, size = z + tall * 0.98, size * u(0.55, 1.1)
        spot = spot + u(-0.15, 0.15, 2) * size
    return shells


def profile_bar(rng: Draw) -> Shells:
    """A length of section: slotted extrusions, angles, channels, mouldings, gutters, trims."""
    u = rng.uniform
    a, wall, long = u(10, 40), u(0.12, 0.3), u(30, 280)
    if rng.random() < 0.25:
        outer = rounded_rectangle(2 * a, 2 * a * u(0.5, 1), u(0, a))
        return [turned(washer(outer, outer * (1 - wall), long), y=90)]
    shells = [turned(prism(_section(rng, a, a * wall), long), y=90)]
    if rng.random() < 0.3:
        shells.append(moved(disc((0, 0, 0), a * u(1.1, 1.6), u(3, 9), "x"), (long / 2, 0, 0)))
    return shells


def _section(rng: Draw, a: float, w: float) -> Points:
    """An angle, a channel, a T, a waisted bar or a quarter round of walls *w* in a square of 2a."""
    low, cove = [(-a, -a), (a, -a)], a * arc(1.0, 0, 85, 6)
    sections = (
        [*low, (a, w - a), (w - a, w - a), (w - a, a), (-a, a)],
        [*low, (a, a), (a - w, a), (a - w, w - a), (w - a, w - a), (w - a, a), (-a, a)],
        [*low, (a, w - a), (w / 2, w - a), (w / 2, a), (-w / 2, a), (-w / 2, w - a), (-a, w - a)],
        [*low, (a * 0.4, 0), (a, a), (-a, a), (-a * 0.4, 0)],
        [*low, (a, -a * 0.5), *cove.tolist(), (-a, a)],
    )
    return np.array(sections[int(rng.integers(len(sections)))])


def pod(rng: Draw) -> Shells:
    """A streamlined hull with fins or lugs: shells of lamps, floats, lures, fairings, soles."""
    u = rng.uniform
    long, half, tall = u(40, 200), u(8, 40), u(8, 40)
    t = np.linspace(0.02, 0.98, 9)
    swell = np.sin(np.pi * t ** u(0.5, 1.8)) ** u(0.4, 1)
    sag = u(-15, 15) * np.sin(np.pi * t)
    shells = [
        body(
            [
                (long * x, half * s + 0.5, tall * s + 0.5, z)
                for x, s, z in zip(t, swell, sag, strict=True)
            ],
            u(1.6, 5),
        )
    ]
    for _ in range(int(rng.integers(0, 4))):
        x, size = long * u(0.1, 0.9), u(6, 30)
        shells.append(slab([(x, 0), (x + size, 0), (x + size * u(0, 1.4), tall + size)], u(2, 6)))
    return shells


def tower_blocks(rng: Draw) -> Shells:
    """Cubes on a grid: voxel figures, mazes, bar charts, city maps, puzzle cubes."""
    u = rng.uniform
    cell, nx, ny = u(5, 14), int(rng.integers(2, 8)), int(rng.integers(2, 8))
    high = rng.integers(0, 6, (nx, ny)) * one_of(rng, (1.0, 0.5))
    if rng.random() < 0.4:
        high[:, ny // 2 :] = high[:, : ny - ny // 2][:, ::-1]  # mirrored, as figures are
    shells = [block((0, 0, -u(1, 4)), (nx * cell, ny * cell, 0.5))]
    for (i, j), levels in np.ndenumerate(high):
        if levels:
            shells.append(
                block((i * cell, j * cell, 0), ((i + 1) * cell, (j + 1) * cell, levels * cell))
            )
    return shells


def twisted_form(rng: Draw) -> Shells:
    """An outline drawn upwards while it turns and breathes: vases, columns, lamps, drill toys."""
    u = rng.uniform
    r, tall, turn, steps = u(10, 45), u(30, 200), u(-200, 200), 13
    outline = one_of(rng, (wavy(r, u(0.05, 0.4), int(rng.integers(3, 9)), 48), circle(r, 3),
                           circle(r, 4), circle(r, 5), _fourier(rng, r, 40, 0.2)))  # fmt: skip
    t = np.linspace(0, 1, steps)
    scale = 1 + u(-0.4, 0.4) * np.sin(np.pi * t * u(0.5, 2.5)) + u(-0.4, 0.4) * t
    rings = []
    for share, size in zip(t, scale, strict=True):
        c, s = np.cos(np.radians(turn * share)), np.sin(np.radians(turn * share))
        rings.append(lifted(outline @ np.array([[c, s], [-s, c]]) * size, tall * share))
    if rng.random() < 0.5:
        rings += [
            lower * (0.88, 0.88, 1) + (0, 0, 2 * (k == steps - 1))
            for k, lower in enumerate(rings[::-1])
        ]
    return [loft(np.stack(rings))]


def cluster(rng: Draw) -> Shells:
    """Many like things grown together: crystals, grapes, corals, pebbles, bubbles, spikes."""
    u = rng.uniform
    count, spread, kind = int(rng.integers(5, 30)), u(10, 40), int(rng.integers(3))
    shells: Shells = [disc((0, 0, 0), spread * 0.9, u(3, 10))]
    for _ in range(count):
        at, size = rng.normal(0, spread * 0.35, 3) * (1, 1, 0.5), spread * u(0.12, 0.5)
        if kind == 0:
            shells.append(bead(at + (0, 0, size), size * u(0.6, 1.2, 3)))
        elif kind == 1:
            crystal = stacked(circle(size * 0.4, 6), [(1, 0), (1, size * 2), (0.1, size * 3)])
            shells.append(moved(turned(crystal, x=at[1] * -1.5, y=at[0] * 1.5), at * (1, 1, 0)))
        else:
            way = rng.normal(size=3)
            shells.append(
                rod((0, 0, 0), way / np.linalg.norm(way) * spread * u(0.8, 1.6), size * 0.4, 0.6)
            )
    return shells


def rosette(rng: Draw) -> Shells:
    """One arm repeated about an axis: fans, flowers, snowflakes, fidget toys, chandeliers."""
    u = rng.uniform
    count, reach = int(rng.integers(3, 11)), u(18, 60)
    arm = [
        turned(_piece(rng, np.array([reach * 0.5, reach * u(0.05, 0.25), u(2, 12)])), y=u(-25, 25))
        + (reach * 0.5, 0, 0)
    ]
    if rng.random() < 0.6:
        arm.append(moved(_piece(rng, reach * u(0.06, 0.25, 3)), (reach * u(0.5, 1), 0, 0)))
    hub = disc((0, 0, 0), reach * u(0.15, 0.4), u(4, 20))
    return [hub, *(copy for part in arm for copy in around(part, count))]


def _piece(rng: Draw, half: Points) -> Triangles:
    """A box, a round, a cone, a tube or a lump that fills about *half* mm each way."""
    return one_of(rng, UNIT_PIECES)(float(rng.uniform(0.1, 0.8))) * half


UNIT_PIECES: tuple[Callable[[float], Triangles], ...] = (
    lambda _: block((-1, -1, -1), (1, 1, 1)),
    lambda share: block((-1, -1, -1), (1, 1, 1), bevel=share * 0.5),
    lambda _: disc((0, 0, 0), 1.0, 2.0),
    lambda _: disc((0, 0, 0), 1.0, 2.0, "x"),
    lambda share: stacked(circle(1.0), [(1, -1), (share, 1)]),
    lambda share: washer(circle(1.0), circle(share), 2.0),
    lambda _: bead((0, 0, 0), (1, 1, 1)),
)
"""Pieces of half a width of 1, given a share to be formed by."""


def _fourier(rng: Draw, size: float, count: int, rough: float) -> Points:
    """(count, 2) a smooth closed outline about the origin."""
    angle = np.arange(count) * (2 * np.pi / count)
    reach = np.ones(count)
    for wave in range(1, 7):
        reach += rough * rng.normal() / wave * np.cos(wave * angle + rng.uniform(0, 6.3))
    reach = np.maximum(reach, 0.25) * size
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


MODELS: Rows = (
    ("other", (fourier_plate, polygon_plate, lathe_form, sweep_form, union_form, stepped_stack)),
    ("other", (profile_bar, pod, tower_blocks, twisted_form, cluster, rosette)),
)
