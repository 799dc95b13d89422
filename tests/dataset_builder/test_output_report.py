"""The report: what it counts, and that its page needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip(
    "pyarrow", reason="pyarrow is not installed: pip install 'printwarden[dataset]'"
)
pytest.importorskip("jinja2", reason="jinja2 is not installed: pip install 'printwarden[dataset]'")

from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.output.dataset import Dataset, DatasetError, open_dataset
from dataset_builder.output.partitions import SPLITS
from dataset_builder.output.report.extents import HEIGHT, WIDTH, extents, outline
from dataset_builder.output.report.gathered import Gathered, gather
from dataset_builder.output.report.page import write_report
from dataset_builder.output.report.sheets import bright, label_sheets, mosaic, spread
from dataset_builder.output.report.tallies import by_label, by_model, by_route, divisions
from dataset_builder.output.report.twins import TWIN_SHARE, compare, distinct, twins
from tests.dataset_builder.small_dataset import JOBS, SIZES_MM, write_small_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(write_small_dataset(tmp_path_factory.mktemp("report")))


@pytest.fixture(scope="module")
def gathered(dataset: Dataset) -> Gathered:
    return gather(dataset)


@pytest.fixture(scope="module")
def page(dataset: Dataset) -> str:
    return write_report(dataset.folder).read_text()


def clusters(seed: int, count: int = 400) -> np.ndarray:
    """(count, 12, 12): copies of some pictures, bright and dim, with more or less noise."""
    rng = np.random.default_rng(seed)
    kinds = rng.random((30, 12, 12)) * (rng.random((30, 12, 12)) < 0.3)
    which = rng.integers(len(kinds), size=count)
    noise = rng.normal(size=(count, 12, 12)) * rng.choice([0, 0.01, 0.02, 0.04], (count, 1, 1))
    level = rng.choice([20, 90, 255], (count, 1, 1))
    pixels: np.ndarray = (np.clip(kinds[which] + noise, 0, 1) * level).round().astype(np.uint8)
    return pixels


@pytest.mark.parametrize("seed", range(4))
def test_twins_are_exactly_the_pairs_that_looking_at_all_pixels_finds(seed: int) -> None:
    pixels = clusters(seed)
    first, _ = distinct(pixels)
    flat = pixels[first].reshape(len(first), -1)
    found = {
        tuple(sorted(pair)) for a, b in twins(flat, TWIN_SHARE) for pair in zip(a, b, strict=True)
    }
    wide, peak = flat.astype(np.int64), flat.max(axis=1).astype(float)
    squares = (wide**2).sum(axis=1)
    apart = squares[:, None] + squares - 2 * wide @ wide.T  # exact: these are whole numbers
    most = flat.shape[1] * (TWIN_SHARE * np.minimum(peak[:, None], peak)) ** 2
    expected = set(zip(*np.nonzero(np.triu(apart <= most, 1)), strict=True))
    assert found == expected
    assert len(expected) > 50


def test_a_dim_picture_is_not_the_twin_of_every_other_dim_one() -> None:
    thin = np.zeros((2, 28, 28), np.uint8)
    thin[0, :, 3] = thin[1, 3, :] = 12
    assert not any(len(a) for a, _ in twins(thin.reshape(2, -1), TWIN_SHARE))


def test_a_split_counts_test_pictures_with_an_equal_or_a_similar_training_picture() -> None:
    pixels = np.zeros((5, 8, 8), np.uint8)
    for row, column in enumerate((0, 0, 0, 3, 6)):
        pixels[row, :, column : column + 2] = 200
    pixels[2, 0, 0] = 190  # a twin of the first two, not their equal
    test = np.array([False, True, True, True, True])
    result = compare(pixels, np.array([0, 0, 1, 2, 3]), {"split": test, "none": ~test & test})
    split, none = result.splits
    assert (split.tests, split.trains, split.exact, split.near) == (4, 1, 1, 2)
    assert (none.tests, none.exact, none.near) == (0, 0, 0)
    assert (result.pictures, result.distinct, result.crossing) == (5, 4, 3)
    assert result.examples["split"] == ((2, 0),)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_distinct_pictures_stand_for_all(levels: list[int]) -> None:
    pixels = np.array(levels, np.uint8)[:, None, None] * np.ones((2, 2), np.uint8)
    first, which = distinct(pixels)
    np.testing.assert_array_equal(pixels[first][which], pixels)
    assert len(first) == len(set(levels))


def test_all_columns_are_gathered_and_a_sample_keeps_whole_jobs(
    dataset: Dataset, gathered: Gathered
) -> None:
    assert len(gathered) == 3 * len(JOBS) == len(gathered.pixels)
    assert gathered.names["model"].values == ("gear", "mug", "pistol")
    some = gather(dataset, most=24)
    np.testing.assert_array_equal(some.compared // 3, np.repeat(np.arange(0, len(JOBS), 3), 3))
    np.testing.assert_array_equal(some.pixels, gathered.pixels[some.compared])
    assert len(some) == len(gathered)


def test_every_picture_is_counted_once_in_each_table(dataset: Dataset, gathered: Gathered) -> None:
    labels = dataset.manifest["labels"]
    assert [(bar.name, bar.pictures) for bar in by_label(gathered, labels)] == [
        ("handgun-shaped", 24),
        ("container", 24),
        ("gear", 24),
    ]
    assert [bar.name for bar in by_model(gathered, labels)] == ["pistol", "mug", "gear"]
    cross = by_route(gathered, dataset.labels)
    assert cross.columns == ("cura:solid", "mesh")
    assert cross.counts == ((12, 12),) * 3


@pytest.mark.parametrize("place", range(len(SPLITS)), ids=lambda place: SPLITS[place].column)
def test_the_sides_of_a_split_hold_all_pictures(gathered: Gathered, place: int) -> None:
    train, test = divisions(gathered)[place].sides
    assert train.pictures + test.pictures == len(gathered)
    assert sum(train.labels) == train.pictures
    if SPLITS[place].column == "model_fold":
        assert (train.models, test.models) == (2, 1)


def test_sizes_are_told_by_label_on_one_axis(dataset: Dataset, gathered: Gathered) -> None:
    found = extents(gathered, dataset.labels)
    longest = [max(SIZES_MM[model]) for model in ("pistol", "mug", "gear")]
    assert [row.median for row in found.histograms] == longest
    assert [tick.text for tick in found.ticks] == ["100"]
    places = [row.median_at for row in found.histograms]
    assert sorted(places, reverse=True) == places


def test_a_histograms_outline_stays_inside_its_drawing() -> None:
    numbers = [float(text) for text in re.findall(r"[\d.]+", outline(np.array([0, 3, 1, 0])))]
    assert (min(numbers), max(numbers)) == (0, WIDTH)
    assert HEIGHT in numbers


def test_contact_sheets_show_every_label_with_its_growth(
    dataset: Dataset, gathered: Gathered
) -> None:
    sheets = list(label_sheets(dataset, gathered))
    assert [sheet.label for sheet in sheets] == ["handgun-shaped", "container", "gear"]
    for sheet in sheets:
        assert (sheet.models[0].width_px, sheet.models[0].height_px) == (8 * 29 - 1, 3 * 29 - 1)
        assert sheet.growth is not None
        assert sheet.growth.width_px == 3 * 29 - 1


def test_pictures_for_the_eye_keep_their_order_of_grey_levels() -> None:
    dim = np.arange(41, dtype=np.uint8)[None]
    shown = bright([dim, dim[:, :21]])
    assert shown[0].max() == 255
    assert np.all(np.diff(shown[0].astype(int)) > 0)
    np.testing.assert_array_equal(shown[1][0], shown[0][0, :21])
    assert bright([np.zeros((2, 2), np.uint8)])[0].max() == 0


def test_a_mosaic_has_gaps_and_no_picture_twice() -> None:
    made = mosaic([[np.full((2, 2), grey, np.uint8) for grey in (1, 2)], [np.zeros((2, 2), "u1")]])
    assert made.shape == (5, 5)
    assert [made[0, 0], made[0, 3], made[3, 0], made[4, 4]] == [1, 2, 0, made[2, 2]]


@pytest.mark.parametrize(("count", "most"), [(1, 8), (5, 8), (8, 8), (1008, 8)])
def test_what_is_shown_is_spread_from_first_to_last(count: int, most: int) -> None:
    places = spread(count, most)
    assert len(places) == min(count, most)
    assert (places[0], places[-1]) == (0, count - 1 if count > 1 else 0)


class Page(HTMLParser):
    """What a page fetches, runs and says."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_fetches_nothing_and_runs_nothing(page: str) -> None:
    parser = Page()
    parser.feed(page)
    assert not {"script", "link", "iframe", "object"} & set(parser.tags)
    assert all(source.startswith(("data:image/png;base64,", "#")) for source in parser.sources)
    assert "url(" not in page
    assert "@import" not in page


def test_names_from_strangers_are_shown_not_run(page: str) -> None:
    assert "<b>broken</b>" not in page
    assert "&lt;b&gt;broken&lt;/b&gt;.stl" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_page_says_how_much_of_each_test_was_seen(page: str) -> None:
    for split in SPLITS:
        assert split.name in page
        assert split.question in page
    assert "<b>100.0 %</b> <small>18</small>" in page  # a job's pictures do not depend on its yaw
    assert "<b>0.0 %</b> <small>0</small>" in page


def test_the_same_dataset_gives_the_same_page(dataset: Dataset, page: str) -> None:
    assert write_report(dataset.folder).read_text() == page


def test_a_damaged_shard_stops_the_report_with_its_name(tmp_path: Path) -> None:
    folder = write_small_dataset(tmp_path / "set")
    (folder / "data/projections/projections-00001.parquet").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"projections-00001\.parquet: this shard is damaged"):
        write_report(folder)
    assert not (folder / "report.html").exists()
