"""Envelopes with the outline of a war hammer, club, bat, mace, flail or staff; solid props.

Every proportion is drawn at random. x runs along the handle, y and z across it; millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Model
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    block,
    circle,
    ellipsoid,
    loft,
    moved,
    rod,
    rounded_rectangle,
    sweep,
    turned,
    upright,
)
from dataset_builder.sources.props.outlines import maybe, side, softened
from dataset_builder.sources.props.polearms import shaft


def war_hammer(rng: Draw) -> Shells:
    """A heavy, chamfered block or barrel across a bound shaft, with a spike behind or above."""
    u = rng.uniform
    long, radius = u(260, 800), u(9, 20)
    deep, tall, wide = u(50, 160), u(40, 110), u(40, 110)
    x, off = long - u(0, 30), u(-0.15, 0.15) * deep
    section = softened(rng, rounded_rectangle(tall, wide, u(0, 0.3) * wide))
    share = np.array([u(0.8, 1.2), 1, 1, u(0.8, 1.2)])
    z = np.array([-deep / 2, -deep * u(0.2, 0.4), deep * u(0.2, 0.4), deep * u(0.4, 0.6)]) + off
    rings = np.array(
        [
            np.column_stack([section * s, np.full(len(section), h)])
            for s, h in zip(share, z, strict=True)
        ]
    )
    shells = [*shaft(rng, long, radius), moved(loft(rings), (x, 0, 0))]
    if maybe(rng, 0.35):
        shells.append(
            rod((x, 0, -deep * 0.4), (x - u(0, 30), 0, -deep * u(0.9, 1.6)), tall * 0.3, 4)
        )
    if maybe(rng, 0.35):
        shells.append(rod((x, 0, 0), (x + tall * u(0.7, 1.6), 0, 0), radius * u(1, 1.6), 4))
    return shells


def double_hammer(rng: Draw) -> Shells:
    """Two flaring faces on a ring or ball in the middle."""
    u = rng.uniform
    long, radius, deep = u(260, 700), u(9, 18), u(50, 120)
    x, middle, face = long - u(10, 30), u(18, 45), u(26, 60)
    sections = [rod((x, 0, 0), (x, 0, sign * deep), middle * u(0.6, 0.9), face) for sign in (1, -1)]
    rims = [
        rod((x, 0, sign * deep), (x, 0, sign * deep * u(1.1, 1.5)), face, face * u(0.6, 1))
        for sign in (1, -1)
    ]
    ball = ellipsoid((x, 0, 0), (middle * u(1, 1.4), middle * 1.1, middle * 1.1))
    return [*shaft(rng, long, radius), ball, *sections, *rims]


def maul(rng: Draw) -> Shells:
    """A plain barrel or box across a straight handle."""
    u = rng.uniform
    long, radius, deep, thick = u(250, 800), u(9, 17), u(60, 180), u(30, 70)
    x = long - thick * u(0.4, 1.0)
    head = (
        rod((x, 0, -deep / 2), (x, 0, deep / 2), thick)
        if maybe(rng, 0.5)
        else block((x - thick, -thick, -deep / 2), (x + thick, thick, deep / 2), bevel=u(0, 12))
    )
    bands = [rod((x, 0, z - 5), (x, 0, z + 5), thick * 1.12) for z in (-deep * 0.35, deep * 0.35)]
    return [rod((0, 0, 0), (long, 0, 0), radius), head, *(bands if maybe(rng, 0.4) else [])]


def bat(rng: Draw) -> Shells:
    """A slim handle that swells into a round or flat body; knob, nails or wire at random."""
    u, t = rng.uniform, np.linspace(0, 1, 12)
    long, thin, fat = u(350, 850), u(10, 16), u(24, 42)
    swell = thin + (fat - thin) * np.clip((t - u(0.2, 0.45)) / u(0.25, 0.5), 0, 1) ** u(0.8, 1.8)
    swell[-1] *= u(0.6, 0.95)
    flat = 1.0 if maybe(rng, 0.75) else u(0.3, 0.7)
    path = np.column_stack([long * t, np.zeros((12, 2))])
    shells = [sweep(path, swell, section=circle(1.0, 16) * (1, flat)),
              rod((0, 0, 0), (-u(5, 12), 0, 0), thin * u(1.3, 1.8))]  # fmt: skip
    return [*shells, *(_nails(rng, (long * 0.6, long * 0.97), fat) if maybe(rng, 0.4) else [])]


def club(rng: Draw) -> Shells:
    """A crooked, knotty log of growing thickness."""
    u, t = rng.uniform, np.linspace(0, 1, 8)
    long, thin, fat = u(220, 600), u(9, 18), u(28, 65)
    path = np.stack([long * t, np.cumsum(rng.uniform(-0.03, 0.03, 8)) * long], axis=1)
    size = (thin + (fat - thin) * t ** u(0.7, 2.5)) * rng.uniform(0.88, 1.12, 8)
    size[-1] *= u(0.4, 0.9)
    shells = [sweep(upright(path), size, section=circle(1.0, int(rng.integers(9, 14))))]
    knots = [
        ellipsoid((path[k][0], fat * 0.5, path[k][1]), np.full(3, size[k] * u(0.3, 0.7)))
        for k in (4, 5, 6)
    ]
    shells += knots[: int(rng.integers(0, 4))]
    return [*shells, *(_nails(rng, (long * 0.65, long * 0.95), fat) if maybe(rng, 0.4) else [])]


def spiked_mace(rng: Draw) -> Shells:
    """A ball, box or drop with cones all over it."""
    u = rng.uniform
    long, radius, ball = u(220, 600), u(8, 16), u(28, 65)
    return [
        *shaft(rng, long, radius),
        *_spiked_ball(rng, (long, 0.0, 0.0), ball),
        rod((long - ball * 1.3, 0, 0), (long - ball * 0.7, 0, 0), radius * u(1.2, 1.8)),
    ]


def flanged_mace(rng: Draw) -> Shells:
    """Plates round the end of a shaft, each of one random outline."""
    u = rng.uniform
    long, radius, reach, count = u(260, 620), u(8, 15), u(30, 75), int(rng.integers(4, 9))
    deep = u(40, 130)
    line = [
        (-deep, radius * 0.5),
        (-deep * u(0.3, 0.8), reach * u(0.5, 1)),
        (-deep * u(0.1, 0.5), reach * u(0.8, 1.2)),
        (0, radius * 0.6),
    ]
    flange = moved(side([*line, (-deep * 0.5, 0)], u(4, 10)), (long, 0, 0))
    return [
        *shaft(rng, long, radius),
        *(turned(flange, x=360 / count * k) for k in range(count)),
        ellipsoid((long, 0, 0), (radius * 1.6, radius * 1.2, radius * 1.2)),
    ]


def flail(rng: Draw) -> Shells:
    """A handle, a hanging chain as one thick cord, and a spiked or plain ball."""
    u = rng.uniform
    long, radius, ball = u(180, 420), u(8, 15), u(24, 50)
    cord = np.array([(long - 5, 0), (long + u(30, 70), u(0, 30)), (long + u(50, 110), -u(10, 60)),
                     (long + u(30, 120), -u(90, 200))])  # fmt: skip
    link = block((-u(8, 12), -3, -6), (u(8, 12), 3, 6))
    links = np.linspace(0, 1, int(rng.integers(5, 12)))
    x = np.interp(links, np.linspace(0, 1, 4), cord[:, 0])
    z = np.interp(links, np.linspace(0, 1, 4), cord[:, 1])
    return [
        *shaft(rng, long, radius),
        sweep(upright(cord), u(4, 7)),
        *(
            moved(turned(link, x=90 * (k % 2), y=u(0, 90)), (a, 0, b))
            for k, (a, b) in enumerate(zip(x, z, strict=True))
        ),
        *_spiked_ball(rng, (cord[-1, 0], 0.0, cord[-1, 1] - ball * 0.8), ball),
    ]


def _spiked_ball(rng: Draw, at: tuple[float, float, float], ball: float) -> Shells:
    """A ball and a golden spiral of cones."""
    u, count = rng.uniform, int(rng.integers(6, 22))
    k = np.arange(count) + 0.5
    lift, turn = 1 - 2 * k / count, k * np.pi * (1 + 5**0.5)
    way = np.stack(
        [np.sqrt(1 - lift**2) * np.cos(turn), np.sqrt(1 - lift**2) * np.sin(turn), lift], 1
    )
    reach, thick = ball * u(1.25, 1.8), ball * u(0.12, 0.25)
    cones = [rod(way_k * ball * 0.7, way_k * reach, thick, thick * u(0.1, 0.5)) for way_k in way]
    core = ellipsoid((0, 0, 0), (ball * u(0.9, 1.4), ball, ball))
    return [moved(shell, at) for shell in (core, *cones)]


def _nails(rng: Draw, span: tuple[float, float], radius: float) -> Shells:
    nail = rod((0, 0, 0), (0, 0, radius * rng.uniform(1.4, 2.2)), radius * 0.09)
    return [
        moved(turned(nail, x=rng.uniform(0, 360)), (rng.uniform(*span), 0, 0))
        for _ in range(int(rng.integers(3, 12)))
    ]


MODELS: tuple[Model, ...] = (
    war_hammer, double_hammer, maul, bat, club, spiked_mace, flanged_mace, flail,
)  # fmt: skip
