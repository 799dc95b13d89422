"""Tools that hold or turn something between jaws.

Millimetres; x along the object.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import (
    disc,
    grip,
    one_of,
    ribbon,
)
from dataset_builder.sources.model import Rows
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    arc,
    block,
    circle,
    moved,
    prism,
    rod,
    slab,
    turned,
)


def c_clamp(rng: Draw) -> Shells:
    """A C or G frame with a screw through its end and a bar or knob on it."""
    u = rng.uniform
    gap, deep, thick, wide = u(30, 110), u(25, 80), u(7, 16), u(10, 24)
    frame = [(deep, 0), (0, 0), (0, gap), (deep, gap)]
    if rng.random() < 0.5:
        frame = [
            (deep, 0),
            (deep * 0.3, 0),
            (0, gap * 0.3),
            (0, gap * 0.7),
            (deep * 0.3, gap),
            (deep, gap),
        ]
    reach, below = gap * u(0.2, 0.8), u(20, 60)
    return [
        ribbon(frame, thick, wide),
        rod((deep - 4, 0, reach), (deep - 4, 0, -below), u(4, 8)),
        disc((deep - 4, 0, reach), u(7, 14), 6),
        *one_of(rng, ([rod((deep - 4, -28, -below), (deep - 4, 28, -below), 3)],
                      [disc((deep - 4, 0, -below), u(10, 22), 14)])),
        disc((deep - 4, 0, gap - thick * 0.5), 9, 6),
    ]  # fmt: skip


def spring_clamp(rng: Draw) -> Shells:
    """Two crossed levers about a pin, jaws on one side and handles on the other."""
    u = rng.uniform
    jaw, handle, wide, spread = u(30, 60), u(45, 90), u(12, 30), u(12, 26)
    side = [
        (0, 6),
        (jaw * 0.7, 14),
        (jaw, 2),
        (jaw, -3),
        (jaw * 0.6, 2),
        (0, -6),
        (-handle, -4),
        (-handle, 4),
    ]
    half = slab(side, wide, bevel=u(0.3, 1))
    shells = [turned(half, y=-spread / 2), turned(half * (1, 1, -1), y=spread / 2)[:, ::-1]]
    return [*shells, disc((0, 0, 0), u(7, 12), wide * 1.2, "y")]


def bar_clamp(rng: Draw) -> Shells:
    """A long flat bar with two jaws across it and a handle on the moving one."""
    u = rng.uniform
    long, jaw, wide = u(120, 360), u(35, 90), u(10, 26)
    x = long * u(0.3, 0.85)
    arm = [(-10, -8), (10, -8), (12, 10), (u(6, 14), jaw), (-8, jaw), (-12, 10)]
    shells = [
        block((0, -wide * 0.3, -8), (long, wide * 0.3, 8)),
        moved(slab(arm, wide, bevel=1), (6, 0, 0)),
        moved(slab(arm, wide, bevel=1), (x, 0, 0)),
        disc((14, 0, jaw - 8), u(7, 12), 10, "x"),
        disc((x - 14, 0, jaw - 8), 9, 10, "x"),
    ]
    if rng.random() < 0.6:
        lever = grip(rng, u(60, 110), u(9, 14), u(-10, 30))
        shells.append(moved(lever, (x + 6, 0, -6)))
    else:
        shells.append(rod((x, 0, jaw * 0.7), (x + u(40, 90), 0, jaw * 0.7), 5, 11))
    return shells


def adjustable_wrench(rng: Draw) -> Shells:
    """A flat handle with a hole, two unequal jaws and a thumb wheel."""
    u = rng.uniform
    long, head, thick = u(90, 230), u(16, 32), u(6, 13)
    w, gap = head * u(0.3, 0.5), head * u(0.3, 0.9)
    outline = [(0, w), (0, -w), (long, -w), (long + head, -head), (long + head * 2, -gap * 0.5),
               (long + head * 0.9, -gap * 0.5), (long + head * 0.9, gap * 0.5),
               (long + head * 1.8, gap * 0.5), (long + head * 0.8, head * 1.1)]  # fmt: skip
    hole = circle(w * 0.5, 14, (w * 1.2, 0))
    return [
        prism([*outline, (long, w)], thick, holes=[hole]),
        disc((long + head * 0.4, head * 0.5, 0), head * 0.25, thick * 1.3),
    ]


def tongs(rng: Draw) -> Shells:
    """A long U spring: tweezers, tongs, sugar grips."""
    u = rng.uniform
    long, gap, wide, thick = u(60, 220), u(8, 40), u(5, 25), u(1.8, 5)
    bow = arc(gap / 2, 90, 270, 7)
    end = u(0.02, 0.4) * gap
    upper = [(long, end), (long * 0.7, gap * u(0.4, 0.7))]
    path = np.concatenate([upper, bow, [(x, -z) for x, z in upper[::-1]]])
    shells = [ribbon(path, thick, wide)]
    if rng.random() < 0.4:
        shells += [disc((long, 0, s * end), wide * u(0.6, 1.4), thick) for s in (-1, 1)]
    return shells


MODELS: Rows = (
    (
        "hand-tool",
        (
            c_clamp,
            spring_clamp,
            bar_clamp,
            adjustable_wrench,
            tongs,
        ),
    ),
)
