"""Figures of people and robots, heads, and pieces of board games.

Millimetres; they face along x and stand on z = 0.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import (
    around,
    ball,
    bead,
    disc,
    lathed,
    one_of,
    stacked,
)
from dataset_builder.sources.model import Rows
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    block,
    circle,
    ellipsoid,
    lathe,
    moved,
    rod,
    slab,
    turned,
)


def robot(rng: Draw) -> Shells:
    """A figure of boxes: robots, brick people, astronauts, golems."""
    u = rng.uniform
    wide, deep, torso, leg, head = u(12, 24), u(7, 16), u(20, 40), u(12, 36), u(8, 16)
    bevel = u(0, 4)
    neck = leg + torso
    heads = (
        block((-head, -head, neck), (head, head, neck + head * 1.6), bevel=bevel),
        disc((0, 0, neck + head), head, head * 2),
        ball((0, 0, neck + head), head * 1.1),
    )
    shells = [block((-deep, -wide, leg), (deep, wide, neck), bevel=bevel), one_of(rng, heads)]
    for side in (-1, 1):
        shells.append(
            block(
                (-deep * 0.7, side * wide * 0.5 - 4, 0),
                (deep * u(0.7, 1.4), side * wide * 0.5 + 4, leg + 1),
            )
        )
        arm = block((-4, -4, -torso * u(0.6, 1)), (4, 4, 4), bevel=1)
        shells.append(
            moved(
                turned(arm, y=u(-100, 40), x=side * u(0, 30)),
                (0, side * (wide + 4), leg + torso - 5),
            )
        )
    if rng.random() < 0.5:
        shells += [rod((0, 0, leg + torso), (0, 0, leg + torso + head * u(2, 3)), 1.2)]
    if rng.random() < 0.4:
        shells.append(disc((0, 0, 0), wide * 1.6, 4))
    return shells


def robed_figure(rng: Draw) -> Shells:
    """A person in a long robe or a coat: angels, kings, pawns, madonnas, snowmen, gnomes."""
    u = rng.uniform
    r, tall, head = u(12, 26), u(40, 100), u(6, 12)
    if rng.random() < 0.25:
        return [ball((0, 0, 0), r), ball((0, 0, r * 1.5), r * 0.75), ball((0, 0, r * 2.5), r * 0.5),
                rod((r * 0.4, 0, r * 2.5), (r * 1.1, 0, r * 2.5), 2.5, 0.5)]  # fmt: skip
    robe = [(r, 0), (r * u(0.6, 0.9), tall * 0.4), (r * 0.5, tall * 0.75), (r * 0.25, tall * 0.86)]
    shells = [lathe(robe), ball((0, 0, tall * 0.86 + head), head)]
    for side in (-1, 1):
        hand = (r * u(0.3, 1.1), side * r * u(0.1, 0.9), tall * u(0.45, 0.9))
        shells.append(rod((0, side * r * 0.45, tall * 0.74), hand, r * 0.22, r * 0.15))
    hat = (
        stacked(
            circle(head * 1.1),
            [(1, tall * 0.86 + head * 1.3), (0.05, tall * 0.86 + head * u(2.5, 5))],
        ),
        disc((0, 0, tall * 0.86 + head * 1.6), head * 1.7, 2),
        ball((-head * 0.5, 0, tall * 0.86 + head), head * 1.1),
    )
    shells.append(one_of(rng, hat))
    for side in (-1, 1) if rng.random() < 0.3 else ():
        wing = [(0, 0), (-r * 1.6, tall * 0.25), (-r * 1.3, -tall * 0.35)]
        shells.append(
            moved(turned(slab(wing, 2.5), z=side * 40.0), (-r * 0.3, side * r * 0.3, tall * 0.6))
        )
    return shells


def bust(rng: Draw) -> Shells:
    """A head with shoulders, a mask, or a skull, on a foot."""
    u = rng.uniform
    r, tall = u(14, 32), u(1.1, 1.6)
    z = np.linspace(-0.95, 0.95, 12)
    jaw = u(0.6, 0.95)
    wide = r * np.sqrt(1 - z**2) * np.where(z < 0, jaw + (1 - jaw) * (1 + z), 1.0)
    skull = [lathe(np.stack([wide, z * r * tall], axis=1)) * (u(0.9, 1.2), 1, 1)]
    skull.append(bead((r * 0.95, 0, -r * 0.1), (r * 0.25, r * 0.15, r * 0.3)))
    for side in (-1, 1):
        skull.append(bead((r * 0.8, side * r * 0.4, r * 0.2), (r * 0.3, r * 0.2, r * 0.15)))
        skull.append(bead((0, side * r, 0), (r * 0.2, r * 0.15, r * 0.3)))
    skull.append(
        block((r * 0.4, -r * 0.45, -r * tall), (r * 0.95, r * 0.45, -r * tall * 0.6), bevel=2)
    )
    skull.append(rod((0, 0, -r * tall * 2), (0, 0, -r * 0.6), r * u(0.3, 0.5)))
    if rng.random() < 0.6:
        shoulders = (r * 0.8, r * u(1.2, 2), r * 0.6)
        skull.append(ellipsoid((0, 0, -r * tall * 1.6), shoulders))
    return [*skull, disc((0, 0, -r * tall * u(1.6, 2)), r * u(0.6, 1), r * 0.5)]


HALF_MEEPLE = [(0, 1.0), (0.28, 0.95), (0.3, 0.7), (0.85, 0.45), (0.9, 0.3), (0.5, 0.3)]
HALF_MEEPLE += [(0.75, -0.4), (0.2, -0.4), (0, 0)]
"""Right half of an outline, downwards."""
HORSE = [(-0.6, -0.8), (0.6, -0.8), (0.3, 0), (0.5, 0.5), (0.9, 0.3), (1, 0.5), (0.5, 1)]
HORSE += [(0.1, 1.3), (-0.4, 0.9), (-0.6, 0.2)]
"""A chess knight's outline."""


def game_piece(rng: Draw) -> Shells:
    """A meeple, knight, rook, die or domino."""
    u = rng.uniform
    size, thick = u(12, 40), u(6, 16)
    left = [(-x, y) for x, y in HALF_MEEPLE[-2:0:-1]]
    meeple = np.array(HALF_MEEPLE + left) * (size * u(0.8, 1.2), size)
    foot = lathed([(size * 0.8, 0), (size * 0.6, 6)], "z")
    tooth = block((size * 0.35, -size * 0.1, size), (size * 0.55, size * 0.1, size * 1.25))
    wall = [(size * 0.7, 0), (size * 0.4, size * 0.4), (size * 0.45, size), (size * 0.6, size)]
    die = [block((-size, -size, -size), (size, size, size), bevel=u(0, 8))]
    spots = ((0, 0), (0.5, 0.5), (-0.5, -0.5))
    die += [disc((x * size, y * size, size), size * 0.15, 2) for x, y in spots]
    makes = (
        [slab(meeple, thick, bevel=u(0, 1))],
        [slab(np.array(HORSE) * size, thick), moved(foot, (0, 0, -size - 4))],
        [lathe(wall), *around(tooth, 5)],
        die,
    )
    return one_of(rng, makes)


MODELS: Rows = (
    (
        "figure",
        (
            robot,
            robed_figure,
            bust,
            game_piece,
        ),
    ),
)
