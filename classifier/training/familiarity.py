"""What a bundle remembers of its examples, and how far from them an object may lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.models.multiview import MultiView
from classifier.runtime.gallery import MAX_NAME_LETTERS, Familiarity, Gallery
from classifier.training.examples import Examples
from classifier.training.loop import embeddings_of

NEIGHBOURS = 5
MOST_ROWS = 2200  # some 300 kB of a bundle that should stay below 2.5 MB
MOST_A_MODEL = 16  # enough to cover how a model's draws differ
FARTHEST = 2.0  # of any two directions: opposite ones


def gallery_of(network: MultiView, examples: Examples) -> Gallery:
    """The first examples of each origin as *network* sees them, under the origin's name.

    A mesh file gives one row, a parametric model as many as there is room for.
    """
    kept = examples.subset(_first_of_each(examples))
    names = [examples.origins[origin].name[:MAX_NAME_LETTERS] for origin in kept.origin]
    return Gallery.of(names, kept.label, embeddings_of(network, kept))


def distances_of(network: MultiView, gallery: Gallery, examples: Examples) -> NDArray[np.float32]:
    """(N,) of *examples* from *gallery*, as a scan measures them."""
    return gallery.distance(gallery.similarity(embeddings_of(network, examples)), NEIGHBOURS)


def distances_from_others(
    network: MultiView, gallery: Gallery, examples: Examples
) -> NDArray[np.float32]:
    """(N,) of *examples*, which *network* learned from, as if their own rows were not there."""
    similarity = gallery.similarity(embeddings_of(network, examples))
    names = np.array([origin.name[:MAX_NAME_LETTERS] for origin in examples.origins])
    own = gallery.names == names[examples.origin][:, None]
    return gallery.distance(np.where(own, np.float32(-1), similarity), NEIGHBOURS)


def familiarity_of(everyday: NDArray[np.float32], share: float) -> Familiarity:
    """The limit that *share* of *everyday* exceed: distances from what was learned."""
    limit = float(np.quantile(everyday, 1 - share)) if len(everyday) else FARTHEST
    return Familiarity(NEIGHBOURS, float(np.clip(round(limit, 4), 1e-4, FARTHEST)))


def _first_of_each(examples: Examples) -> NDArray[np.int64]:
    """Indices: one of each mesh file, up to 16 of each model, 2200 in all unless files are more."""
    files = len(np.unique(examples.origin[examples.from_mesh]))
    models = len(np.unique(examples.origin[~examples.from_mesh]))
    a_model = int(np.clip((MOST_ROWS - files) // max(models, 1), 1, MOST_A_MODEL))
    order = np.argsort(examples.origin, kind="stable")
    owners = examples.origin[order]
    place = np.arange(len(order)) - np.searchsorted(owners, owners)  # within its origin
    most = np.where(examples.from_mesh[order], 1, a_model)
    return np.asarray(np.sort(order[place < most]))
