"""ADMM: train towards a set of allowed weights without being inside it yet.

min f(W) subject to W in S becomes, with a copy Z in S and a scaled dual U for each constraint,

    W-step   some epochs of Adam on  f(W) + rho/2 * ||W - Z + U||_F^2
    Z-step   Z <- P_S(W + U)
    U-step   U <- U + W - Z
    rho      rho' <- min(most, growth * rho), U <- U * rho / rho'

The norm is squared: without the square the pull has one length whatever the gap. U stores the dual
over rho, so it shrinks when rho grows; published code leaves it, which multiplies the dual by every
growth of rho and closes the gap 2 to 7 times worse (measured; see docs/compression.md).
Source: Boyd et al., 2011, section 3.1.1; for networks arXiv 1903.09769.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.layers import layers_of
from model_compression.framework.projection import Projection


class Constraint(NamedTuple):
    """One layer's weights shall lie in the set of *projection*. A layer may have several."""

    layer: str
    projection: Projection


@dataclass(frozen=True, slots=True)
class Penalty:
    """How hard Z pulls. growth: of rho after each round, up to *most*."""

    rho: float = 1e-2
    growth: float = 1.2
    most: float = 1.0


class Gap(NamedTuple):
    """How far a layer is from its constraint. primal: ||W - Z|| / ||W||; below 0.2 a hard
    projection is survivable, below 0.05 hardly noticed. change: ||Z - Z before|| / ||Z||.
    """

    layer: str
    primal: float
    change: float


@dataclass(slots=True)
class _Copy:
    """Z and U of one constraint, on the weight's device in float32."""

    constraint: Constraint
    z: Tensor
    u: Tensor


class Admm(Hook):
    """The pull towards Z, and a Z- and U-step every *every* steps."""

    def __init__(
        self,
        constraints: Sequence[Constraint],
        penalty: Penalty,
        every: int,
        on_round: Callable[[float, list[Gap]], None] = lambda rho, gaps: None,
    ) -> None:
        """on_round: told rho and the gaps of each round."""
        self.constraints = constraints
        self.penalty = penalty
        self.rho = penalty.rho
        self.every = every
        self.on_round = on_round
        self.copies: list[_Copy] = []

    def begin(self, network: nn.Module) -> None:
        """Z = P(W), U = 0."""
        layers = layers_of(network)
        with torch.no_grad():
            for constraint in self.constraints:
                weight = layers[constraint.layer].weight
                z = constraint.projection(weight)
                self.copies.append(_Copy(constraint, z, torch.zeros_like(weight)))

    def after_backward(self, moment: Moment) -> None:
        """Add the penalty's gradient, rho * (W - Z + U); its value is never needed."""
        layers = layers_of(moment.network)
        with torch.no_grad():
            for copy in self.copies:
                weight = layers[copy.constraint.layer].weight
                if weight.grad is not None:
                    weight.grad.add_(weight - copy.z + copy.u, alpha=self.rho)

    def after_step(self, moment: Moment) -> None:
        """End a round when it is due."""
        if (moment.step + 1) % self.every == 0:
            self.end_round(moment.network)

    def end_round(self, network: nn.Module) -> None:
        """Z-step, U-step, rho."""
        layers = layers_of(network)
        with torch.no_grad():
            gaps = [_advance(copy, layers[copy.constraint.layer].weight) for copy in self.copies]
            self.on_round(self.rho, gaps)
            rho = min(self.penalty.most, self.penalty.growth * self.rho)
            if rho > self.rho:
                for copy in self.copies:
                    copy.u.mul_(self.rho / rho)
            self.rho = rho


def _advance(copy: _Copy, weight: Tensor) -> Gap:
    """Z- and U-step of one constraint."""
    before = copy.z
    copy.z = copy.constraint.projection(weight + copy.u)
    copy.u.add_(weight - copy.z)
    return Gap(
        copy.constraint.layer,
        _share(weight - copy.z, weight),
        _share(copy.z - before, copy.z),
    )


def _share(part: Tensor, whole: Tensor) -> float:
    return float(part.norm() / whole.norm().clamp(min=1e-12))


def project_hard(network: nn.Module, constraints: Sequence[Constraint]) -> dict[str, Tensor]:
    """Put every weight into its sets, one after another; layer -> mask of what is not 0."""
    layers = layers_of(network)
    masks: dict[str, Tensor] = {}
    with torch.no_grad():
        for name, projection in constraints:
            weight = layers[name].weight
            weight.copy_(projection(weight))
            masks[name] = weight != 0
    return masks
