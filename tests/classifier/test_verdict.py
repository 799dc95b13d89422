"""Scores to verdicts: laws of the table, and the words."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.runtime.bundle import Thresholds
from classifier.runtime.errors import PolicyError
from classifier.runtime.scorer import ObjectScore
from classifier.runtime.verdict import Outcome, Policy, decide

BUNDLED = Thresholds(review_at=0.5, flag_at=0.9)
CONCERN = list(Outcome)


def scored(level, shape="handgun-shaped"):
    return ObjectScore("mug" if level < 0.5 else shape, level, shape, {shape: level})


levels = st.floats(0, 1).map(scored)
plates = st.lists(levels, min_size=1, max_size=6)
thresholds = st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)).map(lambda t: Thresholds(*sorted(t)))


@given(plates, levels, thresholds)
def test_another_object_never_lowers_the_concern(plate, extra, bundled):
    alone, together = decide(plate, bundled), decide([*plate, extra], bundled)
    assert CONCERN.index(together.outcome) >= CONCERN.index(alone.outcome)


@given(plates, thresholds)
def test_order_does_not_matter(plate, bundled):
    assert decide(plate, bundled).outcome == decide(plate[::-1], bundled).outcome


@given(plates, thresholds)
def test_the_highest_score_decides(plate, bundled):
    decision = decide(plate, bundled)
    highest = max(score.weapon_score for score in plate)
    assert decision.weapon_score == highest
    assert (decision.outcome is Outcome.FLAGGED) == (highest >= bundled.flag_at)
    assert (decision.outcome is Outcome.CLEAR) == (highest < bundled.review_at)


@given(plates, thresholds, st.floats(0.01, 1))
def test_a_lower_threshold_never_clears_more(plate, bundled, level):
    moved = decide(plate, bundled, Policy(review_at=min(level, bundled.review_at)))
    assert CONCERN.index(moved.outcome) >= CONCERN.index(decide(plate, bundled).outcome)


@pytest.mark.parametrize(
    ("level", "outcome", "words"),
    [
        (0.97, Outcome.FLAGGED, "Object 1 looks handgun-shaped"),
        (0.90, Outcome.FLAGGED, "flagged from 0.90"),
        (0.70, Outcome.REVIEW, "Object 1 may look handgun-shaped; not sure"),
        (0.50, Outcome.REVIEW, "review from 0.50"),
        (0.49, Outcome.CLEAR, "The object does not look weapon-shaped (highest score 0.49"),
    ],
)
def test_reasons_say_what_was_seen_and_from_where_on_it_counts(level, outcome, words):
    decision = decide([scored(level)], BUNDLED)
    assert decision.outcome is outcome
    assert words in decision.reasons[0]


def test_reasons_name_only_the_objects_that_decided():
    decision = decide([scored(0.1), scored(0.95), scored(0.6)], BUNDLED)
    assert len(decision.reasons) == 1
    assert decision.reasons[0].startswith("Object 2 looks handgun-shaped (weapon-shape score 0.95")


def test_nothing_seen_is_not_clear():
    with pytest.raises(ValueError, match="no object was scored"):
        decide([], BUNDLED)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(), (0.5, 0.9)),
        (Policy(review_at=0.3), (0.3, 0.9)),
        (Policy(flag_at=0.95), (0.5, 0.95)),
        (Policy(flag_at=0.4), (0.4, 0.4)),
        (Policy(review_at=0.95), (0.95, 0.95)),
    ],
)
def test_a_threshold_moved_past_the_other_takes_it_along(policy, expected):
    assert policy.applied(BUNDLED) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("review = 0.5", r"site\.toml: no setting 'review'\. There are: review_at, flag_at\."),
        ("flag_at = 'high'", r"site\.toml: flag_at = 'high' is not a number"),
        ("flag_at = true", "is not a number"),
    ],
)
def test_a_policy_table_with_a_mistake_is_refused(text, message):
    with pytest.raises(PolicyError, match=message):
        Policy.from_table(tomllib.loads(text), where="site.toml")


@pytest.mark.parametrize(
    "policy", [Policy(0.9, 0.5), Policy(review_at=0.0), Policy(flag_at=1.5), Policy(float("nan"))]
)
def test_thresholds_that_contradict_each_other_are_refused(policy):
    with pytest.raises(PolicyError, match="Choose 0 < review_at <= flag_at <= 1"):
        policy.applied(BUNDLED)
