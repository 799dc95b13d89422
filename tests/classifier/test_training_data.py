"""What is learned from: configurations, origins, drawn pictures that are kept, folds."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import printwarden
from classifier.runtime.recipe import ViewRecipe
from classifier.training.config import (
    CONFIGS,
    ConfigError,
    DataConfig,
    TrainingConfig,
    read_config,
)
from classifier.training.drawing import draws_of, random_rotation, small_rotation
from classifier.training.folds import folds_of, source_groups
from classifier.training.loop import MEANT_LATER
from classifier.training.origins import training_origins
from classifier.training.shards import draw_examples
from dataset_builder.sources.errors import SourceError
from dataset_builder.sources.origin import Origin
from dataset_builder.sources.solids import SOLIDS

RECIPE = ViewRecipe()
CUBE = """solid cube
{}endsolid cube
"""
FACES = ("012 213 465 567 041 145 236 637 024 426 153 357").split()


def write_box(path, size):
    """An ASCII STL of a box of *size* mm."""
    corners = [[x * s for x, s in zip(bits, size, strict=True)] for bits in np.ndindex(2, 2, 2)]
    facets = ""
    for face in FACES:
        vertices = "".join("vertex {} {} {}\n".format(*corners[int(corner)]) for corner in face)
        facets += f"facet normal 0 0 0\nouter loop\n{vertices}endloop\nendfacet\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CUBE.format(facets))


@pytest.fixture
def meshes(tmp_path):
    """Two folders of meshes in one, one of the files broken."""
    write_box(tmp_path / "meshes" / "props" / "sword" / "long.stl", (90, 6, 2))
    write_box(tmp_path / "meshes" / "things" / "vase" / "one.stl", (30, 30, 40))
    write_box(tmp_path / "meshes" / "things" / "vase" / "two.stl", (20, 20, 50))
    (tmp_path / "meshes" / "things" / "vase" / "broken.stl").write_bytes(b"solid nothing")
    return tmp_path / "meshes"


@pytest.fixture(scope="module")
def config():
    return TrainingConfig(data=DataConfig(draws_parametric=3, draws_mesh=2))


def drawn(config, cache, models=("sword", "mug"), folders=(), **how):
    found = training_origins(folders, seed=config.seed, models=models)
    return draw_examples(found.origins, config, cache, recipe=RECIPE, **how)


def mesh(name, source, *, label="container", family=None, credit="unknown"):
    family = family or name
    return Origin(name, family, label, source, "CC0", credit, name, "mesh", f"{name}.stl")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_configuration_in_the_repository_can_be_read(path):
    assert read_config(path).name


def test_a_flag_wins_over_the_file_and_the_file_over_what_is_built_in(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\n[schedule]\nsteps = 7\nbatch = 8\n')
    config = read_config(file, ["schedule.steps=9", "network.channels=[4, 8]", "seed=3"])
    assert (config.name, config.seed, config.network.channels) == ("mine", 3, (4, 8))
    assert (config.schedule.steps, config.schedule.batch) == (9, 8)
    assert config.schedule.rate == TrainingConfig().schedule.rate


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[schedule]\nstep = 9", r"'schedule\.step' is no setting; there are: steps, batch"),
        ("stepz = 9", r"'stepz' is no setting; there are: name, version"),
        ("[schedule]\nsteps = 0", r"schedule\.steps is 0; it must lie between 1 and inf"),
        ("[schedule]\nsteps = 1.5", r"schedule\.steps is 1\.5; it must be of kind int"),
        ("[network]\nchannels = 4", r"network\.channels is 4; it must be a list of whole numbers"),
        ("seed = true", r"seed is True; it must be of kind int"),
        ("schedule = 3", r"schedule is 3; it must be of kind ScheduleConfig"),
        ("[seed]\nx = 1", r"seed is one value, not a table"),
        ("steps =", r"is no TOML"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_an_error_in_one_sentence(tmp_path, text, said):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_config(file)


def test_every_key_of_a_configuration_is_documented():
    page = (Path(printwarden.__file__).parent / "docs" / "training.md").read_text(encoding="utf-8")
    tables = asdict(TrainingConfig())
    keys = {key for table in tables.values() if isinstance(table, dict) for key in table}
    for key in keys | set(tables):
        assert f"`{key}`" in page or f"`[{key}]`" in page, key


def test_an_example_is_decided_by_seed_origin_and_number_alone(config, tmp_path):
    both, _ = drawn(config, tmp_path / "a", models=("mug", "sword"))
    fewer = replace(config, data=replace(config.data, draws_parametric=2))
    alone, _ = drawn(fewer, tmp_path / "b", models=("sword",))
    np.testing.assert_array_equal(alone.views(), both.subset(both.origin == 1).views(slice(2)))
    other, _ = drawn(replace(fewer, seed=2), tmp_path / "c", models=("sword",))
    assert not np.array_equal(alone.views(), other.views())


def test_workers_change_nothing(config, tmp_path):
    one, _ = drawn(config, tmp_path / "one")
    two, _ = drawn(config, tmp_path / "two", workers=2)
    np.testing.assert_array_equal(one.views(), two.views())
    assert one.digest == two.digest


def test_what_was_drawn_is_not_drawn_again(config, tmp_path, monkeypatch):
    first, _ = drawn(config, tmp_path)
    monkeypatch.setattr("classifier.training.shards.draw_shard", None)
    reported = []
    second, _ = drawn(config, tmp_path, report=reported.append)
    np.testing.assert_array_equal(first.views(), second.views())
    assert sum(reported) == len(second)


def test_what_decides_pictures_decides_the_names_of_their_files(config, tmp_path):
    drawn(config, tmp_path)
    before = set(tmp_path.iterdir())
    drawn(replace(config, data=replace(config.data, tilt_deg=1.0)), tmp_path)
    assert len(set(tmp_path.iterdir())) == 2 * len(before)


def test_meshes_of_folders_in_a_folder_are_found_and_a_broken_one_is_named(
    meshes, config, tmp_path
):
    examples, skipped = drawn(config, tmp_path / "cache", models=("mug",), folders=[meshes])
    names = {examples.origins[index].name for index in examples.origin}
    assert names == {"mug", "props-sword-long", "things-vase-one", "things-vase-two"}
    assert [skip.location.rpartition("/")[2] for skip in skipped] == ["broken.stl"]
    assert examples.from_mesh.sum() == 3 * draws_of(mesh("x", "y"), config.data)


def test_a_mesh_is_one_object_and_each_draw_of_a_model_is_one(meshes, config, tmp_path):
    examples, _ = drawn(config, tmp_path / "cache", models=("mug",), folders=[meshes])
    assert len(np.unique(examples.unit)) == 3 + 3
    assert len(np.unique(examples.unit[examples.from_mesh])) == 3


def test_other_proportions_change_pictures_of_meshes_and_of_no_model(meshes, config, tmp_path):
    reshaped = replace(config, data=replace(config.data, share_reshaped=1.0))
    same, other = (
        drawn(one, tmp_path / "cache", folders=[meshes])[0] for one in (config, reshaped)
    )
    changed = (same.views() != other.views()).any(axis=(1, 2, 3, 4))
    np.testing.assert_array_equal(changed, same.from_mesh)


def test_a_folder_given_twice_is_refused(meshes):
    with pytest.raises(SourceError, match="is there twice"):
        training_origins([meshes, meshes], seed=1, models=("mug",))


def test_every_model_is_held_out_once_and_each_fold_has_both_kinds():
    origins = training_origins(seed=1).origins
    fold = folds_of(origins, 3)
    weapon = np.array([origin.weapon_shaped for origin in origins])
    for index in range(3):
        assert weapon[fold == index].any()
        assert not weapon[fold == index].all()
    assert len(fold) == len(SOLIDS)


SOURCES = st.sampled_from("abcdefgh")
MESHES = st.lists(
    st.builds(
        lambda number, source, family, sword, maker: mesh(
            f"m{number}",
            source,
            label="blade-shaped" if sword else "container",
            family=family,
            credit=maker,
        ),
        st.integers(0, 10**6),
        SOURCES,
        st.sampled_from([f"f{index}" for index in range(12)]),
        st.booleans(),
        st.sampled_from(["unknown", "ann", "bob", "cid", "dan"]),
    ),
    max_size=40,
)


@given(MESHES)
def test_no_source_no_family_and_no_maker_of_weapon_shaped_things_is_in_two_folds(origins):
    folds = folds_of(origins, 3).tolist()
    seen = {}
    for origin, fold in zip(origins, folds, strict=True):
        ties = [("source", origin.source), ("family", origin.family)]
        if origin.weapon_shaped and origin.credit != "unknown":
            ties.append(("maker", origin.credit))
        for tie in ties:
            assert seen.setdefault(tie, fold) == fold


def test_sources_without_anything_in_common_are_apart():
    origins = [mesh("one", "a", credit="ann"), mesh("two", "b", credit="ann")]
    assert source_groups(origins) == {"a": "a", "b": "b"}
    assert set(folds_of(origins, 2)) == {0, 1}


def test_rotations_are_proper_and_small_ones_are_small():
    rng = np.random.default_rng(1)
    for _ in range(20):
        matrix, near = random_rotation(rng), small_rotation(rng, 5.0)
        for rotation in (matrix, near):
            np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
            assert np.linalg.det(rotation) == pytest.approx(1)
        assert np.degrees(np.arccos((np.trace(near) - 1) / 2)) < 25


def test_exams_show_other_members_whole_and_as_a_scan_draws_them():
    config = TrainingConfig()
    exams = config.for_exams()
    assert exams.seed != config.seed
    assert (exams.data.tilt_deg, exams.data.share_cut, exams.data.share_supported) == (0, 0, 0)
    assert (
        config.data.share_reshaped
        == 0
        == replace(config, data=replace(config.data, share_reshaped=0.5))
        .for_exams()
        .data.share_reshaped
    )
    assert exams.data.draws_mesh == config.exams.draws_mesh
    assert exams.views == config.views


def test_rates_and_exams_do_not_decide_what_is_learned_but_steps_do():
    config = TrainingConfig()
    later = replace(config, rates=replace(config.rates, flagged=0.5), version="2")
    longer = replace(config, schedule=replace(config.schedule, steps=9))
    learned = config.digest(without=MEANT_LATER)
    assert later.digest(without=MEANT_LATER) == learned != longer.digest(without=MEANT_LATER)
    assert later.digest() != config.digest()
