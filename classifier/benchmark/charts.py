"""Numbers -> the points of small SVG drawings; the template draws them, styled by its CSS.

Drawn by hand rather than by a plotting library: a curve is one path of a few hundred bytes, takes
the page's own colours in the dark too, and the same results give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.benchmark.marks import Json

WIDTH, HEIGHT = 220, 150  # of the plotted area, in the drawing's own units
RAREST = 1e-4  # false-stop rates below this are drawn at the left edge
LEAST_IN_BIN = 10  # a bin of fewer prints says nothing about calibration


@dataclass(frozen=True, slots=True)
class Line:
    """points: SVG coordinates "x,y x,y"; colour: number of the contender; dashed: of two kinds."""

    name: str
    points: str
    colour: int
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """ticks: (position, text) along x; marks: x positions of upright lines."""

    title: str
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]
    x_title: str
    y_title: str
    marks: tuple[float, ...] = ()
    diagonal: bool = False


def roc_chart(title: str, rows: Sequence[tuple[int, str, Json]]) -> Chart:
    """Recall against the false-stop rate, that on a logarithmic axis: stops are rare by need.

    rows: (colour, contender, ROC) each.
    """
    lines = tuple(
        Line(
            f"{name}: area {curve['area']:.3f}",
            _points([_log(share) for share in curve["false_stops"]], curve["recall"], stairs=True),
            colour,
        )
        for colour, name, curve in rows
    )
    decades = (1e-4, 1e-3, 1e-2, 1e-1, 1)
    ticks = tuple((_log(share) * WIDTH, f"{100 * share:g} %") for share in decades)
    return Chart(
        title, lines, ticks, "false stops", "recall", marks=tuple(x for x, _ in ticks[1:3])
    )


def calibration_chart(title: str, rows: Sequence[tuple[int, str, Json]]) -> Chart:
    """What came true against what was stated. rows: (colour, contender, calibration) each."""
    lines = []
    for colour, name, bins in rows:
        known = [k for k, count in enumerate(bins["count"]) if count >= LEAST_IN_BIN]
        stated = [bins["stated"][k] for k in known]
        observed = [bins["observed"][k] for k in known]
        lines.append(Line(f"{name}: off by {bins['error']:.1%}", _points(stated, observed), colour))
    ticks = tuple((share * WIDTH, f"{share:.0%}".replace("%", " %")) for share in (0, 0.5, 1))
    return Chart(title, tuple(lines), ticks, "stated", "came true", diagonal=True)


def attack_chart(row: Json, curves: Sequence[tuple[int, str, list[Json]]]) -> Chart:
    """Recall, and dashed the false stops, at evenly spaced levels.

    row: the attack; curves: (colour, contender, points) each.
    """
    words = [point["word"] for point in curves[0][2]]
    places = [k / max(len(words) - 1, 1) for k in range(len(words))]
    lines = [
        Line(name, _points(places, [_share(point[key]) for point in points]), colour, dashed)
        for key, dashed in (("recall", False), ("false_stops", True))
        for colour, name, points in curves
    ]
    ticks = tuple((place * WIDTH, word) for place, word in zip(places, words, strict=True))
    return Chart(row["title"], tuple(lines), ticks, row["unit"], "stopped")


def _share(rate: Json) -> float:
    return rate["hits"] / rate["of"] if rate["of"] else math.nan


def _log(share: float) -> float:
    """0 at RAREST and below, 1 at 1."""
    return 1 - math.log10(max(share, RAREST)) / math.log10(RAREST)


def _points(across: Sequence[float], up: Sequence[float], *, stairs: bool = False) -> str:
    """Shares 0..1 -> coordinates; a point that is not known is left out."""
    places: list[str] = []
    before = None
    for x, y in zip(across, up, strict=True):
        if math.isnan(y):
            continue
        if stairs and before is not None:
            places.append(f"{x * WIDTH:.1f},{before:.1f}")
        before = (1 - y) * HEIGHT
        places.append(f"{x * WIDTH:.1f},{before:.1f}")
    return " ".join(places)
