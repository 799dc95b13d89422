"""Material along the three axes, of a stack and of its lower parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.shadows import cast_shadows, grow_shadows
from tests.dataset_builder.solids import back_end


def _stack(width: int) -> Layers:
    rng = np.random.default_rng(width)
    solid = rng.random((9, 7, width)) < 0.6
    height = rng.uniform(0.1, 0.4, len(solid))
    return Layers(
        np.packbits(solid, axis=2), width, np.cumsum(height), height, (0.0, 0.0), mm_per_px=0.5
    )


@pytest.mark.parametrize("width", [1, 8, 13, 64, 70])
@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_shadows_are_sums_of_the_material(width: int, backend: str) -> None:
    layers = _stack(width)
    with back_end(backend):
        shadows = cast_shadows(layers)
    solid = np.stack([layers.bitmap(index) for index in range(len(layers.bits))])
    np.testing.assert_array_equal(shadows.front_px, solid.sum(axis=1))
    np.testing.assert_array_equal(shadows.side_px, solid.sum(axis=2))
    top = (solid * layers.height_mm[:, None, None]).sum(axis=0)
    np.testing.assert_allclose(shadows.top_mm, top, atol=1e-12)
    assert np.all(shadows.top_mm[~solid.any(axis=0)] == 0)  # not even a rounding error


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_what_has_grown_is_the_shadow_of_the_lower_part(backend: str) -> None:
    layers, stops = _stack(21), np.array([1, 1, 4, 8, 9])  # two frames may show the same
    with back_end(backend):
        tops, whole = grow_shadows(layers, stops)
        for frame, stop in enumerate(stops):
            part = replace(layers, bits=layers.bits[:stop], height_mm=layers.height_mm[:stop])
            np.testing.assert_allclose(tops[:, frame], cast_shadows(part).top_mm, atol=1e-12)
    np.testing.assert_array_equal(whole.top_mm, tops[:, -1])
