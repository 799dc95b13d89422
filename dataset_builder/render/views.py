"""Pictures of a solid, with how each was made. (Types; drawing lives in projections.py.)"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Plane = Literal["xy", "xz", "yz"]
Kind = Literal["silhouette", "xray"]
PLANES: tuple[Plane, ...] = ("xy", "xz", "yz")
"""xy is seen from above, xz from the front, yz from the side; z points up in the picture."""


@dataclass(frozen=True, slots=True)
class Views:
    """pixels: (V, size, size) uint8; planes and kinds name each of the V pictures.

    silhouette: 255 where the solid covers the pixel's centre. xray: material thickness along the
    line of sight, 255 = `full_scale_mm`. One scale for all pictures: the object's longest side
    fills the frame less a margin, so mm_per_px says how large it is.
    """

    pixels: NDArray[np.uint8]
    planes: tuple[Plane, ...]
    kinds: tuple[Kind, ...]
    mm_per_px: float
    full_scale_mm: float
    extent_mm: tuple[float, float, float]
