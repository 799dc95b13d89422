"""Picture files and the evidence sheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dataset_builder.render.pictures import file_stem, write_sequence, write_views
from dataset_builder.render.projections import project
from dataset_builder.render.sequence import sequence
from dataset_builder.render.sheet import (
    MOST_OBJECTS,
    WIDTH,
    SheetLook,
    SheetObject,
    evidence_sheet,
)
from dataset_builder.render.sheet_drawing import (
    fit_words,
    font,
    largest_first,
    printable,
    shorten,
)
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.render.views import PLANES, Kind, Views
from tests.dataset_builder.solids import mesh, torus


@pytest.fixture(scope="module")
def views() -> Views:
    return project(slice_mesh(mesh(torus()), cells=64), size_px=64)


def _card(views: Views, *, label: str = "ring-shaped", score: float = 0.4) -> SheetObject:
    return SheetObject(1, views, label, score, views.extent_mm)


def test_names_of_pictures_say_what_they_show(views: Views, tmp_path: Path) -> None:
    names = [path.name for path in write_views(views, tmp_path / "new", name="cup.gcode", part=2)]
    assert names[0] == "cup.gcode-object2-xy-silhouette-64px.png"
    assert names[-1] == "cup.gcode-object2-yz-xray-64px.png"
    np.testing.assert_array_equal(Image.open(tmp_path / "new" / names[-1]), views.pixels[-1])


def test_names_of_frames_sort_in_the_order_of_printing(tmp_path: Path) -> None:
    layers = slice_mesh(mesh(torus()), cells=32)
    pictures = sequence(layers, frames=12, size_px=28, planes=["xy"])
    paths = write_sequence(pictures, tmp_path, name="ring", planes=["xy"], kind="silhouette")
    assert paths[6].name == "ring-sequence-0007of0012-xy-silhouette-28px.png"
    assert sorted(paths) == paths
    np.testing.assert_array_equal(Image.open(paths[6]), pictures[6, 0])


@given(st.text(max_size=400))
def test_no_job_name_leaves_its_folder(name: str) -> None:
    stem = file_stem(name)
    assert stem
    assert not stem.startswith(".")
    assert len(stem) <= 100
    assert not set(stem) & set('/\\:*?"<>|\0\n ')


@pytest.mark.parametrize("count", [0, 1, 2, MOST_OBJECTS, MOST_OBJECTS + 3])
def test_a_sheet_is_drawn_for_any_number_of_objects(
    views: Views, tmp_path: Path, count: int
) -> None:
    path = tmp_path / "sheets" / "sheet.png"
    evidence_sheet("plate.gcode", "REVIEW", "Not sure.", [_card(views)] * count, path)
    with Image.open(path) as sheet:
        assert (sheet.format, sheet.width) == ("PNG", WIDTH)


def test_a_sheet_leaves_its_margins_white_whatever_the_names(views: Views, tmp_path: Path) -> None:
    card = _card(views, label="W" * 300, score=float("nan"))
    evidence_sheet("M" * 500, "FLAGGED" * 20, "word " * 400, [card] * 2, tmp_path / "sheet.png")
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    for margin in (sheet[:30], sheet[:, :34], sheet[:, -33:], sheet[-20:]):
        assert np.all(margin == 255)


@pytest.mark.parametrize("kind", ["silhouette", "xray"])
def test_one_kind_of_view_is_enough_for_a_sheet(kind: Kind, tmp_path: Path) -> None:
    some = project(slice_mesh(mesh(torus()), cells=32), size_px=28, kind=kind, planes=["xz"])
    evidence_sheet("ring.stl", "CLEAR", "A ring.", [_card(some)], tmp_path / "sheet.png")
    assert np.asarray(Image.open(tmp_path / "sheet.png")).min() < 60


@pytest.mark.parametrize("score", [-1.0, 0.0, 0.001, 1.0, 7.0, float("nan"), float("inf")])
def test_any_score_can_be_drawn(views: Views, tmp_path: Path, score: float) -> None:
    evidence_sheet("a", "CLEAR", "b", [_card(views, score=score)], tmp_path / "sheet.png")


@settings(deadline=None)
@given(st.text(max_size=200), st.integers(40, 600))
def test_shortened_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    text = printable(text)
    short = shorten(text, font(20), width)
    assert font(20).getlength(short) <= width or len(short) <= 2
    if short != text:
        before, _, after = short.rpartition("…")
        assert text.startswith(before.rstrip("…"))
        assert text.endswith(after)


def test_long_reasons_are_broken_at_words_and_cut_at_the_last_line() -> None:
    lines = fit_words("one two three four five six", font(20), 90, lines=2)
    assert len(lines) == 2
    assert lines[0] == "one two"
    assert lines[1].endswith("…")


def test_control_and_direction_characters_are_not_drawn() -> None:
    assert printable("a\x1b[31m\u202eb\nc") == "a\N{REPLACEMENT CHARACTER}[31m" + (
        "\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
    )


def _heated(views: Views, level: float) -> SheetLook:
    """Heat of *level* in the upper half of the top view, none elsewhere."""
    heat = np.zeros((32, 32), np.float32)
    heat[:16] = level
    captions = dict.fromkeys(PLANES, "a side")
    return SheetLook(views, {"xy": heat, "xz": heat * 0, "yz": heat * 0}, captions, "red: why")


def _warm(path: Path) -> list[tuple[int, int, int]]:
    """Pixels of amber or red, which nothing else on a sheet is while the verdict is clear."""
    picture = np.asarray(Image.open(path), np.int64)
    return [tuple(pixel) for pixel in picture[picture[..., 0] - picture[..., 2] > 60].tolist()]


@pytest.mark.parametrize("count", [1, 2])
def test_heat_is_seen_and_its_absence_is_not(views: Views, tmp_path: Path, count: int) -> None:
    warm = []
    for level in (0.0, 0.5, 1.0):
        part = replace(_card(views), look=_heated(views, level), note="Nearest: a ring (ring) 0.9")
        evidence_sheet("a.stl", "CLEAR", "Fine.", [part] * count, tmp_path / f"{level}.png")
        warm.append(_warm(tmp_path / f"{level}.png"))
    none, some, full = warm
    assert not none
    assert min(len(some), len(full)) > 500
    assert np.mean(full) < np.mean(some)  # the hotter, the darker: seen without colours too


def test_the_view_that_spans_most_is_shown_large() -> None:
    flat = project(slice_mesh(mesh(torus()), cells=64), size_px=64)
    assert largest_first(flat)[0] == "xy"
    assert set(largest_first(flat)) == set(PLANES)
