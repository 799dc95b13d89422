"""Meshes to layers: volumes by formula, and meshes that are not what they should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dataset_builder.errors import EmptyToolpath, Malformed
from dataset_builder.render.shells import winding_numbers
from dataset_builder.render.slice_mesh import slice_mesh
from tests.dataset_builder.solids import (
    Triangles,
    back_end,
    box,
    cylinder,
    mesh,
    read_binary_stl,
    sphere,
    torus,
    volume_mm3,
)

SHAPES: dict[str, tuple[Triangles, float]] = {
    "box": (box((30, 20, 10)), 30 * 20 * 10),
    "cylinder": (cylinder(10, 40), np.pi * 10**2 * 40),
    "sphere": (sphere(20), 4 / 3 * np.pi * 20**3),
    "torus": (torus(20, 6), 2 * np.pi**2 * 20 * 6**2),
}


@pytest.mark.parametrize("name", SHAPES)
def test_volume_is_that_of_the_formula(name: str) -> None:
    triangles, volume = SHAPES[name]
    assert volume_mm3(slice_mesh(mesh(triangles))) == pytest.approx(volume, rel=0.012)


@pytest.mark.parametrize("name", SHAPES)
def test_both_back_ends_fill_the_same_pixels(name: str) -> None:
    triangles = SHAPES[name][0]
    holed = np.delete(triangles, slice(0, None, 9), axis=0)
    for part in (triangles, holed):
        with back_end("c"):
            native = slice_mesh(mesh(part), cells=48).bits
        with back_end("numpy"):
            numpy = slice_mesh(mesh(part), cells=48).bits
        np.testing.assert_array_equal(native, numpy)


def test_the_longest_side_has_the_cells_asked_for() -> None:
    for extents in ((80, 20, 10), (20, 80, 10), (20, 10, 80)):
        layers = slice_mesh(mesh(box(extents)), cells=64)
        count, rows, _ = layers.bits.shape
        assert max(count, rows, layers.width_px) == 64
        assert np.all(layers.bits.any(axis=(1, 2)))


def test_a_layer_height_is_kept_as_nearly_as_it_divides_the_mesh() -> None:
    layers = slice_mesh(mesh(box((30, 20, 10))), layer_height_mm=0.3)
    assert len(layers.bits) == 33
    assert layers.height_mm.sum() == pytest.approx(10.0)
    assert layers.z_top_mm[-1] == pytest.approx(5.0)


def test_an_absurd_layer_height_does_not_make_endless_layers() -> None:
    assert len(slice_mesh(mesh(box((3, 2, 10))), layer_height_mm=1e-12, cells=16).bits) == 4096


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


def _flip(triangles: Triangles, share: float) -> Triangles:
    chosen = _rng().random(len(triangles)) < share
    return np.where(chosen[:, None, None], triangles[:, ::-1], triangles)


def _drop(triangles: Triangles, share: float) -> Triangles:
    return triangles[_rng().random(len(triangles)) >= share]


# what befalls a mesh, and the share of its pixels that may then differ
DAMAGE: dict[str, tuple[Callable[[Triangles], Triangles], float]] = {
    "inside out": (lambda t: t[:, ::-1], 0.0),
    "every face twice": (lambda t: np.concatenate([t, t]), 0.0),
    "double-sided": (lambda t: np.concatenate([t, t[:, ::-1]]), 0.0),
    "one face in twenty twice": (lambda t: np.concatenate([t, t[::20]]), 0.0),
    "a box buried inside": (lambda t: np.concatenate([t, box((2, 2, 2), (16, 0, 0))]), 0.0),
    "one face in ten flipped": (lambda t: _flip(t, 0.1), 0.01),
    "one face in three flipped": (lambda t: _flip(t, 0.33), 0.02),
    "one face in fifty missing": (lambda t: _drop(t, 0.02), 0.01),
    "one face in ten missing": (lambda t: _drop(t, 0.1), 0.03),
    "corners that miss each other": (lambda t: t + _rng().normal(0, 1e-3, t.shape), 0.01),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["sphere", "torus"])
def test_a_damaged_mesh_gives_the_solid_it_was(name: str, damage: str) -> None:
    triangles = SHAPES[name][0]
    break_it, allowed = DAMAGE[damage]
    frame = box((0.1, 0.1, 0.1), (-30, -30, -25)), box((0.1, 0.1, 0.1), (30, 30, 25))
    whole, broken = (  # far corners keep the grids of both the same
        slice_mesh(mesh(np.concatenate([part, *frame])), cells=96).bits
        for part in (triangles, break_it(triangles))
    )
    wrong = np.unpackbits(whole ^ broken).sum() / np.unpackbits(whole).sum()
    assert wrong <= allowed


def test_a_cavity_stays_empty() -> None:
    shell = np.concatenate([sphere(20), sphere(10)[:, ::-1]])
    expected = 4 / 3 * np.pi * (20**3 - 10**3)
    assert volume_mm3(slice_mesh(mesh(shell))) == pytest.approx(expected, rel=0.01)


def test_overlapping_shells_are_one_solid() -> None:
    cross = np.concatenate([box((30, 10, 10)), box((10, 30, 10))])
    assert volume_mm3(slice_mesh(mesh(cross))) == pytest.approx(5000, rel=0.02)


def test_overlapping_shells_wound_both_ways_are_one_solid() -> None:
    cross = np.concatenate([box((30, 10, 10)), box((10, 30, 10))[:, ::-1]])
    assert volume_mm3(slice_mesh(mesh(cross))) == pytest.approx(5000, rel=0.02)


def test_a_cavity_stays_empty_beside_a_shell_wound_wrongly() -> None:
    hollow = np.concatenate([sphere(20), sphere(10)[:, ::-1]])
    wrong = box((12, 12, 12), (22, 0, 0))[:, ::-1]
    right = volume_mm3(slice_mesh(mesh(np.concatenate([hollow, wrong[:, ::-1]]))))
    assert volume_mm3(slice_mesh(mesh(np.concatenate([hollow, wrong])))) == right


def test_boxes_that_share_a_wall_stay_solid() -> None:
    pair = np.concatenate([box((10, 10, 10), (-5, 0, 0)), box((10, 10, 10), (5, 0, 0))])
    assert volume_mm3(slice_mesh(mesh(pair))) == pytest.approx(2000, rel=0.02)


def test_a_mirrored_mesh_gives_mirrored_bitmaps() -> None:
    wedge = np.concatenate([box((30, 10, 10)), sphere(7) + [9.3, 4.1, 2.2]])
    layers, mirrored = (slice_mesh(mesh(part), cells=100) for part in (wedge, wedge * [-1, 1, 1]))
    for index in range(len(layers.bits)):
        flipped = mirrored.bitmap(index)[:, ::-1]
        assert np.count_nonzero(layers.bitmap(index) != flipped) <= 2  # centres on an edge


def test_a_flat_mesh_encloses_nothing() -> None:
    sheet = np.array([[[0, 0, 0], [10, 0, 0], [0, 10, 0]]], float)
    with pytest.raises(EmptyToolpath, match="encloses nothing"):
        slice_mesh(mesh(sheet))


@pytest.mark.parametrize("value", [0.0, 1e-300, np.inf, np.nan, 1e308])
def test_a_mesh_without_a_finite_extent_is_malformed(value: float) -> None:
    with pytest.raises(Malformed, match="no extent"), np.errstate(all="ignore"):
        slice_mesh(mesh(box((2, 2, 2)) * value))


def test_real_props_with_open_edges_enclose_what_winding_numbers_say(shared_data: Path) -> None:
    """The generalised winding number, computed in full, is the oracle."""
    props = shared_data / "meshes/weapon_props"
    for name in ("pistol/afps__blaster_b.stl", "sword/opengl_3d_renderer__models_sword.stl"):
        triangles = read_binary_stl(props / name)
        layers = slice_mesh(mesh(triangles), cells=64)
        solid = np.unpackbits(layers.bits, axis=2, count=layers.width_px).view(bool)
        cells = _rng().integers(0, solid.shape, (1200, 3))
        x, y = (layers.origin_mm[k] + (cells[:, 2 - k] + 0.5) * layers.mm_per_px for k in (0, 1))
        points = np.stack([x, y, (layers.z_top_mm - layers.height_mm / 2)[cells[:, 0]]], axis=1)
        inside = np.abs(winding_numbers(triangles, points)) > 0.5
        assert np.mean(inside != solid[tuple(cells.T)]) < 0.02
