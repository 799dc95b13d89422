"""An attack does what its name says, and nothing else."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from classifier.benchmark import attack_mesh, attack_plate
from classifier.benchmark.answers import load_arrays
from classifier.benchmark.attacked import Drawing, load_attacked, plate_scores
from classifier.benchmark.attacks import ATTACKS, UNTOUCHED
from classifier.benchmark.siege import Victim, lay_siege, victims
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.objects import split_objects
from dataset_builder.render.occupancy import occupancy
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.parametric import parametric_origins
from dataset_builder.sources.solids import SOLIDS, draw_solid
from tests.classifier.benchmark_prints import NearestMean, drawn_prints

BY_NAME = {attack.name: attack for attack in ATTACKS}


@pytest.fixture(scope="module")
def mug():
    return draw_solid(SOLIDS["mug"], np.random.default_rng(3))


def plate_of(attack, mesh, level, seed=1):
    return BY_NAME[attack].plate(np.random.default_rng(seed), mesh, level)


def volume(layers):
    return occupancy(layers, cells=64).volume_mm3


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_the_same_seed_gives_the_same_plate(attack, mug):
    plates = [attack.plate(np.random.default_rng(5), mug, attack.levels[0]) for _ in range(2)]
    np.testing.assert_array_equal(plates[0].bits, plates[1].bits)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_levels_rise_and_do_not_hold_the_neutral_one(attack):
    assert list(attack.levels) == sorted(set(attack.levels))
    assert attack.neutral not in attack.levels


@pytest.mark.parametrize("level", [15, 90, 180])
def test_a_turn_keeps_every_length(level, mug):
    turned = attack_mesh.turned_about(np.random.default_rng(2), mug, level)
    before, after = (np.linalg.norm(np.diff(m.triangles, axis=1), axis=2) for m in (mug, turned))
    np.testing.assert_allclose(before, after, atol=1e-9)
    cosine = np.trace(np.linalg.lstsq(*(m.triangles.reshape(-1, 3) for m in (mug, turned)))[0])
    assert np.degrees(np.arccos(np.clip((cosine - 1) / 2, -1, 1))) == pytest.approx(level, abs=1e-3)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_mirrored_mesh_is_as_large_and_still_wound_outwards(axes, mug):
    mirrored = attack_mesh.mirrored(np.random.default_rng(2), mug, axes)
    assert signed_volume(mirrored) == pytest.approx(signed_volume(mug))


def signed_volume(mesh):
    a, b, c = (mesh.triangles[:, corner] for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


def test_scaling_scales(mug):
    scaled = attack_mesh.scaled(np.random.default_rng(0), mug, 0.5)
    np.testing.assert_allclose(np.diff(scaled.bbox_mm, axis=0), np.diff(mug.bbox_mm, axis=0) / 2)


def test_a_finer_mesh_is_the_same_solid(mug):
    finer = Mesh(attack_mesh.finer(mug.triangles), watertight=True)
    assert len(finer.triangles) > len(mug.triangles)
    assert signed_volume(finer) == pytest.approx(signed_volume(mug))


@pytest.mark.parametrize("change", [attack_mesh.shaken, attack_mesh.clustered])
def test_noise_and_remeshing_leave_a_mesh_closed(change, mug):
    changed = change(np.random.default_rng(4), mug, 2.0)
    corners = np.unique(changed.triangles.reshape(-1, 3).round(9), axis=0, return_inverse=True)[1]
    edges = Counter()
    for a, b, c in corners.reshape(-1, 3):
        for start, end in ((a, b), (b, c), (c, a)):
            edges[start, end] += 1
    assert all(edges[end, start] == count for (start, end), count in edges.items())
    assert signed_volume(changed) == pytest.approx(signed_volume(mug), rel=0.2)


@pytest.mark.parametrize("pieces", [2, 3, 8])
def test_pieces_lie_apart_and_hold_all_the_material(pieces):
    block = draw_solid(SOLIDS["sword"], np.random.default_rng(3))
    plate = plate_of("cut", block, pieces)
    assert len(split_objects(plate)) >= pieces
    assert volume(plate) == pytest.approx(volume(slice_mesh(block, cells=128)), rel=1e-3)


@pytest.mark.parametrize("count", [1, 8])
def test_others_lie_apart_from_the_object(count, mug):
    alone = len(split_objects(slice_mesh(mug, cells=128)))
    plate = plate_of("others", mug, count)
    assert len(split_objects(plate)) >= alone + count


@pytest.mark.parametrize("percent", [1, 10])
def test_a_box_hides_the_object_and_is_one_with_it(percent, mug):
    (boxed,) = split_objects(plate_of("box", mug, percent))
    cells = attack_plate.as_cells(boxed)
    assert cells[0].all()
    assert cells[-1].all()
    for axis in range(3):
        assert cells.any(axis=axis).all()  # nothing of the outline is left
    assert not cells.all()


def test_a_skin_holds_the_object(mug):
    inside = attack_plate.as_cells(slice_mesh(mug, cells=128))
    grown = attack_plate.encased(np.random.default_rng(0), inside, 2)
    thick = (grown.shape[0] - inside.shape[0]) // 2
    core = grown[thick:-thick, thick:-thick, thick:-thick]
    assert core[inside].all()
    assert grown.sum() > inside.sum()


@pytest.mark.parametrize("attack", ["end", "bites"])
@pytest.mark.parametrize("percent", [10, 50])
def test_as_much_is_missing_as_was_taken(attack, percent, mug):
    rng, inside = np.random.default_rng(6), attack_plate.as_cells(slice_mesh(mug, cells=128))
    change = {"end": attack_plate.without_an_end, "bites": attack_plate.bitten}[attack]
    assert change(rng, inside, percent).sum() == pytest.approx(
        inside.sum() * (1 - percent / 100), abs=1
    )


DRAWING = Drawing(frames=4, size_px=12, kind="xray")
TWO = (BY_NAME["cut"], BY_NAME["others"])


def besieged(folder, workers=1, attacks=TWO):
    prints = drawn_prints()
    chosen = victims(parametric_origins(["pistol", "mug"], 1, seed=1), prints, seed=1)
    siege = lay_siege(
        chosen, DRAWING, seed=1, folder=folder, workers=workers, attacks=attacks,
        progress=lambda *_: lambda _: None,
    )  # fmt: skip
    return chosen, siege


def test_plates_are_the_same_from_any_number_of_workers_and_drawn_once(tmp_path):
    _, alone = besieged(tmp_path / "1")
    _, together = besieged(tmp_path / "2", workers=2)
    assert set(alone.files) == {"pistol", "mug"}
    for family, (path,) in alone.files.items():
        arrays, others = load_arrays(path), load_arrays(together.files[family][0])
        assert arrays.keys() == others.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, others[name])
    (path,) = alone.files["mug"]
    before = path.stat().st_mtime_ns
    besieged(tmp_path / "1")
    assert path.stat().st_mtime_ns == before


def test_a_plate_is_judged_by_its_worst_object(tmp_path):
    _, siege = besieged(tmp_path)
    attacked = load_attacked(siege.files["mug"][0])
    prints = drawn_prints()
    contender = NearestMean()
    contender.fit(prints, np.ones((len(prints), 3), bool), seed=0, steps=0)
    scores = plate_scores(contender, attacked)
    assert scores.shape == attacked.attack.shape
    assert set(attacked.attack) == {UNTOUCHED.name, "cut", "others"}
    (plates, objects), *_ = attacked.batches()
    assert (np.bincount(attacked.plate) > 0).all()
    assert objects.pictures.shape == (len(plates), 3, 12, 12)
    assert objects.solids[0].grid.max() == 1


def test_an_object_that_has_no_mesh_is_left_out_with_its_reason(tmp_path):
    (origin,) = parametric_origins(["mug"], 1, seed=1)
    lost = type(origin)(
        **{
            **{name: getattr(origin, name) for name in origin.__slots__},
            "kind": "mesh",
            "location": "lost.stl",
        }
    )
    siege = lay_siege(
        [Victim(lost, np.eye(3)[None])], DRAWING, seed=1, folder=tmp_path, workers=1,
        attacks=TWO, progress=lambda *_: lambda _: None,
    )  # fmt: skip
    assert "lost.stl" in siege.left_out["mug"]
    assert not siege.files
