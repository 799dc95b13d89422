"""Pictures of a solid, with how each was made. (Types; drawing lives in projections.py.)"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Plane = Literal["xy", "xz", "yz"]
Kind = Literal["silhouette", "xray", "root-xray"]
KINDS: tuple[Kind, ...] = ("silhouette", "xray")
"""What a job is judged by."""
PLANES: tuple[Plane, ...] = ("xy", "xz", "yz")
"""xy is seen from above, with y upward; xz from the front and yz from the right, with z upward."""


@dataclass(frozen=True, slots=True)
class Views:
    """pixels: (V, size, size) uint8; planes and kinds name each of the V pictures.

    silhouette: 255 where the solid hides at least half of the pixel. xray: mean material thickness
    along the line of sight, 255 = `full_scale_mm`, the longest side. root-xray: the square root of
    that share, so that a blade a hundredth as thick as it is long has 25 grey levels and not two.
    One scale for all pictures:
    the object's longest side fills the frame less a one-pixel margin and the object is centred, so
    mm_per_px says how large it is. extent_mm: the sides along x, y and z.
    """

    pixels: NDArray[np.uint8]
    planes: tuple[Plane, ...]
    kinds: tuple[Kind, ...]
    mm_per_px: float
    full_scale_mm: float
    extent_mm: tuple[float, float, float]
