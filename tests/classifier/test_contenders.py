"""Contenders: each learns, repeats itself, looks only where it may, and never at the future."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from classifier.benchmark.prints import Prints
from classifier.contenders.bundle import BundleContender, lowest
from classifier.contenders.cells import cells_of
from classifier.contenders.mesh_features import measure
from classifier.contenders.registry import CONTENDERS
from classifier.contenders.shape_distribution import BINS, PAIRS, REACH, d2, surface
from classifier.training.drawing import random_rotation
from dataset_builder.render.occupancy import Occupancy, occupancy
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.solids import SOLIDS, draw_solid

LEARNERS = [name for name in CONTENDERS if name != "bundle"]
SEE_PLANES = ["small_cnn", "resnet18", "cnn_lstm", "cnn3d"]
STEPS = {"resnet18": 40}  # each takes a fifth of a second; others get 60
SIZE_PX, FRAMES = 16, 3
BLADE, CONTAINER = LABEL_NAMES.index("blade-shaped"), LABEL_NAMES.index("container")


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def block(cells_x: int, cells_y: int, cells_z: int) -> Occupancy:
    return Occupancy(np.ones((cells_z, cells_y, cells_x), np.float32), 1.0, (0.0, 0.0, 0.0))


def ball(radius: float) -> Occupancy:
    side = np.arange(-int(radius) - 1, int(radius) + 2)
    z, y, x = np.meshgrid(side, side, side, indexing="ij")
    inside = (x**2 + y**2 + z**2 <= radius**2).astype(np.float32)
    return Occupancy(inside, 1.0, (-radius, -radius, -radius))


@pytest.fixture(scope="module")
def prints():
    """Rods, drawn as thin lines, and cubes, drawn as squares; both grow from below."""
    rng = np.random.default_rng(2)
    label = np.tile([BLADE, CONTAINER], 12)
    frames = np.zeros((len(label), FRAMES, 3, SIZE_PX, SIZE_PX), np.uint8)
    for number, one in enumerate(label):
        left, wide = rng.integers(1, 5), 2 if one == BLADE else 10
        for frame in range(FRAMES):
            frames[number, frame, :, SIZE_PX - 5 * (frame + 1) :, left : left + wide] = 200
    return Prints(
        pictures=frames[:, -1],
        frames=frames,
        label=label,
        family=np.array(["rod", "cube"] * 12),
        source=np.array(["here"] * 24),
        route=np.array(["mesh"] * 24),
        solid=np.tile([0, 1], 12),
        rotation=np.stack([random_rotation(rng) for _ in label]),
        solids=(block(24, 3, 3), block(12, 12, 12)),
        test={},
        fold={},
    )


@pytest.fixture(scope="module")
def fitted(prints):
    """Name -> the contender, taught all but the last eight prints, and the calls of on_step."""
    made = {}

    def fit(name):
        if name not in made:
            calls = []
            contender = CONTENDERS[name]()
            taught = prints.subset(np.arange(16))
            steps = STEPS.get(name, 60)
            contender.fit(
                taught, np.ones((16, 3), bool), seed=3, steps=steps, on_step=lambda: calls.append(1)
            )
            made[name] = contender, len(calls)
        return made[name]

    return fit


@pytest.mark.parametrize("name", LEARNERS)
def test_every_contender_learns_what_is_plain_to_see(name, fitted, prints):
    unseen = prints.subset(np.arange(16, 24))
    said = fitted(name)[0].probabilities(unseen, np.ones((8, 3), bool))
    assert said.shape == (8, len(LABEL_NAMES))
    np.testing.assert_allclose(said.sum(axis=1), 1.0)
    np.testing.assert_array_equal(said.argmax(axis=1), unseen.label)


@pytest.mark.parametrize("name", LEARNERS)
def test_the_last_frame_of_a_growing_print_is_judged_as_the_finished_one(name, fitted, prints):
    contender, _ = fitted(name)
    grown = contender.as_it_grows(prints)
    assert grown.shape == (len(prints), FRAMES, len(LABEL_NAMES))
    np.testing.assert_allclose(grown.sum(axis=2), 1.0)
    finished = contender.probabilities(prints, np.ones((len(prints), 3), bool))
    chance = 0.1 if name == "shape_distribution" else 1e-5  # other pairs of points
    np.testing.assert_allclose(grown[:, -1], finished, atol=chance)


@pytest.mark.parametrize("name", LEARNERS)
def test_the_same_arguments_make_the_same_contender(name, prints):
    usable = np.ones((len(prints), 3), bool)
    said = []
    for seed in (1, 1, 2):
        contender = CONTENDERS[name]()
        contender.fit(prints, usable, seed=seed, steps=2)
        said.append(contender.as_it_grows(prints))
    np.testing.assert_array_equal(said[0], said[1])
    assert (said[0] != said[2]).any()


@pytest.mark.parametrize("name", SEE_PLANES)
def test_a_plane_that_is_not_usable_is_not_looked_at(name, fitted, prints):
    usable = np.ones((len(prints), 3), bool)
    usable[:, 1] = False
    frames = prints.frames.copy()
    frames[:, :, 1] = 255 - frames[:, :, 1]
    altered = replace(prints, frames=frames, pictures=frames[:, -1])
    contender, _ = fitted(name)
    said = [contender.probabilities(of, usable) for of in (prints, altered)]
    np.testing.assert_array_equal(*said)


@pytest.mark.parametrize("name", SEE_PLANES)
def test_the_future_of_a_print_changes_nothing_that_was_said_before(name, fitted, prints):
    frames = prints.frames.copy()
    frames[:, -1] = 255 - frames[:, -1]
    contender, _ = fitted(name)
    now, other = (contender.as_it_grows(of) for of in (prints, replace(prints, frames=frames)))
    np.testing.assert_allclose(now[:, :-1], other[:, :-1], atol=1e-6)
    assert (now[:, -1] != other[:, -1]).any()


@pytest.mark.parametrize("name", LEARNERS)
def test_steps_are_told_and_learned_numbers_counted(name, fitted):
    contender, calls = fitted(name)
    assert calls == (1 if name == "mesh_features" else STEPS.get(name, 60))
    assert contender.parameters() > 0 == CONTENDERS[name]().parameters()


@pytest.mark.parametrize("name", LEARNERS)
def test_nothing_to_learn_and_nothing_learned_are_errors(name, prints):
    contender = CONTENDERS[name]()
    usable = np.zeros((len(prints), 3), bool)
    with pytest.raises(RuntimeError, match=r"after fit\(\) only"):
        contender.probabilities(prints, ~usable)
    with pytest.raises(ValueError, match="no print has a usable plane"):
        contender.fit(prints, usable, seed=0, steps=1)


def test_naming_the_contenders_does_not_load_torch():
    code = (
        "import sys; from classifier.contenders.registry import CONTENDERS; "
        "sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_d2_of_a_thin_rod_is_the_triangle_of_distances_on_a_line():
    rng = np.random.default_rng(0)
    drawn = np.mean([d2(surface(cells_of(block(400, 1, 1))), rng) for _ in range(20)], axis=0)
    # two points on a line of length L: density 2 (1 - d / L) / L, mean L / 3
    share = (np.arange(BINS) + 0.5) / BINS
    np.testing.assert_allclose(drawn, 2 * (1 - share), atol=6 / np.sqrt(20 * PAIRS / BINS))
    assert REACH == 3.0


def test_d2_does_not_depend_on_pose_or_scale():
    cells = cells_of(block(20, 9, 5))
    points = surface(cells) - 7.0
    turned = (points @ random_rotation(np.random.default_rng(1)).T * 3.5).astype(np.float32)
    same_pairs = (d2(of, np.random.default_rng(5)) for of in (points, turned))
    np.testing.assert_allclose(*same_pairs, atol=3 * BINS / PAIRS)  # three distances on an edge


def test_free_sides_are_counted_on_the_surface_only():
    cells = cells_of(block(4, 3, 2))
    assert cells.free.sum() == 2 * (4 * 3 + 3 * 2 + 2 * 4)
    assert (cells_of(block(5, 5, 5)).free == 0).sum() == 27
    np.testing.assert_allclose(cells.points_mm.min(axis=0), 0.5)


def test_a_ball_is_as_compact_as_its_own_ellipsoid_and_a_perfect_sphere():
    features = measure(cells_of(ball(14.0)), np.eye(3), 1)[0]
    volume, longest, flat, middling = (features[i] for i in (0, 2, 6, 7))
    sphericity, of_ellipsoid = features[9], features[10]
    assert np.exp(volume) == pytest.approx(4 / 3 * np.pi * 14**3, rel=0.02)
    assert np.exp(longest) == pytest.approx(29)
    np.testing.assert_allclose([flat, middling], 1.0, atol=0.01)
    np.testing.assert_allclose([sphericity, of_ellipsoid], 1.0, atol=0.05)


def test_features_of_a_growing_print_are_those_of_its_lower_part_alone():
    cells = cells_of(ball(9.0))
    turn = random_rotation(np.random.default_rng(6))
    height = cells.points_mm @ turn[2]
    low, high = height.min(), height.max()
    part = height <= low + (high - low) / 3
    lower = replace(cells, points_mm=cells.points_mm[part], free=cells.free[part])
    whole, alone = measure(cells, turn, 3)[0], measure(lower, turn, 1)[0]
    np.testing.assert_allclose(whole, alone, rtol=1e-4, atol=1e-4)


def test_fewer_cells_stand_for_the_same_volume():
    cells = cells_of(ball(14.0))
    few, all_ = measure(cells.few(2000), np.eye(3), 1)[0], measure(cells, np.eye(3), 1)[0]
    np.testing.assert_allclose(few[:3], all_[:3], atol=0.1)


def test_a_bundle_is_judged_as_it_is_and_knows_its_own_labels_only(prints):
    contender, prints = BundleContender(), prints.subset(np.arange(4))
    before = contender.probabilities(prints, np.ones((len(prints), 3), bool))
    contender.fit(prints, np.ones((len(prints), 3), bool), seed=0, steps=5)
    grown = contender.as_it_grows(prints)
    np.testing.assert_allclose(before.sum(axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(grown[:, -1], before, atol=1e-6)
    assert contender.trained_elsewhere
    known = {label.name for label in contender._scorer.bundle.labels}
    for index, name in enumerate(LABEL_NAMES):
        assert (name in known) == before[:, index].any()


def test_the_lowest_layers_hold_something_even_of_a_tip_between_cells():
    layers = slice_mesh(draw_solid(SOLIDS["mug"], np.random.default_rng(1)), cells=24)
    layers.bits[:3] = 0
    assert not lowest(layers, 2).bits[:3].any()
    assert lowest(layers, 2).bits.any()
    assert len(lowest(layers, 9).bits) == 9


def test_the_lowest_layers_weigh_what_was_printed_by_then():
    mesh = draw_solid(SOLIDS["mug"], np.random.default_rng(0))
    layers = slice_mesh(mesh, cells=32)
    half = lowest(layers, len(layers.bits) // 2)
    assert len(half.bits) == len(half.z_top_mm) == len(half.height_mm) == len(layers.bits) // 2
    assert occupancy(half, cells=32).volume_mm3 < occupancy(layers, cells=32).volume_mm3
