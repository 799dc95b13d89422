"""Envelopes with the outline of a grenade, mine or bundle, as games show them; solid all through.

Every proportion is drawn at random; levers, rings and caps are plain shapes that move nothing. z
runs along the object; millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Model
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    arc,
    block,
    circle,
    ellipsoid,
    lathe,
    moved,
    rod,
    rounded_rectangle,
    sweep,
    turned,
    upright,
)
from dataset_builder.sources.props.outlines import around, framed, maybe, pick, side


def egg_grenade(rng: Draw) -> Shells:
    """A smooth egg, ball or pear with a head of any style."""
    u = rng.uniform
    radius, tall = u(22, 38), u(30, 60)
    profile, top = _bulb(rng, radius, tall)
    return [lathe(profile), *_head(rng, radius, top)]


def gridded_grenade(rng: Draw) -> Shells:
    """An egg cut into fields by rows and columns of ribs or of blocks."""
    u = rng.uniform
    radius, tall = u(22, 36), u(30, 55)
    profile, top = _bulb(rng, radius, tall)
    rows, count, proud = int(rng.integers(3, 8)), int(rng.integers(5, 11)), u(1.5, 5)
    shells = [lathe(profile), *_head(rng, radius, top)]
    for z in np.linspace(profile[1, 1], profile[-2, 1], rows + 2)[1:-1]:
        reach = float(np.interp(z, profile[:, 1], profile[:, 0]))
        shells += _belt(rng, reach, z, tall / rows * u(0.5, 0.8), proud, count)
    return shells


def ringed_grenade(rng: Draw) -> Shells:
    """A can or egg with grooves: a stack of discs."""
    u = rng.uniform
    radius, tall, count = u(20, 36), u(50, 110), int(rng.integers(3, 9))
    t = (np.arange(count) + 0.5) / count
    reach = radius * (1 - u(0, 0.4) * (2 * t - 1) ** 2)
    step = tall / count
    discs = [
        rod((0, 0, step * k), (0, 0, step * (k + u(0.6, 0.85))), r) for k, r in enumerate(reach)
    ]
    return [*discs, rod((0, 0, 0), (0, 0, tall), radius * 0.7), *_head(rng, radius, tall)]


def canister(rng: Draw) -> Shells:
    """A plain can with chamfers, bands or holes' outlines and a head with a lever."""
    u = rng.uniform
    radius, tall, lip = u(20, 38), u(70, 150), u(0, 6)
    profile = [
        (radius - lip, 0),
        (radius, lip + 0.5),
        (radius, tall - lip - 1),
        (radius - lip * u(1, 2), tall),
    ]
    bands = [
        rod((0, 0, z), (0, 0, z + u(2, 12)), radius * u(1.03, 1.1))
        for z in u(5, tall - 15, int(rng.integers(0, 4)))
    ]
    return [lathe(profile), *bands, *_head(rng, radius, tall)]


def perforated_canister(rng: Draw) -> Shells:
    """A slim core between caps with knobs round it, as of a flash prop."""
    u = rng.uniform
    radius, tall, count = u(18, 30), u(80, 140), int(rng.integers(3, 9))
    caps = [
        rod((0, 0, z), (0, 0, z + u(12, 20)), radius, radius * u(0.9, 1)) for z in (0, tall - 20)
    ]
    bars = [
        rod((x, y, 8), (x, y, tall - 8), radius * u(0.14, 0.25))
        for x, y in around(radius * 0.78, count)
    ]
    return [
        *caps,
        *bars,
        rod((0, 0, 4), (0, 0, tall - 4), radius * u(0.5, 0.75)),
        *_head(rng, radius, tall),
    ]


