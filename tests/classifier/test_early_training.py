"""The early network: what it may learn from, what it promises, and the bundle that carries it."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from classifier.early import subjects
from classifier.early.bundling import MOST_BYTES, add_early
from classifier.early.compare import judged, trained_as
from classifier.early.growing import LAYERS, Prints, sliced, stream
from classifier.early.networks import DESIGNS
from classifier.early.pipeline import drawn_once, report_again, train
from classifier.early.plan import EarlyPlan
from classifier.early.subjects import POSES, parametric_subjects
from classifier.runtime.bundle import load_bundle
from classifier.runtime.early import early_network, look_layers
from classifier.runtime.errors import BundleError
from classifier.watch import STOPPED, UNREADABLE, watch
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.primitives import block
from dataset_builder.sources.solids import SOLIDS

FEW = ("pistol", "revolver", "derringer", "mug", "vase", "bin_box")
TINY = EarlyPlan(draws_per_family=2, held_out_draws=2, looks=3, steps=3, batch=4)


@pytest.fixture(scope="module")
def few_families():
    """Training on six families instead of all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subjects, "SOLIDS", {name: SOLIDS[name] for name in FEW})
        yield


@pytest.fixture(scope="module")
def trained(few_families, tmp_path_factory):
    folder = tmp_path_factory.mktemp("early")
    return folder, train(folder, TINY)


@pytest.fixture
def with_early(trained, tiny_folder, tmp_path):
    _, made = trained
    bundle = tmp_path / "bundle"
    shutil.copytree(tiny_folder, bundle)
    add_early(bundle, made.model, made.entry)
    return bundle


def test_no_family_is_trained_on_and_held_out_and_each_label_has_both():
    parts = parametric_subjects(1, 1, seed=1, fold=2)
    seen, held_out = ({origin.family for origin in side} for side in (parts.seen, parts.held_out))
    assert not seen & held_out
    assert seen | held_out == set(SOLIDS)
    assert {o.label for o in parts.seen} == {o.label for o in parts.held_out}


def test_no_real_source_or_family_is_trained_on_and_held_out(shared_data):
    parts = subjects.real_subjects(shared_data / "meshes", fold=2)
    for what in ("source", "family"):
        seen, held_out = ({getattr(o, what) for o in s} for s in (parts.seen, parts.held_out))
        assert not seen & held_out
    assert {o.weapon_shaped for o in parts.held_out} == {False, True}


def test_lying_puts_the_shortest_side_upright_and_standing_the_longest():
    plank = Mesh(block((0, 0, 0), (120, 40, 10)), watertight=True)
    for seed in range(8):
        rng = np.random.default_rng(seed)
        for pose, height in (("lying", 10), ("standing", 120)):
            turned = plank.triangles @ POSES[pose](plank, rng).T
            assert np.ptp(turned[..., 2]) == pytest.approx(height)


@pytest.mark.parametrize("pose", POSES)
def test_every_print_has_the_same_count_of_layers(pose, few_families):
    (origin, *_) = parametric_subjects(1, 1, seed=1, fold=2).seen
    from dataset_builder.sources.loading import load_mesh

    layers = sliced(load_mesh(origin), pose, stream(1, origin, 0))
    assert layers is not None
    assert len(layers.bits) == LAYERS


def test_designs_are_trained_on_equally_many_looks():
    plan = EarlyPlan()
    for design in DESIGNS:
        trained = trained_as(plan, design)
        assert trained.design == design
        assert trained.batch * trained.looks_a_step == plan.batch * plan.looks_a_step


def test_a_perfect_design_has_an_area_of_one_at_every_height():
    printed = np.tile(np.array([0.1, 0.3, 0.5, 0.9], np.float32), (200, 1))
    label = np.arange(200) % 2 * LABEL_NAMES.index("container")  # label 0 is handgun-shaped
    prints = Prints(
        np.zeros((200, 4, 7, 1, 1), np.uint8), np.ones((200, 4, 3), np.float32), printed, label
    )
    scores = np.repeat((label == 0).astype(np.float32)[:, None], 4, axis=1)
    row = judged("perfect", False, scores, prints)
    assert row.areas == (1.0,) * 4
    assert (row.whole, row.recall.share) == (1.0, 1.0)


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_gives_labels_for_each_look(design):
    import torch

    network = DESIGNS[design](5).eval()
    pictures = torch.randint(0, 255, (2, 3, 7, 48, 48), dtype=torch.uint8)
    with torch.inference_mode():
        logits = network(pictures, torch.full((2, 3, 3), 20.0), torch.full((2, 3), -1.0))
    assert logits.shape == (2, 3, 5)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("design", ["recurrent", "slices"])
