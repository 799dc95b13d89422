"""The bundle of the tiny run."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.runtime.bundle import ModelBundle, load_bundle


@pytest.fixture(scope="session")
def tiny_folder(tiny_run: Path) -> Path:
    return tiny_run / "bundle"


@pytest.fixture(scope="session")
def tiny_bundle(tiny_folder: Path) -> ModelBundle:
    return load_bundle(tiny_folder)