def capped_stick(rng: Draw) -> Shells:
    """A can or drop on a handle, with a cap, ribs or a clip."""
    u = rng.uniform
    radius, can, stick, thin = u(24, 42), u(50, 130), u(120, 300), u(9, 16)
    head = lathe(
        [(thin, 0), (radius, u(2, 20)), (radius * u(0.9, 1), can - 5), (radius * u(0.5, 0.95), can)]
    )
    shells = [head, rod((0, 0, 4), (0, 0, -stick), thin, thin * u(0.9, 1.2)),
              rod((0, 0, -stick), (0, 0, -stick + u(10, 40)), thin * u(1.1, 1.6))]  # fmt: skip
    if maybe(rng, 0.4):
        rings = np.linspace(can * 0.2, can * 0.8, int(rng.integers(2, 6)))
        shells += [rod((0, 0, z), (0, 0, z + 4), radius * 1.06) for z in rings]
    if maybe(rng, 0.3):  # a bundle
        others = around(radius * 1.9, int(rng.integers(3, 7)))
        shells += [moved(head * (0.95, 0.95, 0.9), (x, y, 0)) for x, y in others]
    return shells


def space_grenade(rng: Draw) -> Shells:
    """A ball or prism with a belt, caps and buttons, as films have them."""
    u = rng.uniform
    radius, sides = u(28, 48), int(rng.integers(5, 9))
    body = (
        ellipsoid((0, 0, 0), radius * u(0.8, 1.1, 3))
        if maybe(rng, 0.6)
        else moved(
            lathe(
                [
                    (radius * 0.7, 0),
                    (radius, radius * 0.4),
                    (radius, radius),
                    (radius * 0.6, radius * 1.5),
                ],
                sides=sides,
            ),
            (0, 0, -radius * 0.7),
        )
    )
    half = u(3, 9)
    shells = [body, rod((0, 0, -half), (0, 0, half), radius * u(1.02, 1.15)),
              rod((0, 0, 0), (0, 0, radius * u(1.05, 1.5)), radius * u(0.2, 0.5)),
              rod((0, 0, 0), (0, 0, -radius * u(1.0, 1.2)), radius * u(0.2, 0.5))]  # fmt: skip
    knob = moved(
        ellipsoid((0, 0, 0), np.full(3, radius * 0.14)), (radius * 0.95, 0, radius * u(-0.3, 0.5))
    )
    count = int(rng.integers(0, 9))
    shells += [turned(knob, z=360 / max(count, 1) * k) for k in range(count)]
    return [*shells, *(_head(rng, radius, radius) if maybe(rng, 0.4) else [])]


def round_bomb(rng: Draw) -> Shells:
    """A cartoon's ball with a neck and a fuse."""
    u = rng.uniform
    radius, neck = u(28, 60), u(9, 18)
    fuse = np.stack(
        [
            np.linspace(0, u(-40, 40), 7),
            radius * 1.1 + u(15, 50) * np.linspace(0, 1, 7) ** u(0.5, 1),
        ],
        1,
    )
    return [
        ellipsoid((0, 0, 0), (radius, radius, radius * u(0.9, 1.1))),
        rod((0, 0, radius * 0.8), (0, 0, radius * u(1.1, 1.3)), neck, neck * u(0.9, 1.2)),
        sweep(upright(fuse), u(3, 6)),
        *(
            [ellipsoid((fuse[-1, 0], 0, fuse[-1, 1]), np.full(3, u(6, 12)))]
            if maybe(rng, 0.3)
            else []
        ),
    ]


def stick_bundle(rng: Draw) -> Shells:
    """Round bars tied together by two bands, a fuse or a box on them."""
    u = rng.uniform
    radius, tall, count = u(11, 18), u(110, 200), int(rng.integers(3, 8))
    reach = radius / np.sin(np.pi / (count - 1)) if count > 3 else radius * 1.15
    ring = around(reach, max(count - 1, 3))
    spots = [(0.0, 0.0), *ring.tolist()] if count > 3 else ring.tolist()
    bars = [rod((x, y, u(-4, 4)), (x, y, tall + u(-4, 4)), radius) for x, y in spots]
    bands = [
        rod((0, 0, z), (0, 0, z + u(8, 18)), reach + radius * 0.8)
        for z in (tall * 0.25, tall * 0.7)
    ]
    fuse = np.array([(0, tall - 5), (u(-10, 20), tall + 25), (u(10, 50), tall + u(30, 70))])
    shells = [*bars, *bands, sweep(upright(fuse), u(2.5, 4.5))]
    if maybe(rng, 0.3):
        shells.append(
            block((reach * 0.6, -20, tall * 0.3), (reach + radius + 14, 20, tall * 0.75), bevel=2)
        )
    return shells


