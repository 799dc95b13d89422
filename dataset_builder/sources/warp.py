"""Bends a finished solid a little, as hand-made and scanned things are: no face stays quite flat.

Corners that were one stay one, because a corner moves by where it lies alone, so a closed shell
stays closed.
"""

from __future__ import annotations

import numpy as np

from dataset_builder.sources.primitives import Draw, Triangles

WAVELENGTH = (0.3, 3.0)
"""In sizes of the solid: from lumps to one bow."""
STEEPNESS = 0.05
"""Height of a wave by its length; thin walls move as one and are not pushed through each other."""


def warped(corners: Triangles, rng: Draw) -> Triangles:
    """The (F, 3, 3) *corners*, shifted by three standing waves of random direction."""
    flat = corners.reshape(-1, 3)
    size = float(np.ptp(flat, axis=0).max())
    length = size * np.exp(rng.uniform(*np.log(WAVELENGTH)))
    way = rng.normal(size=(3, 3))
    way *= 2 * np.pi / length / np.linalg.norm(way, axis=0)
    height = length * STEEPNESS * rng.uniform(0.3, 1.0, 3) * min(1.0, size / length)
    moved = flat + height * np.sin(flat @ way + rng.uniform(0, 2 * np.pi, 3))
    return np.asarray(moved.reshape(corners.shape))
