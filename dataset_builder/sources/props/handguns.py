"""Envelopes with the outline of a handgun, of many ages and makes of prop; solid all through.

Blunt and without function by construction: no bore, chamber, magazine or moving part, and every
proportion is drawn at random. x runs forward along the prop, y across its thickness, z up; mm.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Model
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    block,
    ellipsoid,
    moved,
    rod,
    rounded_rectangle,
    sweep,
    upright,
)
from dataset_builder.sources.props.gun_fittings import above, below, flanks, iron_sights, rail
from dataset_builder.sources.props.gun_fronts import front, stock
from dataset_builder.sources.props.gun_parts import bent_grip, box_below, grip, guard
from dataset_builder.sources.props.outlines import around, maybe, placed, side, skyline, softened


def service_pistol(rng: Draw) -> Shells:
    """A slide with a sloping nose over a frame that is shorter, of any fittings."""
    u = rng.uniform
    long, tall, wide = u(130, 240), u(20, 36), u(18, 36)
    nose, tail = u(0, 0.7) * tall, u(-0.5, 0.3) * tall
    slide = [(tail, tall / 2), (0, -tall / 2), (long, -tall / 2), (long, tall / 2 - nose)]
    slide.append((long - u(0, 0.35) * long, tall / 2))
    frame = skyline(rng, (u(-6, 6), long * u(0.4, 0.98)), -tall * u(0.9, 1.4), 0.2, 2)
    chin = [(frame[-1, 0], -tall * 0.3), (frame[0, 0], -tall * 0.3)]
    deep = u(32, 56)
    return [
        side(slide, wide, bevel=u(0, 0.2) * wide),
        side([*frame, *chin], wide * u(0.75, 1.05), bevel=u(0, 2)),
        *grip(rng, u(-4, 12), -tall * 0.9, u(65, 120), deep, wide * u(0.8, 1.1)),
        *guard(rng, deep + u(-4, 12), -tall * 0.95, u(30, 55), u(18, 32), wide),
        *(iron_sights if maybe(rng, 0.6) else above)(rng, (4.0, long - 6), tall / 2, wide),
        *flanks(rng, (5.0, long * 0.6), (-tall * 0.4, tall * 0.4), wide),
        *(below(rng, (long * 0.45, long * 0.8), -tall, wide) if maybe(rng, 0.25) else []),
    ]


def open_top_pistol(rng: Draw) -> Shells:
    """A thin bar in front of a thick rear block."""
    u = rng.uniform
    long, rear, tall, wide = u(130, 260), u(60, 110), u(26, 42), u(18, 32)
    deep = u(30, 48)
    return [
        side(softened(rng, [(0, -tall), (rear, -tall), (rear + 14, 0), (rear, tall * 0.5),
                            (4, tall * u(0.3, 0.7))]), wide, bevel=u(0, 3)),
        *front(rng, (rear - 8, long), u(-2, 6), u(5, 10)),
        *grip(rng, u(0, 10), -tall * 0.8, u(65, 110), deep, wide),
        *guard(rng, deep + u(0, 10), -tall * 0.9, u(28, 45), u(16, 28), wide),
        *iron_sights(rng, (2.0, long), tall * 0.4, wide),
        *flanks(rng, (5.0, rear), (-tall * 0.6, tall * 0.3), wide),
    ]  # fmt: skip


def box_fed_pistol(rng: Draw) -> Shells:
    """A box ahead of the bow and a thin handle behind it, as of early self-loaders."""
    u = rng.uniform
    body, tall, wide, nose = u(110, 170), u(28, 42), u(20, 32), u(60, 160)
    deep = u(24, 36)
    shells = [
        side(softened(rng, rounded_rectangle(body, tall, u(0, 8)) + (body / 2, 0)), wide),
        *front(rng, (body - 10, body + nose), u(0, 8), u(5, 9)),
        *grip(rng, u(-8, 8), -tall * 0.35, u(70, 110), deep, wide),
        *guard(rng, deep + 4, -tall * 0.45, u(28, 40), u(18, 26), wide),
        *box_below(rng, body * u(0.68, 0.85), -tall * 0.4, u(25, 90), u(26, 40), wide * 0.8),
        *iron_sights(rng, (0.0, body + nose), tall * 0.45, wide),
    ]
    if maybe(rng, 0.2):
        shells += stock(rng, (0, -tall * 0.3), (u(140, 240), u(70, 110)), wide)
    return shells


def machine_pistol(rng: Draw) -> Shells:
    """A boxy body on a handle in its middle, a long box in or before the handle."""
    u = rng.uniform
    body, tall, wide = u(150, 260), u(36, 60), u(26, 42)
    middle, deep = body * u(0.25, 0.5), u(30, 44)
    drop = u(70, 110)
    return [
        side(rounded_rectangle(body, tall, u(0, 10)) + (body / 2, 0), wide, bevel=u(0, 4)),
        *front(rng, (body - 5, body + u(12, 90)), u(-5, 8), u(6, 13)),
        *grip(rng, middle, -tall * 0.4, drop, deep, wide * 0.9),
        *box_below(rng, middle + deep * u(0.4, 0.6), -tall * 0.4, drop * u(1, 1.9), deep * 0.75,
                   wide * 0.7),
        *guard(rng, middle + deep, -tall * 0.45, u(30, 48), u(20, 30), wide),
        *above(rng, (4.0, body), tall / 2, wide),
        *below(rng, (body * 0.7, body), -tall / 2, wide),
        *(stock(rng, (0, 0), (u(120, 220), u(60, 100)), wide) if maybe(rng, 0.3) else []),
    ]  # fmt: skip


def long_barrelled_revolver(rng: Draw) -> Shells:
    """A bridge over a fluted drum, a bar with a rib or a rod below it, a bent or raked handle."""
    return _revolver(rng, rng.uniform(110, 260), rng.uniform(40, 54))


def snub_revolver(rng: Draw) -> Shells:
    """The same outline with hardly any bar."""
    return _revolver(rng, rng.uniform(25, 70), rng.uniform(34, 46))


def heavy_revolver(rng: Draw) -> Shells:
    """A film prop: slab-sided, with a deep underlug and a rail."""
    u = rng.uniform
    reach, drum, wide = u(70, 170), u(40, 56), u(20, 30)
    lug = skyline(rng, (drum, drum + reach), -u(16, 30), 0.3, 2)
    top = [(drum + reach, u(10, 18)), (drum, 18)]
    return [
        *_revolver(rng, reach, drum),
        side([*lug, *top], wide * u(0.6, 1.0), bevel=u(0, 3)),
        *rail(rng, (0.0, drum + reach), u(16, 22), wide),
    ]


def flintlock_pistol(rng: Draw) -> Shells:
    """A long bar in a wooden bed that curves into a knobbed handle, a cock on one side."""
    u = rng.uniform
    long, thick, drop = u(180, 340), u(7, 12), u(50, 95)
    bed = long * u(0.5, 0.95)
    t = np.linspace(0, 1, 9)
    curve = np.stack([bed - (bed + drop * u(0.3, 0.8)) * t, -drop * t ** u(2.5, 5)], axis=1)
    end_x, end_z = curve[-1]
    wood = sweep(
        upright(curve),
        np.linspace(0.75, 1.25, 9),
        section=rounded_rectangle(thick * 2.1, thick * u(1.6, 2.2), thick * u(0, 0.9)),
    )
    cock = [(-4, 0), (8, 0), (14, u(14, 26)), (4, u(16, 30)), (-8, u(8, 16))]
    knob = thick * u(1.1, 2.0)
    return [
        *front(rng, (0.0, long), thick * 0.9, thick),
        wood,
        ellipsoid((end_x, 0, end_z), (knob * u(0.7, 1.2), knob, knob)),
        moved(side(cock, u(4, 8)), (u(0, 16), thick * 1.2, thick)),
        side(placed(rounded_rectangle(u(35, 60), 12, 3), 14, thick * 0.3), thick * 2.6),
        *guard(rng, u(4, 18), -thick * 0.9, u(36, 60), u(14, 24), thick * 2),
    ]  # fmt: skip


def many_barrelled_pistol(rng: Draw) -> Shells:
    """A round bundle of bars on a bent handle."""
    u = rng.uniform
    long, radius, count = u(70, 150), u(14, 24), int(rng.integers(3, 8))
    ring = around(radius * 0.62, count)
    bars = [rod((0, y, z), (long, y, z), radius * u(0.34, 0.42)) for y, z in ring]
    return [
        *bars,
        rod((0, 0, 0), (long * u(0.2, 0.95), 0, 0), radius * 0.7),
        side(softened(rng, [(-30, -radius), (12, -radius), (12, radius), (-22, radius * 0.8)]),
             radius * u(1.0, 1.6)),
        *bent_grip(rng, -34, -radius * 0.6, u(55, 90), u(24, 36), radius * u(1.0, 1.5)),
        *guard(rng, -2, -radius * 0.9, u(28, 44), u(18, 26), radius),
    ]  # fmt: skip


def flare_pistol(rng: Draw) -> Shells:
    """A very fat, short bar on a light frame."""
    u = rng.uniform
    long, radius, wide = u(80, 160), u(15, 28), u(16, 26)
    return [
        *front(rng, (0.0, long), 0, radius),
        side([(-26, -radius * 1.2), (u(10, 50), -radius * 1.2), (u(20, 50), 0),
              (-20, radius * u(0.6, 1.2))], wide, bevel=u(0, 3)),
        side([(-30, 0), (-14, 0), (-22, radius * u(1.0, 1.7)), (-36, radius * u(0.9, 1.6))], 7),
        *grip(rng, -34, -radius * 0.5, u(65, 105), u(30, 44), wide),
        *guard(rng, 2, -radius, u(30, 44), u(18, 28), wide),
    ]  # fmt: skip


def target_pistol(rng: Draw) -> Shells:
    """A slim bar low over a shaped, wide handle."""
    u = rng.uniform
    long, thick, wide = u(180, 300), u(7, 12), u(22, 30)
    rear = u(60, 120)
    return [
        *front(rng, (rear * 0.5, long), 0, thick),
        side(rounded_rectangle(rear, thick * 3, u(0, 6)) + (rear / 2, -2), wide),
        *grip(rng, -4, -thick, u(75, 110), u(36, 54), wide * u(1.1, 1.6)),
        *guard(rng, u(40, 56), -thick, u(30, 44), u(18, 28), wide),
        *iron_sights(rng, (0.0, long), thick, wide),
        *(below(rng, (rear, long * 0.8), -thick, wide) if maybe(rng, 0.4) else []),
    ]


def toy_pistol(rng: Draw) -> Shells:
    """A blocky child's drawing: two or three fat boxes, one a handle."""
    u = rng.uniform
    long, tall, wide = u(100, 220), u(28, 60), u(16, 60)
    deep, drop = u(0.2, 0.4) * long, u(0.3, 0.7) * long
    shells = [
        block((0, -wide / 2, -tall / 2), (long, wide / 2, tall / 2), bevel=u(0, 10)),
        side(
            softened(
                rng,
                [
                    (u(-15, 0), tall * 0.2),
                    (deep, tall * 0.2),
                    (deep * u(0.6, 1.1), -drop),
                    (-deep * u(0, 0.6), -drop),
                ],
            ),
            wide * u(0.7, 1.1),
            bevel=u(0, 2),
        ),
    ]
    if maybe(rng, 0.5):
        shells.append(rod((long - 4, 0, 0), (long * u(1.1, 1.4), 0, 0), tall * u(0.2, 0.45)))
    if maybe(rng, 0.6):
        shells += guard(rng, deep, -tall * 0.45, u(0.2, 0.35) * long, tall * u(0.4, 0.7), wide)
    return shells


