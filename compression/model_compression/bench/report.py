"""Lines and speeds -> results as JSON, page and text: leaderboard.json, leaderboard.html."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from model_compression.bench.board import groups_of, rows_of
from model_compression.bench.cells import Json
from model_compression.bench.page import page
from model_compression.bench.protocol import EVERY_AIM, FROM_SCRATCH, budget_of
from model_compression.bench.runner import Study
from model_compression.bench.verdict import TOLERANCES, free_entries, verdict_of
from model_compression.bench.words import accuracy, change, percent, size, times
from model_compression.errors import CompressionError
from model_compression.recipes.registry import RECIPES

SCHEMA = "printwarden.leaderboard/1"
RESULTS, PAGE = "leaderboard.json", "leaderboard.html"
HEAD = (
    "entry", "target", "accuracy", "change, points", "", "kept", "MACs", "stored", "speed", "PPR",
    "",
)  # fmt: skip
Row = tuple[str, ...]
Files = tuple[str, str]
"""Names of results and page."""


def results_of(
    study: Study,
    lines: Sequence[Json],
    speeds: Json,
    command: str,
    tolerances: Sequence[float] = TOLERANCES,
) -> Json:
    """All that the page shows. Raises CompressionError when a dense parent was not measured."""
    for line in lines:
        if line["aim"] is None and line["failed"]:
            raise CompressionError(f"the dense parent of seed {line['seed']}: {line['failed']}")
    rows = rows_of(groups_of(lines, RECIPES), speeds["cells"])
    task = study.task(1)
    return {
        "schema": SCHEMA,
        "network": task.name,
        "data": task.data,
        "digest": task.digest,
        "measure": rows[0]["measure"],
        "budget": {"name": study.budget, "visits": budget_of(study.budget)},
        "seeds": study.seeds,
        "aims": [{"name": name, "title": EVERY_AIM[name].title} for name in study.aims],
        "recipes": [_recipe(name) for name in study.recipes],
        "rows": rows,
        "free": free_entries(rows),
        "from_scratch": sorted({row["entry"] for row in rows} & FROM_SCRATCH),
        "verdict": verdict_of(rows, tolerances),
        "conditions": speeds["conditions"],
        "speed_runs": speeds["runs"],
        "made_with": {"torch": torch.__version__, "trained on": _machine()},
        "command": command,
    }


def _machine() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


def _recipe(name: str) -> Json:
    recipe = RECIPES[name]
    return {"name": name, "paper": recipe.paper, "departs": recipe.departs}


def write_results(results: Json, folder: Path, names: Files = (RESULTS, PAGE)) -> None:
    """Both files in *folder*, by their *names*."""
    text = json.dumps(results, indent=1, allow_nan=False)
    (folder / names[0]).write_text(text + "\n", encoding="utf-8", newline="\n")
    (folder / names[1]).write_text(page(results), encoding="utf-8", newline="\n")


def read_results(folder: Path) -> Json:
    """What `write_results` wrote. Raises CompressionError when it is not there."""
    path = folder / RESULTS
    try:
        found: Json = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CompressionError(
            f"{path}: holds no results ({error}). Run the leaderboard with --out {folder} first."
        ) from error
    return found


def text_of(results: Json) -> str:
    """A line an entry and target, then the verdict."""
    rows = results["rows"]
    lines = {k: _line(row) for k, row in enumerate(rows) if row["seeds"]}
    widths = [
        max(len(line[column]) for line in (HEAD, *lines.values())) for column in range(len(HEAD))
    ]
    told = [
        _failure(row) if k not in lines else _padded(lines[k], widths) for k, row in enumerate(rows)
    ]
    return "\n".join([_padded(HEAD, widths), *told, "", *_verdict(results)])


def _padded(line: Row, widths: Sequence[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
    return "  ".join(cells).rstrip()


def _failure(row: Json) -> str:
    return f"{row['entry']}  {row['aim'] or ''}  FAILED: {' '.join(row['failed'])}"


def _line(row: Json) -> Row:
    return (
        row["entry"],
        row["aim"] or "",
        accuracy(row["accuracy"]),
        change(row["change"]),
        row["change"]["words"],
        f"{row['weights_kept']:,}",
        percent(row["macs_share"]),
        size(row["stored_bits"] / 8),
        times(row["speedup"].get("float32, batch 1")),
        times(row["ppr"]),
        row["missed"] or "",
    )


def markdown_of(results: Json) -> str:
    """The same as a table for a document."""
    rows = [_line(row) for row in results["rows"] if row["seeds"]]
    lines = [HEAD, ("---",) * len(HEAD), *rows]
    failed = [f"- {_failure(row)}" for row in results["rows"] if not row["seeds"]]
    title = f"# {results['network']} on {results['data']}, budget {results['budget']['name']}"
    table = [f"| {' | '.join(row)} |" for row in lines]
    return "\n".join([title, "", *table, "", *failed, "", *_verdict(results), ""])


def _verdict(results: Json) -> Iterator[str]:
    yield results["verdict"]["conclusion"]
    yield from (f"- {sentence}" for sentence in results["verdict"]["sentences"])
