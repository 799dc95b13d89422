"""Rays through closed contours: filled directly, and by votes."""

from __future__ import annotations

import numpy as np
import pytest

from dataset_builder.render.contours import contours
from dataset_builder.render.winding import Found, Lines, cast_rays, fill_closed
from tests.dataset_builder.solids import Triangles, back_end, box, sphere, torus

LINES = Lines((-30.0, -30.0, 0.9, 0.9), 67, 61)  # a width that no byte divides
HEIGHTS = np.linspace(-9, 9, 12)

CLOSED = {
    "sphere": sphere(14),
    "torus": torus(),
    "overlapping": np.concatenate([box((20, 20, 20)), box((20, 9, 20), (8, 0, 0))]),
    "inside out": torus()[:, ::-1],
    "past the grid": box((80, 10, 20)),
    "beside the grid": box((10, 10, 20), (90, 0, 0)),
}


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_closed_meshes_are_filled_where_rays_vote_inside(name: str, backend: str) -> None:
    with back_end(backend):
        cut = contours(CLOSED[name], HEIGHTS)
        bits, found = fill_closed(cut, LINES)
        votes = cast_rays(cut, LINES, outward=1)
    assert found.leaking == 0
    np.testing.assert_array_equal(bits, np.packbits(votes == 2, axis=2))


@pytest.mark.parametrize("name", ["torus", "inside out", "overlapping"])
def test_shells_are_told_apart_by_how_they_wind(name: str) -> None:
    found = _found(CLOSED[name])["c"]
    assert (found.inward > 0, found.outward > 0) == (name == "inside out", name != "inside out")


def test_a_hole_is_found_on_the_lines_that_it_opens() -> None:
    both = _found(torus()[40:])
    assert both["c"] == both["numpy"]
    assert 0 < both["c"].leaking < len(HEIGHTS) * LINES.lines


def _found(triangles: Triangles) -> dict[str, Found]:
    found = {}
    for name in ("c", "numpy"):
        with back_end(name):
            found[name] = fill_closed(contours(triangles, HEIGHTS), LINES)[1]
    return found
