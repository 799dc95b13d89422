"""The growing object."""

from __future__ import annotations

import numpy as np
import pytest

from dataset_builder.render.projections import project
from dataset_builder.render.sequence import frame_layers, sequence
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.render.views import Kind
from tests.dataset_builder.solids import back_end, box, mesh, sphere, stack, torus

KINDS: tuple[Kind, ...] = ("silhouette", "xray")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("frames", [1, 4, 12, 400])
def test_the_last_frame_is_the_finished_object(frames: int, kind: Kind) -> None:
    layers = slice_mesh(mesh(torus()), cells=90)
    last = sequence(layers, frames=frames, size_px=48, kind=kind)[-1].astype(int)
    assert np.abs(last - project(layers, size_px=48, kind=kind).pixels).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_material_is_only_ever_added(kind: Kind) -> None:
    grown = sequence(slice_mesh(mesh(sphere()), cells=90), frames=9, size_px=40, kind=kind)
    assert grown.shape == (9, 3, 40, 40)
    assert np.all(np.diff(grown.astype(int), axis=0) >= 0)
    assert np.all(np.diff(grown.astype(int).sum(axis=(2, 3))[:, 1:], axis=0) > 0)


def test_a_frame_is_the_object_cut_off_at_its_layer() -> None:
    front = sequence(slice_mesh(mesh(box((20, 20, 40)))), frames=4, size_px=42)[:, 1]
    heights = (front[:, :, 21] > 0).sum(axis=1)
    assert heights.tolist() == [10, 20, 30, 40]


def test_frames_stand_in_the_finished_objects_frame() -> None:
    solid = np.zeros((10, 20, 20), bool)
    solid[:, 8:12, 8:12] = True
    solid[9] = True  # a wide lid sets the scale from the first frame on
    first = sequence(stack(solid), frames=10, size_px=22)[0, 0]
    assert (first > 0).sum() == 16


def test_frames_end_evenly_spaced_and_never_empty() -> None:
    assert frame_layers(10, 4).tolist() == [3, 5, 8, 10]
    assert frame_layers(3, 6).tolist() == [1, 1, 2, 2, 3, 3]


def test_planes_come_in_the_order_asked_for() -> None:
    layers = slice_mesh(mesh(torus()), cells=60)
    both = sequence(layers, frames=2, size_px=32)
    swapped = sequence(layers, frames=2, size_px=32, planes=["yz", "xy"])
    np.testing.assert_array_equal(swapped, both[:, [2, 0]])


def test_both_back_ends_draw_the_same_frames() -> None:
    drawn = []
    for name in ("c", "numpy"):
        with back_end(name):
            layers = slice_mesh(mesh(torus()), cells=60)
            drawn.append(sequence(layers, frames=5, size_px=32, kind="xray").astype(int))
    assert np.abs(drawn[0] - drawn[1]).max() <= 1


def test_no_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="frames = 0"):
        sequence(stack(np.ones((2, 3, 3), bool)), frames=0)
