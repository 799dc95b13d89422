"""How long all files of a leaderboard take, side by side in one sitting.

Speeds of different days or machines are not comparable, so all are measured together, and again
when any file has changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from dataset_builder.terminal import Bars
from model_compression.bench.board import folder_of
from model_compression.bench.cells import Json
from model_compression.export.files import rows_of
from model_compression.export.release import named
from model_compression.ledger.latency import WARM, conditions, measure_latency
from model_compression.tasks.task import Task

FILE = "latency.json"
RUNS: Mapping[int, int] = {1: 400, 32: 100}
"""Examples at a time -> runs; a large batch takes longer, and varies less."""
PRECISIONS = ("float32", "int8")


def speeds_of(
    task: Task,
    lines: Sequence[Json],
    folder: Path,
    progress: Bars,
    *,
    runs: Mapping[int, int] = RUNS,
) -> Json:
    """{"conditions": ..., "cells": {cell -> "float32, batch 1" -> p10_us, median_us}}.

    Of the first seed of every entry and aim that has files below *folder*.
    """
    models = _models(lines, folder / "cells")
    key = _key(models, runs)
    kept = folder / FILE
    if kept.is_file() and (known := json.loads(kept.read_text(encoding="utf-8")))["key"] == key:
        return dict(known)
    advance = progress("Measuring speed", sum(WARM + count for count in runs.values()))
    cells: dict[str, dict[str, Any]] = {cell: {} for cell, _ in models}
    for batch, count in runs.items():
        inputs = rows_of(named(task.example_input), batch)
        both = {f"{cell} {precision}": model for (cell, precision), model in models.items()}
        took = measure_latency(both, inputs, runs=count, on_turn=partial(advance, 1))
        for cell, precision in models:
            said = took[f"{cell} {precision}"]
            cells[cell][f"{precision}, batch {batch}"] = asdict(said)
    counts = {str(batch): count for batch, count in runs.items()}
    found = {"key": key, "conditions": conditions(), "runs": counts, "cells": cells}
    kept.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found


Models = Mapping[tuple[str, str], bytes]
"""(cell, precision) -> its file."""


def _models(lines: Sequence[Json], cells: Path) -> Models:
    first: dict[tuple[str, str | None], str] = {}
    for line in lines:
        if not line["failed"]:
            first.setdefault((line["entry"], line["aim"]), folder_of(line))
    paths = {
        (cell, one): cells / cell / f"{one}.onnx" for cell in first.values() for one in PRECISIONS
    }
    return {pair: path.read_bytes() for pair, path in paths.items() if path.is_file()}


def _key(models: Models, runs: Mapping[int, int]) -> str:
    state = hashlib.sha256(json.dumps([conditions(), dict(runs)]).encode())
    for (cell, precision), model in models.items():
        state.update(f"{cell} {precision}\n".encode() + hashlib.sha256(model).digest())
    return state.hexdigest()[:24]
