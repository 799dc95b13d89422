"""Datasets on disk as torch and a benchmark see them; the dataset is a small one made by hand."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from classifier.datasets import C3PO, C3POStream
from classifier.load_prints import FOLDS, SPLITS, chosen_jobs, load_prints
from dataset_builder.building.poses import rotation
from dataset_builder.output.dataset import DatasetError
from dataset_builder.render.views import PLANES
from dataset_builder.sources.labels import LABEL_NAMES
from tests.dataset_builder.small_dataset import FRAMES, JOBS, SIZE_PX, picture, write_small_dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_small_dataset(tmp_path_factory.mktemp("dataset"))


def pixels(image):
    return torch.from_numpy(np.array(image))


def test_an_example_is_a_grey_picture_and_its_label(folder):
    pictures = C3PO(folder)
    image, label = pictures[len(PLANES) + 1]
    assert image.mode == "L"
    np.testing.assert_array_equal(np.asarray(image), picture(JOBS[1], 1, FRAMES - 1))
    assert pictures.classes[label] == JOBS[1].origin.label
    assert len(pictures) == len(JOBS) * len(PLANES)
    np.testing.assert_array_equal(pictures[-1][0], pictures[len(pictures) - 1][0])
    with pytest.raises(IndexError, match="no picture 72 of 72"):
        pictures[len(pictures)]


@pytest.mark.parametrize("subset", ["projections", "sequences"])
@pytest.mark.parametrize("split", [*SPLITS, *FOLDS])
def test_the_two_sides_of_a_split_share_nothing_and_make_the_whole(folder, subset, split):
    sides = [C3PO(folder, subset, split=split, fold=1, train=train) for train in (True, False)]
    assert all(sides)
    assert sum(map(len, sides)) == len(C3PO(folder, subset))
    whole = [C3PO(folder, subset).targets, np.concatenate([side.targets for side in sides])]
    np.testing.assert_array_equal(*map(np.sort, whole))


def test_an_unknown_split_or_subset_lists_those_that_there_are(folder):
    with pytest.raises(ValueError, match="no split 'easy'; there are: random, orientation, route"):
        C3PO(folder, split="easy")
    with pytest.raises(ValueError, match="no subset 'views'; there are: projections, sequences"):
        C3POStream(folder, "views")


def test_transforms_are_applied_to_both_halves_of_an_example(folder):
    image, label = C3PO(folder, transform=pixels, target_transform=lambda label: -label)[0]
    assert image.dtype == torch.uint8
    assert label == -LABEL_NAMES.index(JOBS[0].origin.label)


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_of_a_loader_read_every_picture_once(folder, workers):
    whole = {image.numpy().tobytes() for image, _ in C3PO(folder, transform=pixels)}
    for pictures in (C3PO(folder, transform=pixels), C3POStream(folder, transform=pixels)):
        loaded = [
            image.numpy().tobytes()
            for images, _ in DataLoader(pictures, batch_size=8, num_workers=workers)
            for image in images
        ]
        assert len(loaded) == len(JOBS) * len(PLANES)
        assert set(loaded) == whole


def test_ranks_divide_a_stream_without_rest(folder):
    ranks = [C3POStream(folder, "sequences", rank=rank, world_size=2) for rank in range(2)]
    assert sum(len(list(rank)) for rank in ranks) == len(JOBS) * len(PLANES) * FRAMES
    with pytest.raises(ValueError, match="rank 2 is not one of 2"):
        C3POStream(folder, rank=2, world_size=2)


def test_a_shuffle_is_decided_by_seed_and_epoch(folder):
    def order(stream):
        return [image.tobytes() for image, _ in stream]

    first, again, other = (C3POStream(folder, shuffle=30, seed=seed) for seed in (1, 1, 2))
    plain = order(C3POStream(folder))
    assert order(first) == order(again)
    assert order(first) != order(other)
    assert sorted(order(first)) == sorted(plain)
    before = order(first)
    first.set_epoch(1)
    assert before != order(first) != plain


def test_prints_are_whole_jobs_in_the_order_of_the_dataset(folder):
    prints = load_prints(folder)
    assert prints.frames.shape == (len(JOBS), FRAMES, len(PLANES), SIZE_PX, SIZE_PX)
    for number, job in enumerate(JOBS):
        for plane in range(len(PLANES)):
            for frame in range(FRAMES):
                expected = picture(job, plane, frame)
                np.testing.assert_array_equal(prints.frames[number, frame, plane], expected)
        assert LABEL_NAMES[prints.label[number]] == job.origin.label
        np.testing.assert_allclose(prints.rotation[number], rotation(job.roll, 0, job.yaw))
    np.testing.assert_array_equal(prints.pictures, prints.frames[:, -1])
    assert len(prints.solids) == 6
    assert len(set(zip(prints.solid, prints.family, prints.route, strict=True))) == 6


def test_prints_carry_the_splits_plane_by_plane(folder):
    prints = load_prints(folder)
    assert set(prints.test) == set(SPLITS)
    assert set(prints.fold) == set(FOLDS)
    random = np.arange(len(JOBS) * len(PLANES)).reshape(-1, len(PLANES)) % 4 == 0
    np.testing.assert_array_equal(prints.test["random"], random)
    turned = np.array([[job.roll == 90] * len(PLANES) for job in JOBS])
    np.testing.assert_array_equal(prints.test["orientation"], turned)


def test_a_sample_of_prints_is_the_same_for_a_seed_and_fair_to_models_and_routes(folder):
    some = load_prints(folder, most=12, seed=4)
    again = load_prints(folder, most=12, seed=4)
    np.testing.assert_array_equal(some.frames, again.frames)
    _, counts = np.unique([some.family, some.route], axis=1, return_counts=True)
    assert counts.tolist() == [2] * 6


def test_a_model_of_one_route_is_sampled_as_often_as_a_model_of_four():
    model = np.array(["a"] * 40 + ["b"] * 40)
    route = np.array(["mesh"] * 40 + ["r0", "r1", "r2", "r3"] * 10)
    chosen = chosen_jobs(model, route, most=16, seed=0)
    assert (model[chosen] == "a").sum() == 8
    assert np.unique(route[chosen][model[chosen] == "b"], return_counts=True)[1].tolist() == [2] * 4
    assert chosen_jobs(model, route, most=None, seed=0).tolist() == list(range(80))


def test_a_label_from_elsewhere_is_refused_by_name(tmp_path):
    folder = write_small_dataset(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["labels"][0]["name"] = "spoon"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DatasetError, match="the label 'spoon' is unknown"):
        load_prints(folder)


def test_a_picture_of_another_size_is_an_error_that_names_the_row(tmp_path):
    folder = write_small_dataset(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["size_px"] = SIZE_PX + 1
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DatasetError, match="frame 0 of sequences"):
        load_prints(folder)


def test_pictures_survive_a_pickle_as_spawned_workers_need(folder):
    buffer = io.BytesIO()
    torch.save(C3PO(folder), buffer)
    buffer.seek(0)
    image, _ = torch.load(buffer, weights_only=False)[0]
    assert isinstance(image, Image.Image)
