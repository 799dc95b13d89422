"""A dataset -> report.html, one file that needs no other and runs no script."""

from __future__ import annotations

from pathlib import Path

from dataset_builder.output import statements
from dataset_builder.output.card import MOST_LISTED, created_with, route_images, source_rows
from dataset_builder.output.dataset import open_dataset
from dataset_builder.output.partitions import SPLITS
from dataset_builder.output.report.extents import HEIGHT, WIDTH, extents
from dataset_builder.output.report.gathered import COMPARED_PX, Gathered, gather
from dataset_builder.output.report.sheets import Picture, label_sheets, pair_sheet
from dataset_builder.output.report.tallies import by_label, by_model, by_route, divisions
from dataset_builder.output.report.twins import TWIN_SHARE, Comparison, compare
from dataset_builder.output.templating import fill

REPORT = "report.html"
MOST_SHOWN = 60  # models or skipped inputs named one by one; the rest is counted


def write_report(folder: Path) -> Path:
    """Read the dataset in *folder* and write its report beside it; returns the report's path.

    Raises DatasetError when there is no finished dataset, or a shard is damaged.
    """
    dataset = open_dataset(folder)
    manifest, gathered = dataset.manifest, gather(dataset)
    compared = gathered.compared
    comparison = compare(
        gathered.pixels,
        gathered.label[compared],
        {split: mask[compared] for split, mask in gathered.test.items()},
    )
    divided = divisions(gathered)
    text = fill(
        "report.html",
        manifest=manifest,
        created_with=created_with(manifest),
        bytes=sum(shard["bytes"] for shard in manifest["shards"]),
        said=statements,
        sheets=label_sheets(dataset, gathered),
        labels=by_label(gathered, manifest["labels"]),
        models=by_model(gathered, manifest["labels"]),
        most_shown=MOST_SHOWN,
        routes=route_images(manifest),
        cross=by_route(gathered, dataset.labels),
        extents=extents(gathered, dataset.labels),
        drawing=(WIDTH, HEIGHT),
        divisions=divided,
        sides=[side for division in divided for side in division.sides],
        comparison=comparison,
        splits=tuple(zip(SPLITS, comparison.splits, strict=True)),
        pairs=_pairs(gathered, comparison),
        twin_share=TWIN_SHARE,
        compared_px=min(COMPARED_PX, manifest["size_px"]),
        sources=source_rows(manifest["origins"]),
        listed=len(manifest["origins"]) <= MOST_LISTED,
    )
    path = folder / REPORT
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _pairs(gathered: Gathered, comparison: Comparison) -> dict[str, Picture]:
    """Some twins across each split that has any."""
    return {
        split: pair_sheet(
            [gathered.pixels[pair.test] for pair in pairs],
            [gathered.pixels[pair.train] for pair in pairs],
        )
        for split, pairs in comparison.examples.items()
        if pairs
    }
