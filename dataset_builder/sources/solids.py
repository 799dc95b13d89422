"""Every parametric model in one table, and the one function that draws from it.

`draw_solid(SOLIDS["mug"], rng)` gives a closed mesh in mm that stands for one of endless mugs. The
models are this project's own; none is a copy of a real object and none has an inside. A module
lists its models in its own MODELS; here they are put together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.sources import (
    arbitrary,
    brackets,
    characters,
    clamping,
    creatures,
    electronics,
    everyday,
    fasteners,
    figures,
    furnishings,
    gearing,
    globular,
    gripped,
    hand_held,
    holding,
    home,
    lattices,
    mechanical,
    plumbing,
    scenery,
    slender,
    sprayers,
    vehicles,
    weapon_shaped,
    workshop,
)
from dataset_builder.sources.facets import drawn_with, random_share
from dataset_builder.sources.labels import LABELS, Label
from dataset_builder.sources.model import Model, Rows
from dataset_builder.sources.primitives import Draw, joined
from dataset_builder.sources.props.forms import in_forms
from dataset_builder.sources.warp import warped

SCALE_SPREAD = 0.3
"""Standard deviation of the logarithm of a draw's size: things are printed larger and smaller."""
STRETCH = 0.12
"""A draw is stretched along each axis by up to this share."""
WARPED = 0.2
"""Share of draws that are bent a little."""


@dataclass(frozen=True, slots=True)
class Solid:
    """One model: its name, what its outline is called, and how to draw one."""

    name: str
    label: Label
    model: Model


def draw_solid(solid: Solid, rng: Draw) -> Mesh:
    """One random member of *solid*'s family; the same generator state gives the same mesh.

    Overlapping shells are not united: fill by winding number, as slicers do. Half of all draws
    are mirrored; round things are coarse in one draw and smooth in another.
    """
    with drawn_with(random_share(rng)):
        corners = joined(solid.model(rng))
    if rng.random() < WARPED:
        corners = warped(corners, rng)
    size = np.exp(rng.normal(0.0, SCALE_SPREAD)) * rng.uniform(1 - STRETCH, 1 + STRETCH, 3)
    if rng.random() < 0.5:
        corners = (corners * (1.0, -1.0, 1.0))[:, ::-1]  # the order of corners keeps it outwards
    return Mesh(corners * size, watertight=True)


def _table(tables: Iterable[Rows]) -> dict[str, Solid]:
    """Labels in their own order; within one, the order of the tables."""
    models: dict[str, list[Model]] = {label.name: [] for label in LABELS}
    for rows in tables:
        for name, listed in rows:
            models[name] += listed
    solids: dict[str, Solid] = {}
    for label in LABELS:
        for model in models[label.name]:
            if model.__name__ in solids:
                raise ValueError(f"two models are called {model.__name__!r}")
            # weapon-shaped models bring forms and sizes of their own
            made = model if label.weapon_shaped else in_forms(model)
            solids[model.__name__] = Solid(model.__name__, label, made)
    return solids


SOLIDS: dict[str, Solid] = _table(
    [
        weapon_shaped.MODELS,
        hand_held.MODELS,
        gripped.MODELS,
        sprayers.MODELS,
        slender.MODELS,
        globular.MODELS,
        fasteners.MODELS,
        workshop.MODELS,
        clamping.MODELS,
        brackets.MODELS,
        plumbing.MODELS,
        home.MODELS,
        holding.MODELS,
        gearing.MODELS,
        electronics.MODELS,
        arbitrary.MODELS,
        lattices.MODELS,
        everyday.MODELS,
        mechanical.MODELS,
        figures.MODELS,
        scenery.MODELS,
        furnishings.MODELS,
        creatures.MODELS,
        characters.MODELS,
        vehicles.MODELS,
    ]
)
"""Name -> model. The names of a label's models are what splits hold out."""
