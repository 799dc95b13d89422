"""A dataset is opened, streamed and checked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip(
    "pyarrow", reason="pyarrow is not installed: pip install 'printwarden[dataset]'"
)

from dataset_builder.output.dataset import WORK, DatasetError, decode_png, open_dataset
from dataset_builder.sources.labels import LABEL_NAMES
from tests.dataset_builder.small_dataset import FRAMES, JOBS, picture, write_small_dataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small_dataset(tmp_path / "set")


def edit(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_every_row_comes_back_in_order_from_however_many_shards(folder: Path) -> None:
    dataset = open_dataset(folder)
    assert len(dataset.shards("projections")) == 2
    batches = list(dataset.batches("projections", ["job", "plane"], rows=7))
    assert max(batch.num_rows for batch in batches) == 7
    rows = [tuple(row.values()) for batch in batches for row in batch.to_pylist()]
    assert rows == [(job.name, plane) for job in JOBS for plane in ("xy", "xz", "yz")]
    assert dataset.rows("sequences") == len(JOBS) * 3 * FRAMES
    assert dataset.labels == LABEL_NAMES


def test_a_part_is_what_streaming_gives_there(folder: Path) -> None:
    dataset = open_dataset(folder)
    jobs = [job for batch in dataset.batches("sequences") for job in batch["job"].to_pylist()]
    for start, count in ((0, 5), (118, 9), (210, 50), (500, 3)):
        part = dataset.part("sequences", start, count, ["job"])
        there = part["job"].to_pylist() if part.num_rows else []
        assert there == jobs[start : start + count]


def test_a_picture_comes_back_as_it_was_drawn(folder: Path) -> None:
    batch = next(open_dataset(folder).batches("projections", ["image"]))
    pixels = decode_png(batch.column("image")[1].as_py()["bytes"])
    np.testing.assert_array_equal(pixels, picture(JOBS[0], 1, FRAMES - 1))


def test_the_right_bytes_verify_and_a_flipped_one_is_named(folder: Path) -> None:
    dataset = open_dataset(folder)
    assert dataset.verify() == ()
    shard = dataset.shards("solids")[0].path
    data = bytearray((folder / shard).read_bytes())
    data[40] ^= 1
    (folder / shard).write_bytes(data)
    assert dataset.verify() == (shard,)


def test_a_flipped_byte_is_noticed_while_reading(folder: Path) -> None:
    dataset = open_dataset(folder)
    path = folder / dataset.shards("projections")[1].path
    data = bytearray(path.read_bytes())
    data[200:210] = bytes(10)
    path.write_bytes(data)
    with pytest.raises(DatasetError, match=r"projections-00001\.parquet: this shard is damaged"):
        list(dataset.batches("projections"))


def test_an_unfinished_dataset_says_how_to_finish_it(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    (folder / WORK).mkdir()
    with pytest.raises(DatasetError, match=r"unfinished\. Complete it with --resume\."):
        open_dataset(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "no dataset of ours"),
        ('{"version": 99}', "version is 99 and this program reads version 1"),
        ('{"version": 1}', "does not say name, preset"),
    ],
)
def test_a_manifest_of_something_else_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DatasetError, match=message):
        open_dataset(tmp_path)


def test_a_folder_without_a_dataset_is_told_from_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"has no manifest\.json"):
        open_dataset(tmp_path)
    with pytest.raises(DatasetError, match="no such folder"):
        open_dataset(tmp_path / "nowhere")


def test_missing_and_short_shards_are_named_before_anything_is_read(folder: Path) -> None:
    path = folder / "data/sequences/sequences-00001.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DatasetError, match=r"sequences-00001\.parquet: this shard is damaged"):
        open_dataset(folder)
    path.unlink()
    with pytest.raises(DatasetError, match=r"sequences-00001\.parquet: this shard is missing"):
        open_dataset(folder)


def test_a_shard_outside_of_the_folder_is_refused(folder: Path) -> None:
    edit(folder, shards=[{"path": "../x.parquet", "rows": 1, "bytes": 1, "sha256": ""}])
    with pytest.raises(DatasetError, match="outside"):
        open_dataset(folder)


def test_unknown_names_list_the_known(folder: Path) -> None:
    dataset = open_dataset(folder)
    with pytest.raises(DatasetError, match="There are projections, sequences, solids"):
        dataset.shards("movies")
    with pytest.raises(DatasetError, match=r"no column colour\. There are image, label"):
        list(dataset.batches("projections", ["colour"]))


def test_bytes_that_are_no_png_are_an_error() -> None:
    for data in (b"", b"GIF89a"):
        with pytest.raises(DatasetError, match="no PNG"):
            decode_png(data)
