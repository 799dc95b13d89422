"""How much of a print was there when the verdict became right for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.metrics import Rate

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Earliness:
    """Shares of the print after which verdicts were right and stayed so.

    Quartiles are over all prints; one above 1 (infinity) says that many never got there. never:
    how many had a wrong verdict on the finished print.
    """

    lower_quartile: float
    median: float
    upper_quartile: float
    never: Rate


def settled_after(right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N, K) rightness after each of K even steps -> (N,) share of the print; infinity for never.

    It is the earliest step from which on every verdict is right.
    """
    _, steps = right.shape
    right_to_the_end = np.logical_and.accumulate(right[:, ::-1], axis=1).sum(axis=1)
    share = (steps - right_to_the_end + 1) / steps
    return np.where(right_to_the_end > 0, share, np.inf)


def earliness(
    scores: NDArray[np.float64], weapon: NDArray[np.bool_], threshold: float
) -> Earliness:
    """scores: (N, K) after each step; a verdict is right when a stop is what *weapon* asks for.

    Raises ValueError without prints.
    """
    if not len(scores):
        raise ValueError("how early a verdict settles needs prints")
    shares = settled_after((scores > threshold) == weapon[:, None])
    # "higher" keeps infinity a value that can be chosen: no mean of it and a share
    lower, median, upper = np.quantile(shares, (0.25, 0.5, 0.75), method="higher").tolist()
    return Earliness(lower, median, upper, Rate.among(np.isinf(shares)))
