"""Hand tools without a blade: keys, clamps, ratchets, brushes, presses and gauges.

Millimetres; x along the object.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import (
    along,
    body,
    disc,
    lathed,
    one_of,
    torus,
)
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import washer
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    arc,
    block,
    circle,
    moved,
    prism,
    rod,
    rounded_rectangle,
    sweep,
    turned,
    upright,
)


def hex_key(rng: Draw) -> Shells:
    """A bent bar: an L- or Z-shaped key, or one on a T-shaped handle."""
    u = rng.uniform
    long, short, r = u(60, 200), u(15, 70), u(1.5, 7)
    bend = arc(r * 2, 180, 270, 6) + (r * 2, r * 2)
    path = np.concatenate([[(0, short)], bend, [(long, 0)]])
    if rng.random() < 0.2:
        path = np.concatenate([path, [(long + r, r * -2), (long + r, -short)]])
    section = circle(1.0, one_of(rng, (4, 6, 6, 20)))
    shells = [sweep(upright(path), r, section=section)]
    if rng.random() < 0.4:
        shells.append(rod((0, 0, short * 0.4), (0, 0, short * 1.1), r * u(1.5, 3)))
    return shells


def t_handle(rng: Draw) -> Shells:
    """A shaft below a cross bar: socket T, tap wrench, corkscrew, gimlet."""
    u = rng.uniform
    bar, long, r = u(30, 90), u(60, 200), u(3, 7)
    shells = [
        rod((0, 0, 0), (0, 0, -long), r),
        sweep(np.array([(-bar, 0, u(-12, 12)), (0, 0, 0), (bar, 0, 0)]), u(4, 12)),
        disc((0, 0, -long), r * u(1, 2.2), u(8, 30), sides=one_of(rng, (6, 28))),
    ]
    if rng.random() < 0.4:
        z = -np.linspace(long * 0.4, long, 7)
        shells += [disc((0, 0, h), r * 1.8, r, sides=8) for h in z]
    return shells


def key_holder(rng: Draw) -> Shells:
    """A block or fan with a row of holes that grow: bits, hex keys, drills, pens."""
    u = rng.uniform
    count, pitch, deep, tall = int(rng.integers(3, 10)), u(9, 20), u(14, 50), u(8, 40)
    long = count * pitch
    sizes = np.linspace(u(0.12, 0.4), u(0.12, 0.42), count) * min(pitch, deep)
    holes = [circle(s, 8, ((k + 0.5) * pitch - long / 2, 0)) for k, s in enumerate(sizes)]
    shells = [prism(rounded_rectangle(long, deep, u(0, 8)), tall, holes=holes)]
    if rng.random() < 0.5:
        shells.append(
            block((-long / 2, deep / 2 - 3, -tall / 2), (long / 2, deep / 2, tall * u(1, 3)))
        )
    return shells


def ratchet(rng: Draw) -> Shells:
    """A thick round head with a square stub on a waisted handle."""
    u = rng.uniform
    long, head, r = u(100, 240), u(13, 26), u(6, 12)
    return [
        lathed([(r, 0), (r * 1.2, long * 0.3), (r * 0.7, long * 0.5), (r * 0.7, long)]),
        disc((long + head * 0.6, 0, 0), head, u(14, 26), sides=one_of(rng, (8, 28))),
        block((long + head * 0.6 - 5, -5, 0), (long + head * 0.6 + 5, 5, u(16, 36))),
        disc((long + head * 0.6, 0, -10), head * 0.6, u(6, 20)),
    ]


def socket(rng: Draw) -> Shells:
    """A nut driver's socket or a bit: a stepped sleeve with a square or hexagonal mouth."""
    u = rng.uniform
    r, tall, neck = u(7, 22), u(20, 70), u(0.6, 1)
    mouth = circle(r * 0.7, 6)
    whole = washer(circle(r), circle(r * 0.7), tall * 0.6)
    shells = [
        one_of(rng, (whole, prism(circle(r), tall * 0.6, holes=[mouth]))),
        lathed([(r * neck, tall * 0.28), (r * neck, tall)], "z"),
    ]
    if rng.random() < 0.5:
        shells.append(rod((0, 0, tall), (0, 0, tall + u(15, 110)), r * u(0.3, 0.6)))
    return shells


