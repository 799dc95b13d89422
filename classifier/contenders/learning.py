"""The one training loop of all contenders that are networks: AdamW, cosine rate, cross entropy.

None of the papers says enough about its own loop to repeat it; what differs between contenders
here is what they look at and how they are built, not how long or how well they were trained.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.nn import functional

from classifier.training.schedule import Schedule, descend

BATCH = 64
LOOK_BATCH = 256
Draw = Callable[[Tensor, Generator], Tensor]
"""(B,) which examples, and a generator for what is random about them -> (B, ...) inputs."""


def schedule_of(steps: int, rate: float = 1e-3) -> Schedule:
    """*steps* of 64 examples; labels are not smoothed, as none of the papers says so."""
    return Schedule(steps, batch=BATCH, rate=rate, weight_decay=0.01, smoothing=0.0)


def train(
    make: Callable[[], nn.Module],
    draw: Draw,
    label: NDArray[np.int64],
    schedule: Schedule,
    *,
    seed: int,
    on_step: Callable[[], None] = lambda: None,
) -> nn.Module:
    """A fresh network from *make*, trained; the same arguments give the same one on one machine.

    label: (E,) of the examples that *draw* is asked for. Raises ValueError without examples.
    """
    if not len(label):
        raise ValueError("there is nothing to learn from: no print has a usable plane")
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    # channels last and a fused optimizer halve the time of a step on a CPU
    network = make().train()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(
        network.parameters(), weight_decay=schedule.weight_decay, fused=True
    )
    target = torch.from_numpy(label)
    for step in range(schedule.steps):
        chosen = torch.randint(0, len(label), (schedule.batch,), generator=generator)
        logits = network(draw(chosen, generator))
        loss = functional.cross_entropy(logits, target[chosen], label_smoothing=schedule.smoothing)
        descend(network, optimizer, loss, schedule.rate_at(step))
        on_step()
    return network.eval()


def in_batches(
    judge: Callable[[slice], Tensor], count: int, batch: int = LOOK_BATCH
) -> NDArray[np.float64]:
    """Softmax over the last axis of what *judge* says of each slice of *count* examples."""
    with torch.inference_mode():
        parts = [
            torch.softmax(judge(slice(start, start + batch)).double(), dim=-1).numpy()
            for start in range(0, count, batch)
        ]
    return np.concatenate(parts)


def trained(network: nn.Module | None) -> nn.Module:
    """*network*; RuntimeError where nothing was fitted yet."""
    if network is None:
        raise RuntimeError("a contender answers after fit() only")
    return network


def size_of(network: nn.Module | None) -> int:
    """Numbers that *network* has learned; 0 for none."""
    return 0 if network is None else sum(p.numel() for p in network.parameters())
