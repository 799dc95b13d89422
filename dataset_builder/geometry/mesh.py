"""A triangle mesh in millimetres, as it lies in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Mesh:
    """triangles: (F, 3, 3) float64 corners in mm, finite; at least one has area.

    watertight: every edge is shared by exactly two faces. unit: what one file unit was taken to be
    and why, in words ("mm (assumed: STL has no unit)").
    """

    triangles: NDArray[np.float64]
    watertight: bool
    unit: str = "mm"

    @property
    def volume_mm3(self) -> float:
        """Sum of signed tetrahedra, made positive whichever way the faces wind.

        Exact when watertight.
        """
        a, b, c = (self.triangles[:, k] - self.triangles[0, 0] for k in range(3))
        return abs(float(np.einsum("ij,ij->", a, np.cross(b, c)))) / 6.0

    @property
    def bbox_mm(self) -> NDArray[np.float64]:
        """(2, 3) lowest and highest corner."""
        axes = [self.triangles[..., k] for k in range(3)]  # far faster than along axis 0
        return np.array([[axis.min() for axis in axes], [axis.max() for axis in axes]])
