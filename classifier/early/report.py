"""Figures about whole prints: what is stopped, when, in which pose, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.early.stops import median_with_interval, share_stopped, stopped_across
from classifier.early.subjects import POSES
from classifier.metrics import Rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.early.replay import Traces

RATES = (0.005, 0.01)
"""Shares of everyday prints that may be stopped; half of the real ones promise no less."""
KINDS: Mapping[str, tuple[str, ...]] = {
    "real": ("mesh",),
    "parametric": ("parametric",),
    "all": ("mesh", "parametric"),
}
"""Which held-out prints a row counts: meshes from unseen repositories, draws of unseen families."""
Figures = dict[str, Any]


def figures(traces: Traces, looks: int) -> Figures:
    """Everything that is reported: for each rate, kind of object and pose.

    Thresholds are chosen on one half of the held-out sources and applied to the other.
    """
    return {
        "looks_on_end": looks,
        "printed": [round(float(share), 4) for share in traces.printed],
        "rates": [_at_rate(traces, rate, looks) for rate in RATES],
    }


def _at_rate(traces: Traces, rate: float, looks: int) -> Figures:
    stopped = stopped_across(traces, rate, looks)
    rows = []
    for kind, members in KINDS.items():
        for pose in (*POSES, "any"):
            chosen = np.isin(traces.kind, members) & ((traces.pose == pose) | (pose == "any"))
            rows.append({"kind": kind, "pose": pose, **_row(stopped.at, traces, chosen)})
    return {"rate": rate, "thresholds": list(stopped.thresholds), "rows": rows}


def _row(at: NDArray[np.float64], traces: Traces, chosen: NDArray[np.bool_]) -> Figures:
    weapon, everyday = at[chosen & traces.weapon], at[chosen & ~traces.weapon]
    return {
        "recall": Rate.among(np.isfinite(weapon)).to_json(),
        "false_stops": Rate.among(np.isfinite(everyday)).to_json(),
        "median": _median(weapon),
        "median_of_stopped": _median(weapon[np.isfinite(weapon)]),
        "recall_curve": [rate.to_json() for rate in share_stopped(weapon, traces.printed)],
        "false_stop_curve": [rate.to_json() for rate in share_stopped(everyday, traces.printed)],
    }


def _median(at: NDArray[np.float64]) -> list[float | None] | None:
    """[median, low, high] with None for never; None without prints. JSON knows no infinity."""
    if not len(at):
        return None
    return [round(v, 4) if math.isfinite(v) else None for v in median_with_interval(at)]


def table(report: Figures) -> str:
    """The figures as a Markdown table."""
    lines = [
        "| false stops allowed | objects | pose | stopped of weapon-shaped | everyday stopped "
        "| median share printed at the stop |",
        "|---|---|---|---|---|---|",
    ]
    for at_rate in report["rates"]:
        for row in at_rate["rows"]:
            cells = (
                f"{100 * at_rate['rate']:g} %", row["kind"], row["pose"],
                _words(row["recall"]), _words(row["false_stops"]), _median_words(row["median"]),
            )  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _words(rate: Mapping[str, float]) -> str:
    if not rate["of"]:
        return "none judged"
    share = rate["hits"] / rate["of"]
    return (
        f"{rate['hits']} of {rate['of']} = {share:.1%} [{rate['low']:.1%}, {rate['high']:.1%}]"
    ).replace("%", " %")


def _median_words(median: list[float | None] | None) -> str:
    if median is None:
        return "none"
    middle, low, high = ("never" if v is None else f"{v:.0%}".replace("%", " %") for v in median)
    return f"{middle} [{low}, {high}]"
