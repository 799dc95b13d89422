"""What is held out is never learned from, whatever the protocol."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.benchmark.protocols import PROTOCOLS, curriculum
from tests.classifier.benchmark_prints import drawn_prints


def lessons_of(prints, protocol, **options):
    found = curriculum(prints, **options)
    return [lesson for lesson in found.lessons if protocol in lesson.exams]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_plane_is_both_learned_from_and_judged_by(protocol):
    for lesson in lessons_of(drawn_prints(sources=2), protocol):
        assert not (lesson.learn & lesson.exams[protocol]).any()


@pytest.mark.parametrize("folds", ["stored", "families"])
@pytest.mark.parametrize("protocol", ["unseen-model", "unseen-route"])
def test_no_family_that_is_judged_was_learned_from(protocol, folds):
    prints = drawn_prints()
    for lesson in lessons_of(prints, protocol, folds=folds):
        learned = set(prints.family[lesson.learn.any(axis=1)])
        judged = set(prints.family[lesson.exams[protocol].any(axis=1)])
        assert not learned & judged
        assert judged <= lesson.holds_out


@pytest.mark.parametrize("folds", ["stored", "families"])
def test_every_print_is_judged_as_an_unseen_model_once(folds):
    prints = drawn_prints()
    asked = [
        lesson.exams[name].any(axis=1).astype(int)
        for name in ("unseen-model", "unseen-route")
        for lesson in lessons_of(prints, name, folds=folds)
    ]
    assert (np.sum(asked, axis=0) == 1).all()


def test_no_slicer_profile_that_is_held_out_was_learned_from():
    prints = drawn_prints()
    for lesson in lessons_of(prints, "unseen-route"):
        learned = set(prints.route[lesson.learn.any(axis=1)])
        assert not learned & set(prints.route[lesson.exams["unseen-route"].any(axis=1)])


def test_leaving_one_out_trains_one_network_a_family():
    prints = drawn_prints()
    lessons = lessons_of(prints, "unseen-model", folds="families")
    assert len(lessons) == len(set(prints.family))


def test_a_random_split_judges_a_print_by_its_test_planes_alone():
    prints = drawn_prints()
    (lesson,) = lessons_of(prints, "random")
    np.testing.assert_array_equal(lesson.exams["random"], prints.test["random"])
    np.testing.assert_array_equal(lesson.learn, ~prints.test["random"])


def test_a_single_source_is_said_to_be_no_test_of_sources():
    reason = curriculum(drawn_prints()).unavailable["unseen-source"]
    assert reason == "needs two sources with weapon-shaped and everyday prints each, and has 1"


def test_a_dataset_without_a_profile_held_out_says_so():
    prints = drawn_prints()
    prints.test["route"][:] = False
    found = curriculum(prints)
    assert "no slicer profile is held out" in found.unavailable["unseen-route"]
    assert any("unseen-model" in lesson.exams for lesson in found.lessons)


def test_every_protocol_is_asked_or_said_to_be_unavailable():
    for prints in (drawn_prints(), drawn_prints(sources=2)):
        found = curriculum(prints)
        asked = {name for lesson in found.lessons for name in lesson.exams}
        assert asked | set(found.unavailable) == set(PROTOCOLS)
        assert not asked & set(found.unavailable)


def test_the_memorising_protocol_is_shown_last():
    assert [row.memorising for row in PROTOCOLS.values()] == [False] * 4 + [True]
