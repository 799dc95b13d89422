"""Envelopes with the outline of a long gun, old and new; solid all through.

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
    circle,
    moved,
    rod,
    rounded_rectangle,
    sweep,
    upright,
)
from dataset_builder.sources.props.gun_fittings import (
    above,
    below,
    flanks,
    iron_sights,
    rail,
    scope,
)
from dataset_builder.sources.props.gun_fronts import front, stock, wooden_stock
from dataset_builder.sources.props.gun_parts import bent_grip, box_below, drum_below, grip, guard
from dataset_builder.sources.props.outlines import hull, maybe, side, softened


def service_rifle(rng: Draw) -> Shells:
    """Body, fore-end, bar, box, handle and shoulder piece, each of any style."""
    u = rng.uniform
    body, tall, wide = u(150, 260), u(38, 70), u(26, 46)
    fore, nose = u(120, 280), u(40, 240)
    z, deep = u(-0.1, 0.25) * tall, u(26, 42)
    end = body + fore
    return [
        side(hull(rng, (0.0, body), tall, spread=0.2), wide, bevel=u(0, 4)),
        side(hull(rng, (body - 40, end), tall * u(0.5, 0.95), spread=0.15, steps=2) + (0, z * 0.5),
             wide * u(0.8, 1.1), bevel=u(0, 4)),
        *front(rng, (end - 8, end + nose), z, u(5, 10)),
        *stock(rng, (4, u(-0.2, 0.3) * tall), (u(160, 300), u(80, 140)), wide),
        *grip(rng, u(0, 30), -tall * 0.35, u(60, 95), deep, wide * 0.85),
        *guard(rng, deep + u(10, 34), -tall * 0.4, u(34, 55), u(20, 32), wide * 0.7),
        *(box_below(rng, body * u(0.68, 0.9), -tall * 0.3, u(60, 170), u(38, 65), wide * 0.7)
          if maybe(rng, 0.85) else []),
        *above(rng, (6.0, body), tall * 0.45, wide),
        *below(rng, (body + fore * 0.2, end), -tall * 0.25, wide),
        *flanks(rng, (10.0, body), (-tall * 0.25, tall * 0.25), wide),
    ]  # fmt: skip


def carbine(rng: Draw) -> Shells:
    """The same with a rail along the whole top and a short front."""
    u = rng.uniform
    body, tall, wide, nose = u(240, 400), u(38, 60), u(28, 44), u(10, 130)
    deep = u(26, 40)
    return [
        side(hull(rng, (0.0, body), tall, spread=0.25, steps=4), wide, bevel=u(0, 3)),
        *rail(rng, (0.0, body), tall * 0.45, wide),
        *above(rng, (10.0, body * 0.7), tall * 0.5, wide),
        *front(rng, (body - 8, body + nose), u(-4, 8), u(6, 11)),
        *stock(rng, (4, u(-0.1, 0.2) * tall), (u(130, 240), u(80, 130)), wide),
        *grip(rng, u(0, 25), -tall * 0.35, u(60, 95), deep, wide * 0.85),
        *guard(rng, deep + u(4, 24), -tall * 0.4, u(34, 50), u(20, 30), wide * 0.7),
        *box_below(rng, body * u(0.4, 0.6), -tall * 0.3, u(70, 170), u(36, 60), wide * 0.7),
        *below(rng, (body * 0.65, body), -tall * 0.4, wide),
    ]


def scoped_rifle(rng: Draw) -> Shells:
    """Very long and slim, a tube on top, often on two legs."""
    u = rng.uniform
    body, tall, wide, nose = u(200, 320), u(30, 52), u(28, 42), u(260, 560)
    hand = stock if maybe(rng, 0.5) else wooden_stock
    deep = u(24, 36)
    return [
        side(hull(rng, (0.0, body), tall, spread=0.2), wide, bevel=u(0, 4)),
        side(hull(rng, (body - 40, body + u(0.2, 0.5) * nose), tall * 0.7, spread=0.2), wide * 0.9),
        *front(rng, (body - 8, body + nose), u(0, 10), u(6, 12)),
        *hand(rng, (6, 0), (u(220, 340), u(80, 130)), wide),
        *scope(rng, (0.0, body), tall * 0.4, wide),
        *(grip(rng, u(0, 20), -tall * 0.3, u(60, 90), deep, wide * 0.8) if hand is stock else []),
        *guard(rng, deep + u(0, 20), -tall * 0.4, u(36, 60), u(20, 30), wide * 0.6),
        *(box_below(rng, body * 0.7, -tall * 0.3, u(30, 90), u(40, 60), wide * 0.7)
          if maybe(rng, 0.5) else []),
        *below(rng, (body, body + nose * 0.4), -tall * 0.3, wide),
        *flanks(rng, (20.0, body * 0.6), (-4.0, tall * 0.3), wide),
    ]  # fmt: skip


def musket(rng: Draw) -> Shells:
    """A wooden bed along nearly the whole bar, a cock, bands, sometimes a spike at the end."""
    u = rng.uniform
    long, thick, wide = u(600, 1000), u(7, 13), u(28, 42)
    bed = long * u(0.4, 0.95)
    cock = [(-4, 0), (10, 0), (18, u(16, 32)), (4, u(20, 36)), (-10, u(10, 20))]
    shells = [
        *front(rng, (0.0, long), thick, thick),
        side(
            softened(
                rng,
                [
                    (-10, -thick * u(1.4, 2.4)),
                    (bed, -thick * u(0.4, 1)),
                    (bed, thick),
                    (-10, thick),
                ],
            ),
            wide * u(0.6, 0.9),
            bevel=u(0, 5),
        ),
        *wooden_stock(rng, (0, 0), (u(240, 360), u(90, 140)), wide),
        moved(side(cock, u(4, 9)), (u(0, 30), wide * 0.45, thick)),
        *guard(rng, u(0, 20), -thick * 1.8, u(45, 80), u(16, 28), 16),
        *(rod((bed * k, 0, 0), (bed * k + 12, 0, 0), thick * 2) for k in (0.45, 0.8)),
    ]
    if maybe(rng, 0.25):
        shells.append(rod((long - 30, 0, -4), (long + u(150, 350), 0, -4), u(4, 8), 2))
    return shells


def lever_rifle(rng: Draw) -> Shells:
    """Two bars over each other, a slab body and a closed loop below it."""
    u = rng.uniform
    body, nose, thick, wide = u(130, 200), u(300, 520), u(7, 12), u(24, 36)
    loop = np.array([(0, 0), (u(20, 40), -u(30, 50)), (u(80, 130), -u(35, 60)), (u(120, 160), -6)])
    return [
        *front(rng, (body - 10, body + nose), thick * 1.2, thick),
        rod((body - 10, 0, -thick), (body + nose * u(0.6, 0.98), 0, -thick), thick * 0.8),
        side(hull(rng, (0.0, body), thick * 6, spread=0.12, steps=2), wide, bevel=u(0, 3)),
        side(softened(rng, rounded_rectangle(nose * u(0.3, 0.5), thick * 3.4, 4)
                      + (body + nose * 0.22, -thick * 0.6)), wide * u(0.9, 1.2)),
        *wooden_stock(rng, (6, 0), (u(240, 340), u(90, 130)), wide * 1.2),
        sweep(upright(loop + (-60, -thick * 2.6)), u(3, 5.5)),
        *guard(rng, u(30, 50), -thick * 2.8, u(30, 50), u(18, 30), 12),
        *iron_sights(rng, (body * 0.8, body + nose), thick * 2, 12),
    ]  # fmt: skip


def pump_gun(rng: Draw) -> Shells:
    """A bar, a tube below it with a sleeve, and any shoulder piece."""
    u = rng.uniform
    body, nose, thick, wide = u(150, 240), u(250, 480), u(9, 14), u(30, 44)
    sleeve, at = u(90, 160), body + nose * u(0.2, 0.4)
    hand = wooden_stock if maybe(rng, 0.5) else stock
    return [
        side(hull(rng, (0.0, body), u(46, 66), spread=0.15), wide, bevel=u(0, 5)),
        *front(rng, (body - 10, body + nose), thick * 0.9, thick),
        rod((body - 10, 0, -thick), (body + nose * u(0.65, 1), 0, -thick), thick * 0.9),
        rod((at, 0, -thick), (at + sleeve, 0, -thick), thick * u(1.6, 2.2)),
        *hand(rng, (6, 0), (u(200, 330), u(90, 130)), wide),
        *(grip(rng, u(0, 20), -18, u(60, 95), u(28, 40), wide * 0.8) if hand is stock else []),
        *guard(rng, u(34, 60), -22, u(36, 60), u(20, 30), 18),
        *above(rng, (10.0, body), 26, wide),
    ]


def sawn_off(rng: Draw) -> Shells:
    """Two short bars and a bent handle without a shoulder piece."""
    u = rng.uniform
    body, nose, thick = u(70, 120), u(160, 320), u(10, 15)
    beside = maybe(rng, 0.6)
    offset = (0, thick * 1.9, 0) if beside else (0, 0, -thick * 1.9)
    wide = thick * (3.8 if beside else 2.2)
    bar = front(rng, (body - 10, body + nose), 0, thick)
    middle = thick * 0.95 if beside else 0.0
    rest = [
        side(softened(rng, [(-20, -34), (body, -34), (body, thick), (-10, thick)]), wide * 0.9),
        rod((body + 10, 0, -12), (body + nose * u(0.3, 0.6), 0, -14), thick * u(1.2, 1.7)),
        *bent_grip(rng, -34, -8, u(80, 140), u(32, 46), wide * u(0.6, 0.9)),
        *guard(rng, 8, -32, u(36, 60), u(20, 28), 14),
    ]
    return [*bar, *(moved(shell, offset) for shell in bar),
            *(moved(shell, (0, middle, 0)) for shell in rest)]  # fmt: skip


def machine_gun(rng: Draw) -> Shells:
    """A heavy body with a box or drum, two legs and a carrying bow."""
    u = rng.uniform
    body, tall, wide, nose = u(260, 380), u(55, 85), u(40, 62), u(220, 420)
    deep = u(28, 42)
    return [
        side(hull(rng, (0.0, body), tall, spread=0.2, steps=4), wide, bevel=u(0, 5)),
        *front(rng, (body - 10, body + nose), u(-5, 12), u(9, 16)),
        *stock(rng, (6, 0), (u(180, 280), u(90, 140)), wide),
        *grip(rng, u(0, 30), -tall * 0.4, u(65, 100), deep, wide * 0.7),
        *guard(rng, deep + u(5, 30), -tall * 0.4, u(36, 55), u(22, 32), wide * 0.5),
        *(drum_below(rng, body * 0.65, -tall * 0.4, u(90, 160), wide) if maybe(rng, 0.4) else
          box_below(rng, body * 0.65, -tall * 0.3, u(80, 160), u(60, 110), wide)),
        *below(rng, (body, body + nose * 0.8), -14, wide * 0.7),
        *above(rng, (20.0, body), tall * 0.45, wide),
        *flanks(rng, (20.0, body), (-tall * 0.2, tall * 0.2), wide),
    ]  # fmt: skip


def stubby_smg(rng: Draw) -> Shells:
    """A pipe or box of a body with a long box below or beside it and a wire at the back."""
    u = rng.uniform
    body, radius, nose = u(200, 330), u(16, 27), u(20, 150)
    feed = box_below(rng, body * u(0.55, 0.9), -radius * 0.5, u(110, 210), u(26, 40), radius)
    if maybe(rng, 0.15):  # on its side
        feed = [shell[..., [0, 2, 1]][:, ::-1] for shell in feed]
    hull_ = (
        rod((0, 0, 0), (body, 0, 0), radius)
        if maybe(rng, 0.5)
        else side(rounded_rectangle(body, radius * 2.2, 4) + (body / 2, 0), radius * 1.6)
    )
    return [
        hull_,
        *front(rng, (body - 8, body + nose), 0, radius * u(0.35, 0.8)),
        *feed,
        *grip(rng, u(0, body * 0.3), -radius * 0.6, u(65, 100), u(26, 40), radius * 1.4),
        *guard(rng, body * 0.3 + 28, -radius * 0.8, u(34, 50), u(20, 30), radius),
        *stock(rng, (4, u(-6, 6)), (u(140, 260), u(60, 120)), radius * 1.6),
        *above(rng, (10.0, body), radius * 0.9, radius * 1.6),
    ]


def top_fed_bullpup(rng: Draw) -> Shells:
    """One moulded, pierced body with a slab along its top and two thumb-holes."""
    u = rng.uniform
    long, tall, wide = u(360, 560), u(110, 170), u(36, 60)
    loop = np.array(
        [
            (0, 0.3),
            (0, -0.5),
            (0.2, -0.55),
            (0.3, -0.15),
            (0.42, -0.6),
            (0.5, -0.6),
            (0.57, -0.15),
            (0.68, -0.6),
            (0.76, -0.5),
            (1, -0.1),
            (1, 0.2),
            (0.7, 0.3),
        ]
    )
    loop = (loop + rng.uniform(-0.03, 0.03, loop.shape)) * (long, tall)
    hole = circle(1.0, 9) * (long * u(0.04, 0.07), tall * u(0.1, 0.15))
    holes = [hole + (long * 0.46, -tall * 0.18), hole * 0.9 + (long * 0.64, -tall * 0.12)]
    return [
        side(loop, wide, bevel=u(0, 5), holes=holes[: int(rng.integers(0, 3))]),
        *(
            grip(rng, long * 0.4, -tall * 0.3, u(50, 80), u(28, 40), wide)
            if maybe(rng, 0.5)
            else []
        ),
        block(
            (long * u(0, 0.1), -wide * 0.4, tall * 0.2),
            (long * u(0.6, 0.95), wide * 0.4, tall * 0.42),
        ),
        *front(rng, (long - 10, long + u(20, 160)), u(0, 0.1) * tall, u(7, 12)),
        *above(rng, (long * 0.3, long * 0.8), tall * 0.4, wide),
        *flanks(rng, (20.0, long * 0.8), (-tall * 0.1, tall * 0.2), wide),
    ]


def drum_gun(rng: Draw) -> Shells:
    """A body with a big drum below, a finned bar and a second handle or a wooden fore-end."""
    u = rng.uniform
    body, tall, wide, nose = u(200, 300), u(40, 60), u(28, 42), u(160, 300)
    return [
        side(hull(rng, (0.0, body), tall, spread=0.15), wide, bevel=u(0, 4)),
        *front(rng, (body - 8, body + nose), u(0, 8), u(8, 13)),
        *drum_below(rng, body * u(0.75, 0.95), -tall * 0.3, u(90, 150), wide),
        *grip(rng, u(0, 25), -tall * 0.35, u(65, 95), u(28, 40), wide * 0.8),
        *guard(rng, u(44, 70), -tall * 0.4, u(36, 50), u(20, 30), wide * 0.6),
        *below(rng, (body + 20, body + nose * 0.7), -8, wide * 0.8),
        *(wooden_stock if maybe(rng, 0.6) else stock)(rng, (6, 0), (u(200, 300), u(90, 130)), wide),
        *iron_sights(rng, (20.0, body + nose), tall * 0.4, wide),
    ]


MODELS: tuple[Model, ...] = (
    service_rifle, carbine, scoped_rifle, musket, lever_rifle, pump_gun, sawn_off, machine_gun,
    stubby_smg, top_fed_bullpup, drum_gun,
)  # fmt: skip
