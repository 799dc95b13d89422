"""Play and Prune's controller, slimming's factors, and snapshots that teach."""

import copy

import pytest
import torch
from torch.nn import functional

from model_compression.framework.channels import Chosen, norms_of, smallest_filters
from model_compression.framework.gates import Scale
from model_compression.framework.hooks import Distil, Moment, Teacher
from model_compression.framework.layers import layers_of
from model_compression.framework.pulls import SmallFactors, SmallFilters
from model_compression.framework.saved import load, save
from model_compression.framework.sites import sites_of
from model_compression.framework.snapshots import Ensemble, Remember, mean_answer
from model_compression.framework.stage import Journal, Lab, Subject
from model_compression.framework.thresholds import below
from model_compression.framework.training import Course, train
from model_compression.framework.widths import Limit
from model_compression.recipes.play_and_prune import TOLERANCE, Play, pressure
from model_compression.recipes.slimming import Slim
from model_compression.tasks.networks import lenet5
from model_compression.tasks.task import Batch

DIGIT = (torch.zeros(1, 1, 28, 28),)
NONE = Batch(DIGIT, torch.zeros(1))


@pytest.fixture
def parent(small_task):
    torch.manual_seed(1)
    network = small_task.build()
    train(network, small_task, Course(epochs=60), 1)
    return network


@pytest.fixture
def lab(parent, small_task):
    return Lab(small_task, Teacher(copy.deepcopy(parent), small_task), 1, Journal())


def moment(network):
    return Moment(network, 0, 1, NONE, torch.zeros(1, 10))


def test_more_slack_never_prunes_more_gently_and_no_slack_prunes_nothing():
    slacks = [step / 1000 for step in range(-20, 21)]
    pressures = [pressure(slack, TOLERANCE) for slack in slacks]
    assert pressures == sorted(pressures)
    assert all(one == 0.0 for one, slack in zip(pressures, slacks, strict=True) if slack <= 0)
    assert max(pressures) == 1.0


def alive(network):
    return sum(int((one.weight != 0).any(dim=1).sum()) for one in layers_of(network).values())


def test_without_slack_no_filter_goes(parent, lab):
    damaged = copy.deepcopy(parent)
    with torch.no_grad():
        layers_of(damaged)["5"].weight.mul_(-1.0)
    before = alive(damaged)
    Play(limit=Limit(0.05), course=Course(epochs=1.0)).run(Subject(damaged), lab)
    assert lab.journal.entries[0]["pressure"] == 0.0
    assert alive(damaged) == before


def test_a_larger_tolerance_never_leaves_a_larger_network(parent, lab):
    left = []
    for tolerance in (0.005, 0.2):
        network = copy.deepcopy(parent)
        for _ in range(5):
            course = Course(epochs=15.0, rate=3e-3)
            play = Play(limit=Limit(0.05), course=course, tolerance=tolerance)
            play.run(Subject(network), lab)
        left.append(alive(network))
    assert left[1] <= left[0] < alive(parent)


def test_only_the_lowest_share_of_each_layer_is_penalised():
    torch.manual_seed(1)
    network = lenet5()
    sites = sites_of(network, DIGIT)
    places = smallest_filters(Subject(network), None, sites)
    choice = [Chosen(site, places[site.root] > 0.15) for site in sites]
    SmallFilters(choice, 0.5).loss(moment(network)).backward()
    norms = norms_of(Subject(network), sites)
    for one in choice:
        slopes = layers_of(network)[one.site.root].weight.grad.flatten(1)
        assert torch.equal(slopes.any(dim=1), ~one.stays)
        assert (slopes[~one.stays].abs() == 0.5).all()
        assert int((~one.stays).sum()) == int(0.15 * len(one.stays))
        assert norms[one.site.root][~one.stays].max() <= norms[one.site.root][one.stays].min()


def test_below_a_threshold_of_0_nothing_goes():
    network = lenet5()
    site = sites_of(network, DIGIT)[0]
    none = [Chosen(site, torch.zeros(site.unit.size) > 0)]
    sizes = {site.root: torch.linspace(0.1, 2.0, site.unit.size)}
    assert below(none, sizes, 0.0)[0].stays.all()
    assert int((~below(none, sizes, 1.05)[0].stays).sum()) == 10


# slimming


def test_factors_are_pulled_alike_whatever_their_size():
    gates = [Scale(3), Scale(2)]
    with torch.no_grad():
        gates[0].factor.copy_(torch.tensor([2.0, -0.5, 1.0]))
    SmallFactors(gates, 0.25).loss(moment(None)).backward()
    assert gates[0].factor.grad.tolist() == [0.25, -0.25, 0.25]
    assert gates[1].factor.grad.tolist() == [0.25, 0.25]


def test_a_network_is_itself_again_when_its_factors_are_folded(parent, lab):
    names = list(layers_of(parent))
    slim = Slim(limit=Limit(0.3), course=Course(epochs=20.0))
    subject = slim.run(Subject(parent), lab)
    assert list(layers_of(subject.network)) == names
    closed = [(one.weight == 0).all(dim=1).sum() for one in layers_of(subject.network).values()]
    assert closed[0] > 0
    assert closed[-1] == 0


# snapshots


def logits(seed, members=3):
    return torch.randn(members, 8, 10, generator=torch.Generator().manual_seed(seed)) * 4


def test_the_mean_answer_has_the_mean_of_the_probabilities():
    told = logits(1)
    torch.testing.assert_close(mean_answer(told).exp(), told.softmax(dim=-1).mean(dim=0))


def test_learning_from_the_mean_is_learning_from_all_at_once():
    told, said = logits(2) / 5.0, logits(3, 1)[0].requires_grad_()

    def distance(wanted):
        answer = functional.log_softmax(said / 5.0, dim=1)
        return functional.kl_div(answer, wanted, reduction="batchmean", log_target=True)

    (together,) = torch.autograd.grad(distance(mean_answer(told)), said)
    each = torch.stack([distance(one.log_softmax(dim=1)) for one in told]).mean()
    torch.testing.assert_close(together, torch.autograd.grad(each, said)[0])


def test_who_is_taught_by_himself_alone_has_nothing_to_learn(small_task, parent):
    batch = next(small_task.batches(1, 0))._replace(rows=None)
    teacher = Ensemble([Teacher(copy.deepcopy(parent), small_task)], temperature=5.0)
    hook = Distil(teacher, weight=3.0, temperature=5.0)
    loss = hook.loss(Moment(parent, 0, 1, batch, parent(*batch.inputs)))
    assert float(loss.detach().abs()) < 1e-5
    assert teacher.asked == len(batch.target)


def test_a_checkpoint_has_the_snapshots_as_they_were(small_task, parent, lab, tmp_path):
    subject = Remember().run(Subject(copy.deepcopy(parent)), lab)
    with torch.no_grad():
        layers_of(subject.network)["1"].weight.zero_()
    subject = Remember().run(subject, lab)
    save(tmp_path / "x", subject)
    back, _ = load(tmp_path / "x", small_task.build)
    inputs = small_task.test.inputs(torch.arange(8))
    assert len(back.snapshots) == 2
    assert torch.equal(back.snapshots[0](*inputs), parent(*inputs))
    assert torch.equal(back.snapshots[1](*inputs), back.network(*inputs))
