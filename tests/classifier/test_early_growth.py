"""What exists of a growing print: nothing is lost, parts merge, and only the shape counts."""

import numpy as np
import pytest

from classifier.early.growing import grown
from classifier.runtime.early_growth import BINS, Grid, Growth
from classifier.runtime.early_picture import CHANNELS, draw_part
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.solids import SOLIDS, draw_solid

SIZE = 24


def stack(slices, mm_per_px=1.0, height_mm=0.5, bottom_mm=0.0):
    """Layers of the (L, H, W) pixels."""
    pixels = np.asarray(slices, bool)
    heights = np.full(len(pixels), height_mm)
    return Layers(
        np.packbits(pixels, axis=2),
        pixels.shape[2],
        bottom_mm + np.cumsum(heights),
        heights,
        (0.0, 0.0),
        mm_per_px,
    )


def grow(layers):
    *_, (_, growth) = grown(layers, range(1, len(layers.bits) + 1))
    return growth


def boxes(*corners, layers=8, side=40):
    """(L, side, side) pixels with boxes (first row, past row, first column, past column)."""
    pixels = np.zeros((layers, side, side), bool)
    for top, bottom, left, right in corners:
        pixels[:, top:bottom, left:right] = True
    return pixels


@pytest.mark.parametrize("name", ["mug", "pistol", "tree", "letters", "phone_stand"])
def test_every_bit_of_material_is_in_one_part_seen_from_every_side(name):
    layers = slice_mesh(draw_solid(SOLIDS[name], np.random.default_rng(4)), cells=72)
    growth = grow(layers)
    pixels = np.bitwise_count(layers.bits).sum(axis=(1, 2), dtype=np.int64)
    volume = float(pixels @ layers.height_mm)
    for sums in ("top_mm", "front", "side"):
        found = sum(float(getattr(part, sums).sum(dtype=np.float64)) for part in growth.parts)
        assert found == pytest.approx(volume, rel=1e-4)


def test_separate_objects_are_separate_parts():
    growth = grow(stack(boxes((2, 10, 2, 10), (20, 38, 20, 38))))
    assert len(growth.parts) == 2


def test_feet_become_one_part_with_the_layer_that_joins_them():
    feet = boxes((4, 8, 4, 8), (4, 8, 30, 34), (30, 34, 4, 34))
    table = np.concatenate([feet, boxes((4, 34, 4, 34), layers=2)])
    counts = [len(growth.parts) for _, growth in grown(stack(table), range(1, 11))]
    assert counts == [3] * 8 + [1] * 2


def test_a_merged_part_holds_what_a_part_that_was_always_one_would_hold():
    feet = boxes((4, 8, 4, 8), (4, 8, 30, 34))
    bridge = boxes((4, 8, 4, 34), layers=3)
    merged = grow(stack(np.concatenate([feet, bridge]))).parts[0]
    tied = np.concatenate([feet, bridge])
    tied[0] |= bridge[0]  # one part from the first layer on
    whole = grow(stack(tied)).parts[0]
    assert np.array_equal(merged.top_mm[4:8, 4:8], whole.top_mm[4:8, 4:8])
    assert np.array_equal(merged.front[1:], whole.front[1:])
    assert np.array_equal(merged.side[1:], whole.side[1:])


def test_an_object_may_be_printed_after_another_is_finished():
    one, other = stack(boxes((2, 10, 2, 10))), stack(boxes((20, 38, 20, 38)))
    growth = Growth(Grid.of(one))
    for layers in (one, other):
        for bits, z, height in zip(layers.bits, layers.z_top_mm, layers.height_mm, strict=True):
            growth.add(bits, z, height)
    assert [part.height_mm for part in growth.parts] == [4.0, 4.0]


def test_memory_does_not_grow_with_the_print():
    growth = grow(stack(boxes((4, 20, 4, 20), layers=5 * BINS)))
    assert growth.parts[0].front.shape == (BINS, 40)
    assert growth.parts[0].height_mm == pytest.approx(2.5 * BINS)


def test_folding_the_bins_of_height_hardly_shows():
    cone = np.zeros((300, 40, 40), bool)
    for layer in range(300):
        cone[layer, 20 - layer // 16 - 1 : 20 + layer // 16, 18:22] = True
    fine = draw_part(growth := grow(stack(cone)), growth.parts[0], SIZE).pixels
    coarse = draw_part(growth := grow(stack(cone[::3], height_mm=1.5)), growth.parts[0], SIZE)
    assert np.abs(fine.astype(int) - coarse.pixels).max() <= 32


def test_a_block_fills_its_frame_in_every_view():
    growth = grow(stack(boxes((5, 35, 5, 35), layers=60)))
    picture = draw_part(growth, growth.parts[0], SIZE)
    assert picture.pixels.shape == (len(CHANNELS), SIZE, SIZE)
    assert (picture.pixels == 255).all()
    assert picture.size_mm.tolist() == [30.0, 30.0, 30.0]


def test_where_on_the_bed_and_how_large_does_not_change_the_picture():
    shape = boxes((2, 12, 4, 8), (2, 6, 4, 20))
    moved = np.roll(shape, (11, 13), axis=(1, 2))
    pictures = [
        draw_part(growth := grow(layers), growth.parts[0], SIZE)
        for layers in (
            stack(shape),
            stack(moved, bottom_mm=0.3),
            stack(shape, mm_per_px=3.0, height_mm=1.5),
        )
    ]
    assert np.abs(pictures[0].pixels.astype(int) - pictures[1].pixels).max() <= 1
    assert np.abs(pictures[0].pixels.astype(int) - pictures[2].pixels).max() <= 1
    assert pictures[2].size_mm == pytest.approx(3 * pictures[0].size_mm)


def test_another_object_on_the_plate_does_not_change_the_picture():
    alone = grow(stack(boxes((2, 10, 2, 10))))
    beside = grow(stack(boxes((2, 10, 2, 10), (2, 38, 20, 38))))
    expected = draw_part(alone, alone.parts[0], SIZE).pixels
    assert np.array_equal(draw_part(beside, beside.parts[0], SIZE).pixels, expected)


def test_a_slice_of_another_grid_is_refused():
    layers = stack(boxes((2, 10, 2, 10)))
    with pytest.raises(ValueError, match="the grid takes"):
        Growth(Grid(64, 64, 1.0)).add(layers.bits[0], 0.5, 0.5)


def test_a_slice_without_thickness_is_refused():
    layers = stack(boxes((2, 10, 2, 10)))
    with pytest.raises(ValueError, match="mm high"):
        Growth(Grid.of(layers)).add(layers.bits[0], 0.5, 0.0)
