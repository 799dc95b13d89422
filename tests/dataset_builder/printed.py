"""Small prints for tests, drawn bead by bead as slicers do: walls closed, infill open."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dataset_builder.geometry.toolpath import SEGMENT, Feature

WIDTH_MM, HEIGHT_MM = 0.45, 0.2
FILAMENT_AREA = np.pi / 4 * 1.75**2
BEAD_AREA = (WIDTH_MM - HEIGHT_MM * (1 - np.pi / 4)) * HEIGHT_MM

Path = list[tuple[float, float]]
Strokes = list[NDArray[np.void]]


def beads(path: Path, z_mm: float, feature: Feature, *, closed: bool = False) -> NDArray[np.void]:
    """One stroke through *path* at a height, as SEGMENT records."""
    points = np.array([*path, path[0]] if closed else path, float)
    segments = np.zeros(len(points) - 1, SEGMENT)
    segments["start"][:, :2], segments["end"][:, :2] = points[:-1], points[1:]
    segments["start"][:, 2] = segments["end"][:, 2] = z_mm
    length = np.hypot(*(points[1:] - points[:-1]).T)
    segments["filament"] = length * BEAD_AREA / FILAMENT_AREA
    segments["feature"] = feature
    return segments


def ring(low: float, high: float) -> Path:
    """A square from (low, low) to (high, high)."""
    return [(low, low), (high, low), (high, high), (low, high)]


def walls(low: float, high: float, z_mm: float, count: int, *, hole: bool = False) -> Strokes:
    """*count* walls of a square outline, or of a square hole in a solid."""
    strokes = []
    for k in range(count):
        inset = (k + 0.5) * WIDTH_MM * (-1 if hole else 1)
        feature = Feature.INNER_WALL if k else Feature.OUTER_WALL
        strokes.append(beads(ring(low + inset, high - inset), z_mm, feature, closed=True))
    return strokes


def hatch(
    low: float, high: float, z_mm: float, spacing_mm: float, feature: Feature = Feature.INFILL
) -> Strokes:
    """Parallel lines, each an open stroke; their direction alternates by layer."""
    lines = np.arange(low, high + 1e-6, spacing_mm)
    turned = round(z_mm / HEIGHT_MM) % 2
    paths = [[(x, low), (x, high)] if turned else [(low, x), (high, x)] for x in lines]
    return [beads(path, z_mm, feature) for path in paths]


def block(
    side_mm: float = 20.0,
    layers: int = 40,
    *,
    infill_mm: float | None = 4.0,
    wall_count: int = 2,
    shell_layers: int = 4,
) -> NDArray[np.void]:
    """A block: walls, full layers below and above, lines *infill_mm* apart between."""
    strokes = []
    for k in range(layers):
        z = (k + 1) * HEIGHT_MM
        inset = wall_count * WIDTH_MM
        strokes += walls(0.0, side_mm, z, wall_count)
        full = k < shell_layers or k >= layers - shell_layers
        spacing = WIDTH_MM if full else infill_mm
        if spacing:
            feature = Feature.SOLID_INFILL if full else Feature.INFILL
            strokes += hatch(inset, side_mm - inset, z, spacing, feature)
    return np.concatenate(strokes)


def cup(
    side_mm: float = 20.0, wall_mm: float = 1.8, layers: int = 40, *, floor_layers: int = 4
) -> NDArray[np.void]:
    """An open box whose sides are four walls thick."""
    strokes = []
    for k in range(layers):
        z = (k + 1) * HEIGHT_MM
        strokes += walls(0.0, side_mm, z, 2)
        if k < floor_layers:
            strokes += hatch(0.9, side_mm - 0.9, z, WIDTH_MM, Feature.SOLID_INFILL)
        else:
            strokes += walls(wall_mm, side_mm - wall_mm, z, 2, hole=True)
    return np.concatenate(strokes)


def vase(side_mm: float = 20.0, turns: int = 40) -> NDArray[np.void]:
    """Four full layers, then one endless wall that rises a layer height a turn."""
    strokes = [block(side_mm, 4, wall_count=1)]
    corners = np.array(ring(0.225, side_mm - 0.225))
    count = turns * 4 + 1
    points = np.zeros((count, 3))
    points[:, :2] = corners[np.arange(count) % 4]
    points[:, 2] = 4 * HEIGHT_MM + np.arange(count) * HEIGHT_MM / 4
    spiral = np.zeros(count - 1, SEGMENT)
    spiral["start"], spiral["end"] = points[:-1], points[1:]
    spiral["filament"] = (side_mm - 0.45) * BEAD_AREA / FILAMENT_AREA
    spiral["feature"] = Feature.OUTER_WALL
    return np.concatenate([*strokes, spiral])


def unmarked(segments: NDArray[np.void]) -> NDArray[np.void]:
    """The same beads without comments."""
    plain = segments.copy()
    plain["feature"] = Feature.UNKNOWN
    return plain
