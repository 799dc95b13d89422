"""A compressed network -> the files that a board takes: float32, int8 and packed, all compared.

model.onnx        float32, channels that were removed are not there, batch norms folded
model-int8.onnx   the same in int8 (QDQ), where onnxruntime can make it
model.pwq         the packed file, and the very weights of model.onnx
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from model_compression.errors import CompressionError
from model_compression.export.agreement import Agreement, Named, agreement, expected, require
from model_compression.export.files import Exported, export_float, export_int8
from model_compression.export.packing import pack, unpack
from model_compression.framework.marks import Marks
from model_compression.framework.saved import write_whole
from model_compression.tasks.task import Inputs, Split, Task

COMPARED = 1000  # test examples on which torch and a file must agree
CALIBRATED = 256  # validation examples that set the ranges of int8
OUTPUTS = ("logits",)
NAMES: Mapping[int, tuple[str, ...]] = {1: ("pictures",), 2: ("views", "extent_mm")}
"""Number of a network's inputs -> what a file calls them."""


@dataclass(frozen=True, slots=True)
class Release:
    """model: float32, to the bit what *packed* unpacks to. int8_failed: why there is no int8."""

    model: bytes
    packed: bytes
    agreement: Agreement
    int8: Exported | None = None
    int8_failed: str | None = None

    def files(self) -> dict[str, bytes]:
        """Name -> bytes of what there is."""
        files = {"model.onnx": self.model, "model.pwq": self.packed}
        return files if self.int8 is None else {**files, "model-int8.onnx": self.int8.model}

    def write(self, folder: Path) -> None:
        """Each file whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.files().items():
            write_whole(folder / name, data)


def release(task: Task, network: nn.Module, marks: Marks) -> Release:
    """The files of *network*, compared on examples of *task*.

    Raises CompressionError when it cannot be exported or a file does not say what torch says.
    """
    compared = spread_rows(task.test, COMPARED)
    exported = export_float(network, compared, OUTPUTS)
    packed = pack(exported.model, network, marks)
    model = unpack(packed, "the packed file")
    found = agreement(expected(network, compared), model, compared)
    require(found)
    try:
        int8 = export_int8(network, model, spread_rows(task.validation, CALIBRATED), compared)
    except CompressionError as error:
        return Release(model, packed, found, int8_failed=str(error))
    return Release(model, packed, found, int8)


def named(inputs: Inputs) -> Named:
    """Inputs by the names that files have for them."""
    return dict(zip(NAMES[len(inputs)], inputs, strict=True))


def spread_rows(split: Split, most: int) -> Named:
    """At most *most* rows, evenly spread over *split*: its order may be by class."""
    step = max(len(split) // most, 1)
    return named(split.inputs(torch.arange(0, len(split), step)[:most]))
