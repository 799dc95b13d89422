"""Sliced meshes, each judged by the network that has not seen its source."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from classifier.holdout.command import command
from classifier.holdout.judging import Finding
from classifier.holdout.report import results_of, text_of
from classifier.runtime.bundle import load_bundle
from classifier.runtime.judge import Judge
from classifier.training.folds import folds_of
from classifier.training.origins import training_origins
from classifier.training.pipeline import train
from classifier.training.run import Run
from dataset_builder.slicers.base import write_stl
from dataset_builder.sources.origin import Origin
from dataset_builder.sources.solids import SOLIDS, draw_solid

MODELS = {"handgun-shaped": "pistol", "container": "mug"}


def origin(label, name):
    return Origin(name, name, label, "s", "unknown", "unknown", "0", "mesh", f"{name}.stl")


@pytest.fixture(scope="module")
def findings():
    gun, cup = origin("handgun-shaped", "gun"), origin("container", "cup")
    drill = origin("gripped-tool", "drill")
    return [
        Finding(gun, "flagged", 0.99, "looks handgun-shaped"),
        Finding(gun, "clear", 0.1, "nothing weapon-shaped"),
        Finding(cup, "clear", 0.01, "nothing weapon-shaped"),
        Finding(drill, "review", 0.8, "not sure"),
        Finding(cup, "unreadable", None, "ends early"),
    ]


def test_what_could_not_be_read_is_not_clear(findings):
    rates = {row["what"]: row for row in results_of(findings, [], "prusa:draft")["rates"]}
    assert (rates["everyday"]["not_clear"]["hits"], rates["everyday"]["not_clear"]["of"]) == (2, 3)
    assert rates["everyday"]["flagged"]["hits"] == 0
    assert (rates["weapon-shaped"]["flagged"]["hits"], rates["weapon-shaped"]["flagged"]["of"]) == (
        1,
        2,
    )


def test_every_mistake_has_its_name_the_worst_first(findings):
    results = results_of(findings, [], "prusa:draft")
    assert [one["mesh"] for one in results["everyday_not_clear"]] == ["drill", "cup"]
    assert [one["weapon_score"] for one in results["weapon_shaped_clear"]] == [0.1]


def test_the_table_has_a_row_a_label_that_was_judged(findings):
    rows = text_of(findings).splitlines()
    assert [row.split(" | ")[0].strip("| ") for row in rows[2:]] == [
        "weapon-shaped", "handgun-shaped", "everyday", "gripped-tool", "container",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Two folders, each a source of its own, with one object of each kind."""
    root = tmp_path_factory.mktemp("meshes")
    for number, folder in enumerate(("one", "two")):
        for label, model in MODELS.items():
            path = root / folder / label / f"{folder}-{model}.stl"
            path.parent.mkdir(parents=True)
            write_stl(draw_solid(SOLIDS[model], np.random.default_rng(number)), path)
    return root


@pytest.mark.skipif(shutil.which("prusa-slicer") is None, reason="prusa-slicer is not installed")
def test_each_job_is_judged_by_the_fold_that_never_saw_its_source(
    sources, tiny_config, tiny_models, tmp_path
):
    run, labels = tmp_path / "run", tmp_path / "labels.csv"
    labels.write_text("folder,label\n")
    train(Run(tiny_config, run, (sources,), models=tiny_models))
    call = [str(run), "--data", str(sources), "--labels", str(labels), "--longest", "30"]
    call += ["--out", str(tmp_path / "out"), "--json", "--workers", "1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("classifier.training.trained.Run", _with(tiny_models))
        answer = CliRunner().invoke(command, call)
    assert answer.exit_code == 0, answer.output
    results = json.loads(answer.stdout)
    assert results == json.loads((tmp_path / "out" / "holdout.json").read_text("utf-8"))
    counts = {row["what"]: row["not_clear"]["of"] for row in results["rates"]}
    assert (counts["weapon-shaped"], counts["everyday"]) == (2, 2)
    _scores_are_the_folds_own(sources, tiny_models, tiny_config.seed, tmp_path / "out", results)


def _with(models):
    """Run, with few models instead of all: no option of the command, which draws what ships."""

    def run(*args, **named):
        return Run(*args, **named, models=models)

    return run


def _scores_are_the_folds_own(sources, models, seed, out: Path, results):
    found = training_origins((sources,), {}, seed=seed, models=models).origins
    fold = dict(zip([one.name for one in found], folds_of(found, 2), strict=True))
    said = {one["mesh"]: one for one in results["everyday_not_clear"]}
    said |= {one["mesh"]: one for one in results["weapon_shaped_clear"]}
    judges = [Judge(load_bundle(out / f"fold-{number}")) for number in range(2)]
    jobs = sorted((out / "gcode").glob("*.gcode.gz"))
    assert len(jobs) == 4
    scores = [{round(judge.judge(job)["weapon_score"], 6) for job in jobs} for judge in judges]
    assert not scores[0] & scores[1]
    for name, one in said.items():
        assert round(one["weapon_score"], 6) in scores[fold[name]]


def test_an_unknown_profile_is_refused_with_those_there_are(tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("folder,label\n")
    call = [str(tmp_path), "--data", str(tmp_path), "--labels", str(labels), "--profile", "magic"]
    answer = CliRunner().invoke(command, call)
    assert answer.exit_code == 2
    assert "prusa:draft" in answer.output


def test_a_folder_without_a_finished_run_is_refused(tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("folder,label\n")
    call = [str(tmp_path), "--data", str(tmp_path), "--labels", str(labels)]
    answer = CliRunner().invoke(command, call)
    assert answer.exit_code == 2
    assert "holds no finished run" in answer.output or "is not installed" in answer.output
