"""What the rows come to: the smallest model of each recipe, and structured against single weights.

What is compared is chosen by validation examples; what is told of it are test figures.
"""

from __future__ import annotations

from collections.abc import Sequence

from model_compression.bench.board import LEVELS, REFERENCE, STRUCTURED, UNSTRUCTURED
from model_compression.bench.cells import Json
from model_compression.bench.protocol import FROM_SCRATCH

TOLERANCES = (0.1, 0.5, 1.0)
"""Points of the main figure that a model may lose on validation examples."""
SIDES = (STRUCTURED, UNSTRUCTURED, LEVELS)
CLAIM = (
    "Ma et al. (arXiv 1907.02124) found that pruning single weights is not competitive once "
    "positions are counted and speed is measured."
)


def free_entries(rows: Sequence[Json]) -> list[Json]:
    """For each recipe the smallest of its models within each of the first two tolerances."""
    recipes = dict.fromkeys(row["entry"] for row in rows if row["kind"] != REFERENCE)
    return [
        {
            "entry": entry,
            "within": points,
            "row": _smallest([r for r in rows if r["entry"] == entry], points),
        }
        for entry in recipes
        for points in TOLERANCES[:2]
    ]


def verdict_of(rows: Sequence[Json], tolerances: Sequence[float] = TOLERANCES) -> Json:
    """{"claim", "levels": [{"within", side -> row}], "sentences", "conclusion"}."""
    levels = [
        {"within": points, **{side: _smallest(_side(rows, side), points) for side in SIDES}}
        for points in tolerances
    ]
    return {
        "claim": CLAIM,
        "levels": levels,
        "sentences": [_sentence(level) for level in levels],
        "conclusion": _conclusion(levels),
    }


def _side(rows: Sequence[Json], side: str) -> list[Json]:
    """Without those that had their parent's visits as well: that would be another comparison."""
    return [row for row in rows if row["kind"] == side and row["entry"] not in FROM_SCRATCH]


def _smallest(rows: Sequence[Json], points: float) -> Json | None:
    """The row that stores least of those that lose at most *points* on validation examples."""
    fit = [row for row in rows if row["seeds"] and row["validation_points"] >= -points]
    return min(fit, key=lambda row: row["stored_bits"], default=None)


def _sentence(level: Json) -> str:
    ours, theirs = level[STRUCTURED], level[UNSTRUCTURED]
    head = f"Within {level['within']:g} points of the dense parent: "
    if ours is None or theirs is None:
        side = STRUCTURED if ours is None else UNSTRUCTURED
        return f"{head}no model of the {side} side is that good, so nothing can be compared."
    ratio = ours["stored_bits"] / theirs["stored_bits"]
    more = f"{ratio:.3g} times the bits" if ratio >= 1 else f"{1 / ratio:.3g} times fewer bits"
    faster = _faster(ours, theirs)
    return f"{head}{_told(ours)}; {_told(theirs)}. The structured one takes {more}{faster}."


def _told(row: Json) -> str:
    speed = row["speedup"].get("float32, batch 1")
    fast = f" and runs {speed:.2g} times as fast as the dense one" if speed else ""
    return (
        f"{row['entry']} ({row['kind']}) stores {row['stored_bits'] / 8000:.3g} kB, loses "
        f"{max(-row['change']['points'], 0.0):.2f} points on test examples{fast}"
    )


def _faster(ours: Json, theirs: Json) -> str:
    speeds = [row["speedup"].get("float32, batch 1") for row in (ours, theirs)]
    return f" and is {speeds[0] / speeds[1]:.2g} times as fast" if all(speeds) else ""


def _conclusion(levels: Sequence[Json]) -> str:
    """Over all tolerances at which both sides have a model."""
    both = [(one[STRUCTURED], one[UNSTRUCTURED]) for one in levels]
    told = [(ours, theirs) for ours, theirs in both if ours and theirs]
    if not told:
        return "These rows cannot tell: one side has no model near the dense parent."
    smaller = sum(ours["stored_bits"] <= theirs["stored_bits"] for ours, theirs in told)
    faster = sum(_speed(ours) > _speed(theirs) for ours, theirs in told)
    words = f"at {len(told)} of {len(levels)} tolerances"
    ending = {True: "and", False: "but"}[(smaller == len(told)) == (faster == len(told))]
    return (
        f"Compared {words}: structured pruning stores no more in {smaller} of them {ending} runs "
        f"faster in {faster}. {_support(smaller, faster, len(told))}"
    )


def _speed(row: Json) -> float:
    return float(row["speedup"].get("float32, batch 1") or 0.0)


def _support(smaller: int, faster: int, of: int) -> str:
    if smaller == of and faster == of:
        return "These data support the claim."
    if not smaller and not faster:
        return "These data contradict the claim."
    return "These data support the claim in part: see each line for storage and for speed."
