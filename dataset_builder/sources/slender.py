"""Long, thin or pointed everyday things: the outlines that are nearest to a blade's.

None has an edge; a ruler, a paddle and a feather are as long and flat as a sword. Millimetres; x
along the object, flat in z.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import around, body, disc, lathed, one_of, stacked
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import ring
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    arc,
    block,
    circle,
    lifted,
    loft,
    moved,
    prism,
    rod,
    rounded_rectangle,
    slab,
    sweep,
    turned,
    upright,
)


def ruler(rng: Draw) -> Shells:
    """A long flat bar with notches, a hole or a raised scale."""
    u = rng.uniform
    long, wide, thick = u(100, 320), u(12, 45), u(1.5, 5)
    holes = [circle(wide * 0.2, 14, (long * 0.46, 0))] if rng.random() < 0.5 else []
    shells = [prism(rounded_rectangle(long, wide, u(0, 6)), thick, holes=holes)]
    count = int(rng.integers(0, 30))
    for k, x in enumerate(np.linspace(-0.45, 0.4, count) * long):
        tick = wide * (0.4 if k % 5 == 0 else 0.25)
        shells.append(block((x, wide / 2 - tick, 0), (x + 0.8, wide / 2, thick / 2 + 0.8)))
    return shells


def paint_stirrer(rng: Draw) -> Shells:
    """A flat stick with a waist or holes: stirrers, tongue and ice-cream sticks."""
    u = rng.uniform
    long, wide, waist = u(80, 300), u(8, 40), u(0.5, 1)
    t = np.linspace(-1, 1, 17)
    half = wide / 2 * (waist + (1 - waist) * np.abs(t) ** u(1, 3)) * (1 - np.abs(t) ** 20 * 0.6)
    count = int(rng.integers(0, 4))
    holes = [circle(wide * 0.15, 12, (long * (0.2 + 0.1 * k), 0)) for k in range(count)]
    return [prism(_mirrored(long / 2 * t, half), u(1.5, 6), holes=holes)]


def plant_label(rng: Draw) -> Shells:
    """A name plate on a stake that tapers to a point, upright or as a T."""
    u = rng.uniform
    long, wide, head, thick = u(80, 220), u(8, 26), u(20, 60), u(1.6, 4)
    stake = [(0, wide / 2), (0, -wide / 2), (long * u(0.5, 0.9), -wide * 0.4), (long, 0)]
    stake += [(stake[2][0], wide * 0.4)]
    plate = rounded_rectangle(head, head * u(0.5, 2), u(0, 10))
    shells = [prism(stake, thick), moved(prism(plate, thick), (-head * 0.45, 0, 0))]
    for y in np.linspace(-0.25, 0.25, int(rng.integers(0, 4))) * head:
        shells.append(block((-head * 0.8, y - 1, 0), (-head * u(0.2, 0.4), y + 1, thick)))
    return shells


def tent_peg(rng: Draw) -> Shells:
    """A ribbed spike with a hook or a hole at its head."""
    u = rng.uniform
    long, r = u(110, 260), u(4, 10)
    shells = [body([(0, r, r, 0), (long * 0.75, r * 0.8, r * 0.8, 0), (long, 0.8, 0.8, 0)], 3)]
    for angle in (0, 90) if rng.random() < 0.5 else ():
        fin = prism([(0, r * 2), (0, -r * 2), (long * 0.9, -1), (long * 0.9, 1)], r * 0.5)
        shells.append(turned(fin, x=angle))
    if rng.random() < 0.6:
        hook = np.concatenate([[(0, 0)], arc(u(8, 16), 200, 420, 9) + (-10, 12)])
        return [*shells, sweep(upright(hook), r * 0.8)]
    return [*shells, moved(ring(r * 3, r * 1.6, r), (-r * 2, 0, -r / 2))]


def shim(rng: Draw) -> Shells:
    """A wedge: door stops, levelling shims, ramps."""
    u = rng.uniform
    long, tall, wide = u(40, 200), u(6, 45), u(15, 80)
    side = [(0, 0), (long, 0), (long, u(0.5, 3)), (0, tall)]
    if rng.random() < 0.4:
        side = [(0, 0), (long, 0), (long, 2), (long * 0.3, tall), (0, tall * u(0.8, 1.3))]
    return [slab(side, wide, bevel=u(0, 0.4))]


def comb(rng: Draw) -> Shells:
    """A back with teeth along one side, with or without a handle."""
    u = rng.uniform
    long, back, tooth = u(80, 190), u(8, 20), u(15, 45)
    thick, count = u(2, 5), int(rng.integers(8, 36))
    wide = long / count * u(0.35, 0.65)
    shells = [moved(prism(rounded_rectangle(long, back, u(1, 8)), thick), (0, back / 2, 0))]
    for x in np.linspace(-0.48, 0.48, count) * long:
        shells.append(block((x - wide / 2, -tooth, -thick * 0.4), (x + wide / 2, 2, thick * 0.4)))
    if rng.random() < 0.5:
        end = u(60, 120)
        shells.append(moved(prism(rounded_rectangle(end, back, 5), thick), (long / 2, back / 2, 0)))
    return shells


def bookmark(rng: Draw) -> Shells:
    """A very thin strip with a figure at its top."""
    u = rng.uniform
    long, wide, thick = u(80, 170), u(12, 40), u(0.8, 2)
    top = one_of(rng, (circle(wide * u(0.5, 0.9)), circle(wide * 0.7, 5), circle(wide * 0.7, 3)))
    holes = [circle(wide * 0.15, 12, (-long * 0.4, 0))]
    return [
        prism(rounded_rectangle(long, wide, u(0, 12)), thick, holes=holes),
        moved(prism(top, thick), (long / 2, 0, 0)),
    ]


def paddle(rng: Draw) -> Shells:
    """An oar, a paddle, a racket or an oven peel: a shaft, a wide flat end, sometimes two."""
    u = rng.uniform
    shaft, blade, wide = u(120, 500), u(60, 200), u(25, 80)
    t = np.linspace(0, 1, 13)
    half = wide * np.sin(np.pi * (0.05 + 0.93 * t)) ** u(0.3, 1)
    face = moved(prism(_mirrored(blade * t, half), u(2, 8)), (shaft * 0.98, 0, 0))
    shells = [rod((0, 0, 0), (shaft + blade * 0.3, 0, 0), u(4, 12), u(3, 8)), face]
    if rng.random() < 0.3:
        return [*shells, turned(moved(face, (-shaft * 0.98, 0, 0)), z=180)]
    return [*shells, rod((0, -u(8, 26), 0), (0, u(8, 26), 0), u(4, 9))]


def ski(rng: Draw) -> Shells:
    """A narrow board with a turned-up tip: skis, snowboards, sledge runners, skateboards."""
    u = rng.uniform
    long, up, wide = u(140, 420), u(8, 45), u(10, 60)
    t = np.linspace(0, np.pi / 2, 6)
    tip = np.stack([long + up * np.sin(t), up * (1 - np.cos(t))], axis=1)
    tail = (-tip[::-1] * (1, -1) + (long, 0)) if rng.random() < 0.4 else np.array([(0.0, 0.0)])
    path = np.concatenate([tail, tip])
    size = np.full(len(path), wide / 2)
    size[-1] *= u(0.1, 0.9)
    return [
        sweep(upright(path), size, section=rounded_rectangle(u(0.1, 0.3), 2)),
        block((long * 0.4, -wide * 0.4, -4), (long * 0.55, wide * 0.4, u(0, 16)), bevel=2),
    ]


def shoe_horn(rng: Draw) -> Shells:
    """A long curved trough that narrows into a handle."""
    u = rng.uniform
    long, wide, bow = u(130, 380), u(18, 32), u(40, 80)
    turn = arc(1.0, -bow, bow, 9)
    inner = turn * 0.88
    section = np.concatenate([turn, inner[::-1]]) - (np.cos(np.radians(bow)), 0)
    t = np.linspace(0, 1, 8)
    half = wide * (0.35 + 0.65 * t ** u(1, 3))
    sag = u(-30, 30) * t**2
    return [sweep(np.stack([long * t, 0 * t, sag], axis=1), half, section=section)]


def cake_server(rng: Draw) -> Shells:
    """A broad triangle on a cranked, slim handle."""
    u = rng.uniform
    blade, wide, rise, handle = u(90, 150), u(45, 80), u(15, 45), u(80, 140)
    face = [(0, wide * 0.25), (0, -wide * 0.25), (20, -wide / 2), (blade, -u(1, 12)), (blade, 6)]
    neck = [(8, 0), (-u(10, 30), rise), (-30 - handle, rise + u(-5, 25))]
    return [
        prism([*face, (20, wide / 2)], u(1.6, 3)),
        sweep(upright(neck), np.array([4, 5, u(5, 10)]), section=rounded_rectangle(1.2, 2.6, 0.4)),
    ]


def fin(rng: Draw) -> Shells:
    """A surf fin, rudder, winglet or aerofoil on a base tab."""
    u = rng.uniform
    tall, root, tip, sweep_ = u(50, 170), u(30, 120), u(0.15, 0.8), u(-20, 90)
    t = np.linspace(0, 1, 8)
    chord = root * (1 - (1 - tip) * t ** u(0.7, 2))
    foil = circle(1.0, 16) * (0.5, u(0.03, 0.09))
    rings = [(foil * c + (sweep_ * s, 0), tall * s) for c, s in zip(chord, t, strict=True)]
    shells = [loft(np.stack([lifted(xy, z) for xy, z in rings]))]
    if rng.random() < 0.7:
        half = root * u(0.3, 0.6)
        shells.append(block((-half, -u(3, 12), -u(4, 20)), (half, u(3, 12), 1), bevel=2))
    return shells


def propeller(rng: Draw) -> Shells:
    """Two to six twisted blades on a hub: model planes, boats, fans, stirrers."""
    u = rng.uniform
    long, wide, hub, twist = u(30, 130), u(8, 40), u(4, 14), u(20, 70)
    count, shape = int(rng.integers(2, 7)), u(0.3, 1.2)
    t = np.linspace(0.05, 1, 8)
    rings = []
    for s in t:
        angle = np.radians(twist * (1 - 0.7 * s))
        half = wide / 2 * max(np.sin(np.pi * (0.12 + 0.82 * s)) ** shape, 0.08)
        flat = circle(1.0, 12) * (half, u(0.8, 1.2))
        y = flat[:, 0] * np.cos(angle) - flat[:, 1] * np.sin(angle)
        z = flat[:, 0] * np.sin(angle) + flat[:, 1] * np.cos(angle)
        rings.append(np.stack([np.full(len(flat), long * s), y, z], axis=1))
    blade = loft(np.stack(rings))
    shells = [
        *around(blade, count),
        lathed([(hub, -hub), (hub, hub * u(0.5, 1)), (hub * 0.4, hub * 1.6)], "z"),
    ]
    if rng.random() < 0.25:
        shells.append(ring(long * 1.03, long * 0.97, wide * 0.5))
    return shells


def feather(rng: Draw) -> Shells:
    """A feather, leaf, surfboard or petal: a pointed oval on a quill."""
    u = rng.uniform
    long, wide, quill = u(60, 220), u(12, 70), u(0, 80)
    t = np.linspace(0, 1, 15)
    half = wide / 2 * np.sin(np.pi * t ** u(0.6, 1.4)) + 0.4
    bend = u(-0.3, 0.3) * long * t**2
    outline = np.concatenate(
        [np.stack([long * t, bend - half], 1), np.stack([long * t, bend + half], 1)[::-1]]
    )
    spine = np.stack([long * t, bend, 0 * t], axis=1)
    shells = [prism(outline, u(1.2, 6)), sweep(spine, np.linspace(u(1.5, 4), 0.8, 15))]
    return [*shells, rod((-quill - 2, 0, 0), (2, 0, 0), 2)]


def stick(rng: Draw) -> Shells:
    """A pencil, chopstick, knitting needle, crochet hook, wand or candle."""
    u = rng.uniform
    long, r = u(80, 320), u(1.8, 7)
    sides, tip = one_of(rng, (6, 8, 4, 28, 28)), u(5, 60)
    shells = [lathed([(r * u(0.5, 1), 0), (r, long - tip), (u(0.3, 1) * r, long)], sides=sides)]
    if rng.random() < 0.3:
        shells.append(disc((0, 0, 0), r * u(1.5, 3), u(2, 8), "x"))
    if rng.random() < 0.3:
        shells.append(lathed([(r * 1.3, 2), (r * 1.5, long * 0.2), (r * 1.2, long * u(0.25, 0.4))]))
    return shells


def cone_spire(rng: Draw) -> Shells:
    """A cone or pyramid that stands: party hats, spires, traffic cones, icicles, obelisks."""
    u = rng.uniform
    r, tall = u(10, 45), u(40, 220)
    sides, waist = one_of(rng, (3, 4, 6, 8, 28, 28)), u(0.3, 0.7)
    steps = [(1, 0), (waist, tall * u(0.3, 0.6)), (u(0.02, 0.2), tall)]
    shells = [stacked(circle(r, sides), steps)]
    if rng.random() < 0.6:
        foot = r * u(1.1, 1.7)
        shells.append(block((-foot, -foot, -u(2, 10)), (foot, foot, 1), bevel=u(0, 10)))
    return shells


def key_strip(rng: Draw) -> Shells:
    """A row of keys or bars on a rail: keyboards, xylophones, radiators, letter racks."""
    u = rng.uniform
    count, pitch, deep, tall = int(rng.integers(5, 20)), u(9, 20), u(12, 70), u(4, 16)
    shells = [block((-pitch, -deep * 0.4, -3), (count * pitch, deep * 0.4, 0))]
    shrink = u(-0.03, 0.03)
    for k in range(count):
        half = deep / 2 * (1 - shrink * k)
        shells.append(
            block(
                (k * pitch - pitch * 0.42, -half, -1),
                (k * pitch + pitch * 0.42, half, tall),
                bevel=1,
            )
        )
    return shells


def _mirrored(x: Points, half: Points) -> Points:
    """The outline that is *half* mm to each side of the x axis."""
    return np.concatenate([np.stack([x, -half], 1), np.stack([x, half], 1)[::-1]])


MODELS: Rows = (
    ("hand-tool", (ruler, paint_stirrer, shoe_horn, cake_server, paddle)),
    ("household", (plant_label, tent_peg, shim, comb, bookmark, stick)),
    ("other", (ski, fin, propeller, feather, cone_spire, key_strip)),
)
