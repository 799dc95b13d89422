"""Plates with several solids, taken apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.objects import split_objects
from dataset_builder.render.slice_mesh import slice_mesh
from tests.dataset_builder.solids import back_end, box, mesh, sphere, stack, volume_mm3

plates = arrays(np.bool_, (5, 7, 19), elements=st.sampled_from([False, False, True]))


def _room() -> np.ndarray:
    return np.zeros((12, 20, 30), bool)


def test_two_boxes_on_a_plate_are_two_objects_the_larger_first() -> None:
    plate = np.concatenate([box((20, 20, 10)), box((30, 20, 10), (40, 0, 0))])
    parts = split_objects(slice_mesh(mesh(plate)))
    volumes = [volume_mm3(part) for part in parts]
    assert volumes == pytest.approx([6000, 4000], rel=0.03)
    assert parts.crumbs == 0


@pytest.mark.parametrize(("gap", "objects"), [(0, 1), (1, 2), (2, 2)])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_one_empty_pixel_separates_in_every_direction(axis: int, gap: int, objects: int) -> None:
    solid = np.moveaxis(np.zeros((20, 12, 12), bool), 0, axis)
    view = np.moveaxis(solid, axis, 0)
    view[2:8, 2:8, 2:8] = view[8 + gap : 16, 2:8, 2:8] = True
    assert len(split_objects(stack(solid))) == objects


def test_solids_that_meet_at_a_corner_are_one() -> None:
    solid = _room()
    solid[0:5, 0:5, 0:5] = solid[5:10, 5:10, 5:10] = True
    assert len(split_objects(stack(solid))) == 1


def test_an_object_under_an_arch_is_an_object() -> None:
    solid = _room()
    solid[:10, 4:10, 2:5] = solid[:10, 4:10, 20:23] = solid[10:12, 4:10, 2:23] = True
    solid[:6, 4:10, 9:15] = True
    arch, inner = split_objects(stack(solid))
    assert (arch.bits.shape[0], arch.width_px) == (12, 21)
    assert (inner.bits.shape, inner.width_px, inner.origin_mm) == ((6, 6, 1), 6, (9.0, 4.0))


def test_a_slice_floating_above_another_is_not_joined_to_it() -> None:
    solid = _room()[:2]
    solid[:, 4:9, 4:9] = True
    resting = stack(solid)
    floating = Layers(resting.bits, 30, np.array([1.0, 3.0]), resting.height_mm, (0.0, 0.0), 1.0)
    assert [len(split_objects(layers)) for layers in (resting, floating)] == [1, 2]


def test_objects_with_layer_heights_of_their_own_stay_whole() -> None:
    tops, heights = np.array([2.0, 3.0, 4.0, 6.0]), np.array([2.0, 3.0, 2.0, 3.0])
    bits = np.zeros((4, 10, 32), bool)
    bits[[0, 2], 2:8, 2:8] = True  # slices of 2 mm
    bits[[1, 3], 2:8, 16:24] = True  # slices of 3 mm
    bits[3, 2:8, 2:8] = True  # and one that closes the first object
    layers = Layers(np.packbits(bits, axis=2), 32, tops, heights, (0.0, 0.0), 1.0)
    assert len(split_objects(layers)) == 2


def test_crumbs_are_left_out_but_counted() -> None:
    solid = _room()
    solid[:10, 2:12, 2:12] = True
    solid[0, 15, 15] = solid[0, 15, 20] = True
    parts = split_objects(stack(solid), min_mm=3.0)
    assert (len(parts), parts.crumbs, parts.crumbs_mm3) == (1, 2, 2.0)


def test_the_largest_object_is_never_a_crumb() -> None:
    solid = _room()
    solid[0, 3, 3] = True
    assert len(split_objects(stack(solid), min_mm=50.0)) == 1


def test_an_empty_stack_has_no_objects() -> None:
    assert len(split_objects(stack(_room()))) == 0


def test_parts_past_the_limit_are_told_apart_from_crumbs() -> None:
    solid = _room()
    solid[:4, ::4, ::3] = True  # 50 posts
    solid[0, 2, 1] = True  # and a crumb
    parts = split_objects(stack(solid), most=7)
    assert (len(parts), parts.unjudged, parts.crumbs) == (7, 43, 1)


@settings(max_examples=60, deadline=None)
@given(plates)
def test_objects_are_the_components_that_scipy_finds(solid: np.ndarray) -> None:
    from scipy import ndimage

    labelled, count = ndimage.label(solid, structure=np.ones((3, 3, 3)))
    sizes = sorted(np.bincount(labelled.ravel())[1:].tolist(), reverse=True)
    for name in ("c", "numpy"):
        with back_end(name):
            parts = split_objects(stack(solid), min_mm=0.0, most=1000)
            assert [volume_mm3(part) for part in parts] == sizes
            assert (len(parts), parts.crumbs) == (count, 0)


@settings(max_examples=30, deadline=None)
@given(plates)
def test_both_back_ends_cut_out_the_same_bitmaps(solid: np.ndarray) -> None:
    found = []
    for name in ("c", "numpy"):
        with back_end(name):
            found.append(split_objects(stack(solid), min_mm=0.0, most=1000))
    for kernel, plain in zip(*found, strict=True):
        np.testing.assert_array_equal(kernel.bits, plain.bits)
        assert (kernel.width_px, kernel.origin_mm) == (plain.width_px, plain.origin_mm)


def test_two_spheres_keep_their_place_on_the_plate() -> None:
    plate = np.concatenate([sphere(10), sphere(8) + [30, 12, -2]])
    small = split_objects(slice_mesh(mesh(plate)))[1]
    assert small.origin_mm == pytest.approx((22, 4), abs=0.4)
    assert small.z_top_mm[-1] == pytest.approx(6, abs=0.4)