def caliper(rng: Draw) -> Shells:
    """A beam with a fixed jaw and a slider: sliding gauges and marking gauges."""
    u = rng.uniform
    long, beam, jaw = u(120, 240), u(10, 18), u(25, 60)
    x = long * u(0.15, 0.7)
    face = [(0, 0), (beam * 0.9, 0), (beam * 0.9, -jaw * 0.4), (2, -jaw), (0, -jaw)]
    return [
        block((0, 0, 0), (long, beam, 4)),
        prism(face, 4) + (0, 1, 2),
        prism([(-a, b) for a, b in face], 5) + (x, 1, 2),
        block((x - 8, -4, -2), (x + u(20, 45), beam + 5, u(6, 12)), bevel=2),
    ]


def set_square(rng: Draw) -> Shells:
    """A triangle with a window, a try square, a protractor or a framing square."""
    u = rng.uniform
    a, b, thick = u(60, 180), u(50, 160), u(2, 6)
    kind = rng.integers(3)
    if kind == 0:
        s = u(0.3, 0.6)
        window = np.array([(0, 0), (a * s, 0), (0, b * s)]) + (a * 0.12, b * 0.12)
        return [prism([(0, 0), (a, 0), (0, b)], thick, holes=[window])]
    if kind == 1:
        wide = u(12, 30)
        return [
            block((0, 0, 0), (a, wide, thick)),
            block((0, 0, -thick), (wide, b, thick * u(1, 4))),
        ]
    window = arc(a * 0.3, 165, 15, 12) + (0, a * 0.04)
    return [prism(arc(a / 2, 0, 180, 20), thick, holes=[window])]


def paint_brush(rng: Draw) -> Shells:
    """Bristles, a ferrule and a swelling handle: brushes for paint, pastry and teeth."""
    u = rng.uniform
    wide, hair, handle, flat = u(6, 38), u(15, 60), u(70, 180), u(0.15, 1)
    t = [(0, 0.5), (handle * 0.1, 0.7), (handle * 0.5, u(0.4, 0.7)), (handle, 0.7)]
    h = max(wide * 0.3, 4)
    return [
        body([(x, s * h * 2, max(s * h, 2), 0) for x, s in t], 2.2),
        body([(handle - 2, wide, wide * flat, 0), (handle + 24, wide, wide * flat, 0)], 4),
        body(
            [
                (handle + 20, wide * 0.9, wide * flat * 0.9, 0),
                (handle + 24 + hair, wide * u(0.2, 1.1), wide * flat * 0.3, 0),
            ],
            4,
        ),
    ]


def scrub_brush(rng: Draw) -> Shells:
    """A head of pegs on a straight or bow handle: brushes, rakes, hair picks."""
    u = rng.uniform
    head, wide, handle, tuft = u(40, 110), u(16, 45), u(60, 170), u(8, 25)
    shells = [
        prism(rounded_rectangle(head, wide, u(2, 16)), u(6, 14)),
        sweep(
            upright([(head * 0.4, 0), (head * 0.8, u(0, 20)), (head / 2 + handle, u(-5, 30))]),
            np.array([6, 7, u(6, 11)]),
        ),
    ]
    for x in np.linspace(-0.4, 0.4, int(rng.integers(4, 9))) * head:
        for y in np.linspace(-0.35, 0.35, int(rng.integers(2, 5))) * wide:
            shells.append(block((x - 1.5, y - 1.5, -tuft), (x + 1.5, y + 1.5, 0)))
    return shells


