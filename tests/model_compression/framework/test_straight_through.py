"""Signs that are shown follow real weights that learn behind them."""

import torch
from torch import nn

from model_compression.framework.hooks import Moment
from model_compression.framework.straight_through import StraightThrough


def begun(values):
    network = nn.Linear(len(values), 1, bias=False)
    network.weight.data = torch.tensor([values])
    network = nn.Sequential(network)
    hook = StraightThrough()
    hook.begin(network)
    return network, hook


def step(network, hook, change):
    """What an optimizer does to the weights that are shown."""
    with torch.no_grad():
        network[0].weight.add_(torch.tensor([change]))
    hook.after_step(Moment(network, 0, 1, None, None))


def test_what_is_shown_is_a_sign_times_the_mean_size():
    network, _ = begun([0.5, -1.5, 0.0, 2.0])
    assert network[0].weight.tolist() == [[1.0, -1.0, 1.0, 1.0]]


def test_steps_too_small_to_turn_a_sign_add_up_until_they_do():
    network, hook = begun([0.35, -1.0, 1.0, 1.0])
    signs = []
    for _ in range(5):
        step(network, hook, [-0.1, 0.0, 0.0, 0.0])
        signs.append(network[0].weight[0, 0].sign().item())
    assert signs == [1.0, 1.0, 1.0, -1.0, -1.0]


def test_a_real_weight_stays_in_reach_of_its_sign_however_long_it_is_pushed():
    network, hook = begun([1.0, -1.0, 1.0, 1.0])
    for _ in range(100):
        step(network, hook, [1.0, 0.0, 0.0, 0.0])
    # cut back to three times the mean, 3 (r + 1 + 3) / 4, it ends at r = 12 and not at 101
    assert hook.real["0"][0, 0] <= 12.0
