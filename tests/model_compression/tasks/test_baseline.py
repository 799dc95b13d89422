"""The dense parent: the same for the same seed, trained once, never a damaged one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from model_compression.tasks import baseline as module
from model_compression.tasks.baseline import baseline
from model_compression.tasks.task import Learning


@pytest.fixture
def short(tiny_task):
    return replace(tiny_task, learning=Learning(epochs=3))


def same(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_the_same_seed_gives_the_same_bits(short, tmp_path):
    one, again = (baseline(short, 1, tmp_path / name) for name in "ab")
    other = baseline(short, 2, tmp_path / "a")
    assert same(one, again)
    assert not same(one, other)
    assert short.evaluate(one, short.test).accuracy > 0.5


def test_a_kept_parent_is_not_trained_again(short, tmp_path, monkeypatch):
    first = baseline(short, 1, tmp_path)
    monkeypatch.setattr(module, "train", lambda *a, **k: pytest.fail("trained again"))
    assert same(first, baseline(short, 1, tmp_path))


def test_a_damaged_parent_is_trained_anew(short, tmp_path):
    first = baseline(short, 1, tmp_path)
    (path,) = tmp_path.glob("*.safetensors")
    path.write_bytes(path.read_bytes()[:-4] + b"\0\1\2\3")
    assert same(first, baseline(short, 1, tmp_path))


def test_a_task_with_a_parent_hands_out_copies_of_it(short, tmp_path):
    parent = short.build()
    task = replace(short, parent=parent)
    given = baseline(task, 1, tmp_path)
    assert same(given, parent)
    assert given is not parent
    assert not list(tmp_path.iterdir())
