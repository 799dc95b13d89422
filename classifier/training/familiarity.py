"""What a bundle remembers of its examples, and how far from them an object may lie."""

from __future__ import annotations

import numpy as np

from classifier.training.data import Examples
from classifier.training.loop import embeddings_of
from classifier.models.multiview import MultiView
from classifier.runtime.gallery import Familiarity, Gallery
from dataset_builder.sources.solids import SOLIDS

NEIGHBOURS = 5
ROWS_PER_MODEL = 16  # enough to cover how a model's draws differ; more only makes a bundle heavy
UNFAMILIAR_SHARE = 0.02
"""Share of draws that would be called unlike anything seen, were their model not in the gallery."""


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


def familiarity_of(gallery: Gallery) -> Familiarity:
    """The limit that few rows of *gallery* exceed, each measured as if its model were left out."""
    cosines = gallery.similarity(gallery.embeddings)
    cosines[gallery.names[:, None] == gallery.names] = -1.0
    distances = gallery.distance(cosines, NEIGHBOURS)
    limit = float(np.quantile(distances, 1 - UNFAMILIAR_SHARE))
    return Familiarity(NEIGHBOURS, round(limit, 4))
