"""Which channels stay: a score of each, a limit, and the cut, at once or bit by bit.

A score tells of every unit's channels what they are worth, the higher the longer they stay. Where
a method ranks within a layer only, `alike` makes its scores places in that ranking, so that all
units keep the same share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from classifier.training.batches import generator_of
from model_compression.framework.layers import layers_of
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.sites import Site, close, scores_of
from model_compression.framework.stage import UNAIDED, Aids, Lab, Retrain, Stage, Subject, Untrained
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit

ChannelScore = Callable[[Subject, Lab, Sequence[Site]], Mapping[str, Tensor]]
"""Unit -> (channels,) scores on the CPU, comparable across units."""


def of_layers(sites: Sequence[Site], values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Layer -> (filters,) becomes unit -> (channels,): the sum over the layers that it passes."""
    there = (place for site in sites for place in site.places)
    return scores_of(sites, {place.name: values[place.layer].cpu() for place in there})


def alike(scores: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Places in the ranking of each unit, in (0, 1]; of equal scores the lowest index is best."""
    places = {}
    for root, values in scores.items():
        order = torch.sort(values, descending=True, stable=True).indices
        places[root] = torch.empty(len(values))
        places[root][order] = torch.arange(len(values), 0, -1) / len(values)
    return places


def norms_of(subject: Subject, sites: Sequence[Site]) -> dict[str, Tensor]:
    """Unit -> (channels,) sums of |w| over the filters that write them."""
    layers = layers_of(subject.network).items()
    sums = {name: layer.weight.detach().abs().flatten(1).sum(dim=1) for name, layer in layers}
    return of_layers(sites, sums)


def lengths_of(network: nn.Module, sites: Sequence[Site]) -> dict[str, Tensor]:
    """Unit -> (channels,) Euclidean norms of the filters of the layer that it is named after."""
    layers = layers_of(network)
    return {
        site.root: layers[site.root].weight.detach().flatten(1).norm(dim=1).cpu() for site in sites
    }


def over_mean(scores: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Scores over their unit's mean, so that they compare across units."""
    return {root: values / values.mean() for root, values in scores.items()}


def smallest_filters(subject: Subject, lab: Lab, sites: Sequence[Site]) -> dict[str, Tensor]:
    """The L1 norm, within a layer. Source: Li et al., ICLR 2017, arXiv 1608.08710."""
    return alike(norms_of(subject, sites))


def by_chance(subject: Subject, lab: Lab, sites: Sequence[Site]) -> dict[str, Tensor]:
    """Chance, within a layer."""
    random = generator_of(lab.seed, 0, "choose")
    return alike({site.root: torch.rand(site.unit.size, generator=random) for site in sites})


def chosen(score: ChannelScore, limit: Limit, subject: Subject, lab: Lab) -> list[Chosen]:
    """Of every unit, the channels that stay within *limit*. Raises CompressionError."""
    sites = lab.sites(subject.network)
    return best(score(subject, lab, sites), limit, sites, subject, lab)


def best(
    scores: Mapping[str, Tensor], limit: Limit, sites: Sequence[Site], subject: Subject, lab: Lab
) -> list[Chosen]:
    """The same where *scores* are known, unit -> (channels,), comparable across units."""
    stays = limit.budget(subject.network, sites, lab).best(scores)
    return [Chosen(site, stays[site.root]) for site in sites]


@dataclass(frozen=True, slots=True)
class Chosen:
    """stays: (channels,) bool."""

    site: Site
    stays: Tensor


@dataclass(frozen=True, slots=True)
class CutChannels(Untrained):
    """Close the channels of least score, at once; `RemoveUnused` then cuts them out."""

    score: ChannelScore
    limit: Limit

    def describe(self) -> str:
        """Score and limit."""
        name = self.score.__name__.replace("_", " ")
        return f"cut channels by {name} to {self.limit.describe()}"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with closed channels."""
        before = lab.validated(subject.network)
        return closed(chosen(self.score, self.limit, subject, lab), subject, lab, before)


def close_all(network: nn.Module, choice: Sequence[Chosen]) -> None:
    """Close what does not stay."""
    for one in choice:
        close(network, one.site, one.stays)


def closed(choice: Sequence[Chosen], subject: Subject, lab: Lab, before: float) -> Subject:
    """Close what does not stay, and note what that did. before: validation accuracy."""
    close_all(subject.network, choice)
    lab.journal.note(
        "channels closed",
        validation_before=before,
        validation=lab.validated(subject.network),
        kept={one.site.root: int(one.stays.sum()) for one in choice},
    )
    return subject


def close_weakest(
    scores: Mapping[str, Tensor], limit: Limit, sites: Sequence[Site], subject: Subject, lab: Lab
) -> Subject:
    """Close the channels of lowest score until what is left is within *limit*. See `best`."""
    before = lab.validated(subject.network)
    return closed(best(scores, limit, sites, subject, lab), subject, lab, before)


def cut(score: ChannelScore, limit: Limit) -> list[Stage]:
    """Close and cut out."""
    return [CutChannels(score, limit), RemoveUnused()]


def bit_by_bit(
    score: ChannelScore, limit: Limit, cuts: int, course: Course, aids: Aids = UNAIDED
) -> list[Stage]:
    """To *limit* in *cuts* equal factors, with *course* after each."""
    stages: list[Stage] = []
    for number in range(1, cuts + 1):
        stages += cut(score, limit.halfway(number / cuts))
        stages.append(Retrain(course=course, aids=aids))
    return stages
