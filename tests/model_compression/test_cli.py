"""`printwarden compress` in a terminal: what it says, and how it says no."""

import json

import pytest

from model_compression.recipes.registry import RECIPES
from model_compression.tasks import mnist
from printwarden import main

TINY = 60


@pytest.fixture
def words(tiny_mnist, tmp_path, monkeypatch):
    """The words of a run that takes seconds."""
    monkeypatch.setattr(mnist, "VALIDATION", TINY)
    place = ["--model", "mlp300", "--data", str(tiny_mnist), "--out", str(tmp_path)]
    return ["compress", "run", "one-shot-magnitude", *place, "--target", "20%", "--epochs", "1"]


def test_a_list_has_every_recipe_with_its_paper(capsys):
    assert main(["compress", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(RECIPES)
    assert all("arXiv" in line or "none: the baseline" in line for line in lines)


def test_a_recipe_is_explained_stage_by_stage_with_where_we_depart(capsys):
    assert main(["compress", "explain", "p-rm", "--target", "232x"]) == 0
    told = capsys.readouterr().out
    assert "arXiv 1905.00136" in told
    assert "  1  ADMM, 4 rounds" in told
    assert "Where we depart from the paper: " in told


def test_a_run_is_one_json_object_a_seed(words, capsys, tmp_path):
    assert main([*words, "--seeds", "2", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["seed"] for row in rows] == [1, 2]
    assert all(row["kept_in_all"] == row["weights"] // 5 for row in rows)
    assert all(row["won"] - row["lost"] == row["compressed"]["hits"] - row["dense"]["hits"]
               for row in rows)  # fmt: skip
    assert len(list(tmp_path.glob("one-shot-magnitude-mlp300-20pc-seed*/network.safetensors"))) == 2


def test_a_run_tells_its_mean_over_seeds(words, capsys):
    assert main([*words, "--seeds", "2"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("2 seeds: accuracy ")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"one-shot-magnitude": "magic"}, "no recipe 'magic'; there are: admm-progressive"),
        ({"mlp300": "vgg"}, "no network 'vgg'; there are: lenet5"),
        ({"20%": "small"}, "--target small: cannot be read"),
        ({"20%": "2"}, "layer fc3 stops it: 2 weights are too few for 3 layers"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(words, changed, said, capsys, tmp_path):
    assert main([changed.get(word, word) for word in words]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.rglob("result.json"))
    assert not list(tmp_path.rglob("*.tmp"))
