"""What a method is given is what it says: data, order, networks, judgement."""

from __future__ import annotations

import gzip
import shutil
from itertools import islice

import pytest
import torch

from model_compression.errors import CompressionError
from model_compression.tasks.mnist import FILES, mnist_task, read_idx
from model_compression.tasks.networks import lenet5, micro_resnet, mlp300
from model_compression.tasks.pictures import rows_of, shifted
from model_compression.tasks.registry import TASKS, load_task
from model_compression.tasks.task import by_largest


def weights_in(network):
    return sum(m.weight.numel() for m in network.modules() if hasattr(m, "weight"))


@pytest.mark.parametrize(("build", "weights"), [(lenet5, 430_500), (mlp300, 266_200)])
def test_networks_have_the_weights_that_papers_count(build, weights):
    assert weights_in(build()) == weights


@pytest.mark.parametrize("side", [28, 64])
def test_the_residual_network_takes_pictures_of_any_size(side):
    assert micro_resnet().eval()(torch.zeros(2, 3, side, side)).shape == (2, 10)


def test_training_validation_and_test_share_nothing(tiny_task):
    raw = torch.cat([tiny_task.train.raw, tiny_task.validation.raw, tiny_task.test.raw]).flatten(1)
    assert len(raw) == 400
    assert len(raw.unique(dim=0)) == 400


def test_an_epoch_shows_every_example_once():
    seen = torch.cat([rows_of(10, 4, seed=3, step=step) for step in range(5)])
    assert sorted(seen[:10].tolist()) == sorted(seen[10:].tolist()) == list(range(10))
    assert seen[:10].tolist() != seen[10:].tolist()


def test_batches_go_on_at_any_step_as_if_never_interrupted(tiny_task):
    whole = list(islice(tiny_task.batches(5, 0), 6))
    rest = list(islice(tiny_task.batches(5, 4), 2))
    for one, other in zip(whole[4:], rest, strict=True):
        assert torch.equal(one.inputs[0], other.inputs[0])
        assert torch.equal(one.target, other.target)
    assert not torch.equal(whole[0].inputs[0], next(tiny_task.batches(6, 0)).inputs[0])


def test_shifts_move_whole_pictures_and_fill_with_nothing():
    raw = torch.zeros(200, 1, 9, 9, dtype=torch.uint8)
    raw[:, :, 4, 4] = 7
    moved = shifted(raw, torch.Generator().manual_seed(0), most_px=2)
    at = moved.flatten(1).argmax(dim=1)
    assert (moved.flatten(1).sum(dim=1) == 7).all()
    assert set((at // 9).tolist()) == set((at % 9).tolist()) == {2, 3, 4, 5, 6}


def test_right_is_whose_largest_logit_is_the_targets(tiny_task):
    logits = torch.nn.functional.one_hot(tiny_task.test.target, 10).float()
    logits[:25] = -logits[:25]
    scores = by_largest(logits, tiny_task.test)
    assert scores.accuracy == 0.75
    assert scores.rate.hits == 75
    assert not scores.right[:25].any()


def test_evaluating_leaves_a_network_in_the_mode_it_was_in(tiny_task):
    network = tiny_task.build().train()
    tiny_task.evaluate(network, tiny_task.validation)
    assert network.training


def test_an_unknown_network_is_told_which_there_are():
    with pytest.raises(CompressionError, match=f"no network 'x'; there are: {', '.join(TASKS)}"):
        load_task("x")


@pytest.mark.parametrize("name", sorted(set(TASKS) - {"detector"}))
def test_absent_data_say_where_and_what_to_do(name, tmp_path):
    with pytest.raises(CompressionError, match=rf"{tmp_path}.*--data"):
        load_task(name, tmp_path)


def test_packed_and_plain_files_are_the_same(tiny_mnist, tmp_path):
    name = FILES["test"][0]
    (tmp_path / name).write_bytes(gzip.decompress((tiny_mnist / f"{name}.gz").read_bytes()))
    assert (read_idx(tmp_path, name) == read_idx(tiny_mnist, name)).all()


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\x08\x03\0", b"\0\0\x0d\x01\0\0\0\x01x", b"PK" * 30]
)
def test_a_file_that_is_no_idx_is_named(content, tmp_path):
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(content)
    with pytest.raises(CompressionError, match="t10k-labels-idx1-ubyte: is no whole IDX file"):
        read_idx(tmp_path, "t10k-labels-idx1-ubyte")


def test_a_torn_archive_is_named(tiny_mnist, tmp_path):
    name = f"{FILES['train'][0]}.gz"
    (tmp_path / name).write_bytes((tiny_mnist / name).read_bytes()[:-9])
    with pytest.raises(CompressionError, match="cannot be read"):
        read_idx(tmp_path, FILES["train"][0])


def test_too_few_images_to_choose_by_are_refused(tiny_mnist, tmp_path):
    folder = shutil.copytree(tiny_mnist, tmp_path / "few")
    with pytest.raises(CompressionError, match="has 300 training images and needs more than 5000"):
        mnist_task("mlp300", mlp300, folder)


def test_the_real_files_have_the_classes_that_their_page_states(shared_data):
    task = load_task("lenet5", shared_data / "mnist")
    counts = torch.bincount(torch.cat([task.train.target, task.validation.target]))
    assert counts.tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert abs(task.train.normalised(task.train.raw[:5000]).mean()) < 0.02