def _revolver(rng: Draw, reach: float, drum: float) -> Shells:
    u = rng.uniform
    radius, thick, bar = u(15, 24), u(13, 22), u(5, 10)
    high = radius * u(0.45, 0.7)
    hand = bent_grip if maybe(rng, 0.7) else grip
    shells = [
        *front(rng, (drum - 4, drum + reach), high, bar),
        *_fluted_drum(rng, drum, radius),
        *_drum_frame(rng, drum, radius, high, bar, thick),
        *hand(rng, -28, -radius * 0.5, u(65, 105), u(28, 42), thick * u(1.2, 1.7)),
        *guard(rng, u(-4, 6), -radius * 1.1, u(30, 44), u(18, 26), thick),
    ]
    if reach > 60:
        low, end = high - bar * 1.6, drum + reach * u(0.4, 0.9)
        shells.append(rod((drum, 0, low), (end, 0, low), bar * u(0.5, 0.9)))
        shells += iron_sights(rng, (0.0, drum + reach), high + bar * 0.8, thick)
    return shells


def _fluted_drum(rng: Draw, drum: float, radius: float) -> Shells:
    u = rng.uniform
    spots = around(radius * 0.72, int(rng.integers(5, 9)))
    long = drum * u(0.7, 0.98)
    return [
        rod((2, 0, 0), (drum - 2, 0, 0), radius * u(0.86, 0.95)),
        *(rod((0, y, z), (long, y, z), radius * 0.34) for y, z in spots),
    ]


