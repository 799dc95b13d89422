"""BWCP: channels are whitened behind their norm, and closed by how seldom they are active.

Source: Shao et al., 2021, arXiv 2105.06423. Behind a norm a channel is factor * z + shift with z
about normal, so it passes a ReLU with the probability P = Phi(shift / |factor|). Whitening takes
correlations out of the batch; a mask drawn by P, softened so that gradients pass, closes channels
in training; the loss pulls factors to 0 and shifts below it. The highest P stay. In evaluation the
whitening is one matrix, merged into the layer. Ours: it starts from the dense parent and is
followed by a retraining (the paper: from scratch, none); a layer without a norm gets one, which is
merged too; P are ranked to the target instead of cut at a half; sums of branches are not thinned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_compression.framework.gates import insert, take_out
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.mixing import merge, mixed, settle
from model_compression.framework.purify import LOOKED_AT, RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.sites import Site, sites_of
from model_compression.framework.stage import Aids, Coursed, Lab, Stage, Subject
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit, fit, sized
from model_compression.recipes.settings import TAUGHT, changed_for, finish

GROUP, ITERATIONS, FOLLOW, RIDGE = 50, 3, 0.1, 1e-3
"""Channels that are whitened together; Newton's steps; of the running mean; on the diagonal."""
SOFT = 0.5
ON_FACTORS, ON_SHIFTS = 1e-3, 1e-3
"""The paper's are 1e-5 to 1e-4 over hundreds of epochs."""


def inverse_root(covariance: Tensor, iterations: int = ITERATIONS) -> Tensor:
    """(C, C) -> about its inverse square root, by Newton's iteration on it over its trace."""
    trace = covariance.diagonal().sum()
    scaled, found = covariance / trace, torch.eye(len(covariance)).to(covariance)
    for _ in range(iterations):
        found = 0.5 * (3.0 * found - found @ found @ found @ scaled)
    return found / trace.sqrt()


def active(factor: Tensor, shift: Tensor) -> Tensor:
    """(C,): the probability that factor * z + shift is above 0 for a normal z."""
    return 0.5 * (1.0 + torch.erf(shift / (2.0**0.5 * factor.abs().clamp(min=1e-12))))


