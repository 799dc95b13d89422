"""A compressed network -> the bytes of its ONNX file, in float32 and in int8."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from classifier.onnx_file import ExportError, onnx_file
from model_compression.errors import CompressionError
from model_compression.export.agreement import Agreement, Named, agreement, expected, require
from model_compression.export.folding import fold_batch_norms

TRACED = 2  # rows: with one, the exporter takes their number for fixed
CALIBRATED_AT_ONCE = 32  # examples
INT8_OPERATORS = ("Conv", "Gemm", "MatMul", "MaxPool", "Relu")
"""What is quantized. Others cost little and can break: the detector's head adds minus infinity."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An ONNX file's bytes, and how near it comes to torch."""

    model: bytes
    agreement: Agreement


def export_float(network: nn.Module, inputs: Named, outputs: Sequence[str]) -> Exported:
    """*network* as ONNX with batch norms folded, compared on all rows of *inputs*: two or more.

    Raises CompressionError when it cannot be traced or the file says something else.
    """
    was_training = network.training
    example = {name: rows[:TRACED] for name, rows in inputs.items()}
    try:
        model = fold_batch_norms(onnx_file(network, example, outputs))
    except ExportError as error:
        raise CompressionError(f"{error}: this network has no ONNX file") from error
    finally:
        network.train(was_training)
    found = agreement(expected(network, inputs), model, inputs)
    require(found)
    return Exported(model, found)


class _Examples:
    """A CalibrationDataReader: some rows at a time."""

    def __init__(self, inputs: Named) -> None:
        self._batches = self._cut(inputs)

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """The next batch, or None."""
        return next(self._batches, None)

    @staticmethod
    def _cut(inputs: Named) -> Iterator[dict[str, NDArray[Any]]]:
        arrays = {name: rows.cpu().numpy() for name, rows in inputs.items()}
        for at in range(0, len(next(iter(arrays.values()))), CALIBRATED_AT_ONCE):
            yield {name: rows[at : at + CALIBRATED_AT_ONCE] for name, rows in arrays.items()}


def export_int8(
    network: nn.Module,
    model: bytes,
    calibration: Named,
    inputs: Named,
    *,
    per_channel: bool = True,
) -> Exported:
    """*model* in int8 (QDQ, static), its ranges those of *calibration*; compared on *inputs*.

    per_channel: a scale a filter instead of one a layer. What int8 changes is measured, not
    bounded: a task's own figure says whether it matters. Raises CompressionError when onnxruntime
    cannot quantize it.
    """
    try:
        small = _quantized(model, calibration, per_channel)
    except (ValueError, RuntimeError, KeyError) as error:
        problem = " ".join(str(error).split())
        raise CompressionError(f"onnxruntime cannot quantize this network ({problem})") from error
    return Exported(small, agreement(expected(network, inputs), small, inputs))


def _quantized(model: bytes, calibration: Named, per_channel: bool) -> bytes:
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    logging.getLogger().addFilter(_quiet)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            source, prepared, target = (Path(scratch) / name for name in ("a", "b", "c"))
            source.write_bytes(model)
            quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
            quantize_static(
                str(prepared), str(target), _Examples(calibration),
                quant_format=QuantFormat.QDQ, per_channel=per_channel,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                op_types_to_quantize=INT8_OPERATORS,
            )  # fmt: skip
            return target.read_bytes()
    finally:
        logging.getLogger().removeFilter(_quiet)


def _quiet(record: logging.LogRecord) -> bool:
    """Advice about models that were not prepared; these were."""
    return record.levelno >= logging.ERROR


def rows_of(inputs: Named, count: int) -> dict[str, NDArray[Any]]:
    """*count* rows for a measurement, taken again from the front when there are fewer."""
    return {
        name: np.resize(rows.cpu().numpy(), (count, *rows.shape[1:]))
        for name, rows in inputs.items()
    }
