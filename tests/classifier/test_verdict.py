"""Scores to verdicts: laws of the table, and the words."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.runtime.bundle import BundleLabel, Thresholds
from classifier.runtime.known.library import Kind
from classifier.runtime.known.matching import Match
from classifier.runtime.policy import Action, Layer, Level, Policy, Settings, Unfamiliar
from classifier.runtime.scorer import ObjectScore
from classifier.runtime.verdict import Outcome, decide

SHAPES = ("handgun-shaped", "long-gun-shaped", "blade-shaped")
LABELS = (*(BundleLabel(shape, weapon_shaped=True) for shape in SHAPES), BundleLabel("gear", False))
BUNDLED = Thresholds(review_at=0.5, flag_at=0.9)
CONCERN = list(Outcome)


def concern(decision):
    return CONCERN.index(decision.outcome)


def scored(*levels, unfamiliar=0.5):
    """An object with these probabilities of the weapon shapes, in order."""
    scores = dict.fromkeys(SHAPES, 0.0) | dict(zip(SHAPES, levels, strict=False))
    total = min(sum(scores.values()), 1.0)
    shape = max(SHAPES, key=scores.__getitem__)
    label = shape if total >= 0.5 else "gear"
    return ObjectScore(label, total, shape, scores | {"gear": 1 - total}, unfamiliar)


def rules(general=Settings(), bundled=BUNDLED, unfamiliar=None, **labels):  # noqa: B008
    """Of a site's policy; a keyword `handgun` is about "handgun-shaped"."""
    own = {f"{name.replace('_', '-')}-shaped": settings for name, settings in labels.items()}
    layer = Layer("site.toml", general=general, labels=own, unfamiliar=unfamiliar)
    return Policy("site", (layer,)).applied(bundled, LABELS)


def own(review_at=None, flag_at=None, action=None):
    review, flag = (None if at is None else Level(at) for at in (review_at, flag_at))
    return Settings(review, flag, action)


@st.composite
def objects(draw):
    weights = [draw(st.floats(0, 1)) for _ in SHAPES]
    total = draw(st.floats(0, 1)) / max(sum(weights), 1e-9)
    return scored(*(weight * total for weight in weights), unfamiliar=draw(st.floats(0, 3)))


levels = st.floats(0.01, 1)
plates = st.lists(objects(), min_size=1, max_size=5)
pairs = st.tuples(levels, levels).map(sorted)
settings = st.builds(
    lambda pair, action: own(pair[0], pair[1], action), pairs, st.sampled_from([*Action, None])
)
some_rules = st.builds(
    lambda first, second, bundled: rules(
        own(*first), Thresholds(*bundled), handgun=second, blade=own(action=Action.REVIEW_ONLY)
    ),
    pairs,
    settings,
    pairs,
)


@given(plates, objects(), some_rules)
def test_another_object_never_lowers_the_concern(plate, extra, policy):
    assert concern(decide([*plate, extra], policy)) >= concern(decide(plate, policy))


@given(plates, some_rules)
def test_order_does_not_matter(plate, policy):
    assert decide(plate, policy).outcome == decide(plate[::-1], policy).outcome


@given(st.lists(objects().map(lambda o: replace(o, unfamiliar=0.0)), min_size=1), pairs)
def test_without_rules_of_its_own_the_highest_score_decides(plate, bundled):
    review_at, flag_at = bundled
    decision = decide(plate, Policy().applied(Thresholds(review_at, flag_at), LABELS))
    highest = max(sum(o.scores[shape] for shape in SHAPES) for o in plate)
    assert decision.weapon_score == min(highest, 1.0)
    assert (decision.outcome is Outcome.FLAGGED) == (highest >= flag_at)
    assert (decision.outcome is Outcome.CLEAR) == (highest < review_at)


@given(plates, pairs, pairs, st.floats(0, 1))
def test_a_lower_threshold_never_clears_more(plate, general, lower, share):
    before = rules(own(*general), handgun=own(*lower))
    after = rules(own(*general), handgun=own(lower[0] * max(share, 0.01), lower[1]))
    assert concern(decide(plate, after)) >= concern(decide(plate, before))


@given(plates, pairs)
def test_a_label_given_the_general_thresholds_changes_nothing(plate, general):
    assert (
        decide(plate, rules(own(*general), blade=own(*general))).outcome
        is decide(plate, rules(own(*general))).outcome
    )


@given(plates, pairs, settings, st.sampled_from(["handgun", "long_gun", "blade"]))
def test_judging_a_label_less_never_raises_a_verdict(plate, general, one, label):
    concerns = [
        concern(decide(plate, rules(own(*general), **{label: replace(one, action=action)})))
        for action in Action
    ]
    assert concerns == sorted(concerns)  # ignored, for review only, judged


