"""The small CSV files that may lie beside objects and say what they are.

    labels.csv    file,label[,family,source,licence,credit,sha256,geom_hash]   what the files show
    manifest.csv  file[,source_repo,artist,licence,sha256,geom_hash]           where they are from
    a labels file folder,label                                       what folder names mean

Other columns are passed over. Paths are relative to the folder that holds the table.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from dataset_builder.sources.errors import SourceError

LABELS_CSV = "labels.csv"
MANIFEST_CSV = "manifest.csv"
OTHER_NAMES: Mapping[str, str] = {"source_repo": "source", "artist": "credit"}
"""What manifests call our columns."""
Row = Mapping[str, str]


def read_labels(folder: Path) -> list[Row] | None:
    """The rows of *folder*/labels.csv; None when there is none. Raises SourceError."""
    path = folder / LABELS_CSV
    return _rows(path, ("file", "label")) if path.is_file() else None


def read_manifest(folder: Path) -> dict[str, Row]:
    """File -> its row of *folder*/manifest.csv; empty when there is none. Raises SourceError."""
    path = folder / MANIFEST_CSV
    rows = _rows(path, ("file",)) if path.is_file() else []
    return {row["file"]: row for row in rows}


def read_aliases(path: Path) -> dict[str, str]:
    """What --labels names: folder, or parent/folder, -> label. Raises SourceError."""
    return {row["folder"]: row["label"] for row in _rows(path, ("folder", "label"))}


def _rows(path: Path, required: Sequence[str]) -> list[Row]:
    """Filled cells only, stripped, under our names; every row has the *required* ones."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, restkey="")
            missing = [name for name in required if name not in (reader.fieldnames or ())]
            if missing:
                raise SourceError(
                    f"{path}: has no column {missing[0]!r}. Its first line must name the columns "
                    f"{','.join(required)}."
                )
            return [_row(cells, required, f"{path}:{reader.line_num}") for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path}: cannot be read ({error}). Save it as UTF-8 CSV.") from error


def _row(cells: Mapping[str, str | None], required: Sequence[str], where: str) -> Row:
    row = {
        OTHER_NAMES.get(name, name): value.strip()
        for name, value in cells.items()
        if name and value and value.strip()
    }
    for name in required:
        if name not in row:
            raise SourceError(f"{where}: has no {name}. Fill it in or delete the row.")
    return row
