"""Attacks through a slicer, where one is installed."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.benchmark.attack_slicer import AROUND, slicer_attacks
from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.occupancy import occupancy
from dataset_builder.slicers.profiles import SLICERS
from dataset_builder.sources.primitives import block

CUBE = Mesh(block((0, 0, 0), (60, 60, 60)), watertight=True)
RNG = np.random.default_rng(0)


@pytest.fixture
def attacks(tmp_path):
    found = {attack.name: attack for attack in slicer_attacks(tmp_path)}
    if not found:
        pytest.skip("CuraEngine is not installed")
    return found


def test_without_the_slicer_there_are_no_such_attacks(tmp_path, monkeypatch):
    cura = SLICERS["cura"]
    monkeypatch.setitem(SLICERS, "cura", type(cura)(lambda: None, cura.slice, (), cura.package))
    assert slicer_attacks(tmp_path) == ()


@pytest.mark.parametrize("level", range(len(AROUND)))
def test_what_is_printed_around_a_cube_is_not_the_cube(attacks, level):
    layers = attacks["around"].plate(RNG, CUBE, level)
    sides = occupancy(layers, cells=20).grid.shape
    assert sides == pytest.approx((20, 20, 20), abs=1)


def test_sparse_infill_is_read_as_the_solid_that_it_fills(attacks):
    volumes = [
        occupancy(attacks["infill"].plate(RNG, CUBE, level), cells=40).volume_mm3
        for level in attacks["infill"].levels
    ]
    assert volumes == pytest.approx([60**3] * len(volumes), rel=0.1)


def test_the_plain_job_is_a_level_of_every_slicer_attack_and_sliced_once(attacks, tmp_path):
    for name, level in (("around", 0), ("infill", 10), ("layers", 0.3)):
        attacks[name].plate(RNG, CUBE, level)
    assert len(list(tmp_path.glob("*.gcode.gz"))) == 1


def test_thinner_layers_are_more_layers(attacks):
    thin, thick = (len(attacks["layers"].plate(RNG, CUBE, level).bits) for level in (0.15, 0.4))
    assert thin == pytest.approx(thick * 0.4 / 0.15, rel=0.05)


def test_a_mesh_that_prints_nothing_is_no_plate(attacks):
    flat = Mesh(np.zeros((1, 3, 3)) + [[0, 0, 0], [1, 0, 0], [0, 1, 0]], watertight=False)
    with pytest.raises(EmptyToolpath):
        attacks["infill"].plate(RNG, flat, 100)
