"""A dataset small enough for tests: how it is built, and what lies in its folder."""

from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq

from dataset_builder.building.build import Settings

MODELS = ("pistol", "mug", "wrench")


def settings(folder: Path, **changes) -> Settings:
    return Settings(folder.parent / "cache", **changes)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(folder, subset):
    found = []
    for path in sorted((folder / "data" / subset).glob("*.parquet")):
        found += pq.read_table(path).to_pylist()
    return found


def decoded(row):
    return cv2.imdecode(np.frombuffer(row["image"]["bytes"], np.uint8), cv2.IMREAD_GRAYSCALE)
