"""A trained early network -> early.onnx, checked: the file must say what the network says."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from classifier.early.fit import probabilities_of
from classifier.early.growing import Prints
from classifier.onnx_file import ExportError, onnx_file
from classifier.runtime.early import NOT_KNOWN, EarlyNetwork

SAME = 1e-5  # largest difference of a probability between torch and onnxruntime
COMPARED = 32  # prints


class OneLook(nn.Module):
    """A network without a memory as it is shipped: B looks -> (B, labels) probabilities."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor, size_mm: Tensor, printed: Tensor) -> Tensor:
        """(B, 7, S, S) uint8, (B, 3) mm, (B,) share printed or -1 -> (B, labels)."""
        logits = self.network(pictures[:, None], size_mm[:, None], printed[:, None])
        return logits[:, 0].softmax(dim=-1)  # type: ignore[no-any-return]


def export_onnx(network: nn.Module, prints: Prints) -> bytes:
    """*network* as ONNX with a free number of looks. Raises ExportError."""
    example = {
        "pictures": torch.from_numpy(prints.pictures[:2, 0]),
        "size_mm": torch.from_numpy(prints.size_mm[:2, 0]),
        "printed": torch.from_numpy(prints.printed[:2, 0]),
    }
    return onnx_file(OneLook(network), example, ["probabilities"])


def check_same(network: nn.Module, exported: EarlyNetwork, prints: Prints) -> None:
    """Raise ExportError when torch and onnxruntime differ on the first of *prints*."""
    some = prints.first(COMPARED)
    expected = probabilities_of(network, some).reshape(-1, len(exported.labels))
    pictures = some.pictures.reshape(-1, *some.pictures.shape[2:])
    unknown = np.full(len(pictures), NOT_KNOWN, np.float32)
    found = exported.probabilities(pictures, some.size_mm.reshape(-1, 3), unknown)
    difference = float(np.abs(expected - found).max())
    if difference > SAME:
        raise ExportError(f"torch and onnxruntime differ by {difference:.1e}, more than {SAME:.0e}")
