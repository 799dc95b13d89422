"""Pictures of solids: where they lie, how thick they are, and that nothing aliases."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.objects import split_objects
from dataset_builder.render.projections import project
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.render.views import PLANES, Plane, Views
from tests.dataset_builder.solids import (
    Triangles,
    back_end,
    box,
    cylinder,
    mesh,
    sphere,
    stack,
    torus,
    volume_mm3,
)

SIZES = (28, 64, 100, 256)


def thickness_mm(views: Views, plane: Plane) -> NDArray[np.float64]:
    picture = views.pixels[list(zip(views.planes, views.kinds, strict=True)).index((plane, "xray"))]
    return np.asarray(picture / 255.0 * views.full_scale_mm)


@pytest.mark.parametrize("size_px", SIZES)
def test_the_longest_side_fills_the_frame_less_one_pixel_a_side(size_px: int) -> None:
    views = project(slice_mesh(mesh(box((40, 20, 10)))), size_px=size_px, kind="silhouette")
    columns = np.flatnonzero(views.pixels[0].any(axis=0))
    assert (columns[0], columns[-1]) == (1, size_px - 2)
    assert views.mm_per_px == pytest.approx(40 / (size_px - 2))
    assert views.extent_mm == pytest.approx((40, 20, 10), abs=0.2)


@pytest.mark.parametrize("size_px", SIZES)
@pytest.mark.parametrize("shape", [box((40, 20, 10)), sphere(), torus(), cylinder()])
def test_every_xray_holds_the_volume_of_the_solid(shape: Triangles, size_px: int) -> None:
    layers = slice_mesh(mesh(shape))
    views = project(layers, size_px=size_px)
    for plane in PLANES:
        volume = thickness_mm(views, plane).sum() * views.mm_per_px**2
        assert volume == pytest.approx(volume_mm3(layers), rel=0.01)


def test_a_root_xray_is_the_root_of_the_xray_and_keeps_what_is_thin() -> None:
    layers = slice_mesh(mesh(box((90.0, 30.0, 0.5))), layer_height_mm=0.1)
    plain = project(layers, size_px=32, kind="xray", planes=["xy"]).pixels[0].astype(float)
    root = project(layers, size_px=32, kind="root-xray", planes=["xy"]).pixels[0].astype(float)
    assert plain.max() == 1
    assert root.max() == round(255 * (0.5 / 90) ** 0.5)
    assert np.abs(root**2 / 255 - plain).max() < 1


def test_the_middle_of_a_sphere_is_as_thick_as_its_diameter() -> None:
    views = project(slice_mesh(mesh(sphere(20))), size_px=65)
    for plane in PLANES:
        assert thickness_mm(views, plane)[32, 32] == pytest.approx(40, rel=0.02)


def test_the_hole_of_a_torus_is_seen_from_above_only() -> None:
    top, front, side = project(slice_mesh(mesh(torus())), size_px=65, kind="silhouette").pixels
    assert (top[32, 32], front[32, 32], side[32, 32]) == (0, 255, 255)


def test_z_points_up_and_x_to_the_right() -> None:
    tower = np.concatenate(
        [box((40, 8, 8)), box((8, 8, 30), (16, 0, 19))]
    )  # an L: high on the right
    front = project(slice_mesh(mesh(tower)), size_px=64, planes=["xz"], kind="silhouette").pixels[0]
    rows, columns = np.nonzero(front)
    high = columns[rows < rows.min() + 5]
    assert high.min() > 40


def test_y_points_up_seen_from_above_and_right_seen_from_the_side() -> None:
    bar = np.concatenate(
        [box((40, 8, 8)), box((8, 20, 8), (16, 10, 0)), box((4, 4, 30), (0, 2, 10))]
    )
    top, _, side = project(slice_mesh(mesh(bar)), size_px=64, kind="silhouette").pixels
    assert np.nonzero(top)[1][np.nonzero(top)[0] < 20].min() > 40
    heights = side.sum(axis=0)
    assert np.argmax(heights) < np.flatnonzero(heights).mean()  # the tower stands at low y


def test_pictures_are_ordered_by_kind_then_plane() -> None:
    views = project(slice_mesh(mesh(sphere())), size_px=32)
    assert views.planes == PLANES * 2
    assert views.kinds == ("silhouette",) * 3 + ("xray",) * 3
    only = project(slice_mesh(mesh(sphere())), size_px=32, planes=["yz"], kind="xray")
    np.testing.assert_array_equal(only.pixels[0], views.pixels[5])


@pytest.mark.parametrize("size_px", [61, 64, 100])
def test_layers_do_not_beat_against_pixel_rows(size_px: int) -> None:
    layers = slice_mesh(mesh(box((40, 20, 40))), layer_height_mm=0.61)
    inner = thickness_mm(project(layers, size_px=size_px), "xz")[3:-3, 3:-3]
    assert np.ptp(inner) <= 1.01 * 40 / 255  # one step of grey


def test_a_turn_about_z_turns_the_picture() -> None:
    part = np.concatenate([box((40, 10, 10)), sphere(8) + [11.0, 3.0, 4.0]])
    turned = part[..., [1, 0, 2]] * [-1, 1, 1]
    straight, quarter = (project(slice_mesh(mesh(shape)), kind="xray") for shape in (part, turned))
    difference = np.rot90(straight.pixels[0]).astype(int) - quarter.pixels[0]
    assert np.abs(difference).mean() < 0.5


def test_mirrored_and_inside_out_meshes_give_the_mirrored_and_the_same_picture() -> None:
    part = np.concatenate([box((40, 10, 10)), sphere(8) + [11.0, 3.0, 4.0]])
    plain, mirrored, inside_out = (
        project(slice_mesh(mesh(shape))).pixels.astype(int)
        for shape in (part, part * [-1, 1, 1], part[:, ::-1])
    )
    np.testing.assert_array_equal(plain, inside_out)
    assert np.abs(plain[3] - mirrored[3][:, ::-1]).mean() < 0.5


def test_moving_a_solid_changes_nothing() -> None:
    plain, moved = (
        project(slice_mesh(mesh(torus() + offset))).pixels for offset in (0.0, [64.0, -32.0, 8.0])
    )
    assert np.mean(plain != moved) < 0.002


def test_slices_of_uneven_height_weigh_by_their_height() -> None:
    bits = np.packbits(np.ones((3, 10, 10), bool), axis=2)
    heights = np.array([1.0, 3.0, 6.0])
    views = project(Layers(bits, 10, np.cumsum(heights), heights, (0.0, 0.0), 1.0), size_px=22)
    np.testing.assert_allclose(thickness_mm(views, "xy")[1:-1, 1:-1], 10.0)
    np.testing.assert_allclose(thickness_mm(views, "xz")[1:-1, 1:-1], 10.0)


def test_an_object_of_a_plate_is_drawn_as_if_it_were_alone() -> None:
    plate = np.concatenate([torus(), box((10, 10, 10), (60, 0, 0))])
    on_plate = project(split_objects(slice_mesh(mesh(plate), cells=512))[0]).pixels
    alone = project(slice_mesh(mesh(torus()), cells=256)).pixels
    assert np.abs(on_plate[3:].astype(int) - alone[3:]).mean() < 1.0


@pytest.mark.parametrize("size_px", [28, 64, 256])
def test_both_back_ends_draw_the_same_pictures(size_px: int) -> None:
    layers = slice_mesh(mesh(torus()), cells=100)
    drawn = []
    for name in ("c", "numpy"):
        with back_end(name):
            drawn.append(project(layers, size_px=size_px).pixels.astype(int))
    assert np.abs(drawn[0] - drawn[1]).max() <= 1  # a rounding at x.5
    np.testing.assert_array_equal(drawn[0][:3], drawn[1][:3])


def test_nothing_to_draw_is_an_error() -> None:
    with pytest.raises(EmptyToolpath, match="no material"):
        project(stack(np.zeros((3, 4, 5), bool)))


@pytest.mark.parametrize("size_px", [0, 7, -64, 100_000])
def test_an_impossible_size_names_the_possible_ones(size_px: int) -> None:
    with pytest.raises(ValueError, match="give 8 to 1024"):
        project(stack(np.ones((3, 4, 5), bool)), size_px=size_px)
