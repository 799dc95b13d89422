"""What is asked of closed triangle shells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def volume(shell: NDArray[np.float64]) -> float:
    """Signed, of (F, 3, 3) corners: positive when they are wound outwards."""
    a, b, c = (shell[:, k] for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def unmatched_edges(triangles: NDArray[np.float64]) -> int:
    """Directed edges that no face beside them runs the other way."""
    corners = np.round(triangles.reshape(-1, 3), 5) + 0.0
    index = np.unique(corners, axis=0, return_inverse=True)[1].reshape(-1, 3)
    start, end = index.ravel(), np.roll(index, -1, axis=1).ravel()
    there, back = start * len(corners) + end, end * len(corners) + start
    return int((np.sort(there) != np.sort(back)).sum())
