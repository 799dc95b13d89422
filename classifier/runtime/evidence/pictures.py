"""Views and heat -> small WebP files; heat lies on a layer of its own, so that it can be lifted."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.render.sheet_drawing import FAINT, HEAT_COVER, HOT_RGB, WARM_RGB
from dataset_builder.render.views import Plane, Views

if TYPE_CHECKING:
    from numpy.typing import NDArray

THIN, THICK = np.array([205.0, 212.0, 222.0]), np.array([38.0, 52.0, 80.0])
"""Ink of the least and of the most material behind a pixel, on a white table."""
GAMMA = 0.8  # spreads the thin end, where most of a part is


def ink(depth: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(..., h, w) X-ray -> (..., h, w, 3): white where nothing is, darker the more there is."""
    share = (depth / max(1, int(depth.max())))[..., None] ** GAMMA
    colours = THIN + share * (THICK - THIN)
    return np.asarray(np.where(depth[..., None] > 0, colours, 255.0), np.uint8)


def view_picture(views: Views, plane: Plane) -> bytes:
    """One plane of *views*, the deeper the darker."""
    return webp(ink(_depth(views, plane)))


def heat_picture(
    views: Views, plane: Plane, heat: NDArray[np.float32]
) -> bytes:  # fmt: skip
    """*heat*, 0 to 1 at any resolution, as a picture to lay over that of *plane*.

    Clear where it is faint or nothing is there, amber at half heat, dark red at full.
    """
    from PIL import Image

    depth = _depth(views, plane)
    smooth = Image.fromarray(heat.astype(np.float32)).resize(
        depth.shape[::-1], Image.Resampling.BICUBIC
    )
    level = np.clip(np.asarray(smooth, np.float64), 0.0, 1.0)[..., None]
    warm, hot = np.array(WARM_RGB), np.array(HOT_RGB)
    colour = warm + np.clip(2 * level - 1, 0, 1) * (hot - warm)
    cover = HEAT_COVER * np.clip((level - FAINT) / (0.5 - FAINT), 0, 1) * (depth[..., None] > 0)
    return webp(np.concatenate([colour, 255 * cover], axis=2).astype(np.uint8))


def webp(pixels: NDArray[np.uint8]) -> bytes:
    """(h, w, 3 or 4) as a WebP file; the same pixels give the same bytes."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="WEBP", quality=80, method=4)
    return file.getvalue()


def _depth(views: Views, plane: Plane) -> NDArray[np.uint8]:
    """The X-ray of *plane*, at least 1 wherever the silhouette shows something."""
    pictures = {
        kind: picture
        for picture, its_plane, kind in zip(views.pixels, views.planes, views.kinds, strict=True)
        if its_plane == plane
    }
    depth = pictures["xray"]
    outline = pictures.get("silhouette", depth)
    return np.asarray(np.where(outline > 0, np.maximum(depth, 1), depth), np.uint8)