def mine_disc(rng: Draw) -> Shells:
    """A flat round body with a raised middle, a rim of lugs and a button."""
    u = rng.uniform
    radius, tall, count = u(45, 90), u(18, 45), int(rng.integers(3, 7))
    profile = [
        (radius * 0.9, 0),
        (radius, tall * 0.2),
        (radius * u(0.9, 1), tall * 0.6),
        (radius * u(0.5, 0.8), tall),
    ]
    lug = moved(block((-6, -u(4, 10), 0), (u(4, 18), u(4, 10), tall * 0.6)), (radius * 0.97, 0, 0))
    return [
        lathe(profile),
        *(turned(lug, z=360 / count * k) for k in range(count)),
        rod((0, 0, tall - 3), (0, 0, tall * u(1.2, 1.6)), radius * u(0.2, 0.45)),
        *([rod((0, 0, tall), (0, 0, tall * 2), 4)] if maybe(rng, 0.3) else []),
        *(
            [moved(framed(circle(14, 16), 3, 4), (radius + 8, 0, tall * 0.4))]
            if maybe(rng, 0.3)
            else []
        ),
    ]


def _bulb(rng: Draw, radius: float, tall: float) -> tuple[Points, float]:
    """(K, 2) radius and z of an egg that stands about z = 0, and where it ends."""
    t = np.linspace(0.04, 0.96, 11)
    round_ = radius * np.sin(np.pi * t ** rng.uniform(0.75, 1.3)) ** rng.uniform(0.45, 0.9) + 1.0
    z = tall * (2 * t - 1)
    return np.stack([round_, z], axis=1), float(z[-1])


def _belt(rng: Draw, reach: float, z: float, tall: float, proud: float, count: int) -> Shells:
    wide = 2 * np.pi * reach / count * rng.uniform(0.6, 0.85) / 2
    field = block((reach - 4, -wide, z - tall), (reach + proud, wide, z + tall))
    return [turned(field, z=360 / count * k) for k in range(count)]


def _head(rng: Draw, radius: float, top: float) -> Shells:
    """Neck, lever and ring above a body that ends at *top*; now and then without one of them."""
    u = rng.uniform
    neck, tall = u(7, 14), u(8, 26)
    shells = [rod((0, 0, top - 8), (0, 0, top + tall), neck, neck * u(0.7, 1.1))]
    if maybe(rng, 0.85):
        drop = u(0.1, 1.5) * (top if top > 0 else radius)
        out = radius + u(2, 12)
        line = [
            (-neck, top + tall),
            (neck * 1.2, top + tall + u(0, 6)),
            (out, top - u(-6, 14)),
            (out + u(-4, 10), top - drop),
        ]
        flat = rounded_rectangle(u(0.5, 1.0), u(1.4, 2.6))
        shells.append(sweep(upright(line), u(4, 8), section=flat))
    if maybe(rng, 0.6):
        size, thin = u(8, 17), u(1.4, 3)
        ring = sweep(upright(arc(size, 0, 345, 16)), thin, closed=True)
        shells.append(moved(turned(ring, z=u(0, 180)), (-neck - size * 0.8, 0, top + u(-4, tall))))
    if maybe(rng, 0.4):
        shells.append(pick(rng, (_cap, _box_top))(rng, neck, top + tall))
    return shells


def _cap(rng: Draw, neck: float, top: float) -> Points:
    return rod((0, 0, top - 4), (0, 0, top + rng.uniform(3, 10)), neck * rng.uniform(1.1, 1.7))


def _box_top(rng: Draw, neck: float, top: float) -> Points:
    loop = rounded_rectangle(neck * rng.uniform(2, 3.4), rng.uniform(8, 20), 2) + (0, top - 2)
    return side(loop, neck * rng.uniform(1.2, 2.2))


MODELS: tuple[Model, ...] = (
    egg_grenade, gridded_grenade, ringed_grenade, canister, perforated_canister, capped_stick,
    space_grenade, round_bomb, mine_disc,
)  # fmt: skip