def soldering_iron(rng: Draw) -> Shells:
    """A pen with a collar and a thin tip, alone or in a coil on a stand."""
    u = rng.uniform
    handle, r, tip = u(80, 140), u(8, 14), u(40, 90)
    iron = [
        lathed(
            [
                (r * 0.7, 0),
                (r, 10),
                (r * 0.8, handle * 0.7),
                (r * 1.3, handle),
                (r * 0.6, handle + 4),
            ]
        ),
        lathed([(r * 0.4, handle), (r * 0.4, handle + tip * 0.7), (1, handle + tip)]),
    ]
    if rng.random() < 0.5:
        return iron
    lean, foot = u(30, 60), u(50, 90)
    held = [turned(s, y=lean) + (-handle * 0.6, 0, handle * 0.9) for s in iron]
    sheath = [torus(r * 1.5, 2, (0, 0, k * 9.0)) for k in range(int(rng.integers(3, 7)))]
    shells = [moved(turned(s, y=90 + lean - 180), (0, 0, handle * 0.5)) for s in sheath]
    return [*held, *shells, block((-foot, -foot * 0.6, -4), (foot, foot * 0.6, 4), bevel=6),
            rod((0, 0, 0), (0, 0, handle * 0.6), 4)]  # fmt: skip


def spirit_level(rng: Draw) -> Shells:
    """A long box section with windows across it, or a sanding block with a handle on top."""
    u = rng.uniform
    long, wide, tall = u(90, 300), u(14, 40), u(25, 60)
    windows = [rounded_rectangle(long * 0.14, tall * 0.4, u(0, 8)) + (x * long, 0)
               for x in np.linspace(-0.35, 0.35, int(rng.integers(1, 4)))]  # fmt: skip
    shells = [turned(prism(rounded_rectangle(long, tall, u(0, 6)), wide, holes=windows), x=90)]
    shells += [rod((long * x, -wide * 0.4, 0), (long * x, wide * 0.4, 0), 5) for x in (-0.35, 0.35)]
    return shells


def mallet(rng: Draw) -> Shells:
    """A wide head on a short handle, as of wood, rubber, or for meat."""
    u = rng.uniform
    shaft, head, r = u(120, 260), u(50, 110), u(16, 38)
    kind = one_of(rng, ("round", "square", "spiked"))
    top = [lathed([(r * 0.9, -head / 2), (r, -head * 0.3), (r, head * 0.3), (r * 0.9, head / 2)])]
    if kind != "round":
        top = [block((-head / 2, -r, -r), (head / 2, r, r), bevel=u(0, 6))]
    if kind == "spiked":
        row = along(rod((0, 0, 0), (6, 0, 0), 3.5, 0.5), 4, (0, r * 0.45, 0))
        top += [moved(s, (head / 2, 0, z)) for s in row for z in np.linspace(-0.7, 0.7, 4) * r]
    return [*top, rod((0, 0, 0), (0, 0, -shaft), u(8, 13), u(10, 17))]


def pizza_wheel(rng: Draw) -> Shells:
    """A disc in a fork on a handle: pastry wheels, tracing wheels, paint rollers."""
    u = rng.uniform
    r, wide, handle = u(20, 45), u(2, 60), u(80, 150)
    arm = [(0, wide / 2 + 4), (-r * 1.2, wide / 2 + 4), (-r * 1.4, 0), (-r * 2, 0)]
    side = np.array([(x, y, 0) for x, y in arm], dtype=np.float64)
    return [
        disc((0, 0, 0), r, wide, "y"),
        sweep(side, u(2.5, 4)),
        rod((0, -wide / 2, 0), (0, wide / 2 + 6, 0), 4),
        lathed([(u(7, 12), 0), (u(8, 16), handle * 0.6), (7, handle)]) * (-1, 1, -1)
        + (-r * 1.9, 0, 0),
    ]


MODELS: Rows = (
    (
        "hand-tool",
        (
            hex_key,
            t_handle,
            ratchet,
            socket,
            caliper,
            set_square,
            paint_brush,
            scrub_brush,
            soldering_iron,
            spirit_level,
            mallet,
            pizza_wheel,
        ),
    ),
    ("household", (key_holder,)),
)
