"""Channels whitened behind their norm, and closed by how seldom they would pass a ReLU.

Whitening takes correlations out of a batch: times the inverse square root of its covariance, by
Newton's iteration. In evaluation it is one matrix, which `mixing.merge` makes part of the layer.
Behind a norm a channel is factor * z + shift with z about normal, hence the chance to be active.
Source: Shao et al., 2021, arXiv 2105.06423.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model_compression.framework.mixing import mixed

GROUP, ITERATIONS, FOLLOW, RIDGE = 50, 3, 0.1, 1e-3
"""Channels that are whitened together; Newton's steps; of the running mean; on the diagonal."""
SOFT = 0.5  # the temperature of a draw


def inverse_root(covariance: Tensor, iterations: int = ITERATIONS) -> Tensor:
    """(C, C) -> about its inverse square root, by Newton's iteration on it over its trace."""
    trace = covariance.diagonal().sum()
    scaled, found = covariance / trace, torch.eye(len(covariance)).to(covariance)
    for _ in range(iterations):
        found = 0.5 * (3.0 * found - found @ found @ found @ scaled)
    return found / trace.sqrt()


def whitening(flat: Tensor) -> Tensor:
    """(C, N) -> (C, C), one block for each group of channels."""
    blocks = []
    for group in flat.tensor_split(-(-len(flat) // GROUP)):
        around = group - group.mean(dim=1, keepdim=True)
        covariance = around @ around.T / group.shape[1]
        ridge = RIDGE * covariance.diagonal().mean().clamp(min=1e-6)
        blocks.append(inverse_root(covariance + ridge * torch.eye(len(group), device=flat.device)))
    whole: Tensor = torch.block_diag(*blocks)  # type: ignore[no-untyped-call]
    return whole


def active(factor: Tensor, shift: Tensor) -> Tensor:
    """(C,): the probability that factor * z + shift is above 0 for a normal z."""
    return 0.5 * (1.0 + torch.erf(shift / (2.0**0.5 * factor.abs().clamp(min=1e-12))))


def drawn(chances: Tensor) -> Tensor:
    """(C,) in [0, 1]: a softened draw of 1 with these chances, by Gumbel noise."""
    sure = chances.clamp(1e-6, 1 - 1e-6)
    uniform = torch.rand_like(sure).clamp(1e-6, 1 - 1e-6)
    noise = uniform.log() - (-uniform).log1p()
    return torch.sigmoid((sure.log() - (-sure).log1p() + noise) / SOFT)


class Whitened(nn.Module):
    """Behind a norm, or with one of its own: whitens, and in training masks by chance."""

    def __init__(self, channels: int, norm: nn.Module | None) -> None:
        """norm: the batch norm before it, whose factor and shift decide; not a part of this."""
        super().__init__()
        self.own = not isinstance(norm, nn.BatchNorm2d)
        if isinstance(norm, nn.BatchNorm2d):
            self.factor, self.shift = norm.weight, norm.bias
        else:
            self.factor = nn.Parameter(torch.ones(channels))
            self.shift = nn.Parameter(torch.zeros(channels))
        self.mean = nn.Buffer(torch.zeros(channels))
        self.variance = nn.Buffer(torch.ones(channels))
        self.matrix = nn.Buffer(torch.eye(channels))
        self.seen = False

    @property
    def active(self) -> Tensor:
        """(C,) probabilities."""
        return active(self.factor, self.shift)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ...) -> the same shape."""
        if not self.training:
            return mixed(self.matrix, self._normal(x, self.mean, self.variance))
        mean, variance = _moments(x)
        self._follow(self.mean, mean.detach())
        self._follow(self.variance, variance.detach())
        normal = self._normal(x, mean, variance)
        matrix = whitening(normal.transpose(0, 1).flatten(1))
        self._follow(self.matrix, matrix.detach())
        self.seen = True
        mask = drawn(self.active)
        return mixed(matrix, normal) * mask.reshape(-1, *[1] * (x.dim() - 2))

    def merged(self) -> tuple[Tensor, Tensor]:
        """(C, C) and (C,): what it does in evaluation mode, as matrix and addition."""
        if not self.own:
            return self.matrix, torch.zeros_like(self.mean)
        factor = self.factor.detach() / self.variance.sqrt()
        shift = self.shift.detach() - factor * self.mean
        return self.matrix * factor, self.matrix @ shift

    def _normal(self, x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        """What a norm of its own does; nothing behind another."""
        if not self.own:
            return x
        shape = (-1, *[1] * (x.dim() - 2))
        factor = self.factor / variance.sqrt()
        return x * factor.reshape(shape) + (self.shift - factor * mean).reshape(shape)

    def _follow(self, mean: Tensor, now: Tensor) -> None:
        mean.lerp_(now, FOLLOW if self.seen else 1.0)


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """(B, C, ...) -> (C,) means and variances."""
    flat = x.transpose(0, 1).flatten(1)
    return flat.mean(dim=1), flat.var(dim=1) + RIDGE
