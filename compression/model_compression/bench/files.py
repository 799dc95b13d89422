"""A compressed network as files that can be weighed, and what those say of the test split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from classifier.runtime.session import start_session
from model_compression.errors import CompressionError
from model_compression.export.agreement import Named
from model_compression.export.files import export_float, export_int8, rows_of
from model_compression.export.packing import pack
from model_compression.framework.stage import Subject
from model_compression.ledger.row import Row, with_file
from model_compression.tasks.task import JUDGED_AT_ONCE, Inputs, Scores, Split, Task

COMPARED = 1000  # test examples on which torch and a file must agree
CALIBRATED = 256  # validation examples that set the ranges of int8
OUTPUTS = ("logits",)
NAMES: Mapping[int, tuple[str, ...]] = {1: ("pictures",), 2: ("views", "extent_mm")}
"""Number of a network's inputs -> what a file calls them."""


@dataclass(frozen=True, slots=True)
class Files:
    """models: "float32" and, where onnxruntime can, "int8". row: with what files take. int8: how
    that file did; int8_failed: why there is none. same: share of examples whose answer is torch's.
    """

    models: Mapping[str, bytes]
    row: Row
    same: float
    int8: Scores | None = None
    int8_failed: str | None = None


def files_of(task: Task, subject: Subject, row: Row) -> Files:
    """Export *subject* and look at the files. Raises CompressionError when torch disagrees."""
    network, marks = subject.network, subject.marks
    compared = _named_rows(task.test, COMPARED)
    exported = export_float(network, compared, OUTPUTS)
    weighed = with_file(row, exported.model, rows_of(named(task.example_input), 1))
    packed = pack(exported.model, network, marks)
    found = Files(
        models={"float32": exported.model},
        row=replace(weighed, packed_bytes=len(packed), difference=exported.agreement.difference),
        same=exported.agreement.same,
    )
    try:
        calibration = _named_rows(task.validation, CALIBRATED)
        small = export_int8(network, exported.model, calibration, compared)
    except CompressionError as error:
        return replace(found, int8_failed=str(error))
    said = task.judge(logits_by(small.model, task.test), task.test)
    return replace(found, models={**found.models, "int8": small.model}, int8=said)


def logits_by(model: bytes, split: Split) -> torch.Tensor:
    """(N, classes) that onnxruntime says of *split* by *model*."""
    session: Any = start_session(model, "the exported file")
    parts = []
    for at in range(0, len(split), JUDGED_AT_ONCE):
        rows = torch.arange(at, min(at + JUDGED_AT_ONCE, len(split)))
        fed = {name: one.numpy() for name, one in named(split.inputs(rows)).items()}
        parts.append(torch.from_numpy(session.run(None, fed)[0]))
    return torch.cat(parts)


def named(inputs: Inputs) -> Named:
    """Inputs by the names that files have for them."""
    return dict(zip(NAMES[len(inputs)], inputs, strict=True))


def _named_rows(split: Split, most: int) -> Named:
    """Rows evenly spread over *split*: its order may be by class."""
    step = max(len(split) // most, 1)
    return named(split.inputs(torch.arange(0, len(split), step)[:most]))
