"""Near-identical pictures on both sides of a split: how much of a test was seen while learning.

Pictures are twins when the root mean square of their difference is at most TWIN_SHARE of the
brightest pixel of either, the darker one. (Of all 255 grey levels would not do: a thin object is
dim, and would be a twin of every other one.) All pairs are looked at without looking at all pixels:
an orthogonal projection never lengthens a difference, so pairs that are far apart on a few
principal axes are no twins; what is left is compared pixel by pixel. The axes decide how long that
takes, never the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TWIN_SHARE = 10 ** (-30 / 20)
"""A peak signal-to-noise ratio of 30 dB, about where the eye ceases to see a loss."""
AXES = 24  # principal axes; more cost a longer product, fewer leave more pairs to compare
SAMPLE = 2_000  # pictures that the axes are found from
BLOCK = 512  # pictures a matrix product; one block of distances stays in cache
PAIRS = 20_000  # compared at once
SLACK = 1.01  # of the squared threshold, for what float32 rounds
ROUNDING = 16 * float(np.finfo(np.float32).eps)  # of a squared length, in a difference of two


@dataclass(frozen=True, slots=True)
class Twins:
    """Of *tests* test pictures, *exact* equal a training picture, *near* equal or resemble one."""

    split: str
    tests: int
    trains: int
    exact: int
    near: int


class Example(NamedTuple):
    """A test picture and the training picture that resembles it, as rows of the pictures."""

    test: int
    train: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """pictures, distinct: how many were compared. crossing: those with a twin of another label."""

    pictures: int
    distinct: int
    crossing: int
    splits: tuple[Twins, ...]
    examples: Mapping[str, tuple[Example, ...]]


def compare(
    pixels: NDArray[np.uint8],
    label: NDArray[np.int64],
    test: Mapping[str, NDArray[np.bool_]],
    *,
    share: float = TWIN_SHARE,
    examples: int = 8,
) -> Comparison:
    """Count the twins across each split. pixels: (n, S, S); label: (n,); test: split -> (n,)."""
    first, which = distinct(pixels)
    flat = pixels.reshape(len(pixels), -1)[first]
    seen = {
        split: (_any(which, mask, len(first)), _any(which, ~mask, len(first)))
        for split, mask in test.items()
    }
    labels = np.zeros((len(first), int(label.max(initial=0)) + 1), np.bool_)
    labels[which, label] = True
    near = {split: trains.copy() for split, (_, trains) in seen.items()}
    crossing = labels.sum(axis=1) > 1
    found: dict[str, list[Example]] = {split: [] for split in test}
    for a, b in twins(flat, share):
        for one, other in ((a, b), (b, a)):
            np.logical_or.at(crossing, one, (labels[one] != labels[other]).any(axis=1))
            for split, (tests, trains) in seen.items():
                hits = trains[other]
                np.logical_or.at(near[split], one, hits)
                fresh = hits & tests[one] & ~trains[one]
                pair = first[one[fresh]].tolist(), first[other[fresh]].tolist()
                found[split] += map(Example, *pair)
    return Comparison(
        len(pixels),
        len(first),
        int(crossing[which].sum()),
        tuple(
            Twins(
                split,
                tests=int(mask.sum()),
                trains=int((~mask).sum()),
                exact=int(seen[split][1][which[mask]].sum()),
                near=int(near[split][which[mask]].sum()),
            )
            for split, mask in test.items()
        ),
        {split: _spread(pairs, examples) for split, pairs in found.items()},
    )


def distinct(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each distinct picture, and for each row the number of its picture."""
    known: dict[bytes, int] = {}
    which = np.array([known.setdefault(row.tobytes(), len(known)) for row in pixels], np.int64)
    return np.unique(which, return_index=True)[1].astype(np.int64), which


def twins(
    flat: NDArray[np.uint8], share: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs of rows that are twins, each pair once. flat: (n, pixels), no two rows equal."""
    apart = share**2 * flat.shape[1] * flat.max(axis=1).astype(np.float64) ** 2  # squared, at most
    projected = _project(flat)
    order = np.argsort(projected[:, 0], kind="stable")
    projected = projected[order]
    squares = np.einsum("ij,ij->i", projected, projected)
    far = (apart[order] * SLACK + squares * ROUNDING).astype(np.float32)
    ends = np.searchsorted(projected[:, 0], projected[:, 0] + np.sqrt(far), side="right")
    for start in range(0, len(flat), BLOCK):
        stop = min(start + BLOCK, len(flat))
        end = int(ends[start:stop].max())
        distance = projected[start:stop] @ projected[start:end].T
        distance *= -2
        distance += squares[start:stop, None]
        distance += squares[start:end]
        a, b = np.nonzero(distance <= far[start:stop, None])
        later = a < b
        a, b = order[start + a[later]], order[start + b[later]]
        for piece in range(0, len(a), PAIRS):
            one, other = a[piece : piece + PAIRS], b[piece : piece + PAIRS]
            difference = flat[one].astype(np.int32) - flat[other]
            squared = np.einsum("ij,ij->i", difference, difference)
            close = squared <= np.minimum(apart[one], apart[other])
            yield one[close], other[close]


def _project(flat: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, AXES) coordinates on the principal axes of a sample, the strongest first."""
    sample = flat[:: -(-len(flat) // SAMPLE)].astype(np.float32)
    mean = sample.mean(axis=0)
    sample -= mean
    axes = np.linalg.svd(sample, full_matrices=False)[2][:AXES].T  # orthonormal columns
    parts = [(flat[start : start + SAMPLE] - mean) @ axes for start in range(0, len(flat), SAMPLE)]
    return np.concatenate(parts).astype(np.float32)


def _any(which: NDArray[np.int64], mask: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """For each distinct picture, whether one of its rows is in *mask*."""
    return np.bincount(which[mask], minlength=count) > 0


def _spread(pairs: list[Example], most: int) -> tuple[Example, ...]:
    """A few examples from all over the set, not neighbours of one another."""
    ordered = sorted({pair.test: pair for pair in pairs}.values())
    chosen = np.linspace(0, len(ordered) - 1, most).round() if len(ordered) > most else None
    return tuple(ordered if chosen is None else [ordered[int(i)] for i in chosen])
