"""A row of the solids' table -> the solid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dataset_builder.render.occupancy import Occupancy

FULL = np.float32(255)


def solid_of(row: Mapping[str, Any]) -> Occupancy:
    """Centred on (0, 0, 0): where it stood on a bed is not part of a shape."""
    shape = (row["cells_z"], row["cells_y"], row["cells_x"])
    grid = np.frombuffer(row["grid"], np.uint8).reshape(shape).astype(np.float32) / FULL
    z, y, x = (-count * row["cell_mm"] / 2 for count in shape)
    return Occupancy(grid, row["cell_mm"], (x, y, z))
