"""A whole detector made smaller: its own thresholds, and a card that pairs it with its parent."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from classifier.runtime.bundle import EARLY, MANIFEST, load_bundle
from classifier.training.run import Run
from model_compression.cli import compress
from model_compression.errors import CompressionError
from model_compression.export import bundle
from model_compression.export.bundle import Shipping, compressed_bundle
from model_compression.framework.targets import read_target
from model_compression.recipes.registry import find

COMMAND = "printwarden compress bundle thin --run RUN"


@pytest.fixture(scope="module")
def asked(tiny_config, tiny_run, tiny_models, tmp_path_factory):
    run = Run(tiny_config, tiny_run, models=tiny_models, resume=True)
    folder = tmp_path_factory.mktemp("work") / "thin-detector"
    return Shipping(run, find("thin"), read_target("8bit:macs:40%"), 0.3, folder, COMMAND)


@pytest.fixture(scope="module")
def folder(asked, tmp_path_factory):
    out = tmp_path_factory.mktemp("bundles") / "small"
    compressed_bundle(asked, out)
    return out


def test_the_manifest_says_of_what_it_was_made_and_how(folder, tiny_run):
    bundle, parent = load_bundle(folder), load_bundle(tiny_run / "bundle")
    stated = bundle.compression
    assert stated is not None
    assert (stated.recipe, stated.command, stated.parent) == ("thin", COMMAND, parent.identity)
    before, after = stated.macs
    assert after <= 0.4 * before
    assert stated.stored_bits < 8 * stated.weights[0]
    assert len(bundle.model) < len(parent.model)


def test_both_are_judged_on_the_same_held_out_objects(folder):
    compared = json.loads((folder / MANIFEST).read_text())["compression"]["compared"]
    for rates in compared["rates"].values():
        for row in rates.values():
            assert row["dense"]["of"] == row["compressed"]["of"] > 0
    assert "## Dense and compressed" in (folder / "card.md").read_text()


def test_thresholds_are_those_of_the_small_networks(folder, tiny_run):
    small, dense = load_bundle(folder), load_bundle(tiny_run / "bundle")
    assert small.thresholds != dense.thresholds


def test_what_is_finished_is_not_made_again(asked, folder, tmp_path):
    said = []
    again = compressed_bundle(asked, tmp_path / "again", lambda *words: said.append(words))
    assert not said
    assert again.model == load_bundle(folder).model


def test_the_network_for_growing_prints_stays(asked, tmp_path, monkeypatch):
    parent = shutil.copytree(asked.run.folder, tmp_path / "run")
    seen = load_bundle()
    assert seen.early is not None
    from classifier.early.bundling import add_early

    add_early(parent / "bundle", seen.early, seen.early_settings)
    run = replace(asked.run, folder=parent)
    made = compressed_bundle(replace(asked, run=run), tmp_path / "small")
    assert made.early == seen.early
    assert (tmp_path / "small" / EARLY).read_bytes() == seen.early


def test_weights_are_on_as_many_levels_as_asked(folder):
    from safetensors.numpy import load_file

    weights = load_file(folder / "weights.safetensors")
    layers = [one for name, one in weights.items() if name.endswith("weight") and one.ndim > 1]
    assert layers
    assert all(len(np.unique(np.abs(layer))) <= 128 for layer in layers)


def test_labels_that_are_not_there_are_told_in_a_sentence(tiny_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(compress, ["bundle", "thin", "--run", str(tiny_run)])
    assert shown.exit_code == 2
    assert "labels.csv: cannot be read" in shown.output


def test_what_is_larger_than_its_parent_is_refused_in_a_sentence(asked, folder, monkeypatch):
    macs = iter([1, 3])
    real = bundle.row_of
    monkeypatch.setattr(bundle, "row_of", lambda *words: replace(real(*words), macs=next(macs)))
    with pytest.raises(CompressionError, match=r"thin: compression: macs 3 .* Ask for a smaller"):
        compressed_bundle(asked, folder.with_name("larger"))


def test_a_run_that_is_not_there_is_told_in_a_sentence(tmp_path):
    shown = CliRunner().invoke(compress, ["bundle", "thin", "--run", str(tmp_path)])
    assert shown.exit_code == 2
    assert "holds no finished run" in shown.output
    assert "Traceback" not in shown.output