@given(plates, some_rules)
def test_an_object_that_only_the_ignored_labels_fit_is_clear_by_its_shape(plate, policy):
    everything = [rule.label for rule in policy.labels if rule.action is Action.IGNORE]
    for one in plate:
        only = {s: (p if s in everything else 0.0) for s, p in one.scores.items()}
        blind = replace(one, scores=only, unfamiliar=0.0)
        assert decide([blind], policy).outcome is Outcome.CLEAR


@given(objects(), levels)
def test_evidence_split_between_two_shapes_adds_up_under_rules_of_their_own(one, flag_at):
    strict = rules(handgun=own(flag_at=flag_at), long_gun=own(flag_at=flag_at))
    together = one.scores["handgun-shaped"] + one.scores["long-gun-shaped"]
    if together >= flag_at:
        assert decide([one], strict).outcome is Outcome.FLAGGED


@given(plates, some_rules)
def test_what_a_job_calls_support_never_stops_it(plate, policy):
    decision = decide(plate, policy, helpers=[True] * len(plate))
    assert decision.outcome is not Outcome.FLAGGED
    shapes_alone = decide([replace(one, unfamiliar=0.0) for one in plate], policy)
    assert (decision.outcome is Outcome.CLEAR) == (shapes_alone.outcome is Outcome.CLEAR)


@given(plates, some_rules)
def test_being_unfamiliar_asks_a_person_and_does_no_more(plate, policy):
    strange = [replace(one, unfamiliar=1.3) for one in plate]
    familiar = decide([replace(one, unfamiliar=1.0) for one in plate], policy)
    assert concern(decide(strange, policy)) == max(concern(familiar), 1)
    calm = replace(policy, unfamiliar=Unfamiliar.IGNORE)
    assert decide(strange, calm).outcome is familiar.outcome


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
    decision = decide([scored(level)], rules())
    assert decision.outcome is outcome
    assert words in decision.reasons[0]


def test_reasons_name_only_the_objects_that_decided():
    decision = decide([scored(0.1), scored(0.95), scored(0.6)], rules())
    assert len(decision.reasons) == 1
    assert decision.reasons[0].startswith("Object 2 looks handgun-shaped (weapon-shape score 0.95")


BLADES_TO_REVIEW = rules(blade=own(action=Action.REVIEW_ONLY))
BLADES_PASS = rules(blade=own(action=Action.IGNORE))
GUNS_SOONER = rules(handgun=own(0.2, 0.4))


@pytest.mark.parametrize(
    ("one", "policy", "outcome", "sentence"),
    [
        (scored(unfamiliar=1.31), rules(), Outcome.REVIEW,
         "Object 1 is unlike anything the network learned from (1.3 times the limit)"),
        (scored(0, 0, 0.97), BLADES_TO_REVIEW, Outcome.REVIEW,
         "Object 1 looks blade-shaped (blade-shaped score 0.97, review from 0.50), which policy "
         "site leaves to a person"),
        (scored(0, 0, 0.97), BLADES_PASS, Outcome.CLEAR,
         "Object 1 looks blade-shaped (weapon-shape score 0.97), which policy site lets pass"),
        (scored(0.45), GUNS_SOONER, Outcome.FLAGGED,
         "Object 1 looks handgun-shaped (handgun-shaped score 0.45, flagged from 0.40)"),
        (scored(0.35, 0.2), GUNS_SOONER, Outcome.FLAGGED,
         "Object 1 looks handgun-shaped (flagged from these together: handgun-shaped 0.35 of "
         "0.40 and long-gun-shaped 0.20 of 0.90)"),
    ],
)  # fmt: skip
def test_reasons_say_which_rule_was_met(one, policy, outcome, sentence):
    decision = decide([one], policy)
    assert (decision.outcome, decision.reasons) == (outcome, (sentence,))


def test_a_flag_of_support_becomes_a_question():
    decision = decide([scored(0.97)], rules(), helpers=[True])
    assert decision.outcome is Outcome.REVIEW
    assert decision.reasons[0].endswith(", but the job says it is support or the like")


@pytest.mark.parametrize(
    ("layers", "outcome", "words"),
    [
        (1, Outcome.REVIEW, ", but has only 1 layer"),
        (2, Outcome.REVIEW, ", but has only 2 layers"),
        (3, Outcome.FLAGGED, ")"),
    ],
)
def test_an_outline_alone_is_a_question(layers, outcome, words):
    decision = decide([scored(0.97)], rules(), layers=[layers])
    assert decision.outcome is outcome
    assert decision.reasons[0].endswith(words)


def test_a_known_shape_is_flagged_however_thin():
    match = Match("plate", 0.95, Kind.FLAG)
    decision = decide([scored(0.02)], rules(), layers=[1], matches=[(match,)])
    assert decision.outcome is Outcome.FLAGGED


def test_nothing_seen_is_not_clear():
    with pytest.raises(ValueError, match="no object was scored"):
        decide([], rules())
