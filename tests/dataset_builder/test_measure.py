"""Sums over a toolpath: one answer from both back ends, however its segments are cut."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset_builder.geometry.toolpath import SEGMENT, SegmentState
from dataset_builder.readers.gcode.measure import Geometry, Measure
from tests.dataset_builder.solids import back_end

STATES = [0, 0, 0, *range(8)]


def segments_at_random(seed: int, count: int = 500) -> NDArray[np.void]:
    rng = np.random.default_rng(seed)
    segments = np.zeros(count, SEGMENT)
    centre, spread = rng.uniform(-300, 300, 3), 10 ** rng.uniform(-2, 2)
    for end in ("start", "end"):
        segments[end] = rng.normal(centre, spread, (count, 3))
    segments["filament"] = rng.exponential(0.1, count)
    segments["tool"] = rng.integers(0, 32, count)
    segments["state"] = rng.choice(STATES, count)
    return segments


def measured(segments: NDArray[np.void], block: int = 1 << 20) -> Measure:
    measure = Measure()
    for first in range(0, len(segments), block):
        measure.add(segments[first : first + block])
    return measure


def numbers(shape: Geometry | None) -> NDArray[np.float64]:
    assert shape is not None
    whole = (*shape.bbox, shape.extruded_mm, shape.filament_mm, *shape.centroid, *shape.cov)
    return np.array(whole)


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
@pytest.mark.parametrize("seed", range(12))
def test_both_back_ends_sum_alike(seed: int, block: int) -> None:
    segments = segments_at_random(seed)
    with back_end("c"):
        native = measured(segments, block)
    with back_end("numpy"):
        numpy = measured(segments, block)
    for name, kind in native._sums._fields_:
        of_both = (getattr(measure._sums, name) for measure in (native, numpy))
        ours, theirs = (list(v) if issubclass(kind, ctypes.Array) else v for v in of_both)
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-9, err_msg=name)
    assert native.tools == numpy.tools
    assert [native.count(state) for state in SegmentState] == [
        numpy.count(state) for state in SegmentState
    ]


@pytest.mark.parametrize("name", ["c", "numpy"])
def test_nothing_printed_has_no_geometry(name: str) -> None:
    skipped = segments_at_random(1)
    skipped["state"] = SegmentState.EXCLUDED
    with back_end(name):
        for segments in (skipped[:0], skipped):
            measure = measured(segments)
            assert measure.geometry() is None
            assert measure.count(SegmentState.EXCLUDED) == len(segments)


@pytest.mark.parametrize("name", ["c", "numpy"])
def test_a_line_measures_the_same_in_one_piece_or_in_a_hundred(name: str) -> None:
    whole = np.zeros(1, SEGMENT)
    whole["start"], whole["end"], whole["filament"] = (10, 20, 0.25), (110, 60, 0.25), 8
    corners = np.linspace(whole["start"][0], whole["end"][0], 101)
    cut = np.zeros(100, SEGMENT)
    cut["start"], cut["end"], cut["filament"] = corners[:-1], corners[1:], 0.08
    with back_end(name):
        together, apart = (numbers(measured(path).geometry()) for path in (whole, cut))
    np.testing.assert_allclose(together, apart, rtol=1e-5, atol=1e-5)  # float32 corners
    np.testing.assert_allclose(together[8:11], [60, 40, 0.25])
    np.testing.assert_allclose(together[11:], [100**2 / 12, 40**2 / 12, 0, 4000 / 12, 0, 0])


@pytest.mark.parametrize("seed", range(6))
def test_the_sum_of_two_toolpaths_is_the_measure_of_both(seed: int) -> None:
    near, far = segments_at_random(seed), segments_at_random(seed + 100)
    total = Measure.sum([measured(near), Measure(), measured(far)]).geometry()
    both = measured(np.concatenate([near, far])).geometry()
    np.testing.assert_allclose(numbers(total), numbers(both), rtol=1e-9, atol=1e-7)
