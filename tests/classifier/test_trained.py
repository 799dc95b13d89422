"""What compression starts from: a finished run's networks and what each has not seen."""

import shutil
from dataclasses import replace

import pytest
import torch

from classifier.models.multiview import MultiView
from classifier.training.config import ConfigError
from classifier.training.export import weights_of
from classifier.training.run import Run
from classifier.training.trained import finished_run, trained
from dataset_builder.sources.labels import LABELS


@pytest.fixture
def run(tiny_config, tiny_run, tiny_models):
    return Run(tiny_config, tiny_run, models=tiny_models, resume=True)


def families(examples):
    return {examples.origins[index].family for index in examples.origin}


@pytest.mark.parametrize("fold", [0, 1])
def test_a_fold_network_has_not_learned_from_what_it_is_judged_on(run, fold):
    found = trained(run, fold)
    assert families(found.unseen)
    assert families(found.unseen) | families(found.lessons) == set(run.models)
    assert not families(found.unseen) & families(found.lessons)
    assert families(found.seen) == families(found.lessons)


def test_what_ships_is_the_bundles_network_and_has_seen_everything(run, tiny_config, tiny_folder):
    found = trained(run, None)
    assert weights_of(found.network) == (tiny_folder / "weights.safetensors").read_bytes()
    assert families(found.lessons) == set(run.models)
    assert len(found.unseen) == 0
    fresh = MultiView(len(LABELS), tiny_config.network)
    fresh.load_state_dict(found.network.state_dict())
    views, mm = torch.zeros(2, 3, 2, 64, 64, dtype=torch.uint8), torch.ones(2, 3)
    assert torch.equal(fresh.eval()(views, mm), found.network(views, mm))


def test_a_finished_run_is_opened_by_what_its_manifest_states(tiny_run, tiny_config, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("folder,label\n")
    assert finished_run(tiny_run, (), labels).config == tiny_config


def test_other_examples_than_the_run_learned_from_are_refused(run):
    with pytest.raises(ConfigError, match="has learned from other examples"):
        trained(replace(run, models=run.models[:-1]), 0)


def test_a_run_that_is_not_finished_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="holds no finished run"):
        finished_run(tmp_path, (), tmp_path / "labels.csv")


def test_a_run_whose_checkpoints_are_gone_is_refused(run, tmp_path):
    folder = shutil.copytree(run.folder, tmp_path / "run")
    shutil.rmtree(folder / "fold-1")
    with pytest.raises(ConfigError, match="fold-1: has no whole checkpoint"):
        trained(replace(run, folder=folder), 1)
