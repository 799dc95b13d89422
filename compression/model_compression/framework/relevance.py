"""How much of a right answer each channel is responsible for: layer-wise relevance propagation.

For examples that are answered rightly, relevance starts as 1 at the right class's logit and goes
back through the network: a neuron's is shared out among its inputs a_i in proportion to what they
bring it by positive weights, a_i w_ij+. Max pooling passes it to the winner, activations and batch
norms (positive scales) pass it on, a sum shares it out among its positive parts. What arrives at
each layer is in all what started, so that layers can be compared.
Source: Aketi et al., arXiv 2002.09958; the rule is the z+ rule of Montavon et al., 2017,
arXiv 1512.02479. Other arithmetic between layers is passed as its gradient would be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from classifier.training.batches import generator_of
from model_compression.framework.channels import of_layers
from model_compression.framework.layers import Layer, layers_of
from model_compression.framework.sites import Site
from model_compression.framework.stage import Lab, Subject
from model_compression.tasks.task import Inputs

EXAMPLES = 500
TINY = 1e-9
PASSED = (nn.BatchNorm2d, nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.Hardswish)
AVERAGED = (nn.AvgPool2d, nn.AdaptiveAvgPool2d)
ADDITIONS = {torch.add, torch.Tensor.add, torch.Tensor.__add__, torch.Tensor.add_}
Positive = Callable[[Tensor], Tensor]


def relevance(subject: Subject, lab: Lab, sites: Sequence[Site]) -> dict[str, Tensor]:
    """The mean over classes, comparable across layers, which have the same sum."""
    random = generator_of(lab.seed, 0, "choose")
    rows = torch.randperm(len(lab.task.train), generator=random)[:EXAMPLES]
    inputs, target = lab.task.train.inputs(rows), lab.task.train.target[rows]
    return of_layers(sites, relevance_of(subject.network, inputs, target))


def relevance_of(network: nn.Module, inputs: Inputs, target: Tensor) -> dict[str, Tensor]:
    """Layer -> (filters,) relevance of its outputs, 1 in all; 0 when no answer is right."""
    place, was_training = next(network.parameters()).device, network.training
    network.eval()
    total = {n: torch.zeros(len(one.weight), device=place) for n, one in layers_of(network).items()}
    with torch.enable_grad(), _replaced(network, total), _SharedSums():
        logits = network(*(one.to(place) for one in inputs))
        logits.backward(_beginning(logits.detach(), target.to(place)))
    network.zero_grad()
    network.train(was_training)
    return total


def _beginning(logits: Tensor, target: Tensor) -> Tensor:
    """(B, classes): the right logits of right answers, each class alike, 1 in all."""
    right = logits.argmax(dim=1) == target
    hot = functional.one_hot(target, logits.shape[1]).to(logits) * right[:, None]
    counts = hot.sum(dim=0)
    return hot / counts.clamp(min=1.0) / (counts > 0).sum().clamp(min=1)


class _Share(torch.autograd.Function):
    """Passes *out* on; back comes relevance instead of a gradient, which *noted* is told."""

    @staticmethod
    def forward(
        ctx: Any, given: Tensor, out: Tensor, positive: Positive, noted: Callable[[Tensor], None]
    ) -> Tensor:
        ctx.save_for_backward(given)
        ctx.positive, ctx.noted = positive, noted
        return out.clone()

    @staticmethod
    def backward(ctx: Any, come: Tensor) -> tuple[Tensor | None, None, None, None]:
        ctx.noted(come)
        if not ctx.needs_input_grad[0]:
            return None, None, None, None
        with torch.enable_grad():
            given = ctx.saved_tensors[0].detach().requires_grad_()
            brought = ctx.positive(given)
            share = come / (brought.detach() + TINY)
            (back,) = torch.autograd.grad(brought, given, share)
        return given.detach() * back, None, None, None


class _Pass(torch.autograd.Function):
    """Passes *out* on; what comes back goes to *given* unchanged."""

    @staticmethod
    def forward(ctx: Any, given: Tensor, out: Tensor) -> Tensor:
        return out.clone()

    @staticmethod
    def backward(ctx: Any, come: Tensor) -> tuple[Tensor, None]:
        return come, None


class _Add(torch.autograd.Function):
    """A sum of two; what comes back is shared out in proportion to their positive parts."""

    @staticmethod
    def forward(ctx: Any, one: Tensor, two: Tensor) -> Tensor:
        ctx.save_for_backward(one, two)
        return one + two

    @staticmethod
    def backward(ctx: Any, come: Tensor) -> tuple[Tensor, Tensor]:
        one, two = (part.clamp(min=0) for part in ctx.saved_tensors)
        share = one / (one + two + TINY)
        return come * share, come * (1 - share)


class _SharedSums(TorchFunctionMode):
    """Sums of activations, as residual networks write them."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        parts = [one for one in args if isinstance(one, Tensor) and one.requires_grad]
        if func in ADDITIONS and len(parts) == 2 and parts[0].shape == parts[1].shape:
            return _Add.apply(*parts)  # type: ignore[no-untyped-call]
        return func(*args, **(kwargs or {}))


@contextmanager
def _replaced(network: nn.Module, total: dict[str, Tensor]) -> Iterator[None]:
    """With every module passing relevance back; *total* gathers it by layer and filter."""

    def note(name: str) -> Callable[[Tensor], None]:
        def add(come: Tensor) -> None:
            total[name] += come.transpose(0, 1).flatten(1).sum(dim=1)

        return add

    handles = [
        layer.register_forward_hook(_sharing(_positive(layer), note(name)))
        for name, layer in layers_of(network).items()
    ]
    for module in network.modules():
        if isinstance(module, AVERAGED):
            handles.append(module.register_forward_hook(_sharing(module.forward, lambda _: None)))
        elif isinstance(module, PASSED):
            handles.append(module.register_forward_hook(_passing))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _passing(_: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> Tensor:
    told: Tensor = _Pass.apply(given[0], out)  # type: ignore[no-untyped-call]
    return told


def _sharing(positive: Positive, noted: Callable[[Tensor], None]) -> Callable[..., Tensor]:
    def hook(_: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> Tensor:
        told: Tensor = _Share.apply(given[0], out, positive, noted)  # type: ignore[no-untyped-call]
        return told

    return hook


def _positive(layer: Layer) -> Positive:
    """The layer with its positive weights alone."""
    weight = layer.weight.detach().clamp(min=0)
    if isinstance(layer, nn.Linear):
        return lambda x: functional.linear(x, weight)
    return lambda x: functional.conv2d(
        x, weight, None, layer.stride, layer.padding, layer.dilation, layer.groups
    )
