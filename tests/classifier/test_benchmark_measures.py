"""What a benchmark measures, against independent answers and cases counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as oracle

from classifier.benchmark.curves import calibration, confusion, roc, thinned
from classifier.benchmark.early import earliness, settled_after
from classifier.benchmark.families import Redrawn
from classifier.benchmark.stops import (
    precision,
    precision_at_worst,
    stop_threshold,
    stops_at,
    weapon_scores,
)
from classifier.metrics import Rate
from dataset_builder.sources.labels import LABELS

# coarse scores, so that many are equal
shares = st.integers(0, 20).map(lambda twentieth: twentieth / 20)


@st.composite
def judged(draw):
    """Scores and kinds of a few prints, at least one of each kind."""
    count = draw(st.integers(2, 60))
    weapon = draw(hnp.arrays(np.bool_, count))
    weapon[:2] = (True, False)
    return draw(hnp.arrays(np.float64, count, elements=shares)), weapon


@given(judged(), st.sampled_from([0.5, 0.1, 0.01, 0.001]))
def test_no_threshold_stops_more_everyday_prints_than_it_may(case, rate):
    scores, weapon = case
    stops = stops_at(scores, weapon, rate)
    assert stops.false_stops.hits <= rate * (~weapon).sum() + 1e-9
    assert stops.resolved == (rate * (~weapon).sum() + 1e-9 >= 1)


@given(judged(), st.sampled_from([0.5, 0.1, 0.01]))
def test_no_lower_threshold_would_do(case, rate):
    scores, weapon = case
    threshold = stop_threshold(scores[~weapon], rate)
    lower = np.nextafter(threshold, -1)
    assert (scores[~weapon] > lower).sum() > rate * (~weapon).sum() + 1e-9


def test_recall_at_a_false_stop_rate_counted_by_hand():
    everyday = np.arange(200) / 1000  # 0 to 0.199: at 1 %, the two highest may be stopped
    scores = np.concatenate([everyday, [0.9, 0.198, 0.197, 0.1]])
    weapon = np.arange(204) >= 200
    stops = stops_at(scores, weapon, 0.01)
    assert (stops.false_stops, stops.recall) == (Rate(2, 200), Rate(2, 4))
    assert stops.resolved
    too_fine = stops_at(scores, weapon, 0.001)
    assert (too_fine.false_stops, too_fine.recall) == (Rate(0, 200), Rate(1, 4))
    assert not too_fine.resolved


def test_a_threshold_without_everyday_prints_is_an_error():
    with pytest.raises(ValueError, match="needs everyday prints"):
        stop_threshold(np.empty(0), 0.01)


def test_precision_is_bayes_rule():
    assert precision(0.9, 0.01, 0.01) == pytest.approx(0.009 / (0.009 + 0.0099))
    assert precision(1.0, 0.0, 0.01) == 1.0
    assert math.isnan(precision(0.0, 0.0, 0.01))


@given(judged())
def test_precision_at_worst_never_flatters(case):
    stops = stops_at(*case, 0.01)
    usual = precision(stops.recall.share, stops.false_stops.share, 0.01)
    assert math.isnan(usual) or precision_at_worst(stops, 0.01) <= usual


def test_a_weapon_score_sums_what_is_weapon_shaped():
    sure = np.eye(len(LABELS))
    assert weapon_scores(sure).tolist() == [float(label.weapon_shaped) for label in LABELS]
    assert weapon_scores(np.zeros((3, 5, len(LABELS)))).shape == (3, 5)


@given(judged())
def test_the_roc_is_scikit_learns(case):
    scores, weapon = case
    ours = roc(scores, weapon)
    false_stops, recall, _ = oracle.roc_curve(weapon, scores, drop_intermediate=False)
    np.testing.assert_allclose(ours.false_stops, false_stops)
    np.testing.assert_allclose(ours.recall, recall)
    assert ours.area == pytest.approx(oracle.roc_auc_score(weapon, scores))


def test_a_roc_of_one_kind_is_an_error():
    with pytest.raises(ValueError, match="both kinds"):
        roc(np.zeros(3), np.ones(3, bool))


def test_a_thinned_curve_keeps_its_ends_and_its_area():
    rng = np.random.default_rng(5)
    weapon = rng.random(5000) < 0.3
    curve = roc(rng.normal(size=5000) + weapon, weapon)
    thin = thinned(curve, 200)
    assert len(thin.recall) <= 200
    assert thin.area == curve.area
    assert (thin.recall[0], thin.recall[-1], thin.false_stops[-1]) == (0, 1, 1)
    assert np.trapezoid(thin.recall, thin.false_stops) == pytest.approx(curve.area, abs=1e-3)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=50))
def test_the_confusion_matrix_is_scikit_learns(pairs):
    label, said = np.array(pairs).T
    expected = oracle.confusion_matrix(label, said, labels=range(5))
    np.testing.assert_array_equal(confusion(label, said, 5), expected)


def test_calibration_counted_by_hand():
    stated = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.0])
    happened = np.array([True, True, True, False, True, False])
    found = calibration(stated, happened, bins=10)
    assert found.count.tolist() == [1, 0, 0, 0, 0, 1, 0, 0, 0, 4]
    assert found.error == pytest.approx((4 * abs(0.95 - 0.75) + abs(0.55 - 1) + 0) / 6)


@given(hnp.arrays(np.float64, st.integers(1, 40), elements=shares))
def test_a_bin_states_between_its_borders(stated):
    found = calibration(stated, stated > 0.5, bins=15)
    assert found.count.sum() == len(stated)
    upper = (np.arange(15) + 1) / 15
    filled = found.count > 0
    assert (found.stated[filled] <= upper[filled] + 1e-12).all()
    assert 0 <= found.error <= 1


def test_a_verdict_settles_when_it_is_right_for_good():
    right = np.array([
        [1, 1, 1, 1],
        [0, 1, 1, 1],
        [1, 1, 0, 1],
        [1, 1, 1, 0],
    ], bool)  # fmt: skip
    assert settled_after(right).tolist() == [0.25, 0.5, 1.0, math.inf]


@given(hnp.arrays(np.bool_, st.tuples(st.integers(1, 8), st.integers(1, 8))))
def test_what_is_settled_stays_right_and_was_wrong_just_before(right):
    steps = right.shape[1]
    for row, share in zip(right, settled_after(right), strict=True):
        if math.isinf(share):
            assert not row[-1]
        else:
            step = round(share * steps) - 1
            assert row[step:].all()
            assert step == 0 or not row[step - 1]


def test_earliness_counts_those_that_never_settle():
    scores = np.array([[0.0, 0.9], [0.9, 0.9], [0.9, 0.1], [0.1, 0.1]])
    weapon = np.array([True, True, True, False])
    found = earliness(scores, weapon, 0.5)
    assert (found.lower_quartile, found.never) == (0.5, Rate(1, 4))
    assert found.upper_quartile == math.inf


def _families(sizes, weapons):
    family = np.repeat([f"design {index}" for index in range(len(sizes))], sizes)
    return family, np.repeat(np.arange(len(sizes)) < weapons, sizes)


def test_intervals_over_families_are_wider_than_over_prints():
    family, weapon = _families([100] * 12, 4)
    hits = np.repeat(np.arange(12) % 3 > 0, 100)  # all prints of a design fare alike
    estimate = Redrawn.from_prints(family, weapon).share(hits)
    low, high = Rate.among(hits).interval
    assert estimate.low < low < estimate.share < high < estimate.high
    assert (estimate.of, estimate.families) == (1200, 12)


def test_a_perfect_share_counts_each_family_as_one_print():
    family, weapon = _families([100] * 5, 2)
    estimate = Redrawn.from_prints(family, weapon).share(np.ones(500, bool), among=weapon)
    assert (estimate.share, estimate.low, estimate.high) == (1.0, Rate(2, 2).interval[0], 1.0)


@given(judged(), st.sampled_from([0.5, 0.1, 0.01]))
def test_recall_over_families_has_the_recall_over_prints_as_its_share(case, rate):
    scores, weapon = case
    family = np.array([f"{kind} {index % 7}" for index, kind in enumerate(weapon)])
    estimate = Redrawn.from_prints(family, weapon, draws=20).recall(scores, weapon, rate)
    assert estimate.share == pytest.approx(stops_at(scores, weapon, rate).recall.share)
    assert 0 <= estimate.low <= estimate.high <= 1


def test_each_draw_keeps_the_number_of_families_of_each_kind():
    family, weapon = _families([3, 1, 4, 1, 5], 2)
    redrawn = Redrawn.from_prints(family, weapon, draws=50)
    assert (redrawn.times[:, :2].sum(axis=1) == 2).all()
    assert (redrawn.times[:, 2:].sum(axis=1) == 3).all()
