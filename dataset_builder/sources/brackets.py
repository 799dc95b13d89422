"""Brackets and robot parts: what holds one thing to another.

Millimetres; every proportion is drawn at random.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.bodies import along, around, ball, disc, one_of, ribbon, torus
from dataset_builder.sources.model import Rows
from dataset_builder.sources.plates import drilled_plate, ring, washer
from dataset_builder.sources.primitives import (
    Draw,
    Points,
    Shells,
    arc,
    block,
    circle,
    moved,
    prism,
    rod,
    rounded_rectangle,
    slab,
    sweep,
    turned,
    upright,
)


def gusset_bracket(rng: Draw) -> Shells:
    """An L of two plates with triangular gussets, up to a corner of three plates."""
    u = rng.uniform
    a, b, wide, thick = u(20, 90), u(20, 120), u(15, 70), u(3, 9)
    shells = [
        moved(drilled_plate(rng, a, wide, thick), (a / 2, 0, thick / 2)),
        moved(turned(drilled_plate(rng, b, wide, thick), y=-90), (thick / 2, 0, b / 2)),
    ]
    reach, bow = u(0.4, 1), u(0, 0.5)
    t = np.linspace(0, 1, 6)
    edge = (
        np.stack([a * reach * (1 - t), b * reach * t], axis=1)
        * (1 - bow * np.sin(np.pi * t))[:, None]
    )
    spots = one_of(rng, ((-0.46, 0.46), (0.0,), (-0.46,), (-0.4, 0, 0.4)))
    shells += [moved(slab([(0, 0), *edge], thick * u(0.6, 1)), (0, s * wide, 0)) for s in spots]
    if rng.random() < 0.3:
        shells.append(
            moved(turned(drilled_plate(rng, a, b, thick), x=90), (a / 2, wide / 2, b / 2))
        )
    return shells


def u_bracket(rng: Draw) -> Shells:
    """A channel: servo brackets, yokes, forks, rod holders."""
    u = rng.uniform
    gap, tall, wide, thick = u(12, 60), u(15, 70), u(10, 45), u(2, 7)
    ear = turned(drilled_plate(rng, tall, wide, thick), y=90)
    shells = [drilled_plate(rng, gap + 2 * thick, wide, thick)]
    shells += [moved(ear, (s * (gap + thick) / 2, 0, tall / 2)) for s in (-1, 1)]
    for s in (-1, 1) if rng.random() < 0.6 else ():
        shells.append(disc((s * (gap + thick) / 2, 0, tall), wide / 2, thick, "x"))
    if rng.random() < 0.3:
        shells.append(rod((-gap, 0, tall), (gap, 0, tall), u(2, 5)))
    if rng.random() < 0.3:
        shells.append(moved(drilled_plate(rng, gap * 2.4, wide, thick), (0, 0, 0)))
    return shells


def z_bracket(rng: Draw) -> Shells:
    """A strip folded into a Z, hat, step or S."""
    u = rng.uniform
    a, up, wide, thick = u(15, 60), u(8, 50), u(10, 50), u(2, 6)
    paths = (
        [(-a, 0), (0, 0), (u(-6, 10), up), (a, up)],
        [(-a, 0), (-a * 0.4, 0), (-a * 0.4, up), (a * 0.4, up), (a * 0.4, 0), (a, 0)],
        [(0, up), (0, 0), (a, 0), (a, -up), (a * 1.7, -up)],
        [(0, up), (0, 0), (a, 0), (a, up * u(0.3, 1.2))],
    )
    shells = [ribbon(one_of(rng, paths), thick, wide)]
    if rng.random() < 0.5:
        shells += along(disc((-a * 0.6, 0, 0), u(3, 7), thick * 2), 2, (0, wide * 0.5, 0))
    return shells


def corner_shelf(rng: Draw) -> Shells:
    """A quarter-round or triangular board with two walls, or two boards on a post."""
    u = rng.uniform
    r, thick, up = u(40, 140), u(3, 8), u(15, 90)
    outline = one_of(
        rng, (np.array([(0, 0), *arc(r, 0, 90, 10)]), np.array([(0, 0), (r, 0), (0, r)]))
    )
    board = prism(outline, thick)
    shells = [board, block((0, 0, 0), (r, thick, up)), block((0, 0, 0), (thick, r, up))]
    if rng.random() < 0.5:
        shells.append(moved(board * (u(0.5, 1), u(0.5, 1), 1), (0, 0, up)))
    if rng.random() < 0.4:
        shells.append(rod((r * 0.5, r * 0.5, 0), (r * 0.5, r * 0.5, up), u(3, 7)))
    return shells


def pipe_saddle(rng: Draw) -> Shells:
    """A block with a half-round or round seat: shaft supports, rail mounts, bearing blocks."""
    u = rng.uniform
    r, wide, foot = u(4, 25), u(8, 40), u(1.4, 2.6)
    tall = r * u(1.3, 2.4)
    if rng.random() < 0.5:
        outline = rounded_rectangle(r * 3, r * 3, r * u(0, 1.4))
        seat = [turned(prism(outline, wide, holes=[circle(r)]), x=90) + (0, 0, tall)]
    else:
        side = [(-r * 1.5, 0), (r * 1.5, 0), (r * 1.5, tall), *arc(r, 0, -180, 10) + (0, tall)]
        seat = [slab([*side, (-r * 1.5, tall)], wide)]
    neck = block((-r * 0.8, -wide / 2, 0), (r * 0.8, wide / 2, max(tall - r * 1.4, 1)))
    return [*seat, drilled_plate(rng, r * foot * 2.4, wide, r * u(0.3, 0.6)), neck]


def motor_mount(rng: Draw) -> Shells:
    """A square face with a big bore and four holes on a foot with ribs: motors, fans."""
    u = rng.uniform
    side, thick, foot = u(28, 70), u(3, 8), u(20, 60)
    spots = [(x * side * 0.38, y * side * 0.38) for x in (-1, 1) for y in (-1, 1)]
    holes = [circle(side * 0.05, 8, spot) for spot in spots]
    holes.append(circle(side * u(0.2, 0.42), 24))
    face = prism(rounded_rectangle(side, side, u(0, 8)), thick, holes=holes)
    shells = [turned(face, y=90) + (0, 0, side / 2)]
    if rng.random() < 0.8:
        shells.append(moved(drilled_plate(rng, foot, side, thick), (foot / 2, 0, 0)))
        rib = slab([(0, 0), (foot, 0), (0, side * u(0.4, 1))], thick)
        shells += [moved(rib, (0, s * (side - thick) / 2, 0)) for s in (-1, 1)]
    return shells


def servo_horn(rng: Draw) -> Shells:
    """A hub with one to six tapering drilled arms, or a round horn."""
    u = rng.uniform
    hub, long, thick, count = u(3.5, 10), u(10, 45), u(1.5, 5), int(rng.integers(1, 7))
    tip, bore = hub * u(0.4, 0.8), hub * u(0.3, 0.6)
    outline = np.concatenate([arc(hub, 90, 270, 8), arc(tip, -90, 90, 8) + (long, 0)])
    drilled = [
        circle(tip * 0.4, 8, (x * long, 0))
        for x in np.linspace(0.95, 0.45, int(rng.integers(1, 4)))
    ]
    arm = prism(outline, thick, holes=drilled)
    tower = ring(hub, bore, u(3, 9))
    return [*around(arm, count), moved(tower, (0, 0, -thick / 2))]


def robot_link(rng: Draw) -> Shells:
    """Two round ends joined by a web, a truss or a plate with a window; parallel plates."""
    u = rng.uniform
    long, a, b, thick = u(40, 180), u(8, 26), u(8, 24), u(4, 22)
    waist = min(a, b) * u(0.4, 0.95)
    far = prism(circle(b), thick * u(0.6, 1.3), holes=[circle(b * 0.4)])
    shells = [prism(circle(a), thick, holes=[circle(a * u(0.25, 0.7))]), moved(far, (long, 0, 0))]
    bar = long - a * 0.8 - b * 0.8
    if bar < 12:
        return [*shells, block((a * 0.8, -waist, -2), (long - b * 0.8, waist, 2))]
    if rng.random() < 0.5:
        window = [rounded_rectangle(bar * 0.6, waist, waist * 0.3)]
        web = prism(rounded_rectangle(bar, waist * 2), thick * u(0.3, 0.9), holes=window)
        return [*shells, moved(web, (a * 0.8 + bar / 2, 0, 0))]
    path = np.array([(0, a * 0.8, 0), (long, b * 0.8, 0)])
    side = sweep(path, thick * 0.3, section=rounded_rectangle(2, 1))
    brace = np.array([(a * 0.5, -a * 0.7, 0), (long - b * 0.5, b * 0.7, 0)])
    return [*shells, side, (side * (1, -1, 1))[:, ::-1], sweep(brace, thick * 0.2)]


def cable_chain(rng: Draw) -> Shells:
    """Links of a drag chain in a row or round a bend."""
    u = rng.uniform
    pitch, wide, tall, count = u(10, 22), u(12, 40), u(9, 24), int(rng.integers(1, 11))
    wall = u(1.2, 2.4)
    link = [
        block((0, s * wide / 2 - wall, 0), (pitch * 1.25, s * wide / 2 + wall, tall))
        for s in (-1, 1)
    ]
    link += [
        block((pitch * 0.2, -wide / 2, z), (pitch * 0.8, wide / 2, z + wall))
        for z in (0, tall - wall)
    ]
    bend = one_of(rng, (0.0, 0.0, u(5, 25)))
    shells: Shells = []
    at, angle = np.zeros(3), 0.0
    for _ in range(count):
        shells += [moved(turned(part, y=-angle), at) for part in link]
        at = at + pitch * np.array([np.cos(np.radians(angle)), 0, np.sin(np.radians(angle))])
        angle += bend
    return shells


def extruder_body(rng: Draw) -> Shells:
    """A block with bosses, a filament pipe, an idler arm and a fan duct below."""
    u = rng.uniform
    long, wide, tall = u(30, 60), u(22, 50), u(28, 60)
    shells = [
        block((-long / 2, -wide / 2, 0), (long / 2, wide / 2, tall), bevel=u(0, 5)),
        rod((u(-0.3, 0.3) * long, 0, tall - 1), (0, 0, tall + u(6, 20)), u(4, 8)),
        disc((0, -wide / 2, tall * 0.5), u(8, 20), u(6, 26), "y"),
    ]
    for x in (-0.4, 0.4):
        for z in (0.12, 0.88):
            shells.append(disc((x * long, wide / 2, z * tall), u(2.5, 5), u(3, 14), "y"))
    if rng.random() < 0.6:
        arm = slab([(0, 0), (8, 0), (u(4, 16), tall * 1.2), (0, tall * 1.2)], wide * 0.6, bevel=1)
        shells.append(moved(arm, (long / 2 + 1, 0, 0)))
    if rng.random() < 0.6:
        duct = [(long * 0.3, 2), (long * 0.7, -u(8, 25)), (long * u(0, 0.4), -u(25, 40))]
        shells.append(sweep(upright(duct), u(6, 11), section=rounded_rectangle(2, 2, 0.3)))
    return shells


def tripod_head(rng: Draw) -> Shells:
    """A ball head, a pan handle and a top plate, or a phone clamp on a post."""
    u = rng.uniform
    r, up, plate = u(12, 24), u(30, 70), u(30, 70)
    shells = [
        disc((0, 0, 0), r * 1.2, u(8, 18)),
        rod((0, 0, 0), (0, 0, up), r * u(0.5, 0.9)),
        ball((0, 0, up), r * u(0.8, 1.1)),
        block(
            (-plate / 2, -plate * 0.4, up + r * 0.7), (plate / 2, plate * 0.4, up + r + 6), bevel=4
        ),
        rod((0, 0, up * 0.6), (0, r * 2, up * 0.6), u(3, 6)),
    ]
    if rng.random() < 0.5:
        tip = (-u(80, 180), 0, up - u(-20, 60))
        shells.append(rod((0, 0, up), tip, u(4, 7), u(7, 12)))
    if rng.random() < 0.4:
        shells += around(rod((r, 0, 0), (r * 3.5, 0, -u(60, 140)), 5, 4), 3)
    return shells


def ball_joint(rng: Draw) -> Shells:
    """Arms with balls, cups and clamps at their ends: adjustable holders for lamps and cameras."""
    u = rng.uniform
    r, at, count = u(6, 16), np.zeros(3), int(rng.integers(1, 5))
    shells: Shells = [disc((0, 0, -r * 1.5), r * u(1.5, 3.5), u(3, 8))]
    shells.append(rod((0, 0, -r * 1.5), (0, 0, 0), r * 0.5))
    for _ in range(count):
        way = np.array([u(-1, 1), 0, u(0.2, 1)])
        end = at + way / np.linalg.norm(way) * r * u(2.5, 7)
        shells += [ball(at, r), rod(at, end, r * u(0.4, 0.7)), torus(r * 0.9, r * 0.3, at, "y")]
        at = end
    clamp_ = [ball(at, r), block(at - (r, r * 2, r * 0.4), at + (r, r * 2, r * 0.4))]
    return [*shells, *clamp_]


def gripper_finger(rng: Draw) -> Shells:
    """A crooked finger with a serrated pad, alone or as a pair on a palm."""
    u = rng.uniform
    long, wide, thick = u(30, 90), u(8, 24), u(4, 10)
    path = [(0, 0), (u(-20, 20), long * 0.4), (u(-10, 25), long * 0.7), (u(-10, 10), long)]
    finger = [ribbon(path, thick, wide)]
    top = path[-1]
    finger += [
        disc((top[0] + thick / 2, 0, top[1] - k * 5.0), 2.2, wide, "y", sides=8) for k in range(4)
    ]
    finger.append(disc((0, 0, 0), thick * u(0.9, 1.6), wide * 1.1, "y"))
    if rng.random() < 0.4:
        return finger
    apart = u(20, 50)
    twin = [(part * (-1, 1, 1))[:, ::-1] + (apart, 0, 0) for part in finger]
    return [*finger, *twin, block((-12, -wide, -thick * 2), (apart + 12, wide, -2), bevel=3)]


def shaft_collar(rng: Draw) -> Shells:
    """A split ring with two ears: collars, seat clamps, hose clips."""
    u = rng.uniform
    r, wide, wall = u(5, 30), u(6, 30), u(3, 9)
    gap = u(8, 30)
    bow: Points = np.concatenate([arc(r + wall, gap, 360 - gap, 24), arc(r, 360 - gap, gap, 24)])
    shells = [prism(bow, wide)]
    y = (r + wall / 2) * np.sin(np.radians(gap))
    ear = block((r * 0.9, -wall / 2, -wide / 2), (r + wall * u(2, 4), wall / 2, wide / 2))
    shells += [moved(ear, (0, s * (y + wall * 0.3), 0)) for s in (-1, 1)]
    if rng.random() < 0.4:
        shells.append(moved(washer(circle(r * 1.6), circle(r), 4), (0, 0, -wide / 2)))
    return shells


MODELS: Rows = (
    ("bracket", (gusset_bracket, u_bracket, z_bracket, corner_shelf, pipe_saddle, motor_mount)),
    ("bracket", (tripod_head, shaft_collar, ball_joint)),
    ("other", (servo_horn, robot_link, cable_chain, extruder_body, gripper_finger)),
)
