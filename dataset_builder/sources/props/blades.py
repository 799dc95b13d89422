"""Envelopes with the outline of a sword, dagger or knife; blunt and solid.

A blade here is a plate of millimetres with rounded proportions drawn at random: no edge, no point
that could cut. x runs along the object, y across its thickness, z is its breadth; millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Model
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    arc,
    block,
    circle,
    moved,
    rod,
    rounded_rectangle,
    sweep,
    upright,
)
from dataset_builder.sources.props.blade_parts import (
    SINGLE,
    STRAIGHT,
    any_outline,
    blade,
    handle,
    hilt,
    ridged,
)
from dataset_builder.sources.props.outlines import framed, leaning, maybe, side, softened


def arming_sword(rng: Draw) -> Shells:
    """A straight or waved blade on a hilt of any style."""
    u = rng.uniform
    long, half = u(380, 820), u(14, 38)
    outline = any_outline(rng, long, half, STRAIGHT)
    return [blade(rng, outline, u(4, 12)), *hilt(rng, u(80, 170), u(8, 15), half * u(1.4, 4))]


def great_sword(rng: Draw) -> Shells:
    """Two hands long, or as broad as cartoons draw it."""
    u = rng.uniform
    long, half = u(500, 1000), u(24, 100)
    outline = any_outline(rng, long, half, (*STRAIGHT, *SINGLE))
    return [blade(rng, outline, u(6, 30)), *hilt(rng, u(160, 320), u(11, 20), half * u(1.1, 2.6))]


def short_sword(rng: Draw) -> Shells:
    """A thick, short, ridged blade with a heavy hilt, as of low-poly figures."""
    u = rng.uniform
    long, half, thick = u(200, 420), u(20, 55), u(8, 28)
    taper = np.array([(0, 1), (u(0.55, 0.9), u(0.8, 1.15)), (1, 0.06)])
    return [
        ridged(rng, long, half, thick, taper),
        *hilt(rng, u(70, 130), u(9, 20), half * u(1.2, 2.4)),
    ]


def rapier(rng: Draw) -> Shells:
    """A very thin blade behind a cup, a disc or loops."""
    u = rng.uniform
    long, cup = u(600, 950), u(28, 55)
    taper = np.array([(0, 1), (0.9, 0.7), (1, 0.1)])
    shells = [
        ridged(rng, long, u(6, 11), u(5, 10), taper),
        *hilt(rng, u(80, 120), u(8, 12), u(50, 110)),
    ]
    if maybe(rng, 0.6):
        shells.append(rod((-u(10, 30), 0, 0), (u(4, 14), 0, 0), cup * u(0.6, 1), cup))
    if maybe(rng, 0.6):
        bow = [(0, -cup), (-40, -cup * 1.1), (-95, -cup * 0.6), (-u(90, 115), 0)]
        shells.append(sweep(upright(bow), u(2.5, 5)))
    return shells


def curved_sword(rng: Draw) -> Shells:
    """One bent blade, slim or flaring, with a long bound handle or a basket."""
    u = rng.uniform
    long, half = u(350, 800), u(11, 36)
    outline = any_outline(rng, long, half, SINGLE[:2])
    return [blade(rng, outline, u(4, 10)), *hilt(rng, u(90, 280), u(9, 15), half * u(1.2, 2.6))]


def hooked_sword(rng: Draw) -> Shells:
    """A sickle of a blade on a straight neck, as of old Egypt or of fantasy."""
    u = rng.uniform
    neck, radius, wide = u(60, 200), u(90, 180), u(24, 60)
    bend = arc(1.0, u(170, 185), u(20, 60), 13)
    taper = wide * np.minimum(1, (1.03 - np.linspace(0, 1, 13)) * u(2, 5)) * 0.5
    middle = (bend - bend[0]) * radius + (neck, 0)
    sickle = np.concatenate(
        [middle + bend * taper[:, None], (middle - bend * taper[:, None])[::-1]]
    )
    thick = u(5, 11)
    return [
        side(sickle, thick),
        block((0, -thick / 2, -wide * 0.3), (neck + 10, thick / 2, wide * 0.3)),
        *hilt(rng, u(90, 150), u(9, 14), wide * u(0.6, 1.3)),
    ]


def fighting_knife(rng: Draw) -> Shells:
    """A short blade of any single outline with a small cross-piece."""
    u = rng.uniform
    long, half = u(90, 220), u(11, 28)
    outline = any_outline(rng, long, half, SINGLE)
    return [blade(rng, outline, u(3, 8)), *hilt(rng, u(85, 130), u(9, 15), half * u(0.9, 1.9))]


def dirk(rng: Draw) -> Shells:
    """A short blade of any symmetric outline."""
    u = rng.uniform
    long, half = u(100, 280), u(10, 32)
    outline = any_outline(rng, long, half, STRAIGHT)
    return [blade(rng, outline, u(3, 10)), *hilt(rng, u(70, 120), u(8, 15), half * u(1.1, 2.8))]


def machete(rng: Draw) -> Shells:
    """A broad, bent plate that runs on into its handle."""
    u = rng.uniform
    long, half, grip, kink = u(240, 450), u(20, 45), u(100, 150), u(-0.2, 0.2)
    outline = any_outline(rng, long, half, SINGLE) + (0, half * u(-0.3, 0.3))
    back = u(0.5, 0.9) * half
    hold = [(6, back), (6, -back), (-grip * 0.5, -back * u(0.6, 1)), (-grip, -back * u(0.9, 1.4)),
            (-grip * u(1, 1.1), back * u(0.7, 1.1))]  # fmt: skip
    bent = softened(rng, np.asarray(hold) + np.stack([np.zeros(5), kink * np.array(hold)[:, 0]], 1))
    return [blade(rng, outline, u(3, 8)), side(bent, u(14, 26), bevel=u(0, 4))]


def kitchen_knife(rng: Draw) -> Shells:
    """A triangle or a cleaver with a slab handle below its back."""
    u = rng.uniform
    long, tall, grip = u(100, 250), u(22, 85), u(90, 130)
    t = np.linspace(0, 1, 7)
    belly = np.stack([long * t, -tall + tall * u(0.05, 1) * t ** u(2, 6)], axis=1)
    top = [(long * u(0.93, 1), -u(0, 0.1) * tall), (0, 0)]
    deep = u(16, 28)
    hold = np.array([(4, 0), (4, -deep), (-grip, -deep * u(0.9, 1.3)), (-grip * 1.03, -2)])
    return [
        side(np.concatenate([belly, top]), u(2.5, 6)),
        side(softened(rng, hold), u(12, 22), bevel=2),
    ]


def ring_knife(rng: Draw) -> Shells:
    """A claw: a strongly bent blade, a bent handle and a ring at its end."""
    u = rng.uniform
    radius, turn, wide = u(60, 120), u(60, 110), u(20, 36)
    bend = arc(1.0, 180, 180 - turn, 11)
    taper = wide * 0.5 * np.minimum(1, (1.03 - np.linspace(0, 1, 11)) * u(1.5, 3.5))[:, None]
    middle = bend * radius + (radius, 0)
    claw = np.concatenate([middle + bend * taper, (middle - bend * taper)[::-1]])
    drop, ring = u(70, 110), u(14, 22)
    lean = u(-0.5, 0.2)
    hold = np.array(
        [(-wide * 0.5, 6), (wide * 0.5, 6), (wide * 0.45, -drop), (-wide * 0.45, -drop)]
    )
    eye = framed(circle(ring, 18), ring * u(0.25, 0.4), u(7, 12))
    return [
        side(claw, u(3, 8)),
        side(softened(rng, leaning(hold, lean)), u(11, 20), bevel=u(0, 3)),
        moved(eye, (-lean * drop, 0, -drop - ring * 0.6)),
    ]


def throwing_knife(rng: Draw) -> Shells:
    """One flat plate: blade and tang, often with a ring or holes."""
    u = rng.uniform
    long, half, grip, thick = u(80, 180), u(9, 24), u(60, 130), u(3, 8)
    outline = any_outline(rng, long, half, STRAIGHT[:3])
    tang = half * u(0.35, 0.8)
    shells = [side(outline, thick), block((-grip, -thick / 2, -tang), (4, thick / 2, tang))]
    if maybe(rng, 0.7):
        ring = u(9, 18)
        shells.append(
            moved(framed(circle(ring, 20), ring * u(0.3, 0.45), thick), (-grip - ring * 0.8, 0, 0))
        )
    if maybe(rng, 0.5):  # bound
        shells.append(rod((-grip * 0.9, 0, 0), (-6, 0, 0), max(thick, tang) * u(0.9, 1.1)))
    return shells


def push_dagger(rng: Draw) -> Shells:
    """A blade that stands across its handle, or between two bars."""
    u = rng.uniform
    long, half, bar = u(60, 260), u(12, 36), u(35, 60)
    outline = any_outline(rng, long, half, STRAIGHT[:3])
    shells = [
        blade(rng, outline, u(4, 10)),
        block((-24, -8, -half * 0.6), (6, 8, half * 0.6)),
        rod((-24, 0, -bar), (-24, 0, bar), u(7, 12)),
    ]
    if maybe(rng, 0.4):
        reach = u(80, 180)
        shells += [block((-reach, -4, z - 4), (-10, 4, z + 4)) for z in (-bar, bar)]
    return shells


def sheathed_knife(rng: Draw) -> Shells:
    """A blade's envelope with a loop and a tip cap, the handle showing."""
    u = rng.uniform
    long, half = u(110, 420), u(16, 36)
    cover = softened(
        rng,
        [
            (0, half),
            (0, -half),
            (long * 0.9, -half * u(0.6, 1)),
            (long, u(-0.4, 0.4) * half),
            (long * 0.9, half * u(0.6, 1)),
        ],
    )
    return [
        side(cover, u(10, 20), bevel=u(0, 4)),
        side(rounded_rectangle(u(10, 24), half * 2.2, 2) + (14, 0), u(14, 24)),
        *handle(rng, u(85, 200), u(9, 14)),
        *(hilt(rng, u(85, 200), u(9, 14), half * u(1.1, 2)) if maybe(rng, 0.5) else []),
    ]


MODELS: tuple[Model, ...] = (
    arming_sword, great_sword, short_sword, rapier, curved_sword, hooked_sword, fighting_knife,
    dirk, machete, kitchen_knife, ring_knife, throwing_knife, push_dagger, sheathed_knife,
)  # fmt: skip
