"""A trained early network -> early.onnx, checked: the file must say what the network says."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from classifier.early.fit import probabilities_of
from classifier.early.growing import Prints
from classifier.runtime.early import NOT_KNOWN, EarlyNetwork

OPSET = 18
SAME = 1e-5  # largest difference of a probability between torch and onnxruntime
COMPARED = 32  # prints


class EarlyExportError(Exception):
    """The exported file does not compute what the network computes."""


class OneLook(nn.Module):
    """A cumulative network as it is shipped: B looks -> (B, labels) probabilities."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor, size_mm: Tensor, printed: Tensor) -> Tensor:
        """(B, 7, S, S) uint8, (B, 3) mm, (B,) share printed or -1 -> (B, labels)."""
        logits = self.network(pictures[:, None], size_mm[:, None], printed[:, None])
        return logits[:, 0].softmax(dim=-1)  # type: ignore[no-any-return]


def export_onnx(network: nn.Module, prints: Prints) -> bytes:
    """*network* as ONNX with a free number of looks."""
    example = tuple(torch.from_numpy(rows[:2, 0]) for rows in (prints.pictures, prints.size_mm))
    looks = torch.export.Dim("looks", min=1)
    # the exporter speaks of its progress; what matters is compared below
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            OneLook(network).eval(),
            (*example, torch.from_numpy(prints.printed[:2, 0])),
            dynamo=True,
            opset_version=OPSET,
            input_names=["pictures", "size_mm", "printed"],
            output_names=["probabilities"],
            dynamic_shapes={"pictures": {0: looks}, "size_mm": {0: looks}, "printed": {0: looks}},
            verbose=False,
        )
    if program is None:
        raise EarlyExportError("torch.onnx.export gave nothing")
    return _without_traces(program.model_proto.SerializeToString())


def check_same(network: nn.Module, exported: EarlyNetwork, prints: Prints) -> None:
    """Raise EarlyExportError when torch and onnxruntime differ on the first of *prints*."""
    some = prints.first(COMPARED)
    expected = probabilities_of(network, some).reshape(-1, len(exported.labels))
    pictures = some.pictures.reshape(-1, *some.pictures.shape[2:])
    unknown = np.full(len(pictures), NOT_KNOWN, np.float32)
    found = exported.probabilities(pictures, some.size_mm.reshape(-1, 3), unknown)
    difference = float(np.abs(expected - found).max())
    if difference > SAME:
        raise EarlyExportError(
            f"torch and onnxruntime differ by {difference:.1e}, more than {SAME:.0e}"
        )


def _without_traces(model: bytes) -> bytes:
    """The model without the exporter's notes: smaller, and no paths of a workplace in a release."""
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
