"""An object -> the known shapes that it is, each with the overlap that says how surely."""

from __future__ import annotations

from typing import NamedTuple

from classifier.runtime.known.body import Body
from classifier.runtime.known.descriptor import describe
from classifier.runtime.known.library import Kind, Library
from classifier.runtime.known.overlap import Query
from dataset_builder.geometry.layers import Layers


class Match(NamedTuple):
    """A reference that an object is. overlap: 0..1, of the two solids laid on each other."""

    name: str
    overlap: float
    kind: Kind

    def __str__(self) -> str:
        """As a person reads it: after "Object 1"."""
        return f"matches {self.name}, overlap {self.overlap:.2f}"


def find_matches(layers: Layers, library: Library) -> tuple[Match, ...]:
    """The references in *library* that *layers* is, the best overlap first.

    At any orientation, mirrored, and as much larger or smaller as each reference allows.
    """
    if not len(library):
        return ()
    body = Body.of(layers)
    query: Query | None = None
    matches = []
    for index in library.near(describe(body), body.gyration_mm):
        query = query or Query(body)
        terms = library.terms(index)
        overlap = query.overlap(library.shape(index), wanted=terms.least_overlap, scale=terms.scale)
        if overlap >= terms.least_overlap:
            matches.append(Match(library.labels[index].name, overlap, terms.kind))
    return tuple(sorted(matches, key=lambda match: -match.overlap))
