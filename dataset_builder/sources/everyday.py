"""Everyday printed things: brackets, containers, gears, household parts, enclosures, fittings.

Millimetres; every proportion is drawn at random.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.primitives import (
    Points,
    Triangles,
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

Shells = list[Triangles]
Draw = np.random.Generator


def angle_bracket(rng: Draw) -> Shells:
    """Two drilled plates at a right angle, with or without ribs."""
    u = rng.uniform
    foot, wall, wide, thick = u(30, 130), u(30, 130), u(15, 110), u(3, 12)
    shells = [
        moved(_drilled(rng, foot, wide, thick), (foot / 2, 0, thick / 2)),
        moved(turned(_drilled(rng, wall, wide, thick), y=-90), (thick / 2, 0, wall / 2)),
    ]
    reach = u(0.3, 0.95)
    corner = [(0, 0), (foot * reach, 0), (0, wall * reach)]
    for y in ((), (0.0,), (-0.4, 0.4))[rng.integers(3)]:
        shells.append(moved(slab(corner, min(thick, wide / 4)), (0, y * wide, 0)))
    return shells


def shelf_bracket(rng: Draw) -> Shells:
    """An L in side view with a diagonal or curved brace; a long arm and a short one."""
    u = rng.uniform
    arm, wall, deep, wide = u(90, 260), u(70, 200), u(9, 24), u(10, 34)
    side = [(0, 0), (arm, 0), (arm, deep * u(0.4, 1)), (deep, deep), (deep, wall), (0, wall)]
    shells = [slab(side, wide, bevel=u(0.2, 2))]
    if rng.random() < 0.7:
        x, z, bulge = arm * u(0.4, 0.85), wall * u(0.4, 0.85), u(-0.2, 0.4)
        t = np.linspace(0, np.pi / 2, 7)
        brace = np.stack([x * np.cos(t), z * np.sin(t)], axis=1)
        line = np.stack([x * (1 - t / 1.571), z * t / 1.571], axis=1)
        path = line + bulge * (line - brace)
        shells.append(sweep(upright(path), deep * 0.4, section=rounded_rectangle(2, wide / deep)))
    return shells


def clamp(rng: Draw) -> Shells:
    """A half or whole ring on a foot: pipe clips, cable clamps, motor mounts."""
    u = rng.uniform
    radius, thick, wide = u(6, 40), u(2.5, 9), u(8, 45)
    span = u(180, 330)
    bow = upright(arc(radius + thick / 2, 90 - span / 2, 90 + span / 2, 20))
    foot = radius * u(1.2, 2.6)
    plate = _drilled(rng, foot * 2, wide, thick)
    return [
        sweep(bow, thick / 2, section=rounded_rectangle(2, wide / thick)),
        moved(plate, (0, 0, bow[:, 2].min())),
    ]


def mount_plate(rng: Draw) -> Shells:
    """A drilled plate with stand-offs or walls on it."""
    u = rng.uniform
    long, wide, thick = u(30, 180), u(25, 120), u(2, 8)
    shells = [_drilled(rng, long, wide, thick)]
    tall, radius = u(4, 35), u(2.5, 8)
    for x, y in ((1, 1), (1, -1), (-1, 1), (-1, -1))[: rng.integers(0, 5)]:
        at = (x * long * 0.38, y * wide * 0.38)
        shells.append(rod((*at, 0), (*at, tall), radius))
    if rng.random() < 0.5:
        shells.append(block((-long / 2, -wide / 2, 0), (-long / 2 + thick, wide / 2, u(10, 60))))
    return shells


def mug(rng: Draw) -> Shells:
    """A cup with a handle."""
    u = rng.uniform
    radius, tall, wall = u(28, 48), u(60, 120), u(2.5, 5)
    grip, reach = tall * u(0.25, 0.38), u(0.7, 1.3)
    ear = arc(grip, -90, 90, 12) * (reach, 1.0) + (radius - wall * 0.6, tall / 2)
    ear_shape = rounded_rectangle(1.2, u(1, 2.4), 0.5)
    return [
        _cup(radius * u(0.75, 1), radius, tall, wall),
        sweep(upright(ear), 6, section=ear_shape),
    ]


def vase(rng: Draw) -> Shells:
    """A turned vessel of any outline, sometimes ribbed or twisted."""
    u = rng.uniform
    tall, radius, wall = u(60, 240), u(22, 70), u(2, 4)
    t = np.linspace(0, 1, 12)
    waves = 1 + u(-0.45, 0.45) * np.sin(np.pi * t * u(0.7, 2.2) + u(0, 6)) + u(-0.3, 0.4) * t
    outer = np.maximum(radius * waves, wall + 6)
    angle = np.arange(40) * (2 * np.pi / 40)
    ribs = 1 + (u(0, 0.12) if rng.random() < 0.5 else 0) * np.cos(
        rng.integers(3, 10) * angle[None] + u(-4, 4) * t[:, None]
    )
    return [_vessel(outer[:, None] * ribs, tall * t, angle, wall)]


def bin_box(rng: Draw) -> Shells:
    """An open box with walls, sometimes parted: trays, organisers, planters."""
    u = rng.uniform
    long, wide, tall, wall = u(30, 200), u(30, 160), u(15, 120), u(1.6, 4)
    shells = [_tray(long, wide, tall, wall, u(0, 15), u(0.8, 1))]
    for x in np.linspace(-0.5, 0.5, rng.integers(2, 6))[1:-1] * long * 0.8:
        shells.append(block((x - 0.8, -wide * 0.4, 1), (x + 0.8, wide * 0.4, tall * u(0.6, 0.98))))
    return shells


def bottle(rng: Draw) -> Shells:
    """A jar or bottle: body, shoulder, neck, often with its cap."""
    u = rng.uniform
    radius, body, neck, rise = u(15, 48), u(40, 170), u(0.3, 0.9), u(8, 40)
    profile = [(radius * 0.92, 0), (radius, 3), (radius, body), (radius * neck, body + rise)]
    top = body + rise + u(10, 30)
    shells = [lathe([*profile, (radius * neck, top)])]
    if rng.random() < 0.6:
        cap = radius * neck + u(1, 6)
        shells.append(
            lathe([(cap, top - 8), (cap, top + u(3, 18))], sides=int(rng.integers(8, 40)))
        )
    return shells


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
    shells = [_washer(outer, bore * np.stack([np.cos(angle), np.sin(angle)], 1), thick)]
    if rng.random() < 0.6:
        shells.append(moved(_ring(bore + u(2, 8), bore, u(4, 22)), (0, 0, thick / 2)))
    return shells


def pulley(rng: Draw) -> Shells:
    """A grooved, flanged or spoked wheel."""
    u = rng.uniform
    radius, wide, bore = u(8, 75), u(6, 40), u(2, 6)
    groove, lip = radius * u(0.6, 0.9), wide * u(0.1, 0.4)
    profile = [(bore, 0), (radius, 0), (radius, lip), (groove, wide / 2), (radius, wide - lip)]
    if rng.random() < 0.6:
        return [lathe([*profile, (radius, wide), (bore, wide)], closed=True)]
    shells = [_ring(radius, radius * u(0.75, 0.9), wide), _ring(bore + u(3, 8), bore, wide)]
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


def hook(rng: Draw) -> Shells:
    """A bent bar on a plate."""
    u = rng.uniform
    bow, shank, thick, turn = u(10, 36), u(8, 70), u(2.5, 8), u(150, 260)
    path = np.concatenate([[(bow, shank)], arc(bow, 0, -turn, 14)])
    shells = [sweep(upright(path), thick, section=rounded_rectangle(2, u(1, 4), 0.6))]
    if rng.random() < 0.7:
        plate = turned(_drilled(rng, shank + bow * 2, u(14, 45), u(2, 5)), y=90)
        shells.append(moved(plate, (bow + thick, 0, shank * 0.6)))
    return shells


def knob(rng: Draw) -> Shells:
    """A round, fluted or star knob with its stem."""
    u = rng.uniform
    radius, tall, lobes = u(7, 35), u(8, 35), int(rng.integers(3, 12))
    angle = np.arange(48) * (2 * np.pi / 48)
    reach = radius * (1 + u(0, 0.25) * np.cos(lobes * angle))
    outline = reach[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rings = np.stack(
        [lifted(outline * s, z * tall) for s, z in ((u(0.7, 1), 0), (1, 0.5), (0.8, 1))]
    )
    return [loft(rings), rod((0, 0, 2), (0, 0, -u(3, 30)), radius * u(0.25, 0.7))]


def handle(rng: Draw) -> Shells:
    """A bow or bar handle for a drawer, door or case."""
    u = rng.uniform
    span, rise, thick = u(50, 180), u(18, 50), u(4, 11)
    shape = rounded_rectangle(u(1.4, 2.2), u(1.4, 3.2), u(0, 1))
    x = np.cos(np.linspace(np.pi, 0, 13))
    square = u(0.3, 1)
    path = np.stack([span / 2 * np.sign(x) * np.abs(x) ** square, rise * (1 - x**6)], axis=1)
    foot = u(0.8, 1.8) * thick
    shells = [sweep(upright(path), thick, section=shape)]
    for side in (-1, 1):
        low, high = (
            (side * span / 2 - foot, -foot * 1.3, -3),
            (side * span / 2 + foot, foot * 1.3, 3),
        )
        shells.append(block(low, high, bevel=2))
    return shells


def hinge(rng: Draw) -> Shells:
    """Two leaves on a barrel of knuckles."""
    u = rng.uniform
    leaf, wide, thick = u(18, 55), u(25, 100), u(2, 5)
    opening = u(0, 100)
    first = _drilled(rng, leaf, wide, thick)
    second = moved(turned(moved(first, (leaf / 2, 0, 0)), y=opening), (0, 0, 0))
    barrel = turned(lathe([(thick, -wide / 2), (thick, wide / 2)]), x=90)
    return [moved(first, (-leaf / 2, 0, 0)), second, barrel]


def phone_stand(rng: Draw) -> Shells:
    """A leaning back, a lip and a foot, in one ribbon or as a wedge."""
    u = rng.uniform
    back, lip, foot, wide, thick = u(70, 130), u(10, 28), u(60, 110), u(40, 90), u(3, 9)
    lean = np.radians(u(55, 80))
    top = (back * np.cos(lean), back * np.sin(lean))
    path = [(-u(14, 30), lip), (-u(14, 24), 0), (0, 0), top, (foot, u(-4, 0))]
    path = path if rng.random() < 0.6 else [*path[:4], (foot, 0), (0, -2)]
    return [sweep(upright(path), thick / 2, section=rounded_rectangle(2, 2 * wide / thick))]


def key_tag(rng: Draw) -> Shells:
    """A flat key, tag or comb: an outline with a hole and a toothed side."""
    u = rng.uniform
    bow, shank, thick, wide = u(11, 28), u(25, 90), u(2, 6), u(5, 14)
    teeth = int(rng.integers(2, 14))
    x = np.linspace(bow * 0.7, bow + shank, 2 * teeth)
    low = np.repeat(-wide * rng.uniform(0.4, 1.2, teeth), 2)
    side = np.concatenate([np.stack([x, low], 1), [(bow + shank, wide / 2), (bow * 0.7, wide / 2)]])
    return [_ring(bow, bow * u(0.2, 0.6), thick), moved(prism(side, thick), (0, 0, thick / 2))]


def clip(rng: Draw) -> Shells:
    """A flat spring: a ribbon folded into C, S or U."""
    u = rng.uniform
    radius, leg, thick, wide = u(5, 25), u(10, 70), u(1.5, 5), u(6, 40)
    bow = arc(radius, 90, 270, 10)
    path = np.concatenate([[(leg, radius * u(0.6, 1.1))], bow, [(leg * u(0.3, 1.1), -radius)]])
    if rng.random() < 0.4:
        path = np.concatenate([path, arc(radius, 90, -80, 10) + (path[-1, 0], -2 * radius)])
    return [sweep(upright(path), thick / 2, section=rounded_rectangle(2, 2 * wide / thick))]


def case(rng: Draw) -> Shells:
    """The lower half of an electronics case, with stand-offs."""
    u = rng.uniform
    long, wide, tall, wall = u(40, 190), u(30, 130), u(10, 55), u(1.6, 3.5)
    shells = [_tray(long, wide, tall, wall, u(0, 8), 1.0)]
    for x, y in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        at = (x * long * 0.4, y * wide * 0.4)
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
        moved(_washer(rim, rim * 0.94, u(2, 10)), (0, 0, -thick / 2 - 1)),
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
        flange = _ring(radius * u(1.2, 1.7), radius * 0.8, u(3, 8))
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
    size = min(len(first), len(second))
    if size < 20:
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
    return [disc, _ring(radius * (bore + 0.12), radius * bore, u(6, 70))]


def _unit(share: float) -> Points:
    return np.array([np.cos(2 * np.pi * share), np.sin(2 * np.pi * share)])


def _drilled(rng: Draw, long: float, wide: float, thick: float) -> Triangles:
    """A plate about the origin with up to five holes."""
    small = min(long, wide)
    spots = ((0.0, 0.0), (0.33, 0.33), (-0.33, 0.33), (-0.33, -0.33), (0.33, -0.33))
    radius = small * rng.uniform(0.05, 0.14)
    chosen = spots[: rng.integers(0, 6)]
    holes = [circle(radius, 10, (x * long, y * wide)) for x, y in chosen]
    corner = rng.uniform(0, 0.4) * small if rng.random() < 0.6 else 0.0
    return prism(rounded_rectangle(long, wide, corner), thick, holes=holes)


def _cup(low: float, high: float, tall: float, wall: float) -> Triangles:
    inner = [(high - wall, tall), (low - wall, wall)]
    return lathe([(low, 0), (high, tall), *inner])


def _vessel(radius: Points, z: Points, angle: Points, wall: float) -> Triangles:
    """(K, N) radii at (K,) heights -> an open vessel with a floor."""
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    outer = [lifted(r[:, None] * way, float(h)) for r, h in zip(radius, z, strict=True)]
    inner = [
        lifted((r - wall)[:, None] * way, max(float(h), wall))
        for r, h in zip(radius, z, strict=True)
    ]
    return loft(np.stack([*outer, *inner[::-1]]))


def _tray(
    long: float, wide: float, tall: float, wall: float, corner: float, taper: float
) -> Triangles:  # fmt: skip
    outer = rounded_rectangle(long, wide, corner)
    inner = outer * (1 - 2 * wall / long, 1 - 2 * wall / wide)
    return loft(
        np.stack(
            [
                lifted(outer * taper, 0),
                lifted(outer, tall),
                lifted(inner, tall),
                lifted(inner * taper, wall),
            ]
        )
    )


def _washer(outer: Points, inner: Points, thick: float) -> Triangles:
    """A flat ring between two loops of one size, from z = -thick / 2 to thick / 2."""
    half = thick / 2
    pairs = ((outer, -half), (outer, half), (inner, half), (inner, -half))
    return loft(np.stack([lifted(loop, z) for loop, z in pairs]), closed=True)


def _ring(outer: float, inner: float, tall: float) -> Triangles:
    """A round ring that stands on z = 0."""
    return lathe([(outer, 0), (outer, tall), (inner, tall), (inner, 0)], closed=True)


def _thinner(ring: Points, wall: float) -> Points:
    """An (N, 3) ring, drawn in towards its centre by about *wall*."""
    centre = ring.mean(axis=0)
    spoke = ring - centre
    length = np.linalg.norm(spoke, axis=1, keepdims=True)
    return np.asarray(centre + spoke * np.maximum(1 - wall / length, 0.2))
