"""Watching: when there is a look, when it stops a print, and what is scored."""

from itertools import pairwise

import numpy as np
import pytest

from classifier.runtime.early import (
    FIRST_LOOK,
    LOOKS_PER_DOUBLING,
    NOT_KNOWN,
    EarlyNetwork,
    StopRule,
    Watcher,
    look_layers,
)
from classifier.runtime.early_growth import Grid
from classifier.runtime.early_job import watched
from classifier.runtime.errors import BundleError
from dataset_builder.geometry.layers import Layers

LABELS = ("mug", "pistol")


class Scripted:
    """Says what it is told to say, look by look, and remembers what it was asked."""

    labels = LABELS
    weapon = np.array([False, True])
    size_px = 16

    def __init__(self, scores, at=0.5, looks=2):
        self.rule = StopRule(at, looks, 0.001)
        self.scores, self.asked = list(scores), []

    def probabilities(self, pictures, size_mm, printed):
        self.asked.append((size_mm[0].tolist(), float(printed[0])))
        score = self.scores[min(len(self.asked), len(self.scores)) - 1]
        return np.array([[1 - score, score]], np.float32)


def bars(layers=12, count=1, side=40):
    pixels = np.zeros((layers, side, side), bool)
    for number in range(count):
        pixels[:, 4:36, 2 + 12 * number : 10 + 12 * number] = True
    heights = np.full(layers, 0.5)
    return Layers(np.packbits(pixels, axis=2), side, np.cumsum(heights), heights, (0.0, 0.0), 1.0)


def looks_at(network, layers, **how):
    return list(watched(network, layers, **how))


def test_the_first_look_comes_early_and_each_after_a_sixteenth_more():
    looks = list(look_layers(1000))
    assert looks[0] == FIRST_LOOK
    for one, other in pairwise(looks):
        assert other - one == max(1, one // LOOKS_PER_DOUBLING)
    assert 1000 - looks[-1] < 1000 / LOOKS_PER_DOUBLING


def test_a_watcher_looks_when_a_look_is_due_and_at_no_other_layer():
    looks = looks_at(Scripted([0.1]), bars(layers=80))
    assert [look.layers for look in looks][:-1] == list(look_layers(80))[: len(looks) - 1]


def test_a_print_too_short_for_a_look_is_looked_at_when_it_ends():
    assert [look.layers for look in looks_at(Scripted([0.1]), bars(layers=1))] == [1]


def test_one_high_score_alone_stops_nothing_when_the_rule_asks_for_two():
    looks = looks_at(Scripted([0.9, 0.1, 0.9, 0.1]), bars())
    assert not any(look.stop for look in looks)


def test_a_score_that_stays_high_stops_the_print():
    looks = looks_at(Scripted([0.1, 0.9, 0.9]), bars())
    assert [look.stop for look in looks][:3] == [False, False, True]


def test_a_stop_is_never_taken_back():
    looks = looks_at(Scripted([0.9, 0.9, 0.0]), bars())
    assert all(look.stop for look in looks[1:])


def test_each_object_of_a_plate_is_scored_and_the_worst_counts():
    network = Scripted([0.2, 0.8, 0.3])
    watcher = Watcher(network, Grid.of(bars(count=3)))
    layers = bars(count=3)
    looks = [
        watcher.add(bits, z, height)
        for bits, z, height in zip(layers.bits, layers.z_top_mm, layers.height_mm, strict=True)
    ]
    first = next(look for look in looks if look is not None)
    assert (first.parts, first.weapon_score) == (3, pytest.approx(0.8))
    assert first.label == "pistol"
    assert network.asked[0][0] == [8.0, 32.0, 1.5]


def test_a_part_too_small_to_recognise_is_not_scored():
    pixels = np.zeros((4, 16, 16), bool)
    pixels[:, 4:9, 4:9] = True
    heights = np.full(4, 0.5)
    layers = Layers(np.packbits(pixels, axis=2), 16, np.cumsum(heights), heights, (0.0, 0.0), 1.0)
    look = looks_at(Scripted([0.9]), layers)[-1]
    assert (look.parts, look.weapon_score, look.stop) == (0, 0.0, False)


def test_the_final_height_is_used_only_where_it_is_told():
    blind, told = Scripted([0.1]), Scripted([0.1])
    assert looks_at(blind, bars())[-1].printed is None
    assert looks_at(told, bars(), told=True)[-1].printed == pytest.approx(1.0)
    assert {share for _, share in blind.asked} == {NOT_KNOWN}
    assert told.asked[0][1] == pytest.approx(FIRST_LOOK / 12)


@pytest.mark.parametrize(("at", "looks"), [(0.0, 1), (1.1, 1), (0.5, 0)])
def test_a_rule_that_cannot_be_meant_is_refused(at, looks):
    with pytest.raises(ValueError, match="cannot be meant"):
        StopRule(at, looks, 0.001)


def test_an_entry_without_a_rule_names_the_file_and_what_to_do():
    with pytest.raises(BundleError, match=r"early\.onnx.*Use another bundle"):
        EarlyNetwork(b"", {"labels": [], "size_px": 48})
