"""From objects to a dataset to a benchmark, by the commands a person would type."""

import json

import numpy as np
import pytest

import printwarden
from classifier.load_prints import load_prints
from dataset_builder.building.pictures import Objects
from dataset_builder.building.plan import Plan
from dataset_builder.building.request import Request, plan_of
from dataset_builder.render.sequence import sequence
from dataset_builder.render.turned import turned


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "smoke"
    words = ["dataset", "build", "-o", folder, "--size", "16", "--workers", "1", "--frames", "3"]
    assert printwarden.main([str(word) for word in words]) == 0
    return folder


def test_solids_in_the_poses_of_prints_look_like_their_pictures(smoke):
    prints = load_prints(smoke, most=30, seed=1)
    for row in range(len(prints)):
        solid = turned(prints.solids[prints.solid[row]], prints.rotation[row])
        drawn = sequence(solid, frames=3, size_px=16, kind="root-xray")[-1].astype(float)
        assert np.abs(drawn - prints.pictures[row]).mean() < 8  # of 255 grey levels


def test_a_plan_reads_back_as_it_was_written(smoke):
    plan = plan_of(Request("smoke"))
    again = Plan.from_json(json.loads(json.dumps(plan.to_json())))
    assert again == plan
    assert again.digest == plan.digest
    assert Objects(again, smoke).layers(next(again.jobs_of(0))).bits.any()


def test_the_command_measures_contenders_and_goes_on_from_what_it_has(smoke, tmp_path, capsys):
    words = [
        "benchmark", "--data", smoke, "--out", tmp_path, "--contenders",
        "small_cnn,mesh_features", "--steps", "4", "--prints", "90", "--workers", "1",
        "--no-attacks",
    ]  # fmt: skip
    capsys.readouterr()
    assert printwarden.main([str(word) for word in words]) == 0
    first = capsys.readouterr().out
    assert "small CNN" in first
    assert "Unseen model" in first
    page = (tmp_path / "benchmark.html").read_text(encoding="utf-8")
    assert "mesh features + random forest" in page
    answers = {path: path.stat().st_mtime_ns for path in (tmp_path / "answers").iterdir()}
    assert printwarden.main([str(word) for word in words]) == 0
    assert capsys.readouterr().out == first
    assert {path: path.stat().st_mtime_ns for path in answers} == answers


def test_an_unknown_contender_names_the_known_ones(smoke, tmp_path, capsys):
    words = ["benchmark", "--data", str(smoke), "--contenders", "oracle", "--out", str(tmp_path)]
    assert printwarden.main(words) == 2
    assert "small_cnn" in capsys.readouterr().err


@pytest.mark.parametrize("verb", [["dataset", "report"], ["benchmark", "--data"]])
def test_a_folder_without_a_dataset_is_one_sentence(verb, tmp_path, capsys):
    assert printwarden.main([*verb, str(tmp_path)]) in (1, 2)
    said = capsys.readouterr().err
    assert "manifest.json" in said
    assert "Traceback" not in said