def test_a_memory_never_looks_ahead(design):
    import torch

    network = DESIGNS[design](5).eval()
    pictures = torch.randint(0, 255, (1, 4, 7, 48, 48), dtype=torch.uint8)
    sizes, printed = torch.full((1, 4, 3), 20.0), torch.full((1, 4), -1.0)
    with torch.inference_mode():
        whole = network(pictures, sizes, printed)
        start = network(pictures[:, :2], sizes[:, :2], printed[:, :2])
    assert torch.allclose(whole[:, :2], start, atol=1e-5)


@pytest.mark.slow
def test_the_same_plan_gives_the_same_network(trained, few_families, tmp_path):
    folder, made = trained
    again = train(tmp_path / "again", TINY)
    assert again.model == made.model
    assert report_again(folder) == made.report


def test_prints_from_a_cache_are_those_that_were_drawn(few_families, tmp_path):
    origins = parametric_subjects(1, 1, seed=1, fold=2).held_out
    drawn = drawn_once(origins, TINY, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("classifier.early.pipeline.draw_prints", lambda *_: pytest.fail("drew again"))
        kept = drawn_once(origins, TINY, tmp_path)
    for name in ("pictures", "size_mm", "printed", "label"):
        assert np.array_equal(getattr(drawn, name), getattr(kept, name))


def test_a_bundle_that_was_given_an_early_network_holds_it_and_is_whole(with_early, trained):
    _, made = trained
    bundle = load_bundle(with_early)
    assert bundle.early == made.model
    assert early_network(bundle).rule.at == made.entry["stop"]["at"]
    assert not list(with_early.parent.glob("bundle.*"))


def test_a_second_early_network_replaces_the_first(with_early, trained):
    _, made = trained
    other = {**made.entry, "stop": {"at": 0.25, "looks": 3, "false_stops": 0.01}}
    add_early(with_early, made.model, other)
    assert early_network(load_bundle(with_early)).rule.looks == 3


def test_a_network_that_is_too_large_leaves_the_bundle_as_it_was(with_early, trained):
    before = {path.name: path.read_bytes() for path in with_early.iterdir()}
    with pytest.raises(ValueError, match="more than"):
        add_early(with_early, b"0" * (MOST_BYTES + 1), trained[1].entry)
    with pytest.raises(BundleError, match=r"early\.onnx"):
        add_early(with_early, b"no network", trained[1].entry)
    assert {path.name: path.read_bytes() for path in with_early.iterdir()} == before


def test_a_bundle_without_an_early_network_says_how_to_add_one(tiny_bundle):
    with pytest.raises(BundleError, match="printwarden early add"):
        early_network(tiny_bundle)


def sure(bundle, made, at):
    """*bundle* with another threshold."""
    add_early(bundle, made.model, {**made.entry, "stop": {**made.entry["stop"], "at": at}})


def job(folder):
    """A cube as an STL."""
    path = folder / "cube.stl"
    corners = block((0, 0, 0), (20, 20, 20))
    lines = ["solid cube"]
    for triangle in corners:
        lines += ["facet normal 0 0 0", "outer loop"]
        lines += [f"vertex {x} {y} {z}" for x, y, z in triangle]
        lines += ["endloop", "endfacet"]
    path.write_text("\n".join([*lines, "endsolid cube"]) + "\n", encoding="ascii")
    return path


def test_watch_says_where_a_print_would_have_stopped(with_early, trained, tmp_path):
    sure(with_early, trained[1], 1e-6)
    said = CliRunner().invoke(watch, [str(job(tmp_path)), "--model", str(with_early)])
    assert said.exit_code == STOPPED
    assert said.output.splitlines()[-1] == "would have stopped at layer 4 of 100 (4 %)"


def test_watch_says_that_a_print_would_not_have_stopped(with_early, trained, tmp_path):
    sure(with_early, trained[1], 1.0)
    said = CliRunner().invoke(watch, [str(job(tmp_path)), "--model", str(with_early)])
    assert said.exit_code == 0
    assert said.output.splitlines()[-1].startswith("would not have stopped (highest score 0.")


def test_watch_gives_one_json_object_a_look(with_early, trained, tmp_path):
    arguments = [str(job(tmp_path)), "--json", "--model", str(with_early), "--height-known"]
    said = CliRunner().invoke(watch, arguments)
    looks = [json.loads(line) for line in said.output.splitlines()]
    assert [look["layers"] for look in looks] == [*look_layers(100), 100]
    assert {look["of"] for look in looks} == {100}
    assert looks[0]["printed"] == pytest.approx(looks[0]["layers"] / 100)


def test_watch_calls_a_job_unreadable_that_is_none(with_early, tmp_path):
    path = tmp_path / "letter.gcode"
    path.write_text("Dear printer,\n", encoding="ascii")
    said = CliRunner().invoke(watch, [str(path), "--model", str(with_early)])
    assert said.exit_code == UNREADABLE
