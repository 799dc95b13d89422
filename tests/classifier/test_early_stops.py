"""The rule that stops a growing print: what it promises, and what is reported of it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from classifier.early.growing import LAYERS
from classifier.early.replay import Traces
from classifier.early.report import figures, table
from classifier.early.stops import (
    NEVER,
    conformal_threshold,
    counted,
    halves,
    median_with_interval,
    stopped_across,
    sustained,
)
from classifier.early.subjects import POSES
from classifier.runtime.early import look_layers


def test_sustained_is_what_each_of_the_last_looks_reached():
    scores = np.array([[0.9, 0.2, 0.8, 0.7]], np.float32)
    assert sustained(scores, 1) == pytest.approx(scores)
    assert sustained(scores, 2)[0].tolist() == pytest.approx([0, 0.2, 0.2, 0.7])


@pytest.mark.parametrize(("count", "rate"), [(999, 0.001), (1999, 0.001), (250, 0.01)])
def test_a_threshold_stops_no_larger_share_of_everyday_prints_than_it_promises(count, rate):
    maxima = np.random.default_rng(count).random(count).astype(np.float32)
    reached = int((maxima >= conformal_threshold(maxima, rate)).sum())
    assert (reached + 1) / (count + 1) <= rate
    assert (reached + 2) / (count + 1) > rate  # and no lower threshold would do


def test_too_few_everyday_prints_can_promise_nothing():
    assert conformal_threshold(np.zeros(998, np.float32), 0.001) == NEVER


def test_a_median_counts_prints_that_are_never_stopped():
    middle, low, high = median_with_interval(np.array([0.1] * 70 + [np.inf] * 30))
    assert (middle, low, high) == (0.1, 0.1, 0.1)
    assert median_with_interval(np.array([0.1] * 30 + [np.inf] * 70))[0] == np.inf


def traces(seed=0, prints=400):
    """Weapon-shaped prints that score higher the more exists; everyday prints that never do."""
    rng = np.random.default_rng(seed)
    weapon = np.arange(prints) % 4 == 0
    printed = np.array(list(look_layers(LAYERS))) / LAYERS
    scores = np.where(weapon[:, None], printed, 0.2) * rng.uniform(0.8, 1.0, (prints, 1))
    return Traces(
        scores.astype(np.float32),
        printed,
        weapon,
        np.array(list(POSES))[rng.integers(3, size=prints)],
        np.array([f"source-{number // 8 % 10}" for number in range(prints)]),
        np.array(["mesh", "parametric"])[np.arange(prints) // 2 % 2],
    )


def test_halves_never_part_a_source():
    some = traces()
    half = halves(some)
    for kind in ("mesh", "parametric"):
        for weapon in (False, True):
            chosen = (some.kind == kind) & (some.weapon == weapon)
            for group in np.unique(some.group[chosen]):
                assert len(set(half[chosen & (some.group == group)])) == 1


def test_a_threshold_is_chosen_on_the_other_half_of_the_sources():
    some = traces()
    half = halves(some)
    easy = np.where(half[:, None] == 0, some.scores, some.scores * 0.1).astype(np.float32)
    known = Traces(easy, some.printed, some.weapon, some.pose, some.group, some.kind)
    low_for_half_0, high_for_half_1 = stopped_across(known, 0.05, 1).thresholds
    assert low_for_half_0 < 0.1 < high_for_half_1


def test_real_prints_alone_decide_a_threshold_where_there_are_any():
    some = traces()
    assert set(some.kind[counted(some)]) == {"mesh"}
    assert not some.weapon[counted(some)].any()
    drawn = some.among(some.kind == "parametric")
    assert np.array_equal(counted(drawn), ~drawn.weapon)
    alike = np.where((some.kind == "parametric")[:, None], np.float32(0.99), some.scores)
    hard = replace(some, scores=alike)
    thresholds = stopped_across(some, 0.05, 1).thresholds
    assert max(thresholds) < 0.5
    assert stopped_across(hard, 0.05, 1).thresholds == thresholds


def test_figures_say_when_a_weapon_shaped_print_is_stopped_and_of_how_many():
    report = figures(traces(prints=1000), looks=1)
    row = next(
        row
        for row in report["rates"][1]["rows"]
        if (row["kind"], row["pose"]) == ("all", "any")
    )  # fmt: skip
    assert row["recall"]["of"] == 250
    assert row["recall"]["hits"] == 250
    assert 0.2 < row["median"][0] < 0.3
    hits = [rate["hits"] for rate in row["recall_curve"]]
    assert hits == sorted(hits)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert "250 of 250" in table(report)
