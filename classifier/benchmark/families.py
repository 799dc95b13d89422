"""Intervals that know how few designs were judged.

A thousand poses of one model are not a thousand independent prints. The families are drawn again,
with all of their prints, within each kind (weapon-shaped, everyday) so that no draw lacks one.
Source: Davison & Hinkley, Bootstrap Methods and their Application, 1997, section 3.8. With a
dozen families such intervals are still too narrow rather than too wide.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.metrics import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 1000
MIDDLE_95 = (0.025, 0.975)
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of *of* prints from *families* designs, with its 95 % interval over designs."""

    share: float
    low: float
    high: float
    of: int
    families: int

    def to_json(self) -> dict[str, float | int]:
        """As results hold it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Redrawn:
    """Families drawn again, with replacement, D times.

    times: (D, F) how often each of F families is in each draw. family: (N,) a print's family,
    0..F - 1.
    """

    times: NDArray[np.int64]
    family: NDArray[np.int64]

    @classmethod
    def from_prints(
        cls,
        family: NDArray[np.str_],
        weapon: NDArray[np.bool_],
        *,
        seed: int = 0,
        draws: int = DRAWS,
    ) -> Redrawn:
        """family, weapon: (N,) of each print. Each kind keeps its number of families."""
        _, first, index = np.unique(family, return_index=True, return_inverse=True)
        kind = weapon[first]
        rng = np.random.default_rng(seed)
        times = np.zeros((draws, len(first)), np.int64)
        for members in (np.flatnonzero(kind), np.flatnonzero(~kind)):
            if len(members):
                equal = np.full(len(members), 1 / len(members))
                times[:, members] = rng.multinomial(len(members), equal, size=draws)
        return cls(times, index.astype(np.int64))

    def share(self, hits: NDArray[np.bool_], among: NDArray[np.bool_] | None = None) -> Estimate:
        """The share of *hits* (N,) among the prints where *among* is true (default: all)."""
        counted = np.ones(len(hits), bool) if among is None else among
        families = self.times.shape[1]
        hit = np.bincount(self.family[counted & hits], minlength=families)
        of = np.bincount(self.family[counted], minlength=families)
        return self._estimate(int(hit.sum()), of, self.times @ hit, self.times @ of)

    def recall(
        self, scores: NDArray[np.float64], weapon: NDArray[np.bool_], rate: float
    ) -> Estimate:
        """As `stops.stops_at`, with the threshold set anew on the everyday prints of each draw."""
        order = np.argsort(-scores, kind="stable")
        starts = np.append(True, np.diff(scores[order]) != 0)  # equal scores stop together
        sums = [
            (self._recall_of(times[self.family[order]], weapon[order], starts, rate))
            for times in self.times
        ]
        caught, of = np.array(sums).T
        everybody = np.ones(len(scores), np.int64)
        hits, _ = self._recall_of(everybody, weapon[order], starts, rate)
        prints = np.bincount(self.family[weapon], minlength=self.times.shape[1])
        return self._estimate(int(hits), prints, caught, of)

    @staticmethod
    def _recall_of(
        times: NDArray[np.int64], weapon: NDArray[np.bool_], starts: NDArray[np.bool_], rate: float
    ) -> tuple[int, int]:
        """Weapon-shaped prints caught, and all; prints lie by falling score, each *times* there."""
        everyday = np.cumsum(times * ~weapon)
        # the first everyday print too many sets the threshold; its equals are not stopped either
        too_many = np.searchsorted(everyday, math.floor(rate * everyday[-1] + _ROUNDING) + 1)
        stopped = np.flatnonzero(starts[: too_many + 1])[-1]
        caught = times * weapon
        return int(caught[:stopped].sum()), int(caught.sum())

    @staticmethod
    def _estimate(
        hits: int, of: NDArray[np.int64], drawn: NDArray[np.int64], drawn_of: NDArray[np.int64]
    ) -> Estimate:
        prints, families = int(of.sum()), int(np.count_nonzero(of))
        share = hits / prints if prints else math.nan
        if 0 < hits < prints:
            known = drawn_of > 0
            low, high = np.quantile(drawn[known] / drawn_of[known], MIDDLE_95).tolist()
        else:  # nothing varies from draw to draw: let each family count as one print
            low, high = wilson(families if hits else 0, families)
        return Estimate(share, low, high, prints, families)
