"""What pass 1 learns of a job: layers from geometry alone, boxes, filament, trust."""

from __future__ import annotations

import numpy as np
import pytest

from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.toolpath import SEGMENT, Feature, SegmentState
from dataset_builder.kernel.library import library
from dataset_builder.render import survey as survey_module
from dataset_builder.render.survey import Plate, PlateSurvey
from tests.dataset_builder.printed import HEIGHT_MM, beads, block, cup, ring, unmarked, vase


def surveyed(segments: np.ndarray, block_size: int = 1 << 16) -> Plate:
    survey = PlateSurvey()
    for start in range(0, len(segments), block_size):
        survey.add(segments[start : start + block_size])
    return survey.finish()


def test_layers_are_the_heights_at_which_something_is_extruded():
    plate = surveyed(block(layers=10))
    np.testing.assert_allclose(plate.z_mm, np.arange(1, 11) * HEIGHT_MM, atol=1e-5)
    np.testing.assert_allclose(plate.layer_height_mm, HEIGHT_MM, atol=1e-5)


def test_a_spiral_has_a_layer_for_each_turn_and_not_for_each_bead():
    plate = surveyed(vase(turns=40))
    assert abs(len(plate.z_mm) - 44) <= 1
    assert abs(int(plate.model.spiral.sum()) - 40) <= 1


def test_the_order_of_layers_does_not_change_the_plate():
    job = block(layers=12)
    layers = [job[job["start"][:, 2] == z] for z in np.unique(job["start"][:, 2])]
    plate, reversed_plate = surveyed(job), surveyed(np.concatenate(layers[::-1]))
    np.testing.assert_array_equal(plate.z_mm, reversed_plate.z_mm)
    np.testing.assert_array_equal(plate.model_box_mm, reversed_plate.model_box_mm)


def test_where_blocks_are_cut_does_not_matter():
    whole, cut = surveyed(cup()), surveyed(cup(), block_size=7)
    np.testing.assert_array_equal(whole.stroke_class, cut.stroke_class)
    np.testing.assert_array_equal(whole.z_mm, cut.z_mm)


def test_a_blob_pushed_out_high_up_is_no_layer():
    lift = beads([(0.0, 0.0), (0.1, 0.0)], 50.0, Feature.INNER_WALL)
    assert surveyed(np.concatenate([block(layers=10), lift])).z_mm[-1] < 3


def test_thick_filament_is_guessed_from_implausibly_thin_beads():
    job = block(layers=5)
    thick = job.copy()
    thick["filament"] *= (1.75 / 2.85) ** 2
    assert surveyed(job).filament_diameter_mm == 1.75
    assert surveyed(thick).filament_diameter_mm == 2.85


def test_the_box_of_the_model_leaves_out_a_purge_line():
    purge = beads([(-50.0, -30.0), (150.0, -30.0)], 0.3, Feature.UNKNOWN)
    plate = surveyed(np.concatenate([purge, unmarked(block())]))
    assert plate.model_box_mm[0].min() > -4
    assert plate.box_mm[1, 0] == 150


def test_start_code_before_the_first_comment_is_set_aside():
    purge = beads([(-50.0, -30.0), (150.0, -30.0)], 0.3, Feature.UNKNOWN)
    plate = surveyed(np.concatenate([purge, block()]))
    assert plate.lead == len(purge)
    assert plate.helpers is not None


def test_comments_that_call_everything_an_outer_wall_are_not_believed():
    lie = block()
    lie["feature"] = Feature.OUTER_WALL
    assert surveyed(block()).marked
    assert not surveyed(lie).marked


@pytest.mark.parametrize("state", [SegmentState.EXCLUDED, SegmentState.COLD, SegmentState.NO_FLOW])
def test_what_never_reaches_the_part_is_not_surveyed_as_model(state: SegmentState):
    ghost = beads(ring(100.0, 120.0), 0.2, Feature.OUTER_WALL, closed=True)
    ghost["state"] = state
    plate = surveyed(np.concatenate([block(), ghost]))
    assert plate.model_box_mm[1, 0] <= 20


def test_nothing_extruded_is_an_error():
    with pytest.raises(EmptyToolpath, match="nothing is extruded"):
        PlateSurvey().finish()


def test_absurd_coordinates_are_ignored():
    job = block(layers=5)
    for value in (np.nan, np.inf, -np.inf, 3e38):
        odd = job[:4].copy()
        odd["end"][:, 0] = value
        plate = surveyed(np.concatenate([job, odd]))
        np.testing.assert_array_equal(plate.box_mm, surveyed(job).box_mm)


@pytest.mark.skipif(library() is None, reason="no kernel: the NumPy back end is the only one")
@pytest.mark.parametrize("job", [block(), unmarked(cup()), vase()], ids=["block", "cup", "vase"])
def test_both_back_ends_survey_alike(job: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    native = surveyed(job, 1000)
    monkeypatch.setattr(survey_module, "library", lambda: None)
    numpy = surveyed(job, 1000)
    np.testing.assert_array_equal(native.stroke_class, numpy.stroke_class)
    np.testing.assert_allclose(native.z_mm, numpy.z_mm)
    np.testing.assert_array_equal(native.model.spiral, numpy.model.spiral)
    assert (native.marked, native.lead) == (numpy.marked, numpy.lead)


def test_a_block_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="SEGMENT records"):
        PlateSurvey().add(np.zeros(3, np.dtype([("x", "f4")])))
    assert SEGMENT.itemsize == 40


def test_interleaved_layers_reach_down_as_far_as_their_plastic_says():
    rows = [beads(ring(0.0, 20.0), 0.2 * (k + 1), Feature.UNKNOWN, closed=True) for k in range(20)]
    thin = [beads(ring(30.0, 50.0), 0.3 * (k + 1), Feature.UNKNOWN, closed=True) for k in range(13)]
    for stroke in thin:
        stroke["filament"] *= 1.5
    plate = surveyed(np.concatenate([*rows, *thin]))
    height = dict(zip(plate.z_mm.round(3).tolist(), plate.layer_height_mm.tolist(), strict=True))
    assert height[0.4] == pytest.approx(0.2, abs=1e-3)
    assert height[1.0] == pytest.approx(0.2, abs=1e-3)
    assert height[2.7] == pytest.approx(0.3, abs=1e-3)
