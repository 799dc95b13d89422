"""The solid does not depend on how it was filled; cups stay cups; helpers stay out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from dataset_builder.errors import TooLarge
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.toolpath import Feature
from dataset_builder.kernel.library import library
from dataset_builder.render import beads as beads_module
from dataset_builder.render import fill as fill_module
from dataset_builder.render import survey as survey_module
from dataset_builder.render.solidify import Solid, solidify
from dataset_builder.render.survey import PlateSurvey
from tests.dataset_builder.printed import (
    HEIGHT_MM,
    beads,
    block,
    cup,
    hatch,
    ring,
    unmarked,
    vase,
    walls,
)

BLOCK_MM3 = 20 * 20 * 8


def solid_of(job: np.ndarray, *, cells: int = 128, block_size: int = 4096) -> Solid:
    blocks = [job[start : start + block_size] for start in range(0, len(job), block_size)]
    survey = PlateSurvey()
    for one in blocks:
        survey.add(one)
    return solidify(survey.finish(), lambda: blocks, cells=cells)


def volume_mm3(layers: Layers) -> float:
    area = np.bitwise_count(layers.bits).sum(axis=(1, 2)) * layers.mm_per_px**2
    return float(area @ layers.height_mm)


def as_is(job: np.ndarray) -> np.ndarray:
    return job


COMMENTS = pytest.mark.parametrize("comments", [as_is, unmarked], ids=["marked", "unmarked"])


@COMMENTS
@pytest.mark.parametrize("infill_mm", [0.45, 0.9, 4.0, 9.0, None])
@pytest.mark.parametrize("wall_count", [1, 2, 3])
def test_infill_and_walls_do_not_change_a_block(comments, infill_mm, wall_count):
    job = comments(block(infill_mm=infill_mm, wall_count=wall_count))
    assert volume_mm3(solid_of(job).model) == pytest.approx(BLOCK_MM3, rel=0.02)


@COMMENTS
def test_a_cup_stays_a_cup(comments):
    model = solid_of(comments(cup())).model
    assert volume_mm3(model) == pytest.approx(20 * 20 * 8 - 16.4 * 16.4 * 7.2, rel=0.03)


@COMMENTS
def test_a_vase_of_one_wall_is_the_solid_it_was_printed_for(comments):
    model = solid_of(comments(vase(turns=40))).model
    assert volume_mm3(model) == pytest.approx(20 * 20 * 44 * HEIGHT_MM, rel=0.02)


def test_a_cavity_bounded_by_outer_walls_stays_when_comments_say_so():
    strokes = []
    for k in range(40):
        z = (k + 1) * HEIGHT_MM
        strokes += walls(0.0, 20.0, z, 2)
        if 10 <= k < 30:
            strokes += walls(6.0, 14.0, z, 2, hole=True)
            for low in (0.9, 15.0):
                strokes += hatch(low, low + 4.0, z, 2.0)
        else:
            strokes += hatch(0.9, 19.1, z, 0.45, Feature.SOLID_INFILL)
    model = solid_of(np.concatenate(strokes)).model
    assert volume_mm3(model) == pytest.approx(BLOCK_MM3 - 8 * 8 * 4, rel=0.02)


@COMMENTS
def test_a_hole_through_a_block_stays_open(comments):
    strokes = []
    for k in range(30):
        z = (k + 1) * HEIGHT_MM
        strokes += walls(0.0, 20.0, z, 2) + walls(8.0, 12.0, z, 2, hole=True)
        spacing = 3.0 if 4 <= k < 26 else 0.45
        for x in np.arange(0.9, 19.1, spacing):
            ends = (0.9, 7.1) if 7.1 < x < 12.9 else (0.9, 19.1)
            strokes.append(beads([(x, ends[0]), (x, ends[1])], z, Feature.INFILL))
            if ends[1] < 19:
                strokes.append(beads([(x, 12.9), (x, 19.1)], z, Feature.INFILL))
    model = solid_of(comments(np.concatenate(strokes))).model
    middle = model.bitmap(15)
    column = int((10 - model.origin_mm[0]) / model.mm_per_px)
    row = int((10 - model.origin_mm[1]) / model.mm_per_px)
    assert not middle[row, column]
    assert volume_mm3(model) == pytest.approx((400 - 16) * 6, rel=0.02)


@COMMENTS
def test_the_order_of_layers_does_not_change_the_solid(comments):
    job = comments(cup())
    layers = [job[job["start"][:, 2] == z] for z in np.unique(job["start"][:, 2])]
    np.random.default_rng(3).shuffle(layers)
    np.testing.assert_array_equal(
        solid_of(job).model.bits, solid_of(np.concatenate(layers)).model.bits
    )


def test_where_blocks_are_cut_does_not_matter():
    whole, cut = solid_of(vase()), solid_of(vase(), block_size=13)
    np.testing.assert_array_equal(whole.model.bits, cut.model.bits)


@pytest.mark.parametrize(
    ("feature", "z_mm"),
    [(Feature.SKIRT, 0.2), (Feature.SUPPORT, 4.0), (Feature.WIPE_TOWER, 4.0), (Feature.RAFT, 0.2)],
)
def test_helpers_named_by_comments_are_kept_apart(feature: Feature, z_mm: float):
    helper = beads(ring(-6.0, 26.0), z_mm, feature, closed=True)
    solid = solid_of(np.concatenate([helper, block()]))
    assert volume_mm3(solid.model) == pytest.approx(BLOCK_MM3, rel=0.02)
    assert solid.helpers is not None
    assert volume_mm3(solid.helpers) > 0


@pytest.mark.parametrize("size_mm", [2.0, 6.0])
def test_a_skirt_without_comments_is_found_by_its_shape(size_mm: float):
    skirt = beads(ring(-size_mm, 20 + size_mm), 0.2, Feature.UNKNOWN, closed=True)
    solid = solid_of(np.concatenate([skirt, unmarked(block())]))
    assert volume_mm3(solid.model) == pytest.approx(BLOCK_MM3, rel=0.02)
    assert solid.helpers is not None
    assert volume_mm3(solid.helpers) > 0


def test_a_brim_without_comments_is_found_by_its_shape():
    rings = [
        beads(ring(-k * 0.45 - 0.2, 20.2 + k * 0.45), 0.2, Feature.UNKNOWN, closed=True)
        for k in range(10)
    ]
    solid = solid_of(np.concatenate([*rings, unmarked(block())]))
    edge = 0.8 * 4 * 20 * HEIGHT_MM  # what is kept of it
    assert volume_mm3(solid.model) == pytest.approx(BLOCK_MM3 + edge, rel=0.02)


def test_a_job_that_names_everything_support_is_still_drawn():
    lie = block()
    lie["feature"] = Feature.SUPPORT
    assert volume_mm3(solid_of(lie).model) == pytest.approx(BLOCK_MM3, rel=0.02)


def test_lying_comments_do_not_hollow_a_block():
    lie = block()
    lie["feature"] = Feature.OUTER_WALL
    assert volume_mm3(solid_of(lie).model) == pytest.approx(BLOCK_MM3, rel=0.02)


def test_beads_without_extrusion_amounts_have_the_usual_width():
    job = block()
    job["filament"] = 0
    assert volume_mm3(solid_of(job).model) == pytest.approx(BLOCK_MM3, rel=0.02)


@pytest.mark.parametrize("cells", [16, 64, 200])
def test_coarse_grids_have_closed_walls(cells: int):
    model = solid_of(block(), cells=cells).model
    assert volume_mm3(model) == pytest.approx(BLOCK_MM3, rel=0.15)


def test_pixels_are_never_finer_than_printers_are():
    assert solid_of(block(side_mm=5.0, layers=10), cells=1000).model.mm_per_px == 0.05


def test_a_tower_of_tens_of_thousands_of_layers_is_too_large_to_draw():
    job = block(layers=10)
    steps = np.repeat(job[-1:], 25_000)
    steps["start"][:, 2] = steps["end"][:, 2] = 0.05 * np.arange(25_000)
    with pytest.raises(TooLarge, match="layers, more than 20,000"):
        solid_of(np.concatenate([job, steps]))


def test_absurd_segments_draw_nothing_and_break_nothing():
    job = block(layers=10)
    rng = np.random.default_rng(1)
    odd = job[rng.integers(0, len(job), 500)].copy()
    values = np.float32([np.nan, np.inf, -np.inf, 3e38, -9e4, 9e4, 1e-30, -5])
    for name, axis in itertools.product(("start", "end"), range(2)):
        odd[name][:, axis] = np.where(
            rng.random(500) < 0.3, rng.choice(values, 500), odd[name][:, axis]
        )
    odd["filament"] = rng.choice(np.append(values, 1), 500)
    model = solid_of(np.concatenate([job, odd])).model
    assert model.bits.any()


@pytest.mark.skipif(library() is None, reason="no kernel: the NumPy back end is the only one")
@COMMENTS
@pytest.mark.parametrize("job", [block(), cup(), vase()], ids=["block", "cup", "vase"])
def test_both_back_ends_make_the_same_solid(job, comments, monkeypatch: pytest.MonkeyPatch):
    native = solid_of(comments(job)).model
    for module in (survey_module, beads_module, fill_module):
        monkeypatch.setattr(module, "library", lambda: None)
    numpy = solid_of(comments(job)).model
    common, either = native.bits & numpy.bits, native.bits | numpy.bits
    assert np.bitwise_count(common).sum() >= 0.98 * np.bitwise_count(either).sum()
