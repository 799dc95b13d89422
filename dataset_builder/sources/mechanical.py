"""Parts of machines: gears, enclosures and fittings; every proportion is drawn at random.

Millimetres.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import ring, tray, washer
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    arc,
    block,
    circle,
    ellipsoid,
    lathe,
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


def spur_gear(rng: Draw) -> Shells:
    """A toothed disc, sometimes with a hub and a bore."""
    u = rng.uniform
    teeth, radius, thick = int(rng.integers(8, 44)), u(10, 70), u(4, 25)
    deep = radius * u(1.5, 2.6) / teeth * 1.4
    step = np.array([0.0, 0.22, 0.42, 0.58, 0.78]) * (2 * np.pi / teeth)
    reach = np.array([-deep, -deep, deep * 0.4, deep * 0.4, -deep])
    angle = (step[None] + np.arange(teeth)[:, None] * (2 * np.pi / teeth)).ravel()
    outer = (radius + np.tile(reach, teeth))[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    bore = radius * u(0.12, 0.55)
    shells = [washer(outer, bore * np.stack([np.cos(angle), np.sin(angle)], 1), thick)]
    if rng.random() < 0.6:
        shells.append(moved(ring(bore + u(2, 8), bore, u(4, 22)), (0, 0, thick / 2)))
    return shells


def pulley(rng: Draw) -> Shells:
    """A grooved, flanged or spoked wheel."""
    u = rng.uniform
    radius, wide, bore = u(8, 75), u(6, 40), u(2, 6)
    groove, lip = radius * u(0.6, 0.9), wide * u(0.1, 0.4)
    profile = [(bore, 0), (radius, 0), (radius, lip), (groove, wide / 2), (radius, wide - lip)]
    if rng.random() < 0.6:
        return [lathe([*profile, (radius, wide), (bore, wide)], closed=True)]
    shells = [ring(radius, radius * u(0.75, 0.9), wide), ring(bore + u(3, 8), bore, wide)]
    spokes = int(rng.integers(3, 9))
    for turn in np.arange(spokes) * (360.0 / spokes):
        bar = block((bore + 1, -u(1.5, 5), -wide * 0.3), (radius * 0.92, 3, wide * 0.3))
        shells.append(turned(bar, z=turn))
    return shells


def rack(rng: Draw) -> Shells:
    """A toothed bar."""
    u = rng.uniform
    teeth, pitch, tall, wide = int(rng.integers(6, 26)), u(4, 12), u(6, 20), u(5, 25)
    x = np.repeat(np.arange(teeth), 4) * pitch + np.tile([0, 0.2, 0.5, 0.7], teeth) * pitch
    z = np.tile([0.0, pitch * 0.6, pitch * 0.6, 0.0], teeth)
    side = np.stack([x, z], axis=1)
    return [
        slab(
            np.concatenate([[(0, -tall)], side, [(teeth * pitch, 0), (teeth * pitch, -tall)]]), wide
        )
    ]


def case(rng: Draw) -> Shells:
    """The lower half of an electronics case, with stand-offs."""
    u = rng.uniform
    long, wide, tall, wall = u(40, 190), u(30, 130), u(10, 55), u(1.6, 3.5)
    shells = [tray(long, wide, tall, wall, u(0, 8), 1.0)]
    for right, back in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        at = (right * long * 0.4, back * wide * 0.4)
        shells.append(rod((*at, 1), (*at, tall * u(0.3, 0.95)), u(2, 4)))
    if rng.random() < 0.5:
        for x in (-long / 2 - 6, long / 2 + 6):
            shells.append(block((x - 7, -8, 0), (x + 7, 8, wall * 1.5), bevel=3))
    return shells


def lid(rng: Draw) -> Shells:
    """A flat cover with a rim and slots."""
    u = rng.uniform
    long, wide, thick = u(40, 190), u(30, 130), u(1.6, 5)
    slots = [
        rounded_rectangle(long * 0.02 + 1.5, wide * 0.5, 1) + (x * long, 0)
        for x in np.linspace(-0.3, 0.3, rng.integers(0, 7))
    ]
    rim = rounded_rectangle(long - 8, wide - 8, 4)
    return [
        prism(rounded_rectangle(long, wide, u(0, 12)), thick, holes=slots),
        moved(washer(rim, rim * 0.94, u(2, 10)), (0, 0, -thick / 2 - 1)),
    ]


def closed_case(rng: Draw) -> Shells:
    """A shut housing: block with bosses, screen frame or feet."""
    u = rng.uniform
    long, wide, tall = u(30, 190), u(25, 120), u(12, 90)
    shells = [block((0, 0, 0), (long, wide, tall), bevel=u(0, 15))]
    for _ in range(rng.integers(0, 5)):
        x, y, r = long * u(0.15, 0.85), wide * u(0.2, 0.8), u(2, 9)
        shells.append(rod((x, y, tall - 1), (x, y, tall + u(1, 8)), r))
    if rng.random() < 0.4:
        face = [(-1, 0), (wide * u(0.3, 0.8), 0), (-1, tall * u(0.5, 1))]
        wedge = turned(moved(slab(face, long), (0, 0, 0)), z=90)
        shells.append(moved(wedge, (long / 2, wide, 0)))
    return shells


def elbow(rng: Draw) -> Shells:
    """A bent pipe with flanges."""
    u = rng.uniform
    radius, bend, turn, leg = u(6, 35), u(1.2, 3), u(30, 110), u(10, 60)
    arc_ = arc(radius * bend, 0, turn, 10)
    ahead = np.array([-np.sin(np.radians(turn)), np.cos(np.radians(turn))])
    path = np.concatenate([[(radius * bend, -leg)], arc_, [arc_[-1] + leg * u(0.3, 1) * ahead]])
    shells = [sweep(upright(path), radius, bore=u(0.7, 0.92))]
    if rng.random() < 0.6:
        flange = ring(radius * u(1.2, 1.7), radius * 0.8, u(3, 8))
        shells.append(moved(flange, (radius * bend, 0, -leg)))
    return shells


def tee(rng: Draw) -> Shells:
    """Two to four round branches that meet."""
    u = rng.uniform
    radius, arm = u(6, 28), u(20, 70)
    ways = ((1, 0, 0), (-1, 0, 0), (0, 0, 1), (0, 1, 0), (0, 0, -1))[: rng.integers(3, 6)]
    shells = [ellipsoid((0, 0, 0), (radius, radius, radius))]
    for way in np.array(ways, dtype=float):
        shells.append(rod((0, 0, 0), way * arm, radius * u(0.8, 1)))
        if rng.random() < 0.5:
            shells.append(rod(way * arm * 0.8, way * arm, radius * u(1.15, 1.4)))
    return shells


def duct(rng: Draw) -> Shells:
    """A funnel, reducer or fan duct that changes its section on the way."""
    u = rng.uniform
    tall, shift, wall = u(20, 110), u(-40, 40), u(1.2, 3)
    first = rounded_rectangle(u(18, 70), u(18, 70), u(0, 30))
    second = rounded_rectangle(u(6, 70), u(6, 40), u(0, 30))
    if len(first) != len(second):  # one of them has square corners
        first, second = circle(u(10, 45)), circle(u(4, 30))
    rings = [lifted(first, 0), lifted(first, tall * 0.2), lifted(second + (shift, 0), tall)]
    rings += [_thinner(ring, wall) for ring in rings[::-1]]
    return [loft(np.stack(rings), closed=True)]


def flange(rng: Draw) -> Shells:
    """A drilled disc with a collar: couplings, adapters, spacers, threaded stubs."""
    u = rng.uniform
    radius, thick, bore = u(14, 60), u(3, 12), u(0.15, 0.5)
    count = int(rng.integers(0, 7))
    holes = [
        circle(radius * 0.07, 10) + radius * 0.75 * _unit(k / max(count, 1)) for k in range(count)
    ]
    disc = prism(circle(radius), thick, holes=[circle(radius * bore, 20), *holes])
    return [disc, ring(radius * (bore + 0.12), radius * bore, u(6, 70))]


def _thinner(ring: Points, wall: float) -> Points:
    """An (N, 3) ring, drawn in towards its centre by about *wall*."""
    centre = ring.mean(axis=0)
    spoke = ring - centre
    length = np.linalg.norm(spoke, axis=1, keepdims=True)
    return np.asarray(centre + spoke * np.maximum(1 - wall / length, 0.2))


def _unit(share: float) -> Points:
    return np.array([np.cos(2 * np.pi * share), np.sin(2 * np.pi * share)])


MODELS: Rows = (
    ("gear", (spur_gear, pulley, rack)),
    ("enclosure", (case, lid, closed_case)),
    ("fitting", (elbow, tee, duct, flange)),
)
