"""Everyday things for the hand, among them those whose outline is nearest to a handgun's.

A drill, a glue gun, a hair dryer or a spray head has a body and a raked grip as well: without
them a network learns "anything with a handle". Millimetres; x along the object, z up.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.model import Rows
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    Triangles,
    arc,
    block,
    circle,
    ellipsoid,
    lathe,
    moved,
    prism,
    rod,
    rounded_rectangle,
    slab,
    sweep,
    turned,
    upright,
)


def drill(rng: Draw) -> Shells:
    """A fat round motor, a chuck, a grip and a battery foot."""
    u = rng.uniform
    body, radius, drop = u(110, 170), u(26, 40), u(90, 140)
    chuck, foot = u(35, 60), u(90, 140)
    lean = u(0, 14)
    grip = moved(turned(_oval_handle(rng, drop, 19), y=lean), (u(25, 50), 0, -radius * 0.6))
    x = 40 - drop * np.sin(np.radians(lean))
    return [
        _along_x([(radius * 0.8, 0), (radius, 12), (radius, body * 0.7), (radius * 0.75, body)]),
        _along_x([(u(18, 26), body - 3), (u(18, 24), body + chuck * 0.6), (8, body + chuck)]),
        grip,
        moved(block((-foot / 2, -u(28, 42), -u(40, 65)), (foot / 2, 36, 0), bevel=8),
              (x, 0, -drop - radius * 0.4)),
    ]  # fmt: skip


def glue_gun(rng: Draw) -> Shells:
    """A slim body with a cone tip, a raked handle and a large trigger."""
    u = rng.uniform
    body, tall, wide, tip = u(100, 150), u(28, 45), u(24, 36), u(25, 50)
    side = [(0, -tall / 2), (body, -tall * 0.4), (body + 8, tall * 0.2), (body, tall / 2)]
    side += [(0, tall * u(0.3, 0.6))]
    handle = moved(turned(_oval_handle(rng, u(85, 120), 15), y=u(5, 25)), (25, 0, -tall * 0.2))
    trigger = [(52, -tall * 0.3), (70, -tall * 0.3), (62, -tall * 0.3 - u(30, 60)), (48, -50)]
    shells = [
        slab(side, wide, bevel=u(2, 7)),
        rod((body, 0, 0), (body + tip, 0, 0), u(10, 15), u(2, 4)),
        rod((u(-60, -15), 0, 2), (10, 0, 2), u(4, 6)),
        handle,
        slab(trigger, wide * 0.45, bevel=1),
    ]
    if rng.random() < 0.4:
        stand = [
            (body - 10, 0, -tall * 0.3),
            (body + 10, 0, -tall - 55),
            (body - 50, 0, -tall - 55),
        ]
        shells.append(sweep(np.array(stand), 2.5))
    return shells


def hair_dryer(rng: Draw) -> Shells:
    """A wide round barrel with a nozzle and a handle near its middle."""
    u = rng.uniform
    body, radius, mouth = u(130, 220), u(34, 52), u(22, 45)
    profile = [(radius * u(0.5, 0.8), 0), (radius, radius * 0.5), (radius, body * 0.45)]
    profile += [(mouth, body), (mouth * 0.85, body), (mouth * 0.85, body * 0.8)]
    handle = turned(_oval_handle(rng, u(100, 150), u(16, 22)), y=u(-12, 18))
    shells = [_along_x(profile), moved(handle, (body * u(0.2, 0.5), 0, -radius * 0.5))]
    if rng.random() < 0.5:
        nozzle = block((body - 5, -mouth, -u(6, 10)), (body + u(30, 55), mouth, 8))
        shells.append(nozzle)
    return shells


def spray_head(rng: Draw) -> Shells:
    """The trigger head of a spray bottle, sometimes with the bottle."""
    u = rng.uniform
    length, tall, wide = u(60, 100), u(18, 30), u(16, 26)
    side = [(-length * 0.4, 0), (length * 0.6, u(0, 6)), (length * 0.6, tall * 0.7)]
    side += [(0, tall), (-length * 0.4, tall * u(0.4, 0.9))]
    curve = [(length * 0.3, 2), (length * 0.35, -20), (length * 0.28, -u(38, 60))]
    shells = [
        slab(side, wide, bevel=u(1, 4)),
        rod((length * 0.58, 0, tall * 0.4), (length * 0.6 + u(6, 16), 0, tall * 0.4), u(6, 10)),
        rod((0, 0, 5), (0, 0, -u(20, 40)), u(10, 14)),
        rod((0, 0, -20), (0, 0, -20 - u(15, 25)), u(14, 19)),
        sweep(upright(curve), 3.5, section=rounded_rectangle(1.6, 3.4)),
    ]
    if rng.random() < 0.5:
        radius, deep = u(32, 48), u(100, 190)
        shells.append(lathe([(14, -30), (radius, -70), (radius, -deep), (radius * 0.9, -deep - 5)]))
    return shells


def barcode_scanner(rng: Draw) -> Shells:
    """A wide flat head on a slim, curved handle."""
    u = rng.uniform
    head, wide, tall, drop = u(70, 110), u(60, 80), u(35, 50), u(100, 140)
    t = np.linspace(0, 1, 7)
    path = np.stack([-u(10, 50) * t**1.5, -drop * t], axis=1)
    flare = [(-head * 0.4, -wide * 0.3), (head * 0.6, -wide / 2), (head * 0.6, wide / 2)]
    flare += [(-head * 0.4, wide * 0.3)]
    return [
        turned(prism(flare, tall, bevel=u(2, 8)), y=u(-5, 20)),
        sweep(upright(path), np.linspace(1, u(0.8, 1.2), 7), section=circle(u(14, 19), 16)),
    ]


def hose_nozzle(rng: Draw) -> Shells:
    """A garden-hose nozzle: a flared head, a bent pipe and a lever."""
    u = rng.uniform
    neck, head, drop = u(60, 100), u(20, 34), u(90, 140)
    bend = np.concatenate([[(neck, 0)], arc(22, 90, 160, 6) + (0, -22), [(-u(25, 50), -drop)]])
    return [
        sweep(upright(bend), u(11, 16)),
        _along_x([(14, neck - 10), (head, neck + 20), (head, neck + 34), (head * 0.6, neck + 36)]),
        sweep(np.array([(20, 0, -8), (u(14, 26), 0, -40), (-u(0, 25), 0, -drop * 0.8)]), u(3, 6)),
    ]


def hammer(rng: Draw) -> Shells:
    """A head across a shaft."""
    u = rng.uniform
    shaft, head, thick = u(180, 340), u(70, 140), u(10, 20)
    claw = [(-head / 2, 0), (0, -thick), (0, thick * 1.2), (-head * u(0.2, 0.5), thick * 0.8)]
    return [
        rod((0, 0, 0), (0, 0, -shaft), u(8, 14), u(11, 18)),
        rod((-6, 0, 0), (head / 2, 0, 0), thick * u(0.8, 1.2), thick * u(1, 1.4)),
        slab(claw, thick * u(1, 1.8), bevel=1),
    ]


def wrench(rng: Draw) -> Shells:
    """A flat bar between a fork and a ring."""
    u = rng.uniform
    length, head, thick, wide = u(110, 260), u(16, 28), u(6, 12), u(10, 20)
    mouth, opening = head * u(0.45, 0.6), u(-20, 20)
    jaw = np.concatenate([arc(head, 45, 315, 18), arc(mouth, 300, 60, 12)])
    ring = lathe([(head * 0.9, -thick / 2), (head * 0.9, thick / 2), (head * 0.55, thick / 2),
                  (head * 0.55, -thick / 2)], closed=True, sides=20)  # fmt: skip
    shells = [
        moved(turned(prism(jaw, thick), z=opening), (length, 0, 0)),
        block((head * 0.7, -wide / 2, -thick * 0.4), (length - head * 0.8, wide / 2, thick * 0.4)),
    ]
    return (
        [*shells, ring]
        if rng.random() < 0.7
        else [*shells, moved(prism(circle(head), 8), (0,) * 3)]
    )


def screwdriver(rng: Draw) -> Shells:
    """A round fluted handle with a thin shaft."""
    u = rng.uniform
    handle, radius, shaft = u(70, 120), u(11, 19), u(60, 180)
    profile = [
        (radius * 0.7, 0),
        (radius, 8),
        (radius, handle * 0.6),
        (radius * u(0.6, 0.9), handle),
    ]
    return [_along_x(profile), rod((handle - 5, 0, 0), (handle + shaft, 0, 0), u(2.5, 5))]


def spatula(rng: Draw) -> Shells:
    """A flat, wide blade with blunt corners on a thin handle: kitchen, not knife."""
    u = rng.uniform
    blade, wide, handle, thick = u(70, 130), u(50, 100), u(130, 240), u(2, 5)
    tilt = turned(prism(rounded_rectangle(blade, wide, u(2, 25)), thick), y=u(-25, 10))
    return [
        moved(tilt, (blade * 0.45, 0, 0)),
        block((-handle, -u(7, 13), -thick), (10, u(7, 13), thick * u(1, 3)), bevel=4),
    ]


def scoop(rng: Draw) -> Shells:
    """A spoon, trowel or measuring scoop."""
    u = rng.uniform
    cup, handle = u(15, 40), u(80, 180)
    deep = cup * u(0.5, 1.4)
    bowl = lathe([(cup * 0.5, -deep), (cup, 0), (cup - 2.5, 0), (cup * 0.5 - 2, 3 - deep)])
    stretch = u(1.0, 1.7)
    bar = block((cup * 0.9 * stretch, -u(4, 10), -3), (cup + handle, u(4, 10), u(0, 4)), bevel=3)
    return [bowl * (stretch, 1.0, 1.0), turned(bar, y=u(-12, 6))]


def pliers(rng: Draw) -> Shells:
    """Two crossing bars: scissors, tongs and pliers."""
    u = rng.uniform
    jaw, handle, thick, spread = u(40, 90), u(90, 150), u(6, 14), u(6, 22)
    bow = np.array([(jaw, 0), (0, 5), (-handle * 0.4, 16), (-handle, u(8, 18))])
    bar = sweep(upright(bow), [4, 9, 7, 6], section=rounded_rectangle(1.6, thick / 6))
    shells = [turned(bar, y=spread), turned(bar * (1, 1, -1), y=-spread)[:, ::-1]]
    shells.append(turned(prism(circle(12), thick * 1.2), x=90))
    if rng.random() < 0.4:
        loop = sweep(upright(arc(18, 0, 342, 19)), 4.5)
        shells += [moved(loop, (-handle * 0.9, 0, s * (handle * 0.25 + 14))) for s in (1, -1)]
    return shells


def torch_light(rng: Draw) -> Shells:
    """A hand lamp: a slim round body with a wide head."""
    u = rng.uniform
    body, radius, head = u(80, 200), u(11, 18), u(18, 34)
    profile = [(radius * 0.9, 0), (radius, 4), (radius, body), (head, body + u(10, 25))]
    return [_along_x([*profile, (head, body + 45), (head * 0.8, body + 46)]),
            ellipsoid((body * 0.7, 0, radius), (7, 5, 3))]  # fmt: skip


def _along_x(profile: list[tuple[float, float]]) -> Triangles:
    """A lathed body whose axis is x."""
    return turned(lathe(profile), y=90.0)


def _oval_handle(rng: Draw, drop: float, radius: float) -> Triangles:
    """A hand-filling swept oval that hangs from the origin."""
    u = rng.uniform
    t = np.linspace(0.15, -1.0, 8)
    belly = 1.0 + u(-0.2, 0.25) * np.sin(np.pi * t) + u(-0.15, 0.15) * t
    path = np.stack([u(-6, 6) * t**2, drop * t], axis=1)
    return sweep(
        upright(path), belly * radius, section=circle(1.0, 16) * (u(1.0, 1.5), u(0.7, 1.0))
    )


MODELS: Rows = (
    ("gripped-tool", (drill, glue_gun, hair_dryer, spray_head, barcode_scanner, hose_nozzle)),
    ("hand-tool", (hammer, wrench, screwdriver, spatula, scoop, pliers, torch_light)),
)
