"""Layers -> exactly the pictures a network was trained on.

The recipe is part of a bundle. Training and judging call the same `draw`, so what a network sees
of a job is what it saw of its examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from classifier.runtime.pose import principal_axes
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.occupancy import Occupancy, occupancy
from dataset_builder.render.rotations import project_rotated
from dataset_builder.render.stretched import project_stretched
from dataset_builder.render.views import KINDS, PLANES, Kind, Plane, Views

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pose = Literal["as-placed", "principal"]
POSES: dict[Pose, Callable[[Occupancy], NDArray[np.float64]]] = {
    "as-placed": lambda _: np.eye(3),
    "principal": principal_axes,
}
"""A pose's name in manifests -> the rotation into it."""


@dataclass(frozen=True, slots=True)
class ViewRecipe:
    """How the pictures of one object are made.

    cells: the longest side of the object in cells of the grid that is turned. pose: as the object
    lies on the bed, or along its principal axes, which is the same for every way to lay it down.
    stretch: how far short sides are drawn longer, 0 to 1; see `render.stretched`.
    """

    cells: int = 128
    size_px: int = 64
    planes: tuple[Plane, ...] = PLANES
    kinds: tuple[Kind, ...] = KINDS
    pose: Pose = "principal"
    stretch: float = 0.8

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ViewRecipe:
        """Read the manifest's "views". Raises ValueError on what this version cannot draw."""
        recipe = cls(
            int(values["cells"]), int(values["size_px"]), tuple(values["planes"]),
            tuple(values["kinds"]), values["pose"], float(values["stretch"]),
        )  # fmt: skip
        known = recipe.planes == PLANES and recipe.kinds == KINDS and recipe.pose in POSES
        if not known or not 0.0 <= recipe.stretch <= 1.0:
            raise ValueError(f"cannot draw {values}")
        return recipe


@dataclass(frozen=True, slots=True)
class Picture:
    """What a network is given for one object.

    views: (V, C, size, size) uint8, a plane a row, a kind a channel. extent_mm: (3,) float32 sides
    of the box in the recipe's pose.
    """

    views: NDArray[np.uint8]
    extent_mm: NDArray[np.float32]


def draw(layers: Layers, recipe: ViewRecipe, *, tilt: NDArray[np.float64] | None = None) -> Picture:
    """Draw *layers* by *recipe*. Raises EmptyToolpath when there is no material.

    tilt: a (3, 3) rotation away from the recipe's pose; training does so, judging does not.
    """
    solid = occupancy(layers, cells=recipe.cells)
    pose = POSES[recipe.pose](solid)
    views = project_stretched(
        _seen(solid),
        pose if tilt is None else tilt @ pose,
        recipe.size_px,
        stretch=recipe.stretch,
    )
    return Picture(views.pixels, views.extent_mm)


def posed_views(layers: Layers, recipe: ViewRecipe, *, cells: int, size_px: int) -> Views:
    """*layers* in the pose that `draw` gives them, as fine as a person wants to see it."""
    pose = POSES[recipe.pose](occupancy(layers, cells=recipe.cells))
    return project_rotated(_seen(occupancy(layers, cells=cells)), pose, size_px)


def _seen(solid: Occupancy) -> Occupancy:
    """A sheet thinner than a cell fills none of them: let its fullest cell count as full."""
    fullest = float(solid.grid.max(initial=0.0))
    return solid if fullest in (0.0, 1.0) else replace(solid, grid=solid.grid / fullest)
