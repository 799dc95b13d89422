"""Stored bits and speed against accuracy, as points of an SVG drawing; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from model_compression.bench.board import LEVELS, REFERENCE, STRUCTURED, UNSTRUCTURED
from model_compression.bench.cells import Json
from model_compression.bench.words import size

WIDTH, HEIGHT = 560, 300  # of the plotted area, in the drawing's own units
KINDS = (STRUCTURED, UNSTRUCTURED, LEVELS, REFERENCE)
LEAST_LOST = 0.02  # points; what loses less, or gains, is drawn at the top
DEEPEST = 20.0  # points; what loses more is drawn at the bottom
LETTER, LINE = 5.6, 11.0  # of a name: about how wide, and how high
TICKS = (LEAST_LOST, 0.1, 0.5, 1.0, 5.0, DEEPEST)


@dataclass(frozen=True, slots=True)
class Point:
    """x, y: in the drawing. low, high: y of the interval's ends. best: on the front. named: whether
    its name is drawn, at name_y, to the *left* or to the right; the title has it in any case.
    """

    x: float
    y: float
    low: float
    high: float
    kind: int
    name: str
    told: str
    best: bool
    left: bool
    name_y: float
    named: bool = False

    @property
    def name_span(self) -> tuple[float, float]:
        """From where to where its name reaches along x."""
        wide = 7 + LETTER * len(self.name)
        return (self.x - wide, self.x) if self.left else (self.x, self.x + wide)


@dataclass(frozen=True, slots=True)
class Plot:
    """ticks_x, ticks_y: (position, text). front: SVG points of the line through the best."""

    title: str
    points: tuple[Point, ...]
    front: str
    ticks_x: tuple[tuple[float, str], ...]
    ticks_y: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """What lies along x, on a logarithmic axis; the smaller, the better."""

    title: str
    of: Callable[[Json], float | None]
    tick: Callable[[float], str]


def _time(row: Json) -> float | None:
    took = row["latency"].get("float32, batch 1")
    return float(took["p10_us"]) if took else None


AXES = (
    Axis(
        "Accuracy against bits stored, indices included",
        lambda row: float(row["stored_bits"]) / 8,
        size,
    ),
    Axis(
        "Accuracy against time: one example, onnxruntime, one thread",
        _time,
        lambda us: f"{us:g} µs",
    ),
)


def plots_of(rows: Sequence[Json]) -> list[Plot]:
    """A drawing an axis, of the rows that have something on it."""
    measured = [row for row in rows if row["seeds"]]
    plots = [_plot(axis, [row for row in measured if axis.of(row)]) for axis in AXES]
    return [plot for plot in plots if plot.points]


def _plot(axis: Axis, rows: Sequence[Json]) -> Plot:
    values = [float(axis.of(row) or 1.0) for row in rows]
    low, high = _span(values)
    best = _front(values, rows)
    points = tuple(
        _point(row, _across(value, low, high), best=k in best)
        for k, (row, value) in enumerate(zip(rows, values, strict=True))
    )
    front = " ".join(
        f"{points[k].x:.1f},{points[k].y:.1f}" for k in sorted(best, key=lambda k: values[k])
    )
    ticks = tuple((_across(at, low, high), axis.tick(at)) for at in _decades(low, high))
    return Plot(
        title=axis.title,
        points=_named(points),
        front=front,
        ticks_x=ticks,
        ticks_y=tuple((_up(-lost), _tick_lost(lost)) for lost in TICKS),
    )


def _tick_lost(points: float) -> str:
    return "0" if points == LEAST_LOST else f"-{points:g}"


def _point(row: Json, x: float, *, best: bool) -> Point:
    change = row["change"]
    at = "" if row["aim"] is None else f", {row['aim']}"
    return Point(
        x=x,
        y=_up(change["points"]),
        low=_up(change["low"]),
        high=_up(change["high"]),
        kind=KINDS.index(row["kind"]),
        name=row["entry"],
        told=f"{row['entry']}{at}: {change['points']:+.2f} points, {size(row['stored_bits'] / 8)}",
        best=best,
        left=x > WIDTH * 0.75,
        name_y=_beside(_up(change["points"])),
    )


def _named(points: Sequence[Point]) -> tuple[Point, ...]:
    """Names for the front, the best first; one that would lie on another is left out."""
    there: list[Point] = []
    for point in sorted((one for one in points if one.best), key=lambda one: one.y):
        if not any(_on(point, other) for other in there):
            there.append(point)
    return tuple(replace(point, named=point in there) for point in points)


def _on(one: Point, other: Point) -> bool:
    (left, right), (low, high) = one.name_span, other.name_span
    return abs(one.name_y - other.name_y) < LINE and left < high and low < right


def _beside(y: float) -> float:
    """Where a name at *y* stands clear of the frame and of its point."""
    return y + 13 if y < HEIGHT / 2 else y - 8


def _front(values: Sequence[float], rows: Sequence[Json]) -> set[int]:
    """Numbers of the rows that nothing beats on both axes."""
    kept: set[int] = set()
    most = -math.inf
    for k in sorted(range(len(rows)), key=lambda k: (values[k], -rows[k]["change"]["points"])):
        if rows[k]["change"]["points"] > most:
            most = rows[k]["change"]["points"]
            kept.add(k)
    return kept


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Logarithms of the ends of the axis, with some air."""
    logs = [math.log10(value) for value in values] or [0.0]
    return min(logs) - 0.08, max(logs) + 0.08


def _across(value: float, low: float, high: float) -> float:
    return WIDTH * (math.log10(value) - low) / (high - low)


def _up(points: float) -> float:
    """Lost points on a logarithmic axis, down; -0.02 and better lie at the top."""
    lost = min(max(-points, LEAST_LOST), DEEPEST)
    return HEIGHT * math.log(lost / LEAST_LOST) / math.log(DEEPEST / LEAST_LOST)


def _decades(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten within the span; fewer when it is wide."""
    steps = (1, 2, 5) if high - low < 2 else (1,)
    powers = range(math.floor(low), math.ceil(high) + 1)
    every = [step * 10.0**power for power in powers for step in steps]
    return [value for value in every if low <= math.log10(value) <= high]
