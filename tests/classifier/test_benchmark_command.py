"""The command says what is wrong and how to go on; the page holds what was found."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from classifier.benchmark.attacked import Drawing
from classifier.benchmark.attacks import ATTACKS
from classifier.benchmark.command import command
from classifier.benchmark.entrants import Entrant
from classifier.benchmark.page import page
from classifier.benchmark.protocols import PROTOCOLS, curriculum
from classifier.benchmark.results import Asked, assemble
from classifier.benchmark.runner import Budget, Stage, run_lessons
from classifier.benchmark.siege import POSES, lay_siege, victims
from classifier.benchmark.study import write_results
from classifier.benchmark.table import attack_table, text_table
from dataset_builder.output.dataset import WORK, Dataset
from dataset_builder.sources.parametric import parametric_origins
from tests.classifier.benchmark_prints import FRAMES, SIZE_PX, NearestMean, drawn_prints

TITLE = "nearest <mean>"
SOME = [attack for attack in ATTACKS if attack.name in ("cut", "mirror")]


class Named(NearestMean):
    name = TITLE


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmark")
    prints = drawn_prints()
    lessons = curriculum(prints)
    siege = lay_siege(
        victims(parametric_origins(["pistol", "mug"], 1, seed=1), prints, seed=1),
        Drawing(FRAMES, SIZE_PX, "xray"), seed=1, folder=folder, workers=1, attacks=SOME,
        progress=lambda *_: lambda _: None,
    )  # fmt: skip
    members = [
        Entrant("mean", Named, "mean 1"),
        Entrant("ready", _Ready, "ready", trained_elsewhere=True),
    ]
    run = run_lessons(
        members, lessons.lessons, Stage(prints, Budget(1, 1, "miniature"), siege.files),
        folder=folder, workers=1, progress=lambda *_: lambda _: None,
    )  # fmt: skip
    manifest = {
        "name": "Miniature", "preset": "smoke", "seed": 1, "size_px": SIZE_PX, "frames": FRAMES,
        "kind": "xray", "counts": {"families": 9, "models": 9, "jobs": 216},
        "routes": [{"name": "mesh"}],
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    asked = Asked(
        prints, lessons, members, SOME, siege, "",
        {"steps": 1, "seed": 1, "prints": None, "folds": "stored", "commands": ["printwarden"]},
    )  # fmt: skip
    return assemble(asked, run, Dataset(folder, manifest))


class _Ready(NearestMean):
    name = "ready"

    def __init__(self):
        super().__init__()
        prints = drawn_prints()
        self.fit(prints, np.ones((len(prints), 3), bool), seed=0, steps=0)


def test_results_are_strict_json_and_a_page_without_links_out(results, tmp_path):
    write_results(results, tmp_path)
    assert json.loads((tmp_path / "results.json").read_text()) == results
    text = (tmp_path / "benchmark.html").read_text()
    assert "<script" not in text
    assert "http" not in text


def test_names_are_escaped(results):
    text = page(results)
    assert "nearest &lt;mean&gt;" in text
    assert TITLE not in text


def test_the_honest_protocol_comes_first_and_the_memorising_one_is_marked(results):
    text = page(results)
    head = text[text.index("<thead>") : text.index("</thead>")]
    titles = [row.title for row in PROTOCOLS.values() if row.name != "unseen-source"]
    places = [head.index(title) for title in titles]
    assert places == sorted(places)
    assert head.count('class="memory"') == 1
    assert head.rindex("<th") < head.index("memorising: seen models")


def test_a_bundle_is_marked_as_trained_elsewhere(results):
    assert "trained elsewhere: nothing was held out from it" in page(results)


def test_what_a_dataset_cannot_answer_is_said(results):
    for text in (page(results), text_table(results)):
        assert "not available: needs two sources" in text


def test_every_curve_starts_from_the_same_unattacked_prints(results):
    curves = results["contenders"][0]["attacks"]
    assert set(curves) == {"cut", "mirror"}
    untouched = {str(sorted(points[0]["recall"].items())) for points in curves.values()}
    assert len(untouched) == 1
    assert [point["word"] for point in curves["cut"]] == ["1", "2", "3", "4", "6", "8"]
    assert {point["recall"]["of"] for point in curves["cut"]} == {POSES}


def test_the_table_has_a_line_a_contender_and_protocol(results):
    lines = text_table(results).splitlines()
    assert (
        lines[0].split()
        == "contender protocol prints accuracy recall at 1 % recall at 0.1 %".split()
    )
    assert sum("(memory)" in line for line in lines) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--contenders", "magic"], "no contender 'magic'; there are: small_cnn, "),
        (["--contenders", "small_cnn", "--model", "nowhere"], "nowhere"),
        (["--contenders", "small_cnn"], "there is no such folder"),
    ],
)
def test_what_cannot_be_measured_is_said_before_anything_is_written(arguments, message, tmp_path):
    out = tmp_path / "out"
    call = ["--data", str(tmp_path / "absent"), "--out", str(out), *arguments]
    found = CliRunner().invoke(command, call)
    assert found.exit_code == 2
    assert message in found.output
    assert not out.exists()


def test_an_unfinished_dataset_is_said_to_be_one(tmp_path):
    (tmp_path / WORK).mkdir()
    found = CliRunner().invoke(command, ["--data", str(tmp_path), "--contenders", "small_cnn"])
    assert found.exit_code == 2
    assert "this dataset is unfinished. Complete it with --resume." in found.output


def test_attacks_are_told_level_by_level(results):
    alone = {**results, "contenders": results["contenders"][:1]}
    curves = alone["contenders"][0]["attacks"]
    lines = attack_table(alone).splitlines()
    assert len(lines) == 2 + len(curves)
    for line, points in zip(lines[2:], curves.values(), strict=True):
        first = points[0]
        assert f"{first['word']}: {first['recall']['hits']}/{first['recall']['of']}" in line


def test_nothing_is_told_of_attacks_that_were_not_made(results):
    alone = {**results, "contenders": [{**results["contenders"][0], "attacks": {}}]}
    assert attack_table(alone) == ""
