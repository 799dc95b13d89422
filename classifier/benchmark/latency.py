"""What a bundle costs where it runs: bytes, and milliseconds an object on one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from classifier.runtime.recipe import draw
from classifier.runtime.scorer import Scorer
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.solids import CELLS
from dataset_builder.sources.solids import SOLIDS, draw_solid

MODEL = "drill"  # a middling object: neither a plate nor a ball
RUNS = 101
WARM = 10


@dataclass(frozen=True, slots=True)
class Latency:
    """model_bytes: of model.onnx. draw_ms: from layers to pictures. network_ms: onnxruntime alone,
    one object on one thread. CPU time, medians.
    """

    model_bytes: int
    draw_ms: float
    network_ms: float

    def __str__(self) -> str:
        return (
            f"model.onnx {self.model_bytes / 1000:.0f} kB; one object on one thread, medians of "
            f"{RUNS}: drawn in {self.draw_ms:.1f} ms, judged by onnxruntime in "
            f"{self.network_ms:.2f} ms of CPU"
        )


def latency_of(scorer: Scorer) -> Latency:
    """Measured on one parametric object, on this machine and now."""
    layers = slice_mesh(draw_solid(SOLIDS[MODEL], np.random.default_rng(0)), cells=CELLS)
    picture = draw(layers, scorer.bundle.recipe)
    views, extent_mm = picture.views[None], picture.extent_mm[None]
    return Latency(
        model_bytes=len(scorer.bundle.model),
        draw_ms=_median_ms(lambda: draw(layers, scorer.bundle.recipe)),
        network_ms=_median_ms(lambda: scorer.answer(views, extent_mm)),
    )


def _median_ms(work: Callable[[], object]) -> float:
    took = []
    for run in range(WARM + RUNS):
        start = time.process_time()
        work()
        if run >= WARM:
            took.append(time.process_time() - start)
    return float(np.median(took)) * 1e3
