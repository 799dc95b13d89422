"""What scores are worth: calibration, thresholds that keep a promise, the limit of the familiar."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.training.calibrate import (
    Calibration,
    calibrate,
    calibrated_across,
    expected_error,
    weapon_scores,
)
from classifier.training.config import RatesConfig
from classifier.training.conformal import Everyday, promise, promises, thresholds_of
from classifier.training.examples import WEAPON_SHAPED
from classifier.training.familiarity import familiarity_of
from dataset_builder.sources.labels import LABELS

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def alone(scores, weight=None):
    """Each picture is an object."""
    scores = np.asarray(scores, float)
    return Everyday(
        scores, np.arange(len(scores)), np.ones(len(scores)) if weight is None else weight
    )


@given(SCORES, st.sampled_from([0.02, 0.1, 0.3]))
def test_a_threshold_meets_the_published_inequality_or_says_that_it_cannot(scores, rate):
    made = promise(alone(scores), rate)
    n, risk = len(scores), np.mean(np.array(scores) >= made.threshold)
    bound = n / (n + 1) * risk + 1 / (n + 1)
    assert made.bound == pytest.approx(bound)
    assert made.kept == (bound <= rate + 1e-9)
    if 1 / (n + 1) > rate:
        assert not made.kept


@given(SCORES, st.sampled_from([0.1, 0.3]))
def test_no_lower_threshold_would_keep_the_promise(scores, rate):
    made = promise(alone(scores), rate)
    lower = [score for score in scores if score < made.threshold - 1e-5]
    if made.kept and lower:
        n = len(scores)
        risk = np.mean(np.array(scores) >= max(lower))
        assert n / (n + 1) * risk + 1 / (n + 1) > rate


def test_objects_to_come_are_stopped_no_more_often_than_was_promised():
    rng = np.random.default_rng(0)
    share = []
    for _ in range(400):
        made = promise(alone(rng.beta(1, 4, 99)), 0.05)
        share.append((rng.beta(1, 4, 200) >= made.threshold).mean())
    assert np.mean(share) <= 0.05 + 3 * np.std(share) / np.sqrt(400)


def test_too_few_objects_put_the_threshold_above_all_of_them():
    made = promise(alone([0.1, 0.7, 0.3]), 0.001)
    assert (made.kept, made.objects, made.n) == (False, 3, 3.0)
    assert 0.7 < made.threshold <= 0.700001


def test_an_object_of_many_pictures_counts_once():
    scores = np.array([0.9] * 10 + [0.2] * 40)
    many = Everyday(scores, np.array([0] * 10 + list(range(1, 41))), np.ones(50))
    assert promise(many, 0.05).n == 41
    assert promise(many, 0.05).threshold == promise(alone([0.9] + [0.2] * 40), 0.05).threshold


def test_light_objects_count_for_less():
    even = promise(alone([0.5] * 100), 0.1)
    weight = np.array([1.0] * 50 + [0.5] * 50)
    assert promise(alone([0.5] * 100, weight), 0.1).n == 75.0
    assert even.n == 100.0


def test_review_never_starts_above_flagged_and_neither_below_its_floor():
    made = promises(alone(np.linspace(0, 0.4, 3000)), RatesConfig())
    review, flag = thresholds_of(made)
    assert review <= flag
    assert flag == RatesConfig().lowest_flag
    assert review >= RatesConfig().lowest_review


def test_without_everyday_objects_nothing_is_promised():
    assert promise(alone([]), 0.1).kept is False


def distorted(count, seed=0):
    """Labels, and logits whose weapon odds are three times too sure and shifted."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, len(LABELS), count)
    odds = rng.normal(0, 1, count) + np.where(WEAPON_SHAPED[label], 2.0, -2.0)
    logits = np.zeros((count, len(LABELS)), np.float32)
    logits[:, WEAPON_SHAPED] = (3.0 * odds + 5.0)[:, None]
    return logits, label


def test_calibration_undoes_a_known_distortion():
    logits, label = distorted(6000)
    weapon = WEAPON_SHAPED[label]
    raw = weapon_scores(logits, Calibration(1.0, 1.0, 0.0))
    made = weapon_scores(logits, calibrate(logits, label))
    assert expected_error(made, weapon) < 0.03 < expected_error(raw, weapon)


def test_the_error_of_a_calibration_is_measured_where_it_was_not_fitted():
    logits, label = distorted(3000)
    fold = np.arange(3000) % 3
    scores = calibrated_across(logits, label, fold)
    for number in range(3):
        others = fold != number
        made = calibrate(logits[others], label[others])
        np.testing.assert_array_equal(scores[~others], weapon_scores(logits[~others], made))


def test_certain_and_right_is_no_error():
    weapon = np.array([True, False, False])
    assert expected_error(weapon.astype(float), weapon) == 0.0


def test_few_everyday_objects_lie_beyond_the_limit():
    far = np.linspace(0, 0.5, 1001).astype(np.float32)
    familiarity = familiarity_of(far, 0.005)
    assert (far > familiarity.limit).mean() <= 0.006
    assert familiarity_of(far[:0], 0.005).limit == 2.0
