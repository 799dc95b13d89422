"""Layers -> the three orthographic pictures that a network looks at.

A picture's pixel is an area, not a point: thickness is averaged over it, and a silhouette is set
where at least half of it is covered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.frame import Frame
from dataset_builder.render.shadows import Shadows, cast_shadows
from dataset_builder.render.views import KINDS, PLANES, Kind, Plane, Views

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.render.frame import Edges

PLANE_AXES: dict[Plane, tuple[int, int]] = {"xy": (0, 1), "xz": (0, 2), "yz": (1, 2)}
"""The axis that runs to the right in a picture, and the one that runs up."""
HALF_COVERED = 0.5 - 1e-9  # a pixel covered exactly by half counts, whatever rounding says


def project(
    layers: Layers,
    *,
    size_px: int = 64,
    planes: Sequence[Plane] = PLANES,
    kind: Kind | Literal["both"] = "both",
) -> Views:
    """Draw *layers*; with both kinds, first all silhouettes, then all X-rays.

    Raises EmptyToolpath when no pixel is set, ValueError for an impossible size.
    """
    shadows = cast_shadows(layers)
    frame = frame_of(layers, shadows, size_px)
    kinds = KINDS if kind == "both" else (kind,)
    pictures = {
        (made, plane): picture
        for made in kinds
        for plane, picture in _draw(layers, shadows, frame, made).items()
    }
    wanted = [(made, plane) for made in kinds for plane in planes]
    return Views(
        pixels=np.stack([pictures[key] for key in wanted]),
        planes=tuple(plane for _, plane in wanted),
        kinds=tuple(made for made, _ in wanted),
        mm_per_px=frame.mm_per_px,
        full_scale_mm=max(frame.extent_mm),
        extent_mm=frame.extent_mm,
    )


def frame_of(layers: Layers, shadows: Shadows, size_px: int) -> Frame:
    """The frame around the material itself, not around the grid it lies on."""
    return Frame.around(*filled_box(layers, shadows), size_px)


def filled_box(layers: Layers, shadows: Shadows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest corner (x, y, z in mm) of the material; EmptyToolpath without any."""
    seen = (shadows.top_mm.T, shadows.top_mm, shadows.side_px)  # rows along x, y, z
    filled = [np.flatnonzero(rows.any(axis=1)) for rows in seen]
    if not len(filled[2]):
        raise EmptyToolpath("There is no material to draw")
    edges = intervals(layers)
    low = [float(below[rows].min()) for (below, _), rows in zip(edges, filled, strict=True)]
    high = [float(above[rows].max()) for (_, above), rows in zip(edges, filled, strict=True)]
    return np.array(low), np.array(high)


def intervals(layers: Layers) -> list[Edges]:
    """Lower and upper edges, in mm, of pixel columns (x), pixel rows (y) and slices (z)."""
    pitch, (_, height, _) = layers.mm_per_px, layers.bits.shape
    edges: list[Edges] = []
    for origin, count in zip(layers.origin_mm, (layers.width_px, height), strict=True):
        border = origin + np.arange(count + 1) * pitch
        edges.append((border[:-1], border[1:]))
    return [*edges, (layers.z_top_mm - layers.height_mm, layers.z_top_mm)]


def to_pixels(picture: NDArray[np.float64], kind: Kind, full_scale_mm: float) -> NDArray[np.uint8]:
    """(..., rows, columns) coverage or mm, row 0 lowest -> uint8, row 0 on top."""
    upright = picture[..., ::-1, :]
    if kind == "silhouette":
        return np.where(upright >= HALF_COVERED, 255, 0).astype(np.uint8)
    shades = upright / full_scale_mm
    np.clip(shades, 0, 1, out=shades)
    if kind == "root-xray":
        np.sqrt(shades, out=shades)
    shades *= 255  # in place, for sequences are large
    return np.rint(shades, out=shades).astype(np.uint8)


def _draw(
    layers: Layers, shadows: Shadows, frame: Frame, kind: Kind
) -> dict[Plane, NDArray[np.uint8]]:
    edges, pitch = intervals(layers), layers.mm_per_px
    looks: dict[Plane, NDArray[np.float64]] = {
        "xy": seen(shadows.top_mm, kind),
        "xz": seen(shadows.front_px, kind, pitch),
        "yz": seen(shadows.side_px, kind, pitch),
    }
    full_scale_mm = max(frame.extent_mm)
    return {
        plane: to_pixels(frame.picture(look, PLANE_AXES[plane], edges), kind, full_scale_mm)
        for plane, look in looks.items()
    }


def seen(shadow: NDArray[Any], kind: Kind, unit_mm: float = 1.0) -> NDArray[np.float64]:
    """*shadow* (in units of *unit_mm*) as mm of material, or 1 where there is any."""
    return (shadow > 0).astype(np.float64) if kind == "silhouette" else shadow * unit_mm
