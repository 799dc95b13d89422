"""What tests of building a dataset share."""

from dataclasses import replace

import pytest

from dataset_builder.building.build import build
from dataset_builder.building.request import Request, plan_of
from dataset_builder.sources.parametric import parametric_origins
from tests.dataset_builder.small_build import MODELS, settings


@pytest.fixture(scope="module")
def plan():
    """3 models in 5 poses: 15 jobs in 4 shards, no slicer."""
    whole = plan_of(Request("smoke", size_px=16, frames=3))
    return replace(
        whole,
        poses=whole.poses[::5],
        origins=tuple(parametric_origins(MODELS, 1, seed=1)),
        jobs_a_shard=4,
    )


@pytest.fixture(scope="module")
def built(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dataset") / "whole"
    build(plan, folder, settings(folder))
    return folder
