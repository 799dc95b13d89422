"""Contenders that look at one plane at a time, as all published pictures of G-code do.

Each usable plane of each print is an example of its own; the answer for a print is the mean of
the answers for its usable planes. The mean is ours: the papers count pictures, not prints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from classifier.benchmark.prints import Prints
from classifier.contenders.learning import in_batches, schedule_of, size_of, train, trained
from dataset_builder.sources.labels import LABEL_NAMES

GROWING_BATCH = 32  # stacks; each may be looked at once a frame


@dataclass(frozen=True, slots=True)
class Look:
    """What a network is shown of a plane.

    finished: prints, (B,) rows, (B,) planes -> (B, C, S, S) uint8. growing: the network and
    (B, K, S, S) float frames of one plane -> (B, K, labels) logits.
    """

    finished: Callable[[Prints, NDArray[np.int64], NDArray[np.int64]], NDArray[np.uint8]]
    growing: Callable[[Any, Tensor], Tensor]


def as_input(pixels: NDArray[np.uint8]) -> Tensor:
    """uint8 -> float 0..1."""
    return torch.from_numpy(pixels).float().div_(255.0)


def _finished(
    prints: Prints, rows: NDArray[np.int64], planes: NDArray[np.int64]
) -> NDArray[np.uint8]:
    return prints.pictures[rows, planes][:, None]


def _frame_by_frame(network: nn.Module, frames: Tensor) -> Tensor:
    b, k, s, _ = frames.shape
    logits: Tensor = network(frames.reshape(b * k, 1, s, s))
    return logits.reshape(b, k, -1)


def stacks(prints: Prints, rows: NDArray[np.int64], planes: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(B, K, S, S): all frames of one plane, for networks that see a print grow."""
    return prints.frames[rows, :, planes]


PICTURE = Look(_finished, _frame_by_frame)
"""One picture; a growing print is a finished one that happens to be low."""


class PlaneContender:
    """A Contender: one network, one plane at a time.

    make: (labels, size_px) -> a network from float inputs to logits.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[int, int], nn.Module],
        look: Look = PICTURE,
        *,
        rate: float = 1e-3,
    ) -> None:
        self.name = name
        self._make, self._look, self._rate = make, look, rate
        self._network: nn.Module | None = None

    def fit(
        self,
        prints: Prints,
        usable: NDArray[np.bool_],
        *,
        seed: int,
        steps: int,
        on_step: Callable[[], None] = lambda: None,
    ) -> None:
        """Learn from each usable plane of each print as an example of its own."""
        rows, planes = np.nonzero(usable)
        size_px = prints.pictures.shape[-1]

        def draw(chosen: Tensor, _: torch.Generator) -> Tensor:
            which = chosen.numpy()
            return as_input(self._look.finished(prints, rows[which], planes[which]))

        self._network = train(
            lambda: self._make(len(LABEL_NAMES), size_px),
            draw,
            prints.label[rows],
            schedule_of(steps, self._rate),
            seed=seed,
            on_step=on_step,
        )

    def probabilities(self, prints: Prints, usable: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(N, labels), the mean over usable planes."""
        network = trained(self._network)
        rows, planes = np.nonzero(usable)
        said = in_batches(
            lambda part: network(as_input(self._look.finished(prints, rows[part], planes[part]))),
            len(rows),
        )
        total = np.zeros((len(prints), said.shape[1]))
        np.add.at(total, rows, said)
        return np.asarray(total / usable.sum(axis=1, keepdims=True))

    def as_it_grows(self, prints: Prints) -> NDArray[np.float64]:
        """(N, K, labels), the mean over planes."""
        network = trained(self._network)
        n, k, planes, s, _ = prints.frames.shape
        frames = prints.frames.swapaxes(1, 2)  # (N, 3, K, S, S)

        def judge(part: slice) -> Tensor:
            stack = as_input(np.ascontiguousarray(frames[part]).reshape(-1, k, s, s))
            logits = self._look.growing(network, stack)  # (B*3, K, labels)
            return logits.reshape(-1, planes, k, logits.shape[-1])

        # a plane's softmax comes before the mean over planes, as for finished prints
        said = in_batches(judge, n, batch=GROWING_BATCH)
        return np.asarray(said.mean(axis=1))

    def parameters(self) -> int:
        """Weights and biases."""
        return size_of(self._network)
