"""A leaderboard from cells to page: resumable, nothing hidden, no script."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from dataset_builder.terminal import Advance
from model_compression.bench import cells, runner
from model_compression.bench.board import REFERENCE
from model_compression.bench.protocol import BUDGETS
from model_compression.bench.report import markdown_of, results_of, text_of, write_results
from model_compression.bench.runner import JOURNAL, Study, measure_all
from model_compression.bench.speeds import speeds_of
from model_compression.errors import CompressionError
from model_compression.framework.criteria import magnitude
from model_compression.framework.granularity import WEIGHT
from model_compression.framework.pruning import Cut
from model_compression.framework.recipe import Recipe
from model_compression.framework.splits import Ranked, lamp
from model_compression.framework.stage import Untrained
from model_compression.framework.targets import Target
from model_compression.recipes.registry import RECIPES
from model_compression.tasks.task import Learning

WHY = "layer fc1 stops it: <nothing> can be removed"


@dataclass(frozen=True)
class Breaks(Untrained):
    def describe(self):
        return "break"

    def run(self, subject, lab):
        raise CompressionError(WHY)


def cut(goal):
    return [Cut(magnitude, WEIGHT, Ranked(goal.kept, lamp, "LAMP score"))]


FAKES = [
    Recipe(name="cuts", title="Cut", paper="none", stages=cut, target=Target(share=0.2),
           groups="weight"),
    Recipe(name="breaks", title="Break", paper="none", stages=lambda goal: [Breaks()],
           target=Target(share=0.2), groups="filter"),
]  # fmt: skip


def unseen(title: str, total: int) -> Advance:
    return lambda count, note="": None


@pytest.fixture
def study(tiny_task, monkeypatch):
    """Two fake recipes at one target, on a perceptron that learns for a moment."""
    task = replace(tiny_task, learning=Learning(epochs=2))
    monkeypatch.setattr(runner, "_task", lambda *_: task)
    for recipe in FAKES:
        monkeypatch.setitem(RECIPES, recipe.name, recipe)
    return Study("mlp300", None, None, "tiny", 1, ("cuts", "breaks"), ("own",))


@pytest.fixture
def light(monkeypatch):
    """No files: exporting takes seconds and is tested elsewhere."""
    monkeypatch.setattr(
        cells, "files_of", lambda task, subject, row: cells.Files({}, replace(
            row, onnx_bytes=1000, xz_bytes=900, packed_bytes=500, difference=1e-7,
        ), 1.0, int8_failed="not made"),
    )  # fmt: skip


def test_a_leaderboard_tells_all_on_one_page(study, tmp_path):
    lines = measure_all(study, tmp_path, 1, unseen)
    speeds = speeds_of(study.task(1), lines, tmp_path, unseen, runs={1: 3, 32: 2})
    results = results_of(study, lines, speeds, "printwarden leaderboard")
    write_results(results, tmp_path)
    html = (tmp_path / "leaderboard.html").read_text()
    assert json.loads((tmp_path / "leaderboard.json").read_text()) == results
    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "")
    assert "layer fc1 stops it: &lt;nothing&gt; can be removed" in html
    by_entry = {row["entry"]: row for row in results["rows"]}
    assert [row["entry"] for row in results["rows"] if row["kind"] == REFERENCE] == [
        "dense", "int8", "xz",
    ]  # fmt: skip
    assert by_entry["breaks"]["failed"] == [WHY]
    assert by_entry["cuts"]["weights_kept"] == round(0.2 * 266_200)
    assert by_entry["cuts"]["speedup"]["float32, batch 1"] > 0
    assert by_entry["int8"]["onnx_bytes"] < by_entry["dense"]["onnx_bytes"] / 3
    for text in (text_of(results), markdown_of(results)):
        assert WHY in text
        assert "cuts" in text


@pytest.mark.parametrize("aim", ["bits-5", "macs-50"])
def test_every_recipe_that_takes_part_gets_a_row(aim, small_task, monkeypatch, tmp_path):
    task = replace(small_task, learning=Learning(epochs=2))
    monkeypatch.setattr(runner, "_task", lambda *_: task)
    study = Study("small", None, None, "0.5", 1, tuple(RECIPES), (aim,))
    dense, *lines = measure_all(study, tmp_path, 1, unseen)
    assert [line["entry"] for line in lines] == [cell.entry for cell in study.cells()[1:]]
    assert not {line["entry"]: line["failed"] for line in lines if line["failed"]}
    assert all(line["same"] >= 0.999 for line in lines)
    if aim == "macs-50":
        assert all(line["row"]["macs"] <= 0.5 * dense["row"]["macs"] for line in lines)
    else:
        assert all(
            line["row"]["stored_bits"] <= 0.051 * 32 * dense["row"]["weights"] for line in lines
        )


def test_an_interrupted_run_goes_on_to_the_same_lines(study, light, tmp_path, monkeypatch):
    whole = measure_all(study, tmp_path / "whole", 1, unseen)
    folder = tmp_path / "torn"
    measure_all(study, folder, 1, unseen)
    journal = folder / JOURNAL
    kept = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(kept[:1]) + kept[1][:50])
    measured = []
    real = runner.measure
    monkeypatch.setattr(
        runner, "measure", lambda cell, *rest: measured.append(cell.name) or real(cell, *rest)
    )
    again = measure_all(study, folder, 1, unseen)
    assert measured == ["cuts-own-seed1", "breaks-own-seed1"]
    for one, other in zip(whole, again, strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_another_budget_is_another_cell(study, light):
    other = replace(study, budget="small")
    keys = [{cell.key for cell in one.cells()} for one in (study, other)]
    assert not keys[0] & keys[1]
    assert len(keys[0]) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recipes": ("magic",)}, "no recipe 'magic'; there are: "),
        ({"aims": ("moon",)}, "no aim 'moon'; there are: bits-5"),
        ({"budget": "huge"}, f"no budget 'huge'; there are: {', '.join(BUDGETS)}"),
        ({"budget": "-1"}, "no budget '-1'"),
        ({"budget": "nan"}, "no budget 'nan'"),
    ],
)
def test_an_unknown_name_is_told_which_there_are(study, change, message):
    with pytest.raises(CompressionError, match=message):
        replace(study, **change).cells()


def test_without_a_dense_parent_there_is_no_leaderboard(study):
    line = {"entry": "dense", "aim": None, "seed": 1, "failed": "it cannot be exported"}
    with pytest.raises(CompressionError, match="the dense parent of seed 1: it cannot be exported"):
        results_of(study, [line], {"cells": {}}, "")
