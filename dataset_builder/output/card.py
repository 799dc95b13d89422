"""The dataset card: README.md as Hugging Face reads it, every number of it from the manifest.

Format: huggingface.co/docs/hub, pages datasets-cards and datasets-manual-configuration.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from dataset_builder.output import statements
from dataset_builder.output.columns import PICTURE_COLUMNS, SOLID_COLUMNS, SUBSETS
from dataset_builder.output.partitions import SPLITS
from dataset_builder.output.templating import fill

CARD = "README.md"
MOST_LISTED = 50  # objects named one by one; more are summed up by source and licence
HUB_LICENCES = frozenset(
    "apache-2.0 mit bsd-3-clause cc0-1.0 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 "
    "cc-by-nc-4.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 gpl-2.0 gpl-3.0 lgpl-3.0 agpl-3.0 odbl".split()
)
"""Identifiers that the hub knows and sources state; anything else is "other" there."""
SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)  # fmt: skip


class Config(NamedTuple):
    """A table of the dataset, as `load_dataset(folder, name)` calls it."""

    name: str
    columns: Mapping[str, tuple[str, str]]
    rows: int


class LabelRow(NamedTuple):
    """One label that occurs."""

    name: str
    weapon_shaped: bool
    meaning: str
    models: int
    families: int
    images: int


class SourceRow(NamedTuple):
    """Objects of one source, licence and credit; sha256 when it is a single one."""

    source: str
    licence: str
    credit: str
    objects: str
    labels: str
    sha256: str


def write_card(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Write README.md; the same manifest gives the same bytes. Returns its path."""
    configs = configs_of(manifest)
    text = fill(
        "card.md",
        manifest=manifest,
        configs=configs,
        licences=hub_licences(manifest),
        size=size_category(sum(config.rows for config in configs)),
        labels=label_rows(manifest),
        routes=route_images(manifest),
        sources=source_rows(manifest["origins"]),
        given=any(origin["kind"] != "parametric" for origin in manifest["origins"]),
        listed=len(manifest["origins"]) <= MOST_LISTED,
        created_with=created_with(manifest),
        said=statements,
        splits=SPLITS,
    )
    path = folder / CARD
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def created_with(manifest: Mapping[str, Any]) -> str:
    """The programs that decided its bytes, with their versions."""
    versions = manifest["created_with"].items()
    return ", ".join(f"{program} {version}" for program, version in sorted(versions))


def configs_of(manifest: Mapping[str, Any]) -> tuple[Config, ...]:
    """The three tables with their rows, counted from the shards."""
    rows: Counter[str] = Counter()
    for shard in manifest["shards"]:
        rows[shard["path"].split("/")[-2]] += shard["rows"]
    pictures = tuple(Config(subset, PICTURE_COLUMNS, rows[subset]) for subset in SUBSETS)
    return (*pictures, Config("solids", SOLID_COLUMNS, rows["solids"]))


def hub_licences(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """What the hub calls the licences; "other" once for all that it does not know."""
    stated = {name.lower() for name in statements.licences(manifest)}
    known = sorted(stated & HUB_LICENCES)
    return (*known, "other") if stated - HUB_LICENCES else tuple(known)


def size_category(rows: int) -> str:
    """The hub's word for so many rows."""
    return next((word for most, word in SIZES if rows < most), "10M<n<100M")


def label_rows(manifest: Mapping[str, Any]) -> tuple[LabelRow, ...]:
    """Labels that occur, in the order of the list."""
    by_label: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for origin in manifest["origins"]:
        by_label[origin["label"]].append(origin)
    return tuple(
        LabelRow(
            label["name"],
            label["weapon_shaped"],
            label["meaning"],
            len(origins),
            len({origin["family"] for origin in origins}),
            sum(sum(origin["images"].values()) for origin in origins),
        )
        for label in manifest["labels"]
        if (origins := by_label[label["name"]])
    )


def route_images(manifest: Mapping[str, Any]) -> tuple[tuple[Mapping[str, Any], int], ...]:
    """Each route with the pictures that came by it."""
    images: Counter[str] = Counter()
    for origin in manifest["origins"]:
        images.update(origin["images"])
    return tuple((route, images[route["name"]]) for route in manifest["routes"])


def source_rows(origins: Sequence[Mapping[str, Any]]) -> tuple[SourceRow, ...]:
    """One row an object, or, of more than MOST_LISTED, one row a source and licence."""
    ordered = sorted(origins, key=_where_from)
    if len(origins) <= MOST_LISTED:
        return tuple(_source_row([origin]) for origin in ordered)
    return tuple(_source_row(list(group)) for _, group in groupby(ordered, key=_where_from))


def _where_from(origin: Mapping[str, Any]) -> tuple[str, str]:
    return origin["source"], origin["licence"]


def _source_row(origins: Sequence[Mapping[str, Any]]) -> SourceRow:
    first, single = origins[0], len(origins) == 1
    return SourceRow(
        first["source"],
        first["licence"],
        _listed(origin["credit"] for origin in origins),
        first["name"] if single else f"{len(origins):,} objects",
        _listed(origin["label"] for origin in origins),
        first["sha256"] if single else "",
    )


def _listed(words: Iterable[str], most: int = 4) -> str:
    """Distinct words, sorted; a long list is cut short and says so."""
    distinct = sorted({word for word in words if word})
    more = len(distinct) - most
    return ", ".join(distinct[:most]) + (f" and {more} more" if more > 0 else "")
