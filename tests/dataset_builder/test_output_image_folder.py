"""Folders of PNG files, as torchvision and Hugging Face read them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip(
    "pyarrow", reason="pyarrow is not installed: pip install 'printwarden[dataset]'"
)

from dataset_builder.output.columns import PICTURE_COLUMNS
from dataset_builder.output.dataset import Dataset, DatasetError, open_dataset
from dataset_builder.output.image_folder import export_image_folder, file_name
from dataset_builder.output.partitions import SPLITS
from tests.dataset_builder.small_dataset import FRAMES, JOBS, picture, write_small_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(write_small_dataset(tmp_path_factory.mktemp("folders")))


def image_folder(root: Path) -> list[tuple[Path, int]]:
    """What torchvision.datasets.ImageFolder finds: sorted folders are classes, files below them."""
    classes = sorted(entry.name for entry in root.iterdir() if entry.is_dir())
    return [
        (path, index)
        for index, name in enumerate(classes)
        for path in sorted((root / name).rglob("*.png"))
    ]


def test_folders_are_classes_and_files_their_pictures(dataset: Dataset, tmp_path: Path) -> None:
    told: list[int] = []
    assert export_image_folder(dataset, tmp_path, progress=told.append) == 3 * len(JOBS)
    found = image_folder(tmp_path)
    assert len(found) == 3 * len(JOBS) == sum(told)
    assert {index for _, index in found} == {0, 1, 2}
    first = tmp_path / "handgun-shaped" / "pistol_mesh_r000-p000-y000_xz.png"
    pixels = cv2.imread(str(first), cv2.IMREAD_GRAYSCALE)
    np.testing.assert_array_equal(pixels, picture(JOBS[0], 1, FRAMES - 1))


def test_metadata_names_every_file_with_all_columns(dataset: Dataset, tmp_path: Path) -> None:
    export_image_folder(dataset, tmp_path, subset="sequences")
    lines = (tmp_path / "metadata.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 3 * FRAMES * len(JOBS)
    assert {tmp_path / row["file_name"] for row in rows} == {p for p, _ in image_folder(tmp_path)}
    assert set(rows[0]) == {"file_name", *PICTURE_COLUMNS} - {"image"}
    assert rows[0]["label"] == "handgun-shaped"


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split.column)
def test_a_split_makes_two_roots_that_share_no_picture(
    dataset: Dataset, tmp_path: Path, split
) -> None:
    export_image_folder(dataset, tmp_path, split=split.column)
    parts = {part: image_folder(tmp_path / part) for part in ("train", "test")}
    assert sum(map(len, parts.values())) == 3 * len(JOBS)
    assert all((tmp_path / part / "metadata.jsonl").exists() for part in parts)
    assert min(map(len, parts.values())) > 0


def test_nothing_is_written_into_a_folder_that_holds_something(
    dataset: Dataset, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(DatasetError, match="not an empty folder"):
        export_image_folder(dataset, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_too_many_pictures_are_refused_before_the_first(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"72 pictures .* 10 are allowed\. Allow more"):
        export_image_folder(dataset, tmp_path / "out", most=10)
    assert not (tmp_path / "out").exists()


def test_unknown_splits_and_tables_list_the_known(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="There are random_split, orientation_split"):
        export_image_folder(dataset, tmp_path, split="holdout")
    with pytest.raises(DatasetError, match="'solids' holds no pictures"):
        export_image_folder(dataset, tmp_path, subset="solids")


@pytest.mark.parametrize("job", ["../../etc/passwd", "a b", "ü" * 90, "x" * 300, "..", ".hidden/m"])
def test_a_hostile_name_stays_a_short_name_of_one_part(job: str) -> None:
    name = file_name({"job": job, "plane": "xy", "layer": 3}, "sequences")
    assert "/" not in name
    assert not name.startswith(".")
    assert len(name.encode()) < 255
    assert name != file_name({"job": job + "!", "plane": "xy", "layer": 3}, "sequences")
