"""The part of a model card about a network that was made smaller: what it lost on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from classifier.metrics import Rate
from classifier.runtime.compression import Compression

VERDICTS = ("clear", "review", "flagged")
SHOWN = 24  # disagreements; the manifest has all

SECTION = """
## Dense and compressed

This network is {parent} (model.onnx `{parent_sha256:.16}`) made smaller by {recipe} ({paper}). Made
again with

    {command}

| | dense | compressed | times fewer |
|---|---|---|---|
{sizes}

The weights would take {stored_bytes:,.0f} bytes in the cheapest format of each layer, indices and
scales included.

Both networks judged the same {objects} held-out objects, each at thresholds chosen for it.

| | dense | compressed | only dense | only compressed |
|---|---|---|---|---|
{rates}
{disagreements}"""


def compressed_section(compression: Mapping[str, Any] | None) -> str:
    """Markdown for a manifest's `compression`; nothing for a network that is as it was trained."""
    if compression is None:
        return ""
    stated = Compression.from_json(compression)
    compared = stated.compared
    return SECTION.format(
        recipe=stated.recipe,
        paper=stated.paper,
        parent=stated.parent,
        parent_sha256=stated.parent_sha256,
        command=stated.command,
        sizes="\n".join(_sizes(stated)),
        stored_bytes=stated.stored_bits / 8,
        objects=compared["objects"],
        rates="\n".join(_rates(compared["rates"])),
        disagreements=_disagreements(compared["disagreements"]),
    )


def _sizes(stated: Compression) -> Iterator[str]:
    rows = {
        "weights": stated.weights,
        "multiplications an object": stated.macs,
        "bytes of model.onnx": stated.model_bytes,
    }
    for name, (before, after) in rows.items():
        yield f"| {name} | {before:,} | {after:,} | {before / after:.1f} |"


def _rates(groups: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[str]:
    for title, rates in groups.items():
        for name, row in rates.items():
            dense, small = (
                Rate(row[one]["hits"], row[one]["of"]) for one in ("dense", "compressed")
            )
            yield (
                f"| {title}: {name} | {dense} | {small} | {row['dense_alone']} | "
                f"{row['compressed_alone']} |"
            )


def _disagreements(rows: list[Mapping[str, Any]]) -> str:
    if not rows:
        return "\nThey gave every object the same verdict.\n"
    more = f", the {SHOWN} widest apart; all are in manifest.json" if len(rows) > SHOWN else ""
    lines = [
        f"| {row['name']} | {row['label']} | {_said(row['dense'])} | {_said(row['compressed'])} |"
        for row in rows[:SHOWN]
    ]
    return (
        f"\nThey gave {len(rows)} objects different verdicts{more}. Scores are medians over an "
        "object's pictures.\n\n| object | label | dense | compressed |\n|---|---|---|---|\n"
        + "".join(f"{line}\n" for line in lines)
    )


def _said(answer: tuple[str, float]) -> str:
    verdict, score = answer
    return f"{verdict} {score:.3f}"
