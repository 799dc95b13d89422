"""Layers -> scores, with onnxruntime; never torch.

The graph takes pictures as they are drawn and millimetres as they are measured, and gives
probabilities: scaling and calibration are inside it, so nothing can be forgotten here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.runtime.bundle import ModelBundle
from classifier.runtime.errors import BundleError
from classifier.runtime.recipe import Picture, draw
from dataset_builder.geometry.layers import Layers

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCH = 8  # objects at a time: a plate of 64 must not cost eight times the memory of one


@dataclass(frozen=True, slots=True)
class ObjectScore:
    """What one object looks like.

    label: the likeliest outline. weapon_score: calibrated probability, 0 to 1, of any
    weapon-shaped outline. nearest_weapon_shape: the likeliest of those. scores: every label's
    probability; they sum to 1.
    """

    label: str
    weapon_score: float
    nearest_weapon_shape: str
    scores: dict[str, float]


class Scorer:
    """One bundle's network, ready to run on one thread."""

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle
        self._session = _session(bundle)

    def score(self, objects: Iterable[Layers]) -> list[ObjectScore]:
        """One score an object, in order. Raises EmptyToolpath for an object without material."""
        scores: list[ObjectScore] = []
        batch: list[Picture] = []
        for layers in objects:
            batch.append(draw(layers, self.bundle.recipe))
            if len(batch) == BATCH:
                scores += self._score(batch)
                batch = []
        return scores + self._score(batch)

    def probabilities(
        self, views: NDArray[np.uint8], extent_mm: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(B, V, C, H, W) pictures and (B, 3) mm -> (B, labels)."""
        outputs = self._session.run(None, {"views": views, "extent_mm": extent_mm})
        return np.asarray(outputs[0])

    def _score(self, batch: Sequence[Picture]) -> list[ObjectScore]:
        if not batch:
            return []
        views = np.stack([picture.views for picture in batch])
        extents = np.stack([picture.extent_mm for picture in batch])
        return [self._named(row) for row in self.probabilities(views, extents)]

    def _named(self, row: NDArray[np.float32]) -> ObjectScore:
        labels = self.bundle.labels
        scores = {label.name: float(p) for label, p in zip(labels, row, strict=True)}
        shapes = {label.name: scores[label.name] for label in labels if label.weapon_shaped}
        return ObjectScore(
            label=max(scores, key=scores.__getitem__),
            weapon_score=min(sum(shapes.values()), 1.0),
            nearest_weapon_shape=max(shapes, key=shapes.__getitem__),
            scores=scores,
        )


def _session(bundle: ModelBundle) -> Any:
    """An onnxruntime session that stays small: one thread, no arena kept for later."""
    # without this, importing onnxruntime may start a thread that phones home on some platforms
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            bundle.model, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's own exceptions have no common base
        raise BundleError(
            bundle.identity, f"onnxruntime cannot run its network ({error})", "Use another bundle"
        ) from error
