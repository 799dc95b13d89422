"""The generated verdict says what the rows say, and no more."""

from __future__ import annotations

import itertools

import pytest

from model_compression.bench.board import REFERENCE, STRUCTURED, UNSTRUCTURED
from model_compression.bench.pareto import HEIGHT, LINE, plots_of
from model_compression.bench.protocol import FROM_SCRATCH
from model_compression.bench.verdict import free_entries, verdict_of


def row(entry, kind, bits, points, speed=1.0):
    return {
        "entry": entry,
        "aim": "own",
        "kind": kind,
        "seeds": 1,
        "stored_bits": bits,
        "validation_points": points,
        "change": {"points": points, "low": points - 0.1, "high": points + 0.1, "words": ""},
        "speedup": {"float32, batch 1": speed},
        "latency": {"float32, batch 1": {"p10_us": 70 / speed, "median_us": 80 / speed}},
    }


SMALL_AND_FAST = row("p-rm", STRUCTURED, 1000, 0.0, 5.0)
SINGLE = row("admm", UNSTRUCTURED, 2000, 0.0, 1.0)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([SMALL_AND_FAST, SINGLE], "These data support the claim."),
        ([row("p-rm", STRUCTURED, 4000, 0.0, 5.0), SINGLE], "in part"),
        ([row("p-rm", STRUCTURED, 4000, 0.0, 0.9), SINGLE], "contradict the claim"),
        ([SINGLE], "cannot tell"),
        ([row("p-rm", STRUCTURED, 10, -30.0, 9.0), SINGLE], "cannot tell"),
    ],
)
def test_the_conclusion_follows_from_storage_and_speed(rows, said):
    assert said in verdict_of(rows)["conclusion"]


def test_models_are_chosen_by_validation_and_the_smallest_wins():
    rows = [row("a", STRUCTURED, 900, -0.3), SMALL_AND_FAST, row("b", STRUCTURED, 1500, 0.1)]
    levels = {level["within"]: level[STRUCTURED]["entry"] for level in verdict_of(rows)["levels"]}
    assert levels == {0.1: "p-rm", 0.5: "a", 1.0: "a"}


@pytest.mark.parametrize("entry", sorted(FROM_SCRATCH))
def test_what_had_its_parents_training_too_decides_nothing(entry):
    rows = [row(entry, STRUCTURED, 10, 0.0, 9.0), SINGLE]
    assert verdict_of(rows)["conclusion"] == verdict_of([SINGLE])["conclusion"]


def test_a_recipe_without_a_good_model_has_no_free_entry():
    free = free_entries([row("a", STRUCTURED, 900, -0.3), row("dense", REFERENCE, 9, 0.0)])
    assert [(one["entry"], one["within"], bool(one["row"])) for one in free] == [
        ("a", 0.1, False),
        ("a", 0.5, True),
    ]


def test_the_front_is_what_nothing_beats_on_both_axes():
    rows = [
        row("small", STRUCTURED, 100, -5.0),
        row("beaten", STRUCTURED, 900, -5.0),
        row("good", STRUCTURED, 1000, -0.1),
        row("best", STRUCTURED, 9000, 0.2),
    ]
    plot = plots_of(rows)[0]
    assert [point.name for point in plot.points if point.best] == ["small", "good", "best"]
    heights = {point.name: point.y for point in plot.points}
    assert heights["best"] == 0 < heights["good"] < heights["small"] < HEIGHT


def test_no_name_lies_on_another_and_the_best_has_its_own():
    rows = [row(f"a-long-name-{k}", STRUCTURED, 1000 + k, -1.0 + 0.01 * k) for k in range(40)]
    points = [point for point in plots_of(rows)[0].points if point.named]
    assert points[-1].name == "a-long-name-39"
    for one, other in itertools.combinations(points, 2):
        apart = one.name_span[1] <= other.name_span[0] or other.name_span[1] <= one.name_span[0]
        assert apart or abs(one.name_y - other.name_y) >= LINE
