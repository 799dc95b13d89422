"""The agent learns which layer matters, and no walk exceeds its budget."""

import pytest
import torch

from model_compression.framework.ddpg import Walks, search
from model_compression.framework.environments import ChannelShares, bits_of, within_bits
from model_compression.framework.mixing import recalibrate
from model_compression.framework.quantizing import Freeze
from model_compression.framework.sites import sites_of
from model_compression.framework.training import Course
from model_compression.framework.widths import Budget, sized
from model_compression.recipes.deep_rl import SearchBits
from model_compression.tasks.networks import lenet5, micro_resnet

TOY = Walks(episodes=60, warm=15)


@pytest.mark.parametrize("critical", [0, 1])
def test_it_spends_on_the_layer_that_matters_and_not_on_the_free_one(critical):
    def allowed(before, answer):
        return max(0.05, min(answer, 1.1 - before[0])) if before else min(answer, 1.05)

    def reward(answers):
        return -((1.0 - answers[critical]) ** 2)

    found = search(2, lambda before: [float(len(before)), *(before or (0.0,))],
                   allowed, reward, TOY, seed=0)  # fmt: skip
    assert sum(found.answers) <= 1.1 + 1e-9
    assert found.reward > -0.02
    assert found.own[critical] > found.own[1 - critical]  # the policy itself, not luck
    assert reward(found.own) > reward((0.55, 0.55))


def test_the_same_seed_walks_the_same_way():
    def walk():
        return search(
            layers=3,
            state=lambda before: [len(before) / 3],
            allowed=lambda before, answer: answer,
            reward=lambda answers: -sum(answers),
            walks=Walks(episodes=12, warm=3),
            seed=1,
        )

    assert walk() == walk()


def test_no_answer_leaves_later_layers_less_than_they_need():
    network, x = lenet5(), (torch.zeros(1, 1, 28, 28),)
    sites = sites_of(network, x)
    size = sized(network, [site.unit for site in sites], x, of_macs=False)
    world = ChannelShares(network, sites, Budget(size, 40_000), lab=None)
    random = torch.Generator().manual_seed(0)
    for _ in range(50):
        answers = ()
        for _ in sites:
            answers = (*answers, world.allowed(answers, float(torch.rand(1, generator=random))))
        shares = {site.root: a for site, a in zip(sites, answers, strict=True)}
        assert size(shares) <= 40_000 * (1 + 1e-9)


def test_the_mean_of_all_bits_is_met_whatever_is_asked():
    sizes = [500, 25_000, 400_000, 5_000]
    random = torch.Generator().manual_seed(1)
    for _ in range(50):
        answers = ()
        for _ in sizes:
            answer = float(torch.rand(1, generator=random))
            answers = (*answers, within_bits(sizes, answers, answer, 4))
        spent = sum(bits_of(a) * n for a, n in zip(answers, sizes, strict=True))
        assert spent <= 4 * sum(sizes)
    assert [bits_of(a) for a in (0.0, 0.5, 1.0)] == [2, 5, 8]


def test_layers_end_on_levels_of_their_own_bits(trained):
    subject, lab = trained()
    freeze = Freeze(kind="uniform", bits=4, course=Course(epochs=1.0), shares=(0.5, 1.0))
    stage = SearchBits(bits=4, freeze=freeze, walks=Walks(episodes=8, warm=4))
    levels = stage.run(subject, lab).marks.levels
    chosen = next(e["bits"] for e in lab.journal.entries if e["what"] == "walked")
    assert {name: one.bits for name, one in levels.items()} == chosen
    sizes = {"1": 784 * 24, "3": 24 * 16, "5": 160}
    assert sum(chosen[n] * size for n, size in sizes.items()) <= 4 * sum(sizes.values())


def test_recalibrated_norms_have_the_statistics_of_what_they_are_given():
    network, x = micro_resnet().eval(), torch.randn(8, 3, 16, 16)
    with torch.no_grad():
        network.conv.weight.mul_(3.0)
    recalibrate(network, (x,))
    seen = network.conv(x)
    torch.testing.assert_close(network.bn.running_mean, seen.mean(dim=(0, 2, 3)))
    assert network.bn.momentum == 0.1
    assert not network.bn.training