def _drum_frame(
    rng: Draw, drum: float, radius: float, high: float, bar: float, thick: float
) -> Shells:
    """A bridge over the drum, a block behind it, a beam below it and a spur."""
    u, front_x = rng.uniform, drum + 8
    bridge = [(-16, high), (front_x, high), (front_x, high + bar * u(1, 1.6)), (-12, high + bar)]
    rear = [(-24, -radius), (4, -radius), (4, high), (-14, high + bar), (-26, 0)]
    beam = [(-10, -radius * 1.3), (front_x, -radius * 1.2), (front_x, high), (drum, high)]
    beam += [(drum, -radius * 0.8), (-10, -radius * 0.8)]
    spur = [(-28, 4), (-16, 4), (-20, high + u(8, 16)), (-34, high + u(4, 14))]
    return [
        side(bridge, thick * u(0.5, 0.9)),
        side(softened(rng, rear), thick, bevel=u(0, 2)),
        side(beam, thick * u(0.6, 1)),
        side(spur, u(4, 9)),
    ]


MODELS: tuple[Model, ...] = (
    service_pistol, open_top_pistol, box_fed_pistol, machine_pistol, long_barrelled_revolver,
    snub_revolver, heavy_revolver, flintlock_pistol, many_barrelled_pistol, flare_pistol,
    target_pistol, toy_pistol,
)  # fmt: skip
