"""A bundle trained in seconds on a few examples: wrong about everything, whole in every part."""

from pathlib import Path

import pytest

from classifier.runtime.bundle import ModelBundle, load_bundle

TINY_STEPS = 4


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from classifier.training.pipeline import train
    from classifier.training.config import Plan

    folder = tmp_path_factory.mktemp("bundle") / "tiny"
    plan = Plan(draws_per_model=2, steps=TINY_STEPS, fold_steps=2, folds=2)
    train(folder, plan)
    return folder


@pytest.fixture(scope="session")
def tiny_bundle(tiny_folder: Path) -> ModelBundle:
    return load_bundle(tiny_folder)
