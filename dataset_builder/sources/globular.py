"""Round, ribbed and capped everyday things: the outlines that are nearest to a grenade's.

Fruit, jars, bulbs, lanterns, cans and knobs. Millimetres; z up.
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
    wavy,
)
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import ring
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    arc,
    block,
    circle,
    ellipsoid,
    lathe,
    moved,
    prism,
    rod,
    sweep,
    turned,
    upright,
)

HALF_TURN = np.linspace(-0.47, 0.47, 15) * np.pi


def egg(rng: Draw) -> Shells:
    """An egg, lemon or avocado, plain or in a cup."""
    u = rng.uniform
    r, tall, lean = u(12, 40), u(1.1, 1.6), u(0, 0.3)
    z = np.sin(HALF_TURN)
    shells = [lathe(r * np.stack([np.cos(HALF_TURN) * (1 - lean * z), z * tall], axis=1))]
    if rng.random() < 0.4:
        cup = [(r * 0.7, -r * 2), (r * 0.3, -r * 1.5), (r * 1.05, -r * 0.3), (r * 0.9, -r * 0.3)]
        shells.append(lathe([*cup, (r * 0.3, -r)]))
    return shells


def pine_cone(rng: Draw) -> Shells:
    """A cone of scales, or an artichoke or hop: rows of petals that overlap upwards."""
    u = rng.uniform
    r, tall, rows, count = u(15, 35), u(35, 90), int(rng.integers(4, 8)), int(rng.integers(5, 10))
    shells = [ellipsoid((0, 0, tall / 2), (r * 0.8, r * 0.8, tall / 2))]
    scale, splay = u(0.35, 0.6), u(10, 60)
    for row in range(rows):
        z = tall * (0.1 + 0.8 * row / rows)
        reach = r * np.sin(np.pi * (0.15 + 0.8 * row / rows)) ** 0.6
        size = reach * scale
        petal = turned(bead((0, 0, size * 0.5), (size * 0.3, size * 0.7, size)), y=splay)
        shells += around(moved(petal, (reach * 0.7, 0, z)), count, 180 / count * (row % 2))
    return shells


def pineapple(rng: Draw) -> Shells:
    """A barrel with a grid of bumps below a tuft of leaves."""
    u = rng.uniform
    r, tall, rows, count = u(18, 40), u(1.0, 1.7), int(rng.integers(4, 7)), int(rng.integers(6, 11))
    shells = [ellipsoid((0, 0, 0), (r, r, r * tall))]
    size = r * u(0.2, 0.34)
    for row in range(rows):
        high = -0.75 + 1.5 * row / (rows - 1)
        knob = bead((r * np.sqrt(1 - high**2) * 0.95, 0, high * r * tall), (size, size, size))
        knob = knob if rng.random() < 0.5 else block((r * 0.7, -size, -size), (r, size, size)) + (
            0, 0, high * r * tall)  # fmt: skip
        shells += around(knob, count, 180 / count * (row % 2))
    leaf, long = u(0.2, 0.4) * r, u(0.6, 1.6) * r
    for splay in (10, 30, 50)[: int(rng.integers(1, 4))]:
        spike = turned(rod((0, 0, 0), (0, 0, long), leaf, 0.5), y=splay)
        shells += around(moved(spike, (0, 0, r * tall * 0.9)), 6, splay)
    return shells


def pumpkin(rng: Draw) -> Shells:
    """A lobed ball with a stalk: pumpkins, tomatoes, cacti, poufs."""
    u = rng.uniform
    r, flat, lobes = u(15, 60), u(0.55, 1.2), int(rng.integers(5, 14))
    outline = wavy(1.0, u(0.03, 0.12), lobes, 60)
    steps = zip(r * np.cos(HALF_TURN), r * flat * np.sin(HALF_TURN), strict=True)
    shells = [stacked(outline, steps)]
    stalk = np.array([(0, 0, r * flat * 0.9), (u(-3, 3), 0, r * flat * 1.15),
                      (u(-9, 9), 0, r * flat * u(1.2, 1.5))])  # fmt: skip
    return [*shells, sweep(stalk, np.array([r * 0.18, r * 0.1, r * 0.12]))]


def jar(rng: Draw) -> Shells:
    """A jar with a lid: straight, bellied, cut with facets, with a knob or a wire bail."""
    u = rng.uniform
    r, tall, lid = u(18, 45), u(35, 120), u(0.7, 1.05)
    sides, belly = one_of(rng, (6, 8, 12, 28, 28)), u(0.85, 1.15)
    wall = [
        (r * 0.85, 0),
        (r, tall * 0.1),
        (r * belly, tall * 0.5),
        (r, tall * 0.85),
        (r * lid * 0.9, tall),
    ]
    shells = [
        lathe(wall, sides=sides),
        moved(prism(circle(r * lid), tall * 0.15), (0, 0, tall * 1.05)),
    ]
    if rng.random() < 0.5:
        shells.append(ball((0, 0, tall * 1.2), r * u(0.15, 0.35)))
    if rng.random() < 0.3:
        bail = arc(r * lid * 1.1, 0, 180, 11) * (1, u(0.3, 1.2)) + (0, tall)
        shells.append(sweep(upright(bail), u(1.5, 3)))
    return shells


def light_bulb(rng: Draw) -> Shells:
    """A bulb on a threaded cap, or a candle flame bulb."""
    u = rng.uniform
    r, neck, cap = u(18, 40), u(8, 14), u(16, 30)
    rise = u(0.8, 1.5)
    globe = [(r * np.cos(a), cap + r * rise * (1 + np.sin(a))) for a in HALF_TURN[4:]]
    shells = [lathe([(neck, 0), (neck, cap), *globe])]
    shells += [
        torus(neck, 1.3, (0, 0, z)) for z in np.linspace(3, cap - 3, int(rng.integers(2, 6)))
    ]
    return [*shells, lathe([(neck * 0.4, -5), (neck, 1)])]


def bauble(rng: Draw) -> Shells:
    """A hanging ornament: a turned drop, a ribbed ball, a cap and a loop."""
    u = rng.uniform
    r, drop, lobes = u(15, 40), u(0.8, 1.6), int(rng.integers(4, 14))
    outline = wavy(1.0, u(0, 0.1) if rng.random() < 0.6 else 0.0, lobes, 56)
    tip = r * drop * u(1, 1.6)
    z = np.where(HALF_TURN < 0, tip, r * drop) * np.sin(HALF_TURN)
    return [
        stacked(outline, zip(r * np.cos(HALF_TURN), z, strict=True)),
        lathed([(r * 0.25, r * drop * 0.9), (r * 0.25, r * drop * 1.15)], "z"),
        torus(r * u(0.12, 0.25), r * 0.04, (0, 0, r * drop * 1.3), "y"),
    ]


def lantern(rng: Draw) -> Shells:
    """A tealight lantern: posts between a foot and a roof, a ring to carry it by."""
    u = rng.uniform
    r, tall, posts = u(20, 50), u(45, 120), int(rng.integers(3, 9))
    sides = one_of(rng, (4, 6, 8, 28))
    shells = [
        moved(prism(circle(r, sides), 6), (0, 0, 0)),
        stacked(
            circle(r, sides), [(1.1, tall), (1.1, tall + 4), (u(0.1, 0.5), tall * u(1.2, 1.5))]
        ),
        *around(rod((r * 0.85, 0, 0), (r * 0.85, 0, tall + 1), u(1.5, 5)), posts),
    ]
    if rng.random() < 0.5:
        shells.append(lathed([(r * 0.4, 0), (r * 0.4, tall * u(0.2, 0.7))], "z"))
    return [*shells, torus(r * u(0.2, 0.5), u(1.5, 3), (0, 0, tall * 1.5), "y")]


def perfume_bottle(rng: Draw) -> Shells:
    """A flat, cut or round flacon with a collar and a tall stopper."""
    u = rng.uniform
    r, tall, flat = u(18, 38), u(35, 80), u(0.4, 1)
    outline = circle(r, one_of(rng, (4, 5, 6, 8, 28))) * (1, flat)
    bulge = u(0.7, 1.3)
    neck, top = r * flat * u(0.3, 0.45), tall * u(1.2, 1.6)
    cap = [(neck * 1.4, tall + 6), (neck * u(1, 2), top), (neck * 0.8, top + 6)]
    return [
        stacked(outline, [(0.8, 0), (bulge, tall * 0.4), (0.9, tall * 0.9), (0.4, tall)]),
        lathed([(neck, tall * 0.95), (neck, tall + 8)], "z"),
        lathed(cap, "z", sides=one_of(rng, (4, 6, 8, 28))),
    ]


def spray_can(rng: Draw) -> Shells:
    """A tin with a dome, a rim and a button, or with its cap on; a drinks can; a thermos."""
    u = rng.uniform
    r, tall = u(18, 38), u(70, 190)
    can = [(r * 0.92, 0), (r, 4), (r, tall * 0.85), (r * 1.03, tall * 0.86), (r * 0.6, tall)]
    shells = [lathe(can)]
    if rng.random() < 0.5:
        shells += [disc((0, 0, tall + 5), r * u(0.25, 0.4), u(10, 22))]
        shells += [rod((0, 0, tall + 6), (r * 0.5, 0, tall + u(6, 12)), 2.5)]
    elif rng.random() < 0.7:
        shells.append(lathe([(r * 0.9, tall * 0.84), (r * u(0.7, 0.9), tall * u(1.0, 1.2))]))
    return shells


def fire_extinguisher(rng: Draw) -> Shells:
    """A cylinder with a squeeze handle, a gauge and a hose down its side."""
    u = rng.uniform
    r, tall, reach = u(18, 35), u(90, 170), u(30, 60)
    hose = [
        (4, tall + 12),
        (r * 1.2, tall + 4),
        (r * 1.35, tall * 0.6),
        (r * 1.3, tall * u(0.2, 0.5)),
    ]
    return [
        lathe([(r * 0.9, 0), (r, 6), (r, tall * 0.85), (r * 0.5, tall), (r * 0.3, tall + 4)]),
        block((-8, -7, tall), (8, 7, tall + 18), bevel=2),
        turned(block((-reach, -5, -3), (4, 5, 3)), y=u(-5, 10)) + (0, 0, tall + 14),
        turned(block((-reach, -5, -3), (4, 5, 3)), y=u(12, 35)) + (0, 0, tall + 22),
        sweep(upright(hose), u(4, 7)),
        disc((0, -10, tall + 8), u(5, 9), 6, "y"),
    ]


def barrel(rng: Draw) -> Shells:
    """A cask of hoops, or a ribbed drum."""
    u = rng.uniform
    r, tall, belly = u(15, 50), u(40, 120), u(1.0, 1.35)
    t = np.linspace(0, 1, 9)
    wall = r * (1 + (belly - 1) * np.sin(np.pi * t))
    shells = [lathe(np.stack([wall, tall * t], axis=1), sides=int(rng.integers(8, 30)))]
    for s in np.linspace(0.08, 0.92, int(rng.integers(2, 6))):
        here = r * (1 + (belly - 1) * np.sin(np.pi * s))
        shells.append(moved(ring(here * 1.06, here * 0.9, tall * 0.06), (0, 0, tall * (s - 0.03))))
    return shells


def shaker(rng: Draw) -> Shells:
    """A salt shaker, pepper mill or honey pot: a waisted body under a domed top."""
    u = rng.uniform
    r, tall, waist = u(14, 28), u(50, 160), u(0.45, 1)
    shells = [
        lathe([(r, 0), (r, tall * 0.1), (r * waist, tall * 0.5), (r * 0.9, tall * 0.8)],
              sides=one_of(rng, (6, 8, 10, 28))),
        ellipsoid((0, 0, tall * 0.82), (r, r, r * u(0.5, 1.1))),
    ]  # fmt: skip
    if rng.random() < 0.5:
        shells.append(ball((0, 0, tall * 0.82 + r), r * u(0.2, 0.4)))
    return shells


MODELS: Rows = (
    (
        "figure",
        (
            egg,
            pine_cone,
            pineapple,
            pumpkin,
        ),
    ),
    (
        "container",
        (
            jar,
            perfume_bottle,
            spray_can,
            fire_extinguisher,
            barrel,
            shaker,
        ),
    ),
    (
        "household",
        (
            light_bulb,
            bauble,
            lantern,
        ),
    ),
)
