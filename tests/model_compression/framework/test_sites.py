"""Channels are gated where nothing leaks, sizes are what is left, and mixing is exact."""

import copy

import pytest
import torch
from torch import nn

from model_compression.errors import CompressionError
from model_compression.framework.layers import layers_of
from model_compression.framework.mixing import Mixed, affine, merge, settle
from model_compression.framework.purify import weights_kept
from model_compression.framework.sites import close, norms_behind, only, silence, sites_of
from model_compression.framework.surgery import answers, remove
from model_compression.framework.units import Graph
from model_compression.framework.unused import cut_unused
from model_compression.framework.widths import Budget, size_of, sized
from model_compression.ledger.macs import macs_of
from model_compression.tasks.networks import lenet5, micro_resnet, mlp300

NETWORKS = {"lenet5": (lenet5, (1, 28, 28)), "mlp300": (mlp300, (1, 28, 28)),
            "micro-resnet": (micro_resnet, (3, 16, 16))}  # fmt: skip


def made(name):
    """A network in evaluation mode whose norms do something, and inputs for it."""
    build, shape = NETWORKS[name]
    torch.manual_seed(3)
    network = build().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.bias)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.running_mean)
    return network, (torch.randn(6, *shape),)


def first(inputs):
    return (inputs[0][:1],)


def some(site):
    """About half of the channels, one at least."""
    stays = torch.rand(site.unit.size) < 0.5
    stays[0] = True
    return stays


def test_each_norm_is_found_behind_its_own_layer():
    network, inputs = made("micro-resnet")
    found = norms_behind(network, inputs)
    assert found["conv"] == "bn"
    assert found["block2.shortcut.0"] == "block2.shortcut.1"
    assert set(found) == set(layers_of(network)) - {"fc"}
    assert not norms_behind(*made("lenet5"))


@pytest.mark.parametrize("of_macs", [False, True], ids=["weights", "macs"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_size_of_kept_shares_is_what_surgery_leaves(name, of_macs):
    network, inputs = made(name)
    sites = sites_of(network, first(inputs))
    size = sized(network, [site.unit for site in sites], first(inputs), of_macs=of_macs)
    stays = {site.root: some(site) for site in sites}
    told = size({root: share_of(mask) for root, mask in stays.items()})
    for site in sites:
        close(network, site, stays[site.root])
    graph = Graph(network, first(inputs))
    remove(graph, cut_unused(network, graph.units(), inputs), inputs)
    left = macs_of(network, first(inputs)).dense if of_macs else weights_kept(network)
    assert told == pytest.approx(left)


def test_a_filter_without_weights_takes_the_constant_of_its_norm_along():
    network, inputs = made("micro-resnet")
    with torch.no_grad():
        network.block1.conv1.weight[:12] = 0.0  # read by a convolution that pads with zeros
    before = cut_unused(copy.deepcopy(network), sites_units(network, inputs), inputs)
    silence(network, sites_of(network, first(inputs)))
    after = cut_unused(network, sites_units(network, inputs), inputs)
    shifts = network.block1.bn1.bias.detach()
    assert not shifts[:12].any()
    assert shifts[12:].all()
    assert len(before["block1.conv1"]) < 12
    assert after["block1.conv1"] == list(range(12))


def test_where_constants_can_be_folded_nothing_is_silenced():
    network, inputs = made("lenet5")
    with torch.no_grad():
        network.conv1.weight[:5] = 0.0
    silence(network, sites_of(network, first(inputs)))
    assert network.conv1.bias.all()


def sites_units(network, inputs):
    return Graph(network, first(inputs)).units()


def share_of(mask):
    return float(mask.float().mean())


def test_as_many_of_the_best_channels_stay_as_fit_and_no_layer_dies():
    network, inputs = made("lenet5")
    size = size_of(network, inputs, of_macs=False)
    scores = {"conv1": torch.rand(20), "conv2": torch.rand(50) * 0.01, "fc1": torch.rand(500)}
    stays = Budget(size, 40_000).best(scores)
    shares = {root: share_of(mask) for root, mask in stays.items()}
    assert size(shares) <= 40_000
    worst = min(float(scores[root][mask].min()) for root, mask in stays.items() if mask.sum() > 1)
    best_closed = max(
        (float(scores[root][~mask].max()), root) for root, mask in stays.items() if not mask.all()
    )
    assert best_closed[0] <= worst
    opened = {**shares, best_closed[1]: shares[best_closed[1]] + 1 / len(scores[best_closed[1]])}
    assert size(opened) > 40_000
    assert all(mask.any() for mask in stays.values())


def test_the_room_of_a_unit_is_the_share_with_which_the_budget_is_spent():
    network, inputs = made("lenet5")
    budget = Budget(size_of(network, inputs, of_macs=True), 700_000)
    shares = {"conv1": 0.5, "fc1": 0.3}
    room = budget.room("conv2", shares)
    assert 0.0 < room < 1.0
    assert budget.size({**shares, "conv2": room}) == pytest.approx(700_000)


def test_what_no_layer_can_give_is_refused():
    network, inputs = made("mlp300")
    scores = {"fc1": torch.rand(300), "fc2": torch.rand(100)}
    with pytest.raises(CompressionError, match="layer fc1 stops it"):
        Budget(size_of(network, inputs, of_macs=False), 700).best(scores)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_merged_matrix_gives_what_the_matrix_behind_the_layer_gave(name):
    network, inputs = made(name)
    for site in sites_of(network, first(inputs)):
        place = site.places[0]
        gate = Mixed(site.unit.size)
        gate.matrix.data += 0.3 * torch.randn_like(gate.matrix)
        writer = network.get_submodule(place.name)
        handle = writer.register_forward_hook(lambda _, __, out, gate=gate: gate(out))
        before = answers(network, inputs)
        handle.remove()
        merge(network, place, gate.matrix.detach())
        close_to = 1e-5 * max(1.0, float(before.abs().max()))
        assert (answers(network, inputs) - before).abs().max() <= close_to


def test_a_settled_norm_does_the_same_and_has_the_statistics_of_its_data():
    network, inputs = made("micro-resnet")
    before = answers(network, inputs)
    settle(network, {"bn": network.bn, "block2.bn1": network.block2.bn1}, inputs)
    torch.testing.assert_close(answers(network, inputs), before, atol=1e-4, rtol=1e-4)
    seen = network.conv(inputs[0])
    torch.testing.assert_close(network.bn.running_mean, seen.mean(dim=(0, 2, 3)))
    factor, shift = affine(network.conv, network.bn)
    by_hand = seen * factor[:, None, None] + shift[:, None, None]
    torch.testing.assert_close(network.bn(seen), by_hand, atol=1e-5, rtol=1e-5)


def test_only_what_is_named_can_be_trained_and_afterwards_all_is_as_before():
    network, _ = made("lenet5")
    network.fc1.bias.requires_grad_(False)
    with only(network, [network.conv1.weight]):
        assert [n for n, p in network.named_parameters() if p.requires_grad] == ["conv1.weight"]
    still = [n for n, p in network.named_parameters() if not p.requires_grad]
    assert still == ["fc1.bias"]
