"""What tests of all packages share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from classifier.training.config import TrainingConfig

# Tests run side by side; threads of small networks that wait for each other cost ten times as much.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# The same examples on every run and machine; `make fuzz` searches for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

CHECKOUT = Path(__file__).resolve().parent.parent
TINY_MODELS = ("pistol", "rifle", "sword", "round_grenade", "mug", "hook", "spur_gear", "vase")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real jobs and meshes; skips where it is absent.

    Found through PRINTWARDEN_SHARED, else as `shared` beside the checkout.
    """
    root = Path(os.environ.get("PRINTWARDEN_SHARED", CHECKOUT.parent / "shared"))
    data = root / "data"
    if not data.is_dir():
        pytest.skip(f"no real data at {data}; set PRINTWARDEN_SHARED to the folder that holds it")
    return data


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
    """A finished run's folder, its bundle wrong about everything and whole in every part."""
    from classifier.training.pipeline import train
    from classifier.training.run import Run

    folder = tmp_path_factory.mktemp("tiny")
    train(Run(tiny_config, folder, models=TINY_MODELS))
    return folder
