"""The dataset card and the Croissant file say what the manifest says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip(
    "pyarrow", reason="pyarrow is not installed: pip install 'printwarden[dataset]'"
)
pytest.importorskip("jinja2", reason="jinja2 is not installed: pip install 'printwarden[dataset]'")

from dataset_builder.output.card import size_category, source_rows, write_card
from dataset_builder.output.columns import PICTURE_COLUMNS, SOLID_COLUMNS
from dataset_builder.output.croissant import describe, write_croissant
from dataset_builder.output.partitions import SPLITS
from dataset_builder.sources.labels import LABEL_NAMES
from tests.dataset_builder.small_dataset import FRAMES, JOBS, picture, write_small_dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_dataset(tmp_path_factory.mktemp("descriptions"))


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def card(folder: Path, manifest: dict[str, Any]) -> str:
    return write_card(folder, manifest).read_text()


def front_matter(card: str) -> Any:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return yaml.safe_load(card.split("---\n")[1])


def test_the_front_matter_tells_the_hub_where_each_table_lies(folder: Path, card: str) -> None:
    configs = front_matter(card)["configs"]
    assert [config["config_name"] for config in configs] == ["projections", "sequences", "solids"]
    for config in configs:
        assert list(folder.glob(config["data_files"][0]["path"]))


def test_the_front_matter_has_every_column_with_the_names_of_labels(card: str) -> None:
    projections, _, solids = front_matter(card)["dataset_info"]
    assert [feature["name"] for feature in projections["features"]] == list(PICTURE_COLUMNS)
    assert [feature["name"] for feature in solids["features"]] == list(SOLID_COLUMNS)
    names = projections["features"][1]["dtype"]["class_label"]["names"]
    assert tuple(names.values()) == LABEL_NAMES
    assert front_matter(card)["license"] == ["apache-2.0", "cc-by-4.0", "cc0-1.0"]


def test_the_card_explains_every_column_and_every_split(card: str) -> None:
    for name in (*PICTURE_COLUMNS, *SOLID_COLUMNS):
        assert f"| `{name}` |" in card
    assert {split.column for split in SPLITS} <= set(PICTURE_COLUMNS)


def test_the_counts_of_the_card_are_those_of_the_manifest(card: str) -> None:
    assert f"| 3 | 3 | 3 | {len(JOBS)} | {3 * len(JOBS)} | {3 * FRAMES * len(JOBS)} | 6 |" in card
    assert re.search(r"\| cura:solid \| CuraEngine \| 4\.13 \| solid \| 144 \|", card)


def test_names_from_strangers_cannot_break_the_card(card: str) -> None:
    assert "<script>" not in card
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in card


def test_many_objects_are_summed_up_by_source_and_licence() -> None:
    origin = {"label": "gear", "credit": "me", "sha256": "0" * 64, "licence": "MIT"}
    origins = [origin | {"name": f"g{n}", "source": f"s{n % 2}"} for n in range(60)]
    assert [(row.source, row.objects) for row in source_rows(origins)] == [
        ("s0", "30 objects"),
        ("s1", "30 objects"),
    ]


@pytest.mark.parametrize(
    ("rows", "word"),
    [(999, "n<1K"), (1_000, "1K<n<10K"), (798_336, "100K<n<1M"), (10**7, "10M<n<100M")],
)
def test_the_hubs_word_for_a_size(rows: int, word: str) -> None:
    assert size_category(rows) == word


def test_the_same_manifest_gives_the_same_bytes(folder: Path, manifest: dict[str, Any]) -> None:
    first = [
        path.read_bytes()
        for path in (write_card(folder, manifest), write_croissant(folder, manifest))
    ]
    again = [
        path.read_bytes()
        for path in (write_card(folder, manifest), write_croissant(folder, manifest))
    ]
    assert first == again


def test_croissant_carries_hash_and_size_of_every_shard(manifest: dict[str, Any]) -> None:
    files = {part["@id"]: part for part in describe(manifest)["distribution"]}
    for shard in manifest["shards"]:
        assert files[shard["path"]]["sha256"] == shard["sha256"]
        assert files[shard["path"]]["contentSize"] == f"{shard['bytes']} B"


def test_mlcroissant_finds_no_errors_and_reads_the_rows(
    folder: Path, manifest: dict[str, Any]
) -> None:
    croissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    dataset = croissant.Dataset(jsonld=write_croissant(folder, manifest))
    assert not dataset.metadata.ctx.issues.errors
    row = next(iter(dataset.records("projections")))
    assert row["projections/job"] == JOBS[0].name.encode()
    pixels = np.asarray(row["projections/image"])
    np.testing.assert_array_equal(pixels, picture(JOBS[0], 0, FRAMES - 1))
    assert len(list(dataset.records("sequences"))) == len(JOBS) * 3 * FRAMES
    assert len(list(dataset.records("solids"))) == 6
    names = [row["labels/name"] for row in dataset.records("labels")]
    assert tuple(names) == LABEL_NAMES
