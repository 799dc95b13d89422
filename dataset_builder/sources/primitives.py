"""Closed triangle shells from a few numbers: lofts, prisms, lathed and swept bodies.

Every function returns one shell, (F, 3, 3) float64 corners in mm, closed and wound outwards. A
solid is several shells laid into each other; readers of meshes fill by winding number, so what
overlaps is simply solid and no boolean library is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dataset_builder.sources.facets import sides_of, steps_kept
from dataset_builder.sources.triangulate import bridged, triangulated

Triangles = NDArray[np.float64]
Shells = list[Triangles]
"""One solid: they may overlap, and lie in each other."""
Points = NDArray[np.float64]
Draw = np.random.Generator
"""Where a model draws its proportions from."""
SIDES = 28
"""Corners of a circle unless a draw is coarser or finer: at 64 px it looks round."""
CORNER_STEPS = 5
"""Corners of a quarter turn, as of a rounded rectangle."""


def loft(rings: ArrayLike, *, closed: bool = False) -> Triangles:
    """Skin the (K, N, 3) *rings*; the two ends are capped, or joined to each other when *closed*.

    Caps fan out from the ring's centre, so an end ring must be star-shaped about it.
    """
    ring = np.asarray(rings, dtype=np.float64)
    following = np.roll(ring, -1, axis=0) if closed else ring[1:]
    skin = _skin(ring if closed else ring[:-1], following)
    caps = [] if closed else [_fan(ring[0])[:, ::-1], _fan(ring[-1])]
    return outward(np.concatenate([skin, *caps]))


def prism(
    outline: ArrayLike, depth: float, *, bevel: float = 0.0, holes: Sequence[Points] = ()
) -> Triangles:
    """Extrude an (N, 2) xy *outline* along z, centred on z = 0; *holes* go right through.

    bevel: mm taken off both outer edges; keep it under half of the smallest feature.
    """
    edge, half = counter_clockwise(np.asarray(outline, dtype=np.float64)), depth / 2.0
    loops = [(edge, bevel)] + [(counter_clockwise(hole)[::-1], 0.0) for hole in holes]
    shells, flats = [], []
    for loop, cut in loops:
        flat = inset(loop, cut) if cut else loop
        stack = [(flat, -half), (loop, cut - half), (loop, half - cut), (flat, half)]
        rings = np.stack([lifted(xy, z) for xy, z in (stack if cut else stack[::3])])
        shells.append(_skin(rings[:-1], rings[1:]))
        flats.append(flat)
    cap = _flat(bridged(flats[0], flats[1:]))
    top = np.concatenate([cap, np.full((*cap.shape[:2], 1), half)], axis=2)
    bottom = (top * (1.0, 1.0, -1.0))[:, ::-1]
    return outward(np.concatenate([*shells, top, bottom]))


def slab(outline_xz: ArrayLike, width: float, *, bevel: float = 0.0) -> Triangles:
    """A side view, (N, 2) in x and z, given a *width* along y and centred on y = 0."""
    return turned(prism(outline_xz, width, bevel=bevel), x=90.0)


def block(low: ArrayLike, high: ArrayLike, *, bevel: float = 0.0) -> Triangles:
    """The axis-parallel box between two corners, its upright edges rounded by *bevel*."""
    corners = np.stack([np.asarray(low, np.float64), np.asarray(high, np.float64)])
    wide, deep, tall = np.abs(corners[1] - corners[0]).tolist()
    return moved(prism(rounded_rectangle(wide, deep, bevel), tall), corners.mean(axis=0))


def rod(
    start: ArrayLike, end: ArrayLike, radius: float, end_radius: float | None = None
) -> Triangles:
    """A round bar or cone between two points."""
    ends = np.stack([np.asarray(start, np.float64), np.asarray(end, np.float64)])
    return sweep(ends, [radius, radius if end_radius is None else end_radius])


def lathe(profile: ArrayLike, *, sides: int = SIDES, closed: bool = False) -> Triangles:
    """Turn (K, 2) radius and z about the z axis; a radius must be positive.

    closed: the profile is a loop, for rings and pipes.
    """
    radius, z = np.asarray(profile, dtype=np.float64).T
    round_ = circle(1.0, sides)
    height = np.broadcast_to(z[:, None, None], (len(z), len(round_), 1))
    return loft(np.concatenate([radius[:, None, None] * round_, height], axis=2), closed=closed)


def ellipsoid(centre: ArrayLike, radii: ArrayLike) -> Triangles:
    """A ball stretched along the axes."""
    angle = np.linspace(-0.48, 0.48, sides_of(11)) * np.pi
    ball = lathe(np.stack([np.cos(angle), np.sin(angle)], axis=1), sides=18)
    return moved(ball * np.asarray(radii), centre)


def sweep(
    path: ArrayLike,
    radius: ArrayLike,
    *,
    section: Points | None = None,
    closed: bool = False,
    bore: float = 0.0,
) -> Triangles:
    """Drag a section, by default a circle, along a (K, 3) *path* that lies in one plane.

    radius: what the section is scaled by, one number or K. closed: the path is a loop.
    bore: share of the radius that is left hollow, for pipes (the ends are then open).
    """
    points = np.asarray(path, dtype=np.float64)
    size = np.broadcast_to(np.asarray(radius, dtype=np.float64), len(points))[:, None, None]
    if not closed:
        kept = steps_kept(len(points))
        points, size = points[kept], size[kept]
    across, along = _frames(points, closed)
    shape = circle(1.0, SIDES // 2) if section is None else section
    offsets = shape[:, :1] * across[:, None] + shape[:, 1:] * along[:, None]  # (K, N, 3)
    outer = points[:, None] + size * offsets
    if not bore:
        return loft(outer, closed=closed)
    inner = points[:, None] + bore * size * offsets
    return loft(np.concatenate([outer, inner[::-1]]), closed=True)


def circle(radius: float, sides: int = SIDES, centre: ArrayLike = (0.0, 0.0)) -> Points:
    """(N, 2) counter-clockwise; N is *sides* for a polygon, and what the draw makes of a round."""
    count = sides_of(sides)
    angle = np.arange(count) * (2.0 * np.pi / count)
    round_ = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return round_ * radius + np.asarray(centre, np.float64)


def rounded_rectangle(width: float, height: float, radius: float = 0.0) -> Points:
    """(N, 2) counter-clockwise about the origin; *radius* is cut to what fits."""
    r = min(radius, 0.49 * min(width, height))
    corners = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (width / 2 - r, height / 2 - r)
    if r <= 0.0:
        return corners
    steps = sides_of(4 * CORNER_STEPS, fewest=8) // 4
    angle = np.linspace(0.0, np.pi / 2, steps) + np.arange(4)[:, None] * np.pi / 2
    arcs = r * np.stack([np.cos(angle), np.sin(angle)], axis=2)
    return np.asarray((corners[:, None] + arcs).reshape(-1, 2))


def arc(radius: float, start_deg: float, end_deg: float, steps: int = 12) -> Points:
    """(steps, 2) points of a circle about the origin."""
    angle = np.radians(np.linspace(start_deg, end_deg, steps))
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def upright(path_xz: ArrayLike) -> Points:
    """(K, 2) x and z -> (K, 3) with y = 0: a path in the side view."""
    x, z = np.asarray(path_xz, dtype=np.float64).T
    return np.stack([x, np.zeros_like(x), z], axis=1)


def lifted(outline: Points, z: float) -> Points:
    """(N, 2) -> (N, 3) at height *z*."""
    return np.concatenate([outline, np.full((len(outline), 1), z)], axis=1)


def inset(outline: Points, distance: float) -> Points:
    """Move each corner of a counter-clockwise loop inwards along its mean normal."""
    edge = np.roll(outline, -1, axis=0) - outline
    normal = np.stack([-edge[:, 1], edge[:, 0]], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
    mean = normal + np.roll(normal, 1, axis=0)
    # a sharp corner would run away along its mitre: cap it at twice the distance
    length: Points = np.maximum((mean**2).sum(axis=1, keepdims=True) / 2.0, 0.5)
    return outline + distance * mean / length


def counter_clockwise(outline: Points) -> Points:
    """The loop, turned round if need be."""
    x, y = outline.T
    area = float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    return outline if area > 0 else outline[::-1]


def moved(shell: Triangles, by: ArrayLike) -> Triangles:
    """The shell, shifted by *by* mm."""
    return shell + np.asarray(by, dtype=np.float64)


def turned(shell: Triangles, *, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Triangles:
    """The shell, turned about x, then y, then z, in degrees."""
    for axis, angle in enumerate(np.radians([x, y, z])):
        if angle:
            i, j = (axis + 1) % 3, (axis + 2) % 3
            matrix = np.eye(3)
            matrix[[i, j, i, j], [i, j, j, i]] = (
                np.cos(angle),
                np.cos(angle),
                -np.sin(angle),
                np.sin(angle),
            )
            shell = shell @ matrix.T
    return shell


def outward(shell: Triangles) -> Triangles:
    """The shell, turned inside out if its signed volume is negative."""
    a, b, c = (shell[:, k] - shell[0, 0] for k in range(3))
    volume = np.einsum("ij,ij->", a, np.cross(b, c))
    return shell if volume > 0 else shell[:, ::-1]


def joined(shells: Iterable[Triangles]) -> Triangles:
    """All shells as one triangle soup."""
    return np.concatenate(list(shells))


def _skin(lower: Points, upper: Points) -> Triangles:
    """Two triangles for each quad between (K, N, 3) rings and the ones that follow them."""
    a, d = lower, upper
    b, c = np.roll(lower, -1, axis=1), np.roll(upper, -1, axis=1)
    quads = np.stack([np.stack([a, b, c], axis=2), np.stack([a, c, d], axis=2)])
    return np.asarray(quads.reshape(-1, 3, 3))


def _fan(ring: Points) -> Triangles:
    centre = np.broadcast_to(ring.mean(axis=0), ring.shape)
    return np.stack([centre, ring, np.roll(ring, -1, axis=0)], axis=1)


def _flat(outline: Points) -> NDArray[np.float64]:
    """(T, 3, 2) triangles of a simple loop: a fan where that works, which is cheaper."""
    spoke = outline - outline.mean(axis=0)
    ahead = np.roll(spoke, -1, axis=0)
    if (spoke[:, 0] * ahead[:, 1] - spoke[:, 1] * ahead[:, 0] > 0).all():
        return _fan(outline)
    return outline[triangulated(outline)]


def _frames(path: Points, closed: bool) -> tuple[Points, Points]:
    """Two unit vectors across the path at each point; the second is the plane's normal."""
    if closed:
        ahead, behind = np.roll(path, -1, axis=0), np.roll(path, 1, axis=0)
    else:
        ahead = np.concatenate([path[1:], path[-1:]])
        behind = np.concatenate([path[:1], path[:-1]])
    tangent = ahead - behind
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = np.cross(tangent[0], tangent[len(path) // 2])
    if np.linalg.norm(normal) < 1e-9:  # the path has turned by half: any other corner will do
        every = np.cross(tangent[0], tangent)
        normal = every[np.linalg.norm(every, axis=1).argmax()]
    if np.linalg.norm(normal) < 1e-9:  # a straight path lies in many planes: take any
        normal = np.cross(tangent[0], np.eye(3)[np.abs(tangent[0]).argmin()])
    normal = normal / np.linalg.norm(normal)
    return np.cross(normal, tangent), np.broadcast_to(normal, tangent.shape)
