"""What every description of a dataset says of it, whatever its size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WHAT_IT_IS = (
    "Grey pictures of solids as a 3D printer will make them: finished, from three sides, and "
    "growing layer by layer, with the solids themselves as coarse grids."
)
WHAT_IT_IS_NOT = (
    "It shows exterior, non-functional envelopes only. A label says what an outline looks like, "
    "never what a thing is for or whether it would work: recall on props is not recall on parts "
    "of firearms."
)
KINDS = {
    "silhouette": "white where the object is",
    "xray": "grey is the mean thickness along the line of sight, white the object's longest side",
    "root-xray": "grey is the square root of the mean thickness along the line of sight, white the "
    "root of the object's longest side, so that thin parts stay visible",
}
LABELLING = (
    "A label is that of the generator or folder an object comes from; nobody labelled pictures "
    "one by one."
)
LIMITS = (
    "Few objects in many poses: pictures of one object are far from independent, so count models "
    "and sources, not pictures.",
    "Outlines made by a generator are cleaner than what people print: no supports, no failed "
    "walls, no text, no plates full of parts.",
    "A look-alike that is made of several separate parts, or hidden inside another body, is not in "
    "it.",
    "The shares of labels are not those of real print jobs, where weapon-shaped ones are rare.",
)
USE = (
    "To compare ways of recognising outlines of print jobs under splits that tell memorising from "
    "seeing. Not to accuse a person: a picture that looks like a weapon is a reason to look."
)
CITATION = (
    "It rebuilds, from open material, the layout of the C3PO set, which is no longer available: "
    "22 models, 10 labels, 62,200 projections and 671,677 frames of layer sequences."
)


WHY_NOT_RANDOM = (
    "The random split is the one usually published. It deals single pictures of the same objects "
    "to both sides, so a test picture often has a twin among the training pictures, and a network "
    "that only remembers scores well; `printwarden dataset report` counts the twins. Quote it "
    "last, if at all: an honest figure holds out whole families of models, best whole sources."
)


def licences(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Every licence that some object states, sorted."""
    return tuple(sorted({origin["licence"] for origin in manifest["origins"]}))
