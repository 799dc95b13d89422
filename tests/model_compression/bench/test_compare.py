"""Schemes at the same accuracy: the halving finds the edge, and everything is resumable."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from model_compression.bench import cells, halving, runner
from model_compression.bench import compare as comparing
from model_compression.bench.compare import Comparison, compare, tolerance_of
from model_compression.bench.halving import HIGHEST, LOWEST, Trial, largest_rate
from model_compression.bench.protocol import SAME_ACCURACY
from model_compression.bench.report import results_of, text_of
from model_compression.bench.runner import JOURNAL, Study
from model_compression.cli import compress
from model_compression.framework.criteria import magnitude
from model_compression.framework.granularity import WEIGHT
from model_compression.framework.pruning import Cut
from model_compression.framework.recipe import Recipe
from model_compression.framework.splits import Ranked, lamp
from model_compression.framework.targets import Target
from model_compression.recipes.registry import RECIPES
from model_compression.tasks.task import Learning

CUTS = Recipe(
    name="cuts",
    title="Cut",
    paper="none",
    stages=lambda goal: [Cut(magnitude, WEIGHT, Ranked(goal.kept, lamp, "LAMP score"))],
    target=Target(share=0.2),
    groups="weight",
)


def ignore(_: str) -> None:
    """What is done is of no interest here."""


@pytest.fixture
def trial(tiny_task, tmp_path):
    return Trial(tiny_task, tiny_task.build(), CUTS, 1.0, 0.3, 0.5, 9, tmp_path / JOURNAL, {})


@pytest.mark.parametrize("edge", [2.5, 40.0, 348.0, 1000.0])
def test_halving_finds_the_largest_good_rate(trial, monkeypatch, edge):
    monkeypatch.setattr(halving, "_judged", lambda _, rate: {"lost": 0.0 if rate <= edge else 9.0})
    found = largest_rate(trial, ignore)
    assert min(edge, HIGHEST) / 1.05 < found <= edge


def test_what_fails_at_the_lowest_rate_is_asked_nothing_more(trial, monkeypatch):
    asked = []
    monkeypatch.setattr(
        halving, "_judged", lambda _, rate: asked.append(rate) or {"lost": None, "failed": "why"}
    )
    assert largest_rate(trial, ignore) is None
    assert asked == [LOWEST]


def test_known_probes_are_not_made_again(trial, monkeypatch):
    monkeypatch.setattr(halving, "_judged", lambda _, rate: {"lost": rate / 1000})
    first = largest_rate(trial, ignore)
    monkeypatch.setattr(halving, "_judged", lambda *_: pytest.fail("made again"))
    assert largest_rate(trial, ignore) == first


def test_a_recipe_that_plans_otherwise_is_probed_anew(trial, tmp_path):
    once = trial.network_at(8.0)[0].network
    again = replace(trial, known={}).network_at(8.0)[0].network
    assert all(map(torch.equal, once.state_dict().values(), again.state_dict().values()))
    longer = replace(CUTS, stages=lambda goal: [*CUTS.stages(goal), *CUTS.stages(goal)])
    other = replace(trial, recipe=longer)
    assert other.key("probe", 8.0) != trial.key("probe", 8.0)
    other.network_at(8.0)
    entry = json.loads((tmp_path / "probes" / "cuts-8x.json").read_text())
    assert entry["decided_by"] == other.key("probe", 8.0)


@pytest.fixture
def asked(tiny_task, monkeypatch):
    task = replace(tiny_task, learning=Learning(epochs=2))
    monkeypatch.setattr(runner, "_task", lambda *_: task)
    monkeypatch.setitem(RECIPES, "cuts", CUTS)
    monkeypatch.setattr(
        cells, "files_of", lambda task, subject, row: cells.Files({}, replace(
            row, onnx_bytes=1000, xz_bytes=900, packed_bytes=500, difference=1e-7,
        ), 1.0, int8_failed="not made"),
    )  # fmt: skip
    study = Study("mlp300", None, None, "tiny", 1, ("cuts",), (SAME_ACCURACY.name,))
    return Comparison(study, within=100.0, bits=3, probes=2)


def test_a_scheme_ends_on_levels_of_the_asked_bits(asked, tmp_path):
    lines = compare(asked, tmp_path, ignore)
    assert [line["entry"] for line in lines] == ["dense", "cuts"]
    assert lines[1]["rate"] == 32.0
    assert "uniform 3 bit" in lines[1]["row"]["stored_as"]
    assert lines[1]["row"]["weights_kept"] <= 266_200 / 32 + 1
    assert compare(asked, tmp_path, ignore) == lines
    speeds = {"cells": {}, "conditions": {}, "runs": 0}
    results = results_of(asked.study, lines, speeds, "", (tolerance_of(lines, 100.0),))
    assert "cannot tell" in text_of(results)


def test_a_scheme_without_a_good_rate_fails_with_the_reason(asked, tmp_path):
    lines = compare(replace(asked, within=-200.0), tmp_path, ignore)
    assert "already 2x loses more than -200 points" in lines[1]["failed"]


def test_an_unknown_network_is_one_sentence_and_status_2(tmp_path):
    ran = CliRunner().invoke(compress, ["compare", "--net", "x", "--out", str(tmp_path)])
    assert ran.exit_code == 2
    assert "no network 'x'; there are: lenet5" in ran.output
    assert not list(Path(tmp_path).iterdir())


def test_the_schemes_are_recipes():
    assert set(comparing.SCHEMES) <= set(RECIPES)
