"""Claims are judged by the interval of the paired difference, and what was measured stays."""

import json

import numpy as np
import pytest
import torch

from model_compression.bench.claims import JOURNAL, Asking, Claim, Finding, by, dense, judged
from model_compression.bench.claims_sides import relabelled, rescaled
from model_compression.bench.claims_table import CLAIMS
from model_compression.bench.pairing import Pairing
from model_compression.framework.criteria import magnitude
from model_compression.framework.granularity import WEIGHT
from model_compression.framework.pruning import Cut
from model_compression.framework.splits import Uniform
from model_compression.tasks import mnist
from printwarden import main

OF = 1000


def finding(won, lost, margin=0.0):
    before, after = np.zeros(OF, bool), np.zeros(OF, bool)
    after[:won], before[-lost or OF :] = True, True
    claim = Claim(name="x", paper="", says="", method=dense, other=dense, margin=margin)
    return Finding(claim, 1, 0.0, 0.0, Pairing.pooled([before], [after]))


@pytest.mark.parametrize(
    ("won", "lost", "margin", "verdict"),
    [
        (60, 10, 0.0, "held"),
        (10, 60, 0.0, "did not hold"),
        (12, 10, 0.0, "not decided"),
        (0, 0, 0.0, "not decided"),
        (10, 12, -2.0, "held"),
        (10, 60, -2.0, "did not hold"),
    ],
)
def test_a_claim_holds_when_the_whole_interval_is_above_its_margin(won, lost, margin, verdict):
    assert finding(won, lost, margin).verdict == verdict


@pytest.fixture
def asking(small_task, tmp_path):
    return Asking(lambda network: small_task, tmp_path, seeds=2)


def cut_to(share):
    return by(lambda goal: [Cut(magnitude, WEIGHT, Uniform(share))])


def test_both_sides_are_made_for_every_seed_and_judged_on_the_same_examples(asking, small_task):
    claim = Claim(name="less", paper="", says="", method=cut_to(0.001), other=dense)
    found = judged(claim, asking)
    assert found.pairing.of == 2 * len(small_task.test)
    assert found.method - found.other == pytest.approx(found.pairing.points / 100)
    assert found.verdict == "did not hold"


def test_what_the_journal_has_is_not_made_again(asking):
    claim = Claim(name="less", paper="", says="", method=cut_to(0.1), other=dense)
    first = judged(claim, asking)

    def never(trial):
        raise AssertionError("made again")

    again = judged(Claim(name="less", paper="", says="", method=never, other=never), asking)
    assert again.pairing == first.pairing
    assert len((asking.folder / JOURNAL).read_text().splitlines()) == 2


def test_a_rescaled_parent_answers_as_before(small_task, asking):
    claim = Claim(name="same", paper="", says="", method=rescaled(dense), other=dense)
    found = judged(claim, asking)
    assert (found.pairing.lost, found.pairing.won) == (0, 0)


def test_a_relabelled_task_shows_the_same_pictures_under_other_names(small_task):
    other = relabelled(small_task)
    here, there = next(small_task.batches(1, 0)), next(other.batches(1, 0))
    assert torch.equal(here.inputs[0], there.inputs[0])
    assert torch.equal((7 * here.target + 3) % 10, there.target)
    assert sorted((7 * label + 3) % 10 for label in range(10)) == list(range(10))
    assert torch.equal((7 * small_task.test.target + 3) % 10, other.test.target)


def test_every_claim_names_its_paper_and_what_it_says():
    for name, claim in CLAIMS.items():
        assert claim.name == name
        assert claim.paper.startswith("arXiv ")
        assert claim.says.endswith(".")


@pytest.fixture
def words(tiny_mnist, tmp_path, monkeypatch):
    """`compress claims` on the tiny digits."""
    monkeypatch.setattr(mnist, "VALIDATION", 60)
    at = ["--data", str(tiny_mnist), "--out", str(tmp_path), "--seeds", "1", "--times", "0.01"]
    return ["compress", "claims", *at]


def test_the_command_prints_verdict_and_figures(words, capsys):
    assert main([*words, "lookahead-beats-magnitude"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("lookahead-beats-magnitude: ")
    assert "n = 100 (1 seeds), mlp300. arXiv 2002.04809" in told


@pytest.mark.parametrize("name", ["movement-beats-magnitude-in-transfer", "ensemble-beats-members",
                                  "snapshots-teach", "playing-beats-one-cut", "picking-beats-norm",
                                  "no-retraining-needed", "relevance-loses-little",
                                  "steps-beat-one-step", "freezing-beats-rounding",
                                  "gates-layer-by-layer-beat-norm", "activity-beats-norm",
                                  "chains-widths-beat-equal-ones",
                                  "agents-widths-beat-equal-ones"])  # fmt: skip
def test_every_kind_of_claim_can_be_tested(name, words, capsys):
    assert main([*words, "--json", name]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["claim"] == name
    assert told["verdict"] in {"held", "did not hold", "not decided"}
    assert told["low"] <= told["points"] <= told["high"]


def test_an_unknown_claim_is_told_the_known(words, capsys):
    assert main([*words, "magic"]) == 2
    assert "no claim 'magic'; there are: admm-loses-less-at-projection, " in capsys.readouterr().err
