"""How much time a large library takes to load and to answer.

The references are our parametric solids at many sizes, each descriptor jittered a little, so that
a query has a full short list to lay its object on: the dearest case. Strangers have none.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from classifier.runtime.known.body import Body
from classifier.runtime.known.descriptor import describe
from classifier.runtime.known.library import Label, Library, Terms
from classifier.runtime.known.matching import find_matches
from classifier.runtime.known.shape import Shape
from classifier.runtime.known.store import FILE, change_library, load_library
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.solids import CELLS
from dataset_builder.sources.solids import SOLIDS, draw_solid

if TYPE_CHECKING:
    from dataset_builder.geometry.layers import Layers

DRAWS = 80  # different shapes; the others are these at other sizes
JITTER = 0.01  # of each number of a descriptor; as far as a print read back is from its mesh
T = TypeVar("T")


def measured_speed(count: int, queries: int) -> dict[str, Any]:
    """Write, load and ask a library of *count* references, *queries* times."""
    library = made_up_library(count, np.random.default_rng(0))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        change_library(folder, lambda _: library)
        size = (folder / FILE).stat().st_size
        load_s, loaded = _timed(lambda: load_library(folder))
    objects = [_drawn(np.random.default_rng([0, k % DRAWS])) for k in range(queries)]
    bodies = [Body.of(layers) for layers in objects]
    described = [(describe(body), body.gyration_mm) for body in bodies]
    loaded.near(*described[0])  # what is made once for all queries
    lists = [_timed(partial(loaded.near, *asked)) for asked in described]
    strangers = [_drawn(np.random.default_rng([1, k])) for k in range(queries)]
    unknown = [_timed(partial(find_matches, layers, loaded)) for layers in strangers]
    answers = [_timed(partial(find_matches, layers, loaded)) for layers in objects]
    return {
        "references": count,
        "file_mb": round(size / 1e6, 1),
        "load_cpu_s": round(load_s, 2),
        "queries": queries,
        "short_list_cpu_ms": _milliseconds([seconds for seconds, _ in lists]),
        "short_list_length": median(len(found) for _, found in lists),
        "answer_cpu_ms": _milliseconds([seconds for seconds, _ in answers]),
        "stranger_cpu_ms": _milliseconds([seconds for seconds, _ in unknown]),
    }


def made_up_library(count: int, rng: np.random.Generator) -> Library:
    """*count* references made of at most DRAWS shapes."""
    first = Library.empty()
    for number in range(min(DRAWS, count)):
        shape = Shape.of(Body.of(_drawn(np.random.default_rng([0, number]))))
        first = first.with_reference(Label(f"shape-{number}", "", ""), Terms(), shape)
    chosen = rng.integers(0, len(first), count)
    rows = first.rows[chosen]
    sizes = np.exp(rng.normal(0.0, 0.5, count)).astype(np.float32)
    for field in ("cell_mm", "spreads_mm", "extent_mm"):
        rows[field] *= sizes[:, None] if rows[field].ndim > 1 else sizes
    rows["volume_mm3"] *= sizes**3
    rows["descriptor"] += rng.normal(0.0, JITTER, rows["descriptor"].shape).astype(np.float32)
    starts = zip(first.rows["start"].tolist(), first.rows["bytes"].tolist(), strict=True)
    blocks = [first.blocks[start : start + size] for start, size in starts]
    rows["start"] = np.concatenate([[0], np.cumsum(rows["bytes"][:-1], dtype=np.uint64)])
    labels = tuple(Label(f"made-up-{k}", "", "2026-01-01T00:00:00+00:00") for k in range(count))
    return Library(labels, rows, b"".join(blocks[k] for k in chosen.tolist()))


def _drawn(rng: np.random.Generator) -> Layers:
    name = list(SOLIDS)[int(rng.integers(len(SOLIDS)))]
    return slice_mesh(draw_solid(SOLIDS[name], rng), cells=CELLS)


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds: wall time would measure what else the machine does."""
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


def _milliseconds(seconds: list[float]) -> dict[str, float]:
    return {"median": round(1e3 * median(seconds), 1), "most": round(1e3 * max(seconds), 1)}
