"""Furniture, books, coins and food, as games and dolls' houses have them.

Millimetres; things stand on z = 0.
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
    torus,
)
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import ring
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
    turned,
)


def chair(rng: Draw) -> Shells:
    """A seat on legs or a pedestal with a back of slats; stools, benches, armchairs, sofas."""
    u = rng.uniform
    a, b, seat, back = u(14, 40), u(14, 24), u(15, 35), u(15, 50)
    shells = [block((-a, -b, seat), (a, b, seat + u(3, 12)), bevel=u(0, 5))]
    leg = u(1.5, 4)
    if rng.random() < 0.7:
        shells += [
            rod((x * a * 0.9, y * b * 0.9, seat), (x * a, y * b, 0), leg)
            for x in (-1, 1)
            for y in (-1, 1)
        ]
    else:
        shells += [rod((0, 0, 0), (0, 0, seat), leg * 1.5), disc((0, 0, 1), b, 3)]
    if rng.random() < 0.8:
        for x in np.linspace(-0.9, 0.9, int(rng.integers(2, 6))) * a:
            shells.append(block((x - leg, b - 4, seat), (x + leg, b, seat + back)))
        shells.append(block((-a, b - 5, seat + back * 0.7), (a, b, seat + back)))
    for x in (-1, 1) if rng.random() < 0.4 else ():
        shells.append(block((x * a - 3, -b, seat), (x * a + 3, b, seat + back * 0.5), bevel=1))
    return shells


def table(rng: Draw) -> Shells:
    """A top on legs, a trestle or a column, with things on it; desks, counters, beds, shelves."""
    u = rng.uniform
    a, b, tall, thick = u(25, 70), u(18, 40), u(15, 50), u(2, 7)
    top = one_of(rng, (rounded_rectangle(2 * a, 2 * b, 4), circle(a), circle(a, 6)))
    shells = [moved(prism(top, thick), (0, 0, tall))]
    if rng.random() < 0.7:
        shells += [
            block((x * a * 0.65 - 3, y * b * 0.6 - 3, 0), (x * a * 0.65 + 3, y * b * 0.6 + 3, tall))
            for x in (-1, 1)
            for y in (-1, 1)
        ]
    else:
        shells.append(lathed([(b * 0.7, 0), (5, 6), (u(4, 10), tall * 0.5), (4, tall)], "z"))
    for z in np.linspace(0.2, 0.8, int(rng.integers(0, 4))) * tall:
        shells.append(block((-a * 0.65, -b * 0.6, z), (a * 0.65, b * 0.6, z + 2)))
    if rng.random() < 0.4:
        shells.append(block((-a, b - 4, tall), (a, b, tall + u(8, 30))))
    return shells


def book(rng: Draw) -> Shells:
    """A closed book, an open one, a stack of them, a scroll or a gravestone-like tablet."""
    u = rng.uniform
    a, b, thick = u(18, 45), u(25, 60), u(5, 18)
    if rng.random() < 0.3:
        wing = slab([(0, 0), (a, u(2, 9)), (a, 12), (0, 5)], b)
        return [wing, (wing * (-1, 1, 1))[:, ::-1]]
    if rng.random() < 0.3:
        ends = [disc((side * a, 0, 0), thick * 0.5, 12, "x") for side in (-1, 1)]
        sheet = block((-a, 0, -thick), (a, b, -thick + 2))
        return [rod((-a, 0, 0), (a, 0, 0), thick), *ends, sheet]
    shells: Shells = []
    z = 0.0
    for _ in range(int(rng.integers(1, 6))):
        volume = [
            block((0, 0, 0), (a, b, 1.5)),
            block((0, 0, thick), (a, b, thick + 1.5)),
            block((0, 0, 0), (2, b, thick + 1)),
            block((1, 1.5, 1), (a - 2, b - 1.5, thick + 0.5)),
        ]
        turn = u(-25, 25)
        shells += [moved(turned(part, z=turn), (0, 0, z)) for part in volume]
        z += thick + 1.5
    return shells


def coin(rng: Draw) -> Shells:
    """A disc with a rim and a figure: coins, medals, tokens, counters, coasters, buttons."""
    u = rng.uniform
    r, thick, sides = u(10, 45), u(1.5, 6), one_of(rng, (28, 28, 28, 6, 8))
    shells = [
        prism(circle(r, sides), thick),
        moved(ring(r, r * 0.88, thick * 1.3), (0, 0, -thick * 0.65)),
    ]
    figures = (
        block((-r * 0.4, -r * 0.1, 0), (r * 0.4, r * 0.1, thick)),
        bead((0, 0, thick / 2), (r * 0.4, r * 0.3, thick)),
        prism(circle(r * 0.5, 5), thick * 2),
        torus(r * 0.4, thick * 0.5, (0, 0, thick / 2)),
    )
    shells.append(one_of(rng, figures))
    if rng.random() < 0.3:
        shells.append(torus(r * 0.2, thick * 0.4, (0, r * 1.15, 0)))
    return shells


def food(rng: Draw) -> Shells:
    """A burger, cake, ice cream, pear, carrot, doughnut or loaf."""
    u = rng.uniform
    r = u(14, 40)
    layers = [
        lathe([(r * u(0.8, 1.1), z), (r, z + 3), (r * u(0.8, 1), z + 6)])
        for z in np.arange(int(rng.integers(2, 7))) * 5.5
    ]
    makes = (
        [*layers, bead((0, 0, layers[-1][..., 2].max()), (r, r, r * 0.6))],
        [
            stacked(circle(r), [(0.15, -r * 2.2), (0.9, 0)]),
            ball((0, 0, r * 0.5), r),
            ball((0, 0, r * 1.6), r * 0.7),
        ],
        [torus(r, r * u(0.3, 0.5))],
        [
            lathe([(r * 0.5, -r), (r, 0), (r * 0.5, r * 1.1), (r * 0.25, r * 1.6)]),
            rod((0, 0, r), (3, 0, r * 2), 1.5),
        ],
        [
            stacked(circle(r * 0.4), [(0.05, -r * 2), (1, 0), (0.6, r * 0.2)]),
            *around(rod((0, 0, 0), (r * 0.5, 0, r), 2, 1), 5),
        ],
        [
            *(bead((k * r * 0.6, 0, 0), (r * 0.6, r * 0.7, r * 0.6)) for k in range(4)),
            block((-r * 0.4, -r * 0.5, -r * 0.6), (r * 2.2, r * 0.5, 0)),
        ],
        [prism(np.array([(0, 0), *arc(r * 1.5, -20, 20, 6)]), r), ball((r, 0, r * 0.6), r * 0.2)],
    )
    return one_of(rng, makes)


MODELS: Rows = (
    (
        "figure",
        (
            chair,
            table,
            book,
            coin,
            food,
        ),
    ),
)
