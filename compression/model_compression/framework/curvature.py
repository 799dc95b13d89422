"""What the loss would rise by if a weight became 0, by the loss's curvature at the weight.

0.5 * H_ii * w_i^2. The output of a network of ReLUs is linear in a single weight around where it
stands, so that the diagonal of the Hessian of the cross-entropy is that of the Gauss-Newton matrix,
the mean over examples of sum_c p_c (d log p_c / dw)^2; squares of a batch's mean gradient are not.
Scaling one layer up and the next one down leaves the score as it is, but not the magnitude.
Source: Ramesh et al., arXiv 2006.10903.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from classifier.training.batches import generator_of
from model_compression.framework.layers import layers_of
from model_compression.framework.stage import Lab, Subject
from model_compression.tasks.task import Inputs

EXAMPLES = 64  # ours: each takes a backward pass a class


def hessian(subject: Subject, lab: Lab) -> dict[str, Tensor]:
    """The score on EXAMPLES training examples."""
    random = generator_of(lab.seed, 0, "choose")
    rows = torch.randperm(len(lab.task.train), generator=random)[:EXAMPLES]
    place = next(subject.network.parameters()).device
    inputs = tuple(one.to(place) for one in lab.task.train.inputs(rows))
    diagonal = diagonal_of(subject.network, inputs)
    layers = layers_of(subject.network)
    return {n: 0.5 * h * layers[n].weight.detach().square() for n, h in diagonal.items()}


def diagonal_of(network: nn.Module, inputs: Inputs) -> dict[str, Tensor]:
    """Layer -> diagonal of the Gauss-Newton matrix of the mean cross-entropy on *inputs*."""
    was_training = network.training
    network.eval()
    weights = {name: layer.weight for name, layer in layers_of(network).items()}
    total = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    for row in range(len(inputs[0])):
        told = network(*(one[row : row + 1] for one in inputs)).log_softmax(dim=1)[0]
        for number, one in enumerate(told):
            more = number + 1 < len(told)
            slopes = torch.autograd.grad(one, list(weights.values()), retain_graph=more)
            for sums, slope in zip(total.values(), slopes, strict=True):
                sums.add_(slope.square(), alpha=float(one.detach().exp()) / len(inputs[0]))
    network.train(was_training)
    return total
