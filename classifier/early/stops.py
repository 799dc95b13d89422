"""From scores of growing prints to a rule that stops them, and what that rule costs and catches.

A print is looked at dozens of times, and one look is enough to stop it. So what is bounded is the
share of everyday prints that are stopped at any look: a threshold is set on whole-print maxima.
With n everyday prints that the network has not seen, k of which reach the threshold, the next such
print reaches it with a chance of at most (k + 1) / (n + 1), if it is drawn as they were.
Source: Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2005 (conformal p-values).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.early.replay import Traces
from classifier.metrics import Rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEVER = 2.0  # a threshold that no score reaches
HALVES = 2
_ROUNDING = 1e-9


def sustained(scores: NDArray[np.float32], looks: int) -> NDArray[np.float32]:
    """(N, T) scores -> (N, T) the lowest of the last *looks*; 0 before there are so many."""
    held = scores.copy()
    for back in range(1, looks):
        held[:, back:] = np.minimum(held[:, back:], scores[:, :-back])
    held[:, : looks - 1] = 0.0
    return held


def conformal_threshold(maxima: NDArray[np.float32], rate: float) -> float:
    """The lowest threshold that everyday prints reach with a chance of at most *rate*.

    By (k + 1) / (n + 1). maxima: (n,) of whole everyday prints. NEVER when n is too small to
    promise *rate*.
    """
    allowed = math.floor(rate * (len(maxima) + 1) + _ROUNDING) - 1
    if allowed < 0:
        return NEVER
    ranked = np.sort(maxima)[::-1]
    return float(np.nextafter(ranked[allowed], np.float32(2))) if allowed < len(ranked) else 0.0


def counted(traces: Traces) -> NDArray[np.bool_]:
    """(N,) the everyday prints that thresholds are chosen on: real meshes, or all without any.

    Parametric models are hard look-alikes, drawn many times over; what share of jobs is like them
    nobody knows, and one that looks like nothing else would decide for all.
    """
    everyday = ~traces.weapon
    real = everyday & (traces.kind == "mesh")
    return real if real.any() else everyday


def halves(traces: Traces) -> NDArray[np.int64]:
    """(N,) 0 or 1, whole sources and families at a time: largest first, each to the emptier half.

    Weapon-shaped and everyday, real and parametric are each balanced apart.
    """
    half = np.zeros(len(traces), np.int64)
    for kind in np.unique(traces.kind):
        for weapon in (False, True):
            chosen = (traces.kind == kind) & (traces.weapon == weapon)
            filled = [0] * HALVES
            names, sizes = np.unique(traces.group[chosen], return_counts=True)
            for index in np.argsort(-sizes, kind="stable"):
                emptier = int(np.argmin(filled))
                filled[emptier] += int(sizes[index])
                half[chosen & (traces.group == names[index])] = emptier
    return half


@dataclass(frozen=True, slots=True)
class Stopped:
    """When each print is stopped by a rule that was chosen on the other half of the sources.

    at: (N,) share of the print at the look that stops it, infinity for never. thresholds: of each
    half, as applied to it.
    """

    at: NDArray[np.float64]
    thresholds: tuple[float, ...]


def stopped_across(traces: Traces, rate: float, looks: int) -> Stopped:
    """Choose the threshold on what counts of each half and apply it to the other half."""
    held, half, counting = sustained(traces.scores, looks), halves(traces), counted(traces)
    at, thresholds = np.full(len(traces), np.inf), []
    for number in range(HALVES):
        chosen_on = (half != number) & counting
        threshold = conformal_threshold(held[chosen_on].max(axis=1, initial=0.0), rate)
        mine = half == number
        at[mine] = stops_at(held[mine], traces.printed, threshold)
        thresholds.append(threshold)
    return Stopped(at, tuple(thresholds))


def stops_at(
    held: NDArray[np.float32], printed: NDArray[np.float64], threshold: float
) -> NDArray[np.float64]:
    """(N, T) sustained scores -> (N,) share printed when *threshold* is reached, or infinity."""
    reached = held >= threshold
    return np.where(reached.any(axis=1), printed[reached.argmax(axis=1)], np.inf)


def share_stopped(at: NDArray[np.float64], printed: NDArray[np.float64]) -> list[Rate]:
    """At each of the shares *printed*: how many were stopped by then."""
    return [Rate.among(at <= share + _ROUNDING) for share in printed]


def median_with_interval(at: NDArray[np.float64]) -> tuple[float, float, float]:
    """Median share at which prints are stopped, and its 95 % interval by order statistics.

    Those never stopped count as infinity. Source: Conover, Practical Nonparametric Statistics.
    """
    ranked, n = np.sort(at), len(at)
    half_width = 1.96 * math.sqrt(n) / 2
    low = max(math.floor(n / 2 - half_width), 0)
    high = min(math.ceil(n / 2 + half_width), n - 1)
    return float(ranked[(n - 1) // 2]), float(ranked[low]), float(ranked[high])
