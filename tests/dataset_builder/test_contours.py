"""Contours: what planes cut out of a mesh."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dataset_builder.render.contours import contours, count_segments
from tests.dataset_builder.solids import back_end, box, mesh, read_binary_stl, sphere, torus

# corners on a coarse lattice: faces that touch planes, lie in them or have no area are common
soups = arrays(np.float64, (12, 3, 3), elements=st.integers(-3, 3).map(float))


def test_contours_of_a_box_have_its_perimeter() -> None:
    cut = contours(mesh(box((30, 20, 10))), np.linspace(-4.5, 4.5, 10))
    np.testing.assert_allclose(cut.length_mm, 100.0)


def test_planes_outside_the_mesh_cut_nothing() -> None:
    cut = contours(mesh(sphere(5.0)), np.array([-6.0, 6.0]))
    assert (len(cut.segments), cut.length_mm.tolist()) == (0, [0.0, 0.0])


def test_a_plane_through_corners_cuts_once() -> None:
    cut = contours(mesh(box((30, 20, 10))), np.array([-5.0, 5.0]))
    np.testing.assert_allclose(cut.length_mm, [100.0, 0.0])  # half-open: the lower face counts


def test_contours_turn_left_around_the_solid() -> None:
    x0, y0, x1, y1 = contours(mesh(torus()), np.array([0.5])).segments.T
    area = (x0 * y1 - x1 * y0).sum() / 2
    width = np.sqrt(6.0**2 - 0.5**2)  # half of the ring's width at this height
    assert area == pytest.approx(np.pi * ((20 + width) ** 2 - (20 - width) ** 2), rel=5e-3)


def test_heights_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="sort them first"):
        contours(mesh(sphere()), np.array([1.0, 0.0]))


def test_uneven_heights_cut_like_even_ones() -> None:
    heights = np.array([-19.0, -18.9, -3.0, 7.0, 7.0001, 19.5])
    together = contours(mesh(sphere()), heights)
    for index, height in enumerate(heights):
        alone = contours(mesh(sphere()), np.array([height]))
        np.testing.assert_array_equal(together.layer(index), alone.segments)


@settings(max_examples=60, deadline=None)
@given(soups, st.lists(st.sampled_from(np.arange(-4, 4, 0.5).tolist()), min_size=1).map(sorted))
def test_both_back_ends_cut_the_same_segments(soup: np.ndarray, heights: list[float]) -> None:
    with back_end("c"):
        kernel = contours(soup, np.array(heights))
        counts = count_segments(soup, np.array(heights))
    with back_end("numpy"):
        plain = contours(soup, np.array(heights))
        np.testing.assert_array_equal(counts, count_segments(soup, np.array(heights)))
    np.testing.assert_array_equal(kernel.offsets, plain.offsets)
    np.testing.assert_array_equal(kernel.segments, plain.segments)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300])
def test_no_coordinate_makes_the_kernel_write_astray(value: float) -> None:
    soup = sphere()
    soup[::7, 1, 2] = value
    soup[::11, 0, 0] = value
    with np.errstate(all="ignore"):
        cut = contours(soup, np.linspace(-20, 20, 50))
    assert cut.offsets[-1] == len(cut.segments)


def test_contours_come_sixty_times_faster_than_from_trimesh() -> None:
    import trimesh

    shape, heights = trimesh.creation.icosphere(subdivisions=4, radius=20), np.arange(-19, 19, 0.4)
    triangles = np.array(shape.triangles)
    with back_end("c"):
        ours = min(_cpu_s(lambda: contours(triangles, heights)) for _ in range(5))
    theirs = _cpu_s(lambda: shape.section_multiplane([0, 0, 0], [0, 0, 1], heights))
    assert theirs > 60 * ours  # 360 to 750 were measured


def _cpu_s(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def test_contour_lengths_equal_those_of_trimesh_on_a_real_part(shared_data: Path) -> None:
    import trimesh

    path = next((shared_data / "meshes/benign/gear").glob("*.stl"))
    triangles = read_binary_stl(path)
    low, high = triangles[:, :, 2].min(), triangles[:, :, 2].max()
    heights = np.linspace(low, high, 23)[1:-1] + 1e-4
    shape = trimesh.Trimesh(**trimesh.triangles.to_kwargs(triangles))
    sections = shape.section_multiplane([0, 0, 0], [0, 0, 1], heights)
    expected = [0.0 if section is None else section.length for section in sections]
    np.testing.assert_allclose(contours(triangles, heights).length_mm, expected, rtol=1e-4)
