"""The parametric models: closed, of plausible size, under the closed labels, repeatable."""

from collections import Counter

import numpy as np
import pytest

from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.contact_sheet import draw_sheet
from dataset_builder.sources.labels import LABEL_NAMES, LABELS
from dataset_builder.sources.primitives import block, circle, lathe, prism, rod, slab, sweep
from dataset_builder.sources.solids import SOLIDS, draw_solid
from dataset_builder.sources.triangulate import triangulated
from tests.dataset_builder.shells import unmatched_edges, volume

every_solid = pytest.mark.parametrize("solid", SOLIDS.values(), ids=lambda solid: solid.name)


@every_solid
def test_every_draw_is_finite_closed_and_wound_outwards(solid):
    for seed in range(3):
        triangles = draw_solid(solid, np.random.default_rng(seed)).triangles
        assert np.isfinite(triangles).all()
        assert not unmatched_edges(triangles)
        assert volume(triangles) > 0


@every_solid
def test_every_draw_has_the_size_of_something_people_print(solid):
    for seed in range(3):
        low, high = draw_solid(solid, np.random.default_rng(seed)).bbox_mm
        assert 8 < (high - low).max() < 2200  # from a small nut to a halberd
        assert (high - low).min() > 1


@every_solid
def test_a_seed_decides_a_draw(solid):
    first, again, other = (draw_solid(solid, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.triangles, again.triangles)
    assert first.bbox_mm.tolist() != other.bbox_mm.tolist()


def test_every_label_has_at_least_three_models_and_no_model_another_label():
    counted = Counter(solid.label.name for solid in SOLIDS.values())
    assert set(counted) == set(LABEL_NAMES)
    assert min(counted.values()) >= 3
    everyday = sum(not solid.label.weapon_shaped for solid in SOLIDS.values())
    assert everyday > len(SOLIDS) / 2
    assert len(LABELS) >= 10


def test_labels_say_what_is_seen():
    shaped = [label.name for label in LABELS if label.weapon_shaped]
    assert shaped
    assert all(name.endswith("-shaped") for name in shaped)


def test_overlapping_shells_print_as_one_solid():
    crossed = np.concatenate([block((-30, -5, -5), (30, 5, 5)), block((-5, -30, -5), (5, 30, 5))])
    mesh = draw_solid(SOLIDS["mug"], np.random.default_rng(0))
    layers = slice_mesh(type(mesh)(crossed, watertight=True), cells=60)
    filled = np.unpackbits(layers.bits, axis=2, count=layers.width_px).sum()
    assert filled * layers.mm_per_px**2 * layers.height_mm[0] == pytest.approx(11_000, rel=0.01)


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        (block((0, 0, 0), (2, 3, 4)), 24),
        (prism([(0, 0), (4, 0), (4, 1), (1, 1), (1, 3), (0, 3)], 2), 12),
        (prism(4 * np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]), 1, holes=[circle(1, 200)]),
         64 - np.pi),
        (slab([(0, 0), (4, 0), (0, 3)], 5), 30),
        (rod((0, 0, 0), (0, 3, 4), 2), 5 * 14 / 2 * 4 * np.sin(2 * np.pi / 14)),
        (lathe([(2, 0), (2, 3), (1, 3), (1, 0)], closed=True, sides=400), 9 * np.pi),
        (sweep([(0, 0, 0), (10, 0, 0)], 1, section=circle(1, 300), bore=0.5), 7.5 * np.pi),
    ],
    ids=["block", "corner", "holed", "wedge", "bar", "ring", "pipe"],
)  # fmt: skip
def test_a_primitive_encloses_the_volume_of_its_formula(shell, expected):
    assert volume(shell) == pytest.approx(expected, rel=1e-3)
    assert not unmatched_edges(shell)


def test_ear_clipping_keeps_the_area_of_a_star():
    angle = np.arange(40) * np.pi / 20
    star = np.where(np.arange(40) % 2, 1.0, 0.3)[:, None] * np.stack(
        [np.cos(angle), np.sin(angle)], 1
    )
    star = star + (0.9, 0.0) * (angle[:, None] > 3)  # not star-shaped any more
    x, y = star.T
    a, b, c = star[triangulated(star)].swapaxes(0, 1)
    pieces = np.cross(np.c_[b - a, 0 * a[:, :1]], np.c_[c - a, 0 * a[:, :1]])[:, 2]
    assert len(pieces) == 38
    assert pieces.sum() == pytest.approx(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def test_a_contact_sheet_has_a_row_a_model():
    sheet = draw_sheet(["mug", "hook"], draws=3, size_px=40)
    assert sheet.size == (120, 80)
    assert len(sheet.getcolors(10_000) or []) > 10
