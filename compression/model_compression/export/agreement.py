"""What a file says against what torch says, on the same examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from classifier.runtime.errors import BundleError
from classifier.runtime.session import start_session
from model_compression.errors import CompressionError

MOST_DIFFERENCE = 1e-4
LEAST_SAME = 0.999

Named = Mapping[str, Tensor]
"""Rows of examples by the names of the file's inputs."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """difference: the largest of any output. same: share of examples whose first output has its
    largest entry at the same place.
    """

    difference: float
    same: float

    def __str__(self) -> str:
        return f"largest difference {self.difference:.1e}, {self.same:.2%} of answers the same"


def expected(network: nn.Module, inputs: Named) -> list[NDArray[np.float32]]:
    """What *network* in evaluation mode says of *inputs*, an array an output."""
    was_training = network.training
    with torch.inference_mode():
        said = network.eval()(*inputs.values())
    network.train(was_training)
    outputs = [said] if isinstance(said, Tensor) else list(said)
    return [output.cpu().numpy() for output in outputs]


def agreement(wanted: list[NDArray[np.float32]], model: bytes, inputs: Named) -> Agreement:
    """How near onnxruntime's answers of *model* come to those *wanted*.

    Raises CompressionError when onnxruntime cannot run it.
    """
    try:
        session: Any = start_session(model, "the exported file")
    except BundleError as error:
        raise CompressionError(f"{error.where}: {error.what}. Export another network.") from error
    given = session.run(None, {name: rows.cpu().numpy() for name, rows in inputs.items()})
    pairs = list(zip(wanted, given, strict=True))
    return Agreement(
        difference=max(float(np.abs(one - other).max()) for one, other in pairs),
        same=float((wanted[0].argmax(axis=1) == given[0].argmax(axis=1)).mean()),
    )


def require(found: Agreement) -> None:
    """Raise CompressionError when a float file differs from torch by more than rounding."""
    if not (found.difference < MOST_DIFFERENCE and found.same >= LEAST_SAME):
        raise CompressionError(
            f"the exported file does not say what torch says: {found}, where less than "
            f"{MOST_DIFFERENCE:.0e} and {LEAST_SAME:.1%} are asked for. Nothing was written."
        )
