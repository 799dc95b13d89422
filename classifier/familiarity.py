"""What a bundle remembers of its examples, and how far from them an object may lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.data import Examples
from classifier.loop import embeddings_of
from classifier.models.multiview import MultiView
from classifier.runtime.gallery import Familiarity, Gallery
from dataset_builder.sources.solids import SOLIDS

NEIGHBOURS = 5
ROWS_PER_MODEL = 16  # enough to cover how a model's draws differ; more only makes a bundle heavy
UNFAMILIAR_SHARE = 0.02
"""Share of draws of models never seen that may be called unlike anything seen."""


def gallery_of(network: MultiView, examples: Examples) -> Gallery:
    """The first examples of each model as *network* sees them, under the model's name."""
    chosen = np.zeros(len(examples), bool)
    for model in np.unique(examples.model):
        chosen[np.flatnonzero(examples.model == model)[:ROWS_PER_MODEL]] = True
    kept = examples.subset(chosen)
    names = list(SOLIDS)
    return Gallery.of(
        [names[model] for model in kept.model], kept.label, embeddings_of(network, kept)
    )


def strangeness(network: MultiView, gallery: Gallery, examples: Examples) -> NDArray[np.float32]:
    """(N,) distances of *examples* from *gallery*, as a scan measures them."""
    return gallery.distance(gallery.similarity(embeddings_of(network, examples)), NEIGHBOURS)


def familiarity_of(distances: NDArray[np.float32]) -> Familiarity:
    """The limit that few of *distances*, those of models never seen, exceed."""
    limit = float(np.quantile(distances, 1 - UNFAMILIAR_SHARE))
    return Familiarity(NEIGHBOURS, round(limit, 4))
