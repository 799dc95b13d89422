"""One object by both routes: its mesh cut into layers, and its G-code read back and turned.

Measured over a handful of poses, as pictures of 28 pixels: the mean absolute difference of X-rays
in grey levels, and the intersection over union of silhouettes. Each way to go wrong that a route
could have is tried as well, so that the bounds are known to catch it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.occupancy import occupancy
from dataset_builder.render.presence import Turnable
from dataset_builder.render.projections import project
from dataset_builder.render.rotations import rotated
from dataset_builder.render.sequence import sequence
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.render.turned import turned
from dataset_builder.slicers.profiles import PROFILES, read_back, sliced, slicer_version
from dataset_builder.sources.solids import SOLIDS, draw_solid

ROUTES = ["mesh", "cura:draft", "cura:solid", "prusa:draft"]
SIDE_MM = 45.0
SIZE_PX = 28
MOST_GREY = 1.0  # of 255, the mean over all pixels and poses
LEAST_OVERLAP = 0.95

Drawn = tuple[NDArray[np.float64], NDArray[np.bool_]]  # (P, 3, size, size) X-rays, silhouettes
Pose = NDArray[np.float64]
Pictures = NDArray[np.uint8]  # (6, size, size)


def _poses() -> list[Pose]:
    rng, poses = np.random.default_rng(0), [np.eye(3)]
    for _ in range(5):
        q, r = np.linalg.qr(rng.normal(size=(3, 3)))
        q *= np.sign(np.diag(r))
        poses.append(q * np.sign(np.linalg.det(q)))
    return poses


def _drawn(draw: Callable[[Pose], Pictures]) -> Drawn:
    pictures = np.stack([draw(pose) for pose in _poses()])
    return pictures[:, 3:].astype(np.float64), pictures[:, :3] > 0


def _from_mesh(mesh: Mesh, pose: Pose) -> Pictures:
    return project(slice_mesh(rotated(mesh, pose), cells=96), size_px=SIZE_PX).pixels


def _agreement(one: Drawn, other: Drawn) -> tuple[float, float]:
    """Mean absolute grey difference, and mean intersection over union of silhouettes."""
    both, either = one[1] & other[1], one[1] | other[1]
    overlaps = both.sum(axis=(1, 2, 3)) / either.sum(axis=(1, 2, 3))
    return float(np.abs(one[0] - other[0]).mean()), float(overlaps.mean())


@pytest.fixture(scope="module")
def drill() -> Mesh:
    """Unlike itself in every mirror and quarter turn."""
    mesh = draw_solid(SOLIDS["drill"], np.random.default_rng(3))
    low, high = mesh.bbox_mm
    return Mesh((mesh.triangles - low) * (SIDE_MM / (high - low).max()), watertight=True)


@pytest.fixture(scope="module", params=ROUTES)
def read(
    request: pytest.FixtureRequest, drill: Mesh, tmp_path_factory: pytest.TempPathFactory
) -> Turnable:
    """The drill as a grid, by one route."""
    route: str = request.param
    if route == "mesh":
        return Turnable.of(occupancy(slice_mesh(drill, cells=256), cells=96))
    if slicer_version(route) is None:
        pytest.skip(f"the slicer of {route} is not installed")
    cache: Path = tmp_path_factory.mktemp("sliced")
    layers = read_back(sliced(drill, PROFILES[route], cache))
    return Turnable.of(occupancy(layers, cells=96))


@pytest.fixture(scope="module")
def by_grid(read: Turnable) -> Drawn:
    return _drawn(lambda pose: project(turned(read, pose), size_px=SIZE_PX).pixels)


def test_both_routes_draw_the_same_pictures(by_grid: Drawn, drill: Mesh) -> None:
    grey, overlap = _agreement(by_grid, _drawn(partial(_from_mesh, drill)))
    assert grey < MOST_GREY
    assert overlap > LEAST_OVERLAP


def test_both_routes_grow_the_same_object(read: Turnable, drill: Mesh) -> None:
    for pose in _poses()[:3]:
        both = [
            sequence(layers, frames=11, size_px=SIZE_PX, kind="xray").astype(float)
            for layers in (turned(read, pose), slice_mesh(rotated(drill, pose), cells=96))
        ]
        assert np.abs(both[0] - both[1]).mean() < MOST_GREY


def _mirrored(mesh: Mesh, pose: Pose) -> Pictures:
    corners = (mesh.triangles * (-1.0, 1.0, 1.0))[:, ::-1]
    return _from_mesh(Mesh(corners, watertight=True), pose)


def _turned_back(mesh: Mesh, pose: Pose) -> Pictures:
    return _from_mesh(mesh, pose.T)


def _axes_exchanged(mesh: Mesh, pose: Pose) -> Pictures:
    return _from_mesh(mesh, pose).transpose(0, 2, 1)


def _a_pixel_right(mesh: Mesh, pose: Pose) -> Pictures:
    return np.roll(_from_mesh(mesh, pose), 1, axis=2)


def _a_pixel_down(mesh: Mesh, pose: Pose) -> Pictures:
    return np.roll(_from_mesh(mesh, pose), 1, axis=1)


def _stretched(mesh: Mesh, pose: Pose) -> Pictures:
    return _from_mesh(Mesh(mesh.triangles * (1.0, 1.0, 1.08), watertight=True), pose)


def _smaller(mesh: Mesh, pose: Pose) -> Pictures:
    layers = slice_mesh(rotated(mesh, pose), cells=96)
    return np.pad(project(layers, size_px=SIZE_PX - 2).pixels, ((0, 0), (1, 1), (1, 1)))


WRONG = [
    _mirrored,
    _turned_back,
    _axes_exchanged,
    _a_pixel_right,
    _a_pixel_down,
    _stretched,
    _smaller,
]


@pytest.mark.parametrize("wrong", WRONG)
def test_the_bounds_catch_a_route_that_goes_wrong(
    by_grid: Drawn, drill: Mesh, wrong: Callable[[Mesh, Pose], Pictures]
) -> None:
    grey, overlap = _agreement(by_grid, _drawn(partial(wrong, drill)))
    assert grey > 1.5 * MOST_GREY
    assert overlap < LEAST_OVERLAP
