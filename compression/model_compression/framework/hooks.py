"""What a method adds to training. The loop calls hooks in order; it knows nothing of methods."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from model_compression.framework.layers import layers_of
from model_compression.tasks.task import Batch, Task, logits_of


@dataclass(frozen=True, slots=True)
class Moment:
    """One step as hooks see it. step counts from 0 to steps. logits: (B, classes) on *batch*."""

    network: nn.Module
    step: int
    steps: int
    batch: Batch
    logits: Tensor

    @property
    def progress(self) -> float:
        """The share of this stretch that is done, in [0, 1)."""
        return self.step / self.steps


class Hook:
    """Does nothing; a method overrides what it needs."""

    def begin(self, network: nn.Module) -> None:
        """Called once before the first step."""

    def loss(self, moment: Moment) -> Tensor | None:
        """A scalar that is added to the task's loss."""
        return None

    def after_backward(self, moment: Moment) -> None:
        """Called when gradients are there and weights have not moved."""

    def after_step(self, moment: Moment) -> None:
        """Called when weights have moved."""

    def finish(self, network: nn.Module) -> None:
        """Called once after the last step."""


class Held(Hook):
    """Weights that must not move: pruned ones at 0, frozen ones at their level.

    Both the gradient and the weight are put right: Adam's moments and weight decay would move a
    weight whose gradient is 0.
    """

    def __init__(self, moving: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
        """moving: layer -> bool, True where a weight is free. values: what the others are."""
        self.moving = moving
        self.still = {name: values[name].detach().clone() for name in moving}

    @classmethod
    def masks(cls, masks: Mapping[str, Tensor]) -> Held:
        """Zero where a mask is False."""
        return cls(masks, {name: torch.zeros(mask.shape) for name, mask in masks.items()})

    def begin(self, network: nn.Module) -> None:
        """Go to the network's device and put its weights right."""
        place = next(network.parameters()).device
        self.moving = {name: mask.to(place) for name, mask in self.moving.items()}
        self.still = {name: value.to(place) for name, value in self.still.items()}
        self._put(network)

    def after_backward(self, moment: Moment) -> None:
        """No gradient, so that clipping and moments are those of free weights."""
        for name, layer in layers_of(moment.network).items():
            if name in self.moving and layer.weight.grad is not None:
                layer.weight.grad.mul_(self.moving[name])

    def after_step(self, moment: Moment) -> None:
        """Undo what the optimizer did to held weights."""
        self._put(moment.network)

    def finish(self, network: nn.Module) -> None:
        """The same for what another hook has done since."""
        self._put(network)

    def _put(self, network: nn.Module) -> None:
        layers = layers_of(network)
        with torch.no_grad():
            for name, moving in self.moving.items():
                weight = layers[name].weight
                weight.copy_(torch.where(moving, weight, self.still[name]))


class Teacher:
    """The dense parent's answers. Where a batch says which training examples it shows, they are
    those to the examples as they are, worked out once: a shifted digit is the same digit.

    asked: examples that it has looked at otherwise.
    """

    def __init__(self, parent: nn.Module, task: Task) -> None:
        self.parent = parent.eval()
        self.task = task
        self.asked = 0
        self._known: Tensor | None = None

    def answers(self, batch: Batch) -> Tensor:
        """(B, classes) logits."""
        if batch.rows is None:
            self.asked += len(batch.target)
            with torch.no_grad():
                told: Tensor = self.parent(*batch.inputs)
            return told
        if self._known is None:
            self._known = logits_of(self.parent, self.task.train)
        return self._known[batch.rows].to(batch.target.device)


FORWARD_COST = 1 / 3
"""Of a forward pass alone, as a share of a training visit (forward and backward)."""


class Distil(Hook):
    """Learn from a teacher's answers to the same pictures, beside the labels.

    The gradient of a softened softmax is 1 / T^2 as large, hence the factor.
    Source: Hinton et al., 2015, arXiv 1503.02531.
    """

    def __init__(self, teacher: Teacher, *, weight: float, temperature: float) -> None:
        self.teacher = teacher
        self.weight = weight
        self.temperature = temperature

    def loss(self, moment: Moment) -> Tensor:
        """T^2 KL(teacher || network) times the weight, mean over the batch."""
        told = self.teacher.answers(moment.batch) / self.temperature
        said = functional.log_softmax(moment.logits / self.temperature, dim=1)
        wanted = functional.log_softmax(told, dim=1)
        distance = functional.kl_div(said, wanted, reduction="batchmean", log_target=True)
        return self.weight * self.temperature**2 * distance


class Averaged(Hook):
    """End with a moving average of the weights instead of where the last step happened to stop."""

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.mean: nn.Module | None = None

    def begin(self, network: nn.Module) -> None:
        """Start from where training starts."""
        self.mean = copy.deepcopy(network)

    def after_step(self, moment: Moment) -> None:
        """Follow; at first quickly, for early weights should not linger."""
        at_first = (1 + moment.step) / (10 + moment.step)
        follow(self._mean(), moment.network, 1 - min(self.decay, at_first))

    def finish(self, network: nn.Module) -> None:
        """Hand over the average."""
        network.load_state_dict(self._mean().state_dict())

    def _mean(self) -> nn.Module:
        if self.mean is None:
            raise RuntimeError("a hook is begun before it is stepped")
        return self.mean


def follow(mean: nn.Module, network: nn.Module, weight: float) -> None:
    """Move *mean* towards *network* by *weight*; what is no float is copied."""
    with torch.no_grad():
        for old, new in zip(mean.state_dict().values(), network.state_dict().values(), strict=True):
            if old.is_floating_point():
                old.lerp_(new, weight)
            else:
                old.copy_(new)
