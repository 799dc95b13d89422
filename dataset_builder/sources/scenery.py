"""Scenery of games and model landscapes: buildings, plants, rocks, furniture, goods.

Millimetres; things stand on z = 0.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import (
    around,
    ball,
    disc,
    one_of,
    stacked,
)
from dataset_builder.sources.model import Rows
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    arc,
    block,
    circle,
    lathe,
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


def crate(rng: Draw) -> Shells:
    """A box of boards with battens and braces; chests with a round lid; parcels; pallets."""
    u = rng.uniform
    a, b, c = u(20, 60), u(20, 60), u(15, 50)
    bar, out = u(2, 6), u(0.6, 2.5)
    shells = [block((-a, -b, 0), (a, b, c))]
    for x in (-1, 1):
        for y in (-1, 1):
            shells.append(block((x * a - bar, y * b - out, 0), (x * a + bar, y * b + out, c)))
            shells.append(block((x * a - out, y * b - bar, 0), (x * a + out, y * b + bar, c)))
    for z in (0, c - bar):
        shells.append(block((-a - out, -b - out, z), (a + out, b + out, z + bar)))
    if rng.random() < 0.4:
        lid = turned(prism(arc(b, 0, 180, 9), 2 * a), x=90, z=90)
        shells.append(moved(lid, (0, 0, c)))
    return shells


def house(rng: Draw) -> Shells:
    """Walls, a gabled, hipped or flat roof, a chimney, windows, a porch."""
    u = rng.uniform
    a, b, c = u(18, 50), u(15, 40), u(15, 60)
    roof, eave = u(8, 40), u(0, 5)
    gable = [(-b - eave, c - 1), (b + eave, c - 1), (0, c + roof)]
    tops = (
        turned(slab(gable, 2 * a + 2 * eave), z=90),
        stacked(rounded_rectangle(2 * a, 2 * b), [(1.05, c - 1), (u(0.05, 0.6), c + roof)]),
        block((-a - eave, -b - eave, c - 1), (a + eave, b + eave, c + u(2, 6))),
    )
    shells = [block((-a, -b, 0), (a, b, c)), one_of(rng, tops)]
    if rng.random() < 0.6:
        shells.append(
            block((a * 0.3, b * 0.2, c), (a * 0.3 + u(4, 9), b * 0.2 + 6, c + roof * u(0.8, 1.4)))
        )
    for x in np.linspace(-0.6, 0.6, int(rng.integers(1, 5))) * a:
        for z in (0.25, 0.65) if c > 30 else (0.35,):
            size = u(2, 4)
            shells.append(block((x - size, -b - 1, z * c), (x + size, b + 1, z * c + 2 * size)))
    if rng.random() < 0.4:
        shells.append(block((-a * 0.5, -b - u(6, 20), 0), (a * 0.5, -b + 1, c * u(0.2, 0.6))))
    return shells


def tower(rng: Draw) -> Shells:
    """A castle tower, lighthouse, column, chimney or windmill."""
    u = rng.uniform
    r, tall, sides = u(12, 35), u(50, 160), one_of(rng, (4, 6, 8, 28))
    shells = [stacked(circle(r, sides), [(1.15, 0), (u(0.7, 1), tall)])]
    kind = rng.integers(3)
    if kind == 0:
        shells.append(stacked(circle(r, sides), [(1.15, tall - 2), (1.15, tall + 6)]))
        tooth = block((r * 0.85, -r * 0.2, tall), (r * 1.1, r * 0.2, tall + u(8, 14)))
        shells += around(tooth, int(rng.integers(4, 10)))
    elif kind == 1:
        shells.append(stacked(circle(r, sides), [(u(1, 1.4), tall - 1), (0.05, tall + u(20, 60))]))
    else:
        sail = block((0, -r * 0.2, -1), (tall * u(0.4, 0.7), r * 0.25, 2))
        shells += [turned(s, x=90) + (0, -r, tall * 0.85) for s in around(sail, 4, u(0, 90))]
        shells.append(stacked(circle(r, sides), [(0.9, tall - 1), (0.2, tall + r)]))
    return shells


def ruin_wall(rng: Draw) -> Shells:
    """Courses of blocks, a gate or window arch, battlements, steps, a broken top."""
    u = rng.uniform
    long, tall, thick = u(50, 140), u(30, 80), u(6, 18)
    gap = u(8, 18)
    hole = np.array([(-gap, 2.0), (gap, 2.0), *(arc(gap, 0, 180, 8) + (0, tall * 0.4))])
    face = np.array([(-long / 2, 0), (long / 2, 0), (long / 2, tall), (-long / 2, tall)])
    holes = (
        [hole] if gap * 2.4 < long and tall * 0.4 + gap < tall * 0.9 and rng.random() < 0.6 else []
    )
    shells = [turned(prism(face, thick, holes=holes), x=90)]
    count = int(rng.integers(3, 9))
    for x in np.linspace(-0.45, 0.45, count) * long:
        half = long / count * u(0.2, 0.45)
        shells.append(
            block((x - half, -thick / 2, tall - 1), (x + half, thick / 2, tall + u(2, 14)))
        )
    for k in range(int(rng.integers(0, 7))):
        step = tall * 0.12
        shells.append(
            block((long / 2 - k * step, -thick, 0), (long / 2 + 8, -thick * 3, (k + 1) * step))
        )
    return shells


def conifer(rng: Draw) -> Shells:
    """Cones or discs on a trunk, a palm's crown or a cactus."""
    u = rng.uniform
    tall, r, tiers, sides = (
        u(40, 130),
        u(14, 40),
        int(rng.integers(2, 6)),
        one_of(rng, (5, 6, 8, 20)),
    )
    shells = [rod((0, 0, 0), (0, 0, tall * 0.8), u(3, 7), u(2, 4))]
    kind = rng.integers(3)
    if kind == 0:
        for k in range(tiers):
            z, size = tall * (0.25 + 0.7 * k / tiers), r * (1 - 0.75 * k / tiers)
            shells.append(
                stacked(circle(size, sides), [(1, z), (u(0.02, 0.3), z + tall * 0.8 / tiers)])
            )
    elif kind == 1:
        leaf = [(0, tall * 0.8), (r * 0.6, tall * u(0.85, 1)), (r * 1.3, tall * u(0.5, 0.8))]
        frond = sweep(upright(leaf), np.array([2, u(5, 9), 0.8]), section=rounded_rectangle(0.4, 2))
        shells += around(frond, int(rng.integers(5, 10)))
    else:
        shells = [rod((0, 0, 0), (0, 0, tall), r * 0.3, r * 0.25), ball((0, 0, tall), r * 0.25)]
        for k in range(int(rng.integers(1, 4))):
            arm = [(0, tall * 0.4), (r * 0.8, tall * u(0.4, 0.5)), (r * 0.8, tall * u(0.6, 0.9))]
            shells.append(turned(sweep(upright(arm), r * 0.18), z=140.0 * k))
    return shells


