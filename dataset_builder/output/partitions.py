"""The columns that part a dataset into what may be learned from and what is tested on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

TRAIN, TEST = "train", "test"
SHOWN_FOLD = 0  # folds are alike; where one partition is asked for, it is this one


class Split(NamedTuple):
    """A rule that parts the pictures. column: where it is stored. question: what it asks."""

    column: str
    name: str
    question: str


SPLITS: Sequence[Split] = (
    Split("random_split", "random picture", "Has it seen a neighbour of this picture?"),
    Split("orientation_split", "unseen orientation", "Does it know this object, turned anew?"),
    Split("model_fold", "unseen model", "Does it know the outline, or these very models?"),
    Split("source_fold", "unseen source", "Does it work on models made by somebody else?"),
    Split("route_split", "unseen slicer profile", "Does it see through how a solid was sliced?"),
)
"""From the easiest to the most honest; a fold's column names the fold that holds a row out."""


def part_of(value: str | int) -> str:
    """What a value of a split's column says, TRAIN or TEST; of folds, SHOWN_FOLD is the test."""
    if isinstance(value, str):
        return value
    return TEST if value == SHOWN_FOLD else TRAIN
