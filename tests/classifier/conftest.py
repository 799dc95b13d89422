"""A bundle trained in seconds on a few examples: wrong about everything, whole in every part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from classifier.runtime.bundle import ModelBundle, load_bundle

if TYPE_CHECKING:
    from classifier.training.config import TrainingConfig

TINY_MODELS = ("pistol", "rifle", "sword", "round_grenade", "mug", "hook", "spur_gear", "vase")


@pytest.fixture(scope="session")
def tiny_models() -> tuple[str, ...]:
    """Four weapon-shaped and four everyday ones."""
    return TINY_MODELS


@pytest.fixture(scope="session")
def tiny_config() -> TrainingConfig:
    """Two folds of two steps; nothing can be learned from it, but all of it is there."""
    from classifier.training.config import (
        DataConfig,
        ExamsConfig,
        FoldsConfig,
        NetworkConfig,
        ScheduleConfig,
        TrainingConfig,
    )

    return TrainingConfig(
        name="tiny",
        data=DataConfig(draws_parametric=3, draws_mesh=2),
        exams=ExamsConfig(draws_parametric=3, draws_mesh=2),
        network=NetworkConfig(channels=(4, 8), hidden=64),
        schedule=ScheduleConfig(steps=6, batch=8, checkpoint_every=2),
        folds=FoldsConfig(folds=2, steps=4),
    )


@pytest.fixture(scope="session")
def tiny_run(tiny_config: TrainingConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run's folder."""
    from classifier.training.pipeline import train
    from classifier.training.run import Run

    folder = tmp_path_factory.mktemp("tiny")
    train(Run(tiny_config, folder, models=TINY_MODELS))
    return folder


@pytest.fixture(scope="session")
def tiny_folder(tiny_run: Path) -> Path:
    return tiny_run / "bundle"


@pytest.fixture(scope="session")
def tiny_bundle(tiny_folder: Path) -> ModelBundle:
    return load_bundle(tiny_folder)