class Whitened(nn.Module):
    """Behind a norm, or with one of its own: whitens, and in training masks by chance."""

    def __init__(self, channels: int, norm: nn.BatchNorm2d | None) -> None:
        """norm: the one before it, whose factor and shift decide; not a part of this."""
        super().__init__()
        self.own = norm is None
        factor, shift = (torch.ones(channels), torch.zeros(channels))
        self.factor = nn.Parameter(factor) if norm is None else norm.weight
        self.shift = nn.Parameter(shift) if norm is None else norm.bias
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
        flat = x.detach().transpose(0, 1).flatten(1)
        self._follow(self.mean, flat.mean(dim=1))
        self._follow(self.variance, flat.var(dim=1) + RIDGE)
        normal = self._normal(x, *self._moments(x))
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

    def _moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        flat = x.transpose(0, 1).flatten(1)
        return flat.mean(dim=1), flat.var(dim=1) + RIDGE

    def _normal(self, x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        """What a norm of its own does; nothing behind another."""
        if not self.own:
            return x
        shape = (-1, *[1] * (x.dim() - 2))
        factor = self.factor / variance.sqrt()
        return x * factor.reshape(shape) + (self.shift - factor * mean).reshape(shape)

    def _follow(self, mean: Tensor, now: Tensor) -> None:
        mean.lerp_(now, FOLLOW if self.seen else 1.0)


def whitening(flat: Tensor) -> Tensor:
    """(C, N) -> (C, C), one block for each group of channels."""
    groups = flat.tensor_split(-(-len(flat) // GROUP))
    blocks = []
    for group in groups:
        around = group - group.mean(dim=1, keepdim=True)
        covariance = around @ around.T / group.shape[1]
        ridge = RIDGE * covariance.diagonal().mean().clamp(min=1e-6)
        blocks.append(inverse_root(covariance + ridge * torch.eye(len(group), device=flat.device)))
    whole: Tensor = torch.block_diag(*blocks)  # type: ignore[no-untyped-call]
    return whole


def drawn(chances: Tensor) -> Tensor:
    """(C,) in [0, 1]: a softened draw of 1 with these chances, by Gumbel noise."""
    sure = chances.clamp(1e-6, 1 - 1e-6)
    uniform = torch.rand_like(sure).clamp(1e-6, 1 - 1e-6)
    noise = uniform.log() - (-uniform).log1p()
    return torch.sigmoid((sure.log() - (-sure).log1p() + noise) / SOFT)


class Quiet(Hook):
    """Factors are pulled to 0 and shifts below it."""

    def __init__(self, gates: Mapping[str, Whitened]) -> None:
        self.gates = gates

    def loss(self, moment: Moment) -> Tensor:
        """Over all gates."""
        parts = [
            ON_FACTORS * gate.factor.abs().sum() + ON_SHIFTS * gate.shift.sum()
            for gate in self.gates.values()
        ]
        return torch.stack(parts).sum()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhitenAndClose(Coursed):
    """Train whitened and masked, keep the most active channels, merge the whitening."""

    limit: Limit
    course: Course
    aids: Aids = TAUGHT

    def describe(self) -> str:
        """Limit and course."""
        return (
            f"{self.course.epochs:g} epochs whitened and masked by chance, then "
            f"{self.limit.describe()} by activity; the whitening is merged"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with rows of zeros where channels were closed."""
        network, example = subject.network, lab.example(subject.network)
        sites = [site for site in sites_of(network, example) if site.single]
        size = sized(network, [site.unit for site in sites], example, of_macs=self.limit.of_macs)
        gates = {site.root: _gate(network, site).to(example[0].device) for site in sites}
        for site in sites:
            insert(network, site.places[0].name, gates[site.root])
        lab.train(subject, self.course, self.aids, [Quiet(gates)])
        chances = {root: gate.active.detach().cpu() for root, gate in gates.items()}
        stays = fit(chances, size, self.limit.within(lab))
        before = lab.validated(network)
        _merge(subject, lab, sites, gates, stays)
        lab.journal.note(
            "merged",
            kept={root: int(mask.sum()) for root, mask in stays.items()},
            active={root: int((chance > 0.5).sum()) for root, chance in chances.items()},
            validation_before=before,
            validation=lab.validated(network),
        )
        return subject


def _gate(network: nn.Module, site: Site) -> Whitened:
    place = site.places[0]
    norm = network.get_submodule(place.norm) if place.norm else None
    return Whitened(site.unit.size, norm if isinstance(norm, nn.BatchNorm2d) else None)


def _merge(
    subject: Subject,
    lab: Lab,
    sites: Sequence[Site],
    gates: Mapping[str, Whitened],
    stays: Mapping[str, Tensor],
) -> None:
    network, norms = subject.network, dict[str, nn.Module]()
    for site in sites:
        place = site.places[0]
        take_out(network, place.name)
        matrix, more = gates[site.root].merged()
        flags = stays[site.root].to(more)
        merge(network, place, matrix * flags[:, None], more * flags)
        norms |= {place.norm: network.get_submodule(place.norm)} if place.norm else {}
    settle(network, norms, lab.task.train.inputs(torch.arange(LOOKED_AT)))


def _stages(goal: Goal) -> list[Stage]:
    limit = Limit.of(goal)
    course = Course(epochs=15.0, rate=2e-3, changed=changed_for(limit.share))
    return [
        WhitenAndClose(limit=limit, course=course), RemoveUnused(), finish(limit.share, 25.0)
    ]  # fmt: skip


BWCP = Recipe(
    name="bwcp",
    title="Whitened channels, closed by how seldom they are active",
    paper="Shao et al., 2021, arXiv 2105.06423",
    stages=_stages,
    target=Target(share=1 / 20),
    groups="channel",
    departs=(
        "Starts from the dense parent; a layer without a norm gets one while it learns; channels "
        "are ranked to the target; a retraining follows."
    ),
)
