"""The honest table as text: the figures that a terminal shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifier.benchmark.marks import Json

HEAD = ("contender", "protocol", "prints", "accuracy", "recall at 1 %", "recall at 0.1 %")
TOO_FEW = "*"
NOTES = (
    "[95 % intervals over families, not prints.] Recall: weapon-shaped prints stopped when that "
    "share of everyday prints is stopped too.",
    f"{TOO_FEW} too few everyday prints to see that rate: none of them is stopped.",
)


def text_table(results: Json) -> str:
    """A line a contender and protocol, the most honest protocol first."""
    rows = [HEAD, *_rows(results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    missing = [
        f"{protocol['title']}: not available: {protocol['unavailable']}"
        for protocol in results["protocols"]
        if protocol["unavailable"]
    ]
    return "\n".join([*lines, "", *NOTES, *missing])


def attack_table(results: Json) -> str:
    """Markdown: what is stopped of a bundle's weapon-shaped and everyday objects, level by level;
    empty when nothing was attacked.
    """
    (contender,) = results["contenders"]
    curves = contender.get("attacks") or {}
    rows = [row for row in results["attacks"]["rows"] if row["name"] in curves]
    if not rows:
        return ""
    lines = ["| attack | weapon-shaped stopped | everyday stopped |", "|---|---|---|"]
    for row in rows:
        points = curves[row["name"]]
        told = [_told(points, kind) for kind in ("recall", "false_stops")]
        lines.append(f"| {row['title']}, {row['unit'] or 'as named'} | {told[0]} | {told[1]} |")
    return "\n".join(lines)


def _told(points: Sequence[Json], kind: str) -> str:
    """0: 36/40, 15: 36/40."""
    return ", ".join(
        f"{point['word']}: {point[kind]['hits']}/{point[kind]['of']}" for point in points
    )


def estimate(found: Json) -> str:
    """57.1 % [48.0, 66.2]."""
    low, high = 100 * found["low"], 100 * found["high"]
    return f"{100 * found['share']:.1f} % [{low:.1f}, {high:.1f}]"


def _rows(results: Json) -> Iterator[tuple[str, ...]]:
    for contender in results["contenders"]:
        title = contender["title"]
        for protocol in results["protocols"]:
            found = contender["marks"].get(protocol["name"])
            if found is None:
                continue
            memory = " (memory)" if protocol["memorising"] else ""
            yield (
                title,
                protocol["title"] + memory,
                f"{found['prints']:,}",
                estimate(found["accuracy"]),
                *_recalls(found),
            )
            title = ""


def _recalls(found: Json) -> list[str]:
    if "stops" not in found:
        return ["one kind only", ""]
    return [
        estimate(stop["recall"]) + ("" if stop["resolved"] else TOO_FEW) for stop in found["stops"]
    ]
