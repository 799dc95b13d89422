"""A torch network -> the bytes of an ONNX file with nothing in it but the network."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence

import onnx
import torch
from torch import Tensor, nn

OPSET = 18


class ExportError(Exception):
    """A network cannot be exported, or its file does not compute what the network computes."""


def onnx_file(network: nn.Module, example: Mapping[str, Tensor], outputs: Sequence[str]) -> bytes:
    """*network* in evaluation mode as ONNX.

    example: inputs by the names of the file's inputs, at least two rows each; the count of rows is
    left free. Raises ExportError when torch cannot trace the network.
    """
    rows = torch.export.Dim("rows", min=1)
    # the exporter speaks of its progress; what matters is compared by whoever calls
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(
                network.eval(),
                tuple(example.values()),
                dynamo=True,
                opset_version=OPSET,
                input_names=list(example),
                output_names=list(outputs),
                dynamic_shapes=tuple({0: rows} for _ in example),
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            reason = str(error.__cause__ or error).strip().splitlines()[0]
            raise ExportError(f"torch cannot trace this network ({reason})") from error
    if program is None:
        raise ExportError("torch.onnx.export gave nothing")
    return _without_notes(program.model_proto.SerializeToString())


def _without_notes(model: bytes) -> bytes:
    """Without what the exporter noted: smaller, and no paths of a workplace in a release."""
    proto = onnx.load_from_string(model)
    proto.graph.ClearField("doc_string")
    proto.graph.ClearField("value_info")
    proto.ClearField("metadata_props")
    proto.graph.ClearField("metadata_props")
    for node in proto.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    for value in (*proto.graph.input, *proto.graph.output, *proto.graph.initializer):
        value.ClearField("metadata_props")
        value.ClearField("doc_string")
    return bytes(proto.SerializeToString(deterministic=True))
