"""Lessons are run once, in any number of processes, and their answers become marks."""

from __future__ import annotations

import json

import numpy as np
import pytest

from classifier.benchmark.answers import load_answers
from classifier.benchmark.entrants import Entrant, UnknownContender, entrants
from classifier.benchmark.marks import Judged, marks
from classifier.benchmark.protocols import curriculum
from classifier.benchmark.runner import Budget, Stage, run_lessons
from tests.classifier.benchmark_prints import NearestMean, Unwell, drawn_prints

MEAN = Entrant("mean", NearestMean, "mean 1")


def stage_of(prints, steps=3):
    return Stage(prints, Budget(steps=steps, seed=1, data="miniature"))


def run(folder, *, members=(MEAN,), workers=1, stage=None, told=None):
    stage = stage or stage_of(drawn_prints())
    lessons = curriculum(stage.prints).lessons
    counted = told if told is not None else []
    return run_lessons(
        members, lessons, stage, folder=folder, workers=workers,
        progress=lambda title, total: counted.append(total) or counted.append,
    )  # fmt: skip


def test_what_was_answered_once_is_not_asked_again(tmp_path):
    first = run(tmp_path)
    told = []
    again = run(tmp_path, members=[Entrant("mean", Unwell, "mean 1")], told=told)
    assert told == [0]
    for key, answers in first.items():
        for name, exam in answers.exams.items():
            np.testing.assert_array_equal(exam.said, again[key].exams[name].said)


def test_another_budget_or_contender_is_asked_anew(tmp_path):
    run(tmp_path)
    with pytest.raises(RuntimeError, match="should not have been trained"):
        run(tmp_path, members=[Entrant("mean", Unwell, "mean 2")])
    with pytest.raises(RuntimeError, match="should not have been trained"):
        run(
            tmp_path,
            members=[Entrant("mean", Unwell, "mean 1")],
            stage=stage_of(drawn_prints(), steps=4),
        )


def test_a_damaged_answer_is_made_again(tmp_path):
    before = run(tmp_path)
    for path in (tmp_path / "answers").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    after = run(tmp_path)
    assert before.keys() == after.keys()
    assert all(load_answers(path) for path in (tmp_path / "answers").iterdir())


def test_two_processes_say_what_one_says(tmp_path):
    alone, together = run(tmp_path / "1"), run(tmp_path / "2", workers=2)
    assert alone.keys() == together.keys()
    for key, answers in alone.items():
        for name, exam in answers.exams.items():
            np.testing.assert_array_equal(exam.said, together[key].exams[name].said)
            np.testing.assert_array_equal(exam.grown, together[key].exams[name].grown)


def test_progress_ends_at_all_steps_of_all_lessons(tmp_path):
    told = []
    run(tmp_path, told=told)
    total, *steps = told
    assert sum(steps) == total


def test_what_comes_trained_is_not_trained(tmp_path):
    class Ready(Unwell):
        def __init__(self):
            super().__init__()
            prints = drawn_prints()
            NearestMean.fit(self, prints, np.ones((len(prints), 3), bool), seed=0, steps=0)

    found = run(tmp_path, members=[Entrant("ready", Ready, "ready", trained_elsewhere=True)])
    assert found


def test_an_unknown_contender_lists_the_known():
    with pytest.raises(UnknownContender, match="no contender 'magic'; there are: small_cnn, "):
        entrants(["magic"])


def judged(said_right):
    prints = drawn_prints()
    label = np.where(said_right, prints.label, (prints.label + 1) % 14)
    said = np.eye(15)[label]
    grown = np.repeat(said[:, None], 4, axis=1)
    return Judged(said, prints.label, prints.family, grown, prints.label)


def test_a_perfect_contender_gets_perfect_marks():
    found = marks(judged(True), seed=0)
    assert found["accuracy"]["share"] == 1
    assert found["roc"]["area"] == 1
    assert [row["recall"]["share"] for row in found["stops"]] == [1, 1]
    assert found["calibration"]["label"]["error"] == 0
    assert found["early"]["all"]["upper_quartile"] == 0.25
    assert found["early"]["all"]["never"]["hits"] == 0


def test_a_rate_that_too_few_prints_can_show_is_marked():
    found = marks(judged(True), seed=0)
    assert [row["resolved"] for row in found["stops"]] == [True, False]  # of 144 everyday prints
    assert found["stops"][1]["precision"][0]["measured"] is None
    assert 0 < found["stops"][1]["precision"][1]["at_worst"] < 0.01


def test_marks_are_strict_json():
    found = marks(judged(np.arange(len(drawn_prints())) % 3 > 0), seed=0)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_protocol_of_one_kind_has_no_stops():
    prints = drawn_prints()
    everyday = prints.subset(np.flatnonzero(prints.family == "mug"))
    said = np.eye(15)[everyday.label]
    grown = said[:, None]
    found = marks(Judged(said, everyday.label, everyday.family, grown, everyday.label), seed=0)
    assert "stops" not in found
    assert found["accuracy"]["families"] == 1
