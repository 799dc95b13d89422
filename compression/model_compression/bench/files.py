"""A compressed network's files on the scales, and what its int8 file says of the test split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from classifier.runtime.session import start_session
from model_compression.export.files import rows_of
from model_compression.export.release import named, release
from model_compression.framework.stage import Subject
from model_compression.ledger.row import Row, with_file
from model_compression.tasks.task import JUDGED_AT_ONCE, Scores, Split, Task


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
    made = release(task, subject.network, subject.marks)
    weighed = with_file(row, made.model, rows_of(named(task.example_input), 1))
    found = Files(
        models={"float32": made.model},
        row=replace(weighed, packed_bytes=len(made.packed), difference=made.agreement.difference),
        same=made.agreement.same,
        int8_failed=made.int8_failed,
    )
    if made.int8 is None:
        return found
    said = task.judge(logits_by(made.int8.model, task.test), task.test)
    return replace(found, models={**found.models, "int8": made.int8.model}, int8=said)


def logits_by(model: bytes, split: Split) -> torch.Tensor:
    """(N, classes) that onnxruntime says of *split* by *model*."""
    session: Any = start_session(model, "the exported file")
    parts = []
    for at in range(0, len(split), JUDGED_AT_ONCE):
        rows = torch.arange(at, min(at + JUDGED_AT_ONCE, len(split)))
        fed = {name: one.numpy() for name, one in named(split.inputs(rows)).items()}
        parts.append(torch.from_numpy(session.run(None, fed)[0]))
    return torch.cat(parts)