def mushroom(rng: Draw) -> Shells:
    """A stalk and a cap, one or a group; umbrellas, lampshades, toadstools."""
    u = rng.uniform
    shells: Shells = []
    for _ in range(int(rng.integers(1, 5))):
        r, tall, flat = u(10, 30), u(15, 60), u(0.3, 1.1)
        at = np.array([u(-25, 25), u(-25, 25), 0]) if shells else np.zeros(3)
        cap = [
            (r * 0.4, tall - 2),
            (r, tall),
            *((r * np.cos(a), tall + r * flat * np.sin(a)) for a in np.linspace(0.3, 1.45, 6)),
        ]
        shells.append(moved(rod((0, 0, 0), (u(-4, 4), 0, tall), r * u(0.2, 0.5), r * 0.25), at))
        shells.append(moved(lathe(cap), at))
    return [*shells, disc((0, 0, 0), u(12, 40), u(2, 6))]


def rock_pile(rng: Draw) -> Shells:
    """A few jagged stones, logs or sacks in a heap."""
    u = rng.uniform
    shells: Shells = []
    logs = rng.random() < 0.3
    for _ in range(int(rng.integers(1, 9))):
        size = u(8, 26)
        if logs:
            stone = rod((-size * 2, 0, 0), (size * 2, 0, 0), size * 0.5)
        else:
            angle = np.arange(7) * (2 * np.pi / 7)
            levels = [
                (s * u(0.7, 1.2, 7), z) for s, z in ((0.6, -0.7), (1, -0.1), (0.9, 0.4), (0.3, 0.9))
            ]
            stone = (
                loft(
                    np.stack(
                        [
                            np.column_stack([q * np.cos(angle), q * np.sin(angle), np.full(7, z)])
                            for q, z in levels
                        ]
                    )
                )
                * size
            )
        shells.append(moved(turned(stone, x=u(-30, 30), z=u(0, 360)), u(-25, 25, 3) * (1, 1, 0.4)))
    return shells


def street_sign(rng: Draw) -> Shells:
    """A post with a disc, triangle, arrow or board; traffic lights, street lamps, signposts."""
    u = rng.uniform
    tall, size = u(60, 150), u(12, 28)
    shells = [rod((0, 0, 0), (0, 0, tall), u(1.8, 4)), disc((0, 0, 1), u(8, 20), 4)]
    kind = rng.integers(4)
    if kind == 0:
        shells.append(disc((0, 0, tall), size, 3, "y", sides=one_of(rng, (3, 4, 6, 8, 28))))
    elif kind == 1:
        for z in (0.95, 0.78, 0.6)[: int(rng.integers(1, 4))]:
            way = one_of(rng, (-1, 1)) * size
            arrow = [(-way * 0.4, 0), (way, 0), (way * 1.4, 4), (way, 8), (-way * 0.4, 8)]
            shells.append(moved(slab(arrow, 3), (0, 0, z * tall)))
    elif kind == 2:
        shells.append(block((-6, -5, tall - 30), (6, 5, tall), bevel=2))
        shells += [disc((0, -6, tall - 5 - 10 * k), 4, 4, "y") for k in range(3)]
    else:
        bow = arc(size, 180, 20, 8) + (size, tall)
        shells += [
            sweep(upright(bow), 2.0),
            stacked(circle(7), [(1, -6), (0.3, 4)]) + (bow[-1, 0], 0, bow[-1, 1]),
        ]
    return shells


MODELS: Rows = (
    (
        "figure",
        (
            crate,
            house,
            tower,
            ruin_wall,
            conifer,
            mushroom,
            rock_pile,
            street_sign,
        ),
    ),
)
