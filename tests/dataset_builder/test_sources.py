"""Where objects come from: draws of our own, folders of other people's."""

import hashlib
import shutil
from zlib import crc32

import numpy as np
import pytest

from dataset_builder.errors import ReadError
from dataset_builder.sources.errors import SourceError, UnknownLabel
from dataset_builder.sources.families import family_of
from dataset_builder.sources.folder import folder_origins
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.parametric import parametric_origins
from dataset_builder.sources.tables import read_aliases

FACET = "facet normal 0 0 0\nouter loop\n{}\n{}\n{}\nendloop\nendfacet\n"
CORNERS = "vertex 0 0 0", "vertex 9 0 0", "vertex 0 9 0", "vertex 0 0 HEIGHT"
TETRAHEDRON = (
    "solid a\n"
    + "".join(
        FACET.format(*(CORNERS[k] for k in face))
        for face in [(0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)]
    )
    + "endsolid a\n"
)


def tetrahedron(name=""):
    """An STL whose shape depends on *name*."""
    return TETRAHEDRON.replace("HEIGHT", str(1 + crc32(name.encode()) % 997))


@pytest.fixture
def shelf(tmp_path):
    """A folder to lay objects out in; call it with a path below it."""

    def put(name, text=None):
        path = tmp_path / "shelf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tetrahedron(name) if text is None else text)
        return path

    put.folder = tmp_path / "shelf"
    put.folder.mkdir()
    return put


def names(reading):
    return [origin.name for origin in reading.origins]


def reasons(reading):
    return {skipped.location: skipped.reason for skipped in reading.skipped}


def test_a_draw_does_not_depend_on_what_else_is_drawn():
    many = parametric_origins(["mug", "pistol"], 3, seed=5)
    (one,) = parametric_origins(["pistol"], 1, seed=5)
    assert one.sha256 == next(o for o in many if o.name == "pistol-0000").sha256
    assert len({origin.sha256 for origin in many}) == 6
    assert one.name == one.family == "pistol"


def test_a_parametric_origin_is_redrawn_to_the_bytes_it_was_hashed_with():
    for origin in parametric_origins(["spur_gear", "axe"], 2, seed=1):
        corners = load_mesh(origin).triangles.astype("<f4")
        assert hashlib.sha256(corners.tobytes()).hexdigest() == origin.sha256


def test_an_unknown_model_is_refused_with_the_ones_there_are():
    with pytest.raises(SourceError, match=r"no parametric model is called 'teapot'.*pistol"):
        parametric_origins(["mug", "teapot"], 1, seed=1)


def test_a_folders_name_or_its_alias_is_the_label(shelf):
    for name in ("handgun-shaped/a.stl", "Hand Tool/b.obj", "vase_decor/c.3mf", "gear/d.gcode"):
        shelf(name)
    shelf("gear/notes.txt")
    shelf("pictures/front.png")
    reading = folder_origins(shelf.folder)
    assert {(o.name, o.label, o.kind) for o in reading.origins} == {
        ("shelf-handgun-shaped-a", "handgun-shaped", "mesh"),
        ("shelf-Hand Tool-b", "hand-tool", "mesh"),
        ("shelf-vase_decor-c", "container", "mesh"),
        ("shelf-gear-d", "gear", "gcode"),
    }
    assert {(o.source, o.licence, o.credit) for o in reading.origins} == {
        ("shelf", "unknown", "unknown")
    }


def test_an_origin_from_a_folder_loads(shelf):
    shelf("gear/a.stl")
    (origin,) = folder_origins(shelf.folder).origins
    assert load_mesh(origin).triangles.shape == (4, 3, 3)


def test_a_broken_mesh_is_listed_and_found_broken_when_it_is_loaded(shelf):
    shelf("gear/a.stl", "solid nothing\n")
    (origin,) = folder_origins(shelf.folder).origins
    with pytest.raises(ReadError, match=r"a\.stl"):
        load_mesh(origin)


def test_a_gcode_origin_has_no_mesh(shelf):
    shelf("gear/a.gcode", "G1 X1 E1\n")
    (origin,) = folder_origins(shelf.folder).origins
    with pytest.raises(ValueError, match="read its toolpath"):
        load_mesh(origin)


def test_an_unknown_label_names_where_what_and_what_next(shelf):
    shelf("thingamajig/a.stl")
    with pytest.raises(UnknownLabel, match=r"shelf/thingamajig: 'thingamajig' is no label here\."):
        folder_origins(shelf.folder)
    with pytest.raises(UnknownLabel, match=r"Rename it to one of gear, or .*--labels"):
        folder_origins(shelf.folder, ["gear"])


def test_a_label_that_the_preset_does_not_have_is_unknown(shelf):
    shelf("pistol/a.stl")
    with pytest.raises(UnknownLabel, match="shelf/pistol"):
        folder_origins(shelf.folder, ["gear"])


def test_the_users_own_aliases_win_and_a_parent_wins_over_a_name(shelf):
    shelf("thingamajig/a.stl")
    shelf("gear/b.stl")
    aliases = {"thingamajig": "other", "gear": "figure", "shelf/gear": "household"}
    reading = folder_origins(shelf.folder, aliases=aliases)
    assert {o.name: o.label for o in reading.origins} == {
        "shelf-thingamajig-a": "other",
        "shelf-gear-b": "household",
    }


def test_an_alias_for_what_is_no_label_is_refused(shelf):
    shelf("gear/b.stl")
    with pytest.raises(UnknownLabel, match="'cogs' is no label"):
        folder_origins(shelf.folder, aliases={"gear": "cogs"})


def test_other_among_weapons_alone_must_be_explained(shelf, tmp_path):
    shelf("pistol/a.stl")
    shelf("other/b.stl")
    with pytest.raises(SourceError, match=r"shelf/other: may mean other weapons"):
        folder_origins(shelf.folder)
    table = tmp_path / "words.csv"
    table.write_text("folder,label\nshelf/other,other-weapon-shaped\n")
    reading = folder_origins(shelf.folder, aliases=read_aliases(table))
    assert {o.label for o in reading.origins} == {"handgun-shaped", "other-weapon-shaped"}


def test_labels_csv_alone_decides_where_it_is_given(shelf):
    shelf("a.gcode", "G1 X1 E1\n")
    shelf("deep/er/b.gcode.gz", "not opened here")
    shelf("gear/c.stl")
    shelf(
        "labels.csv",
        "file,label,family,source,licence,credit,note\n"
        "a.gcode,pistol,fam,src,CC0-1.0,Me,x\ndeep/er/b.gcode.gz,mug_no,,,,,\n",
    )
    reading = folder_origins(shelf.folder, aliases={"mug_no": "container"})
    first, second = reading.origins
    assert (first.label, first.family, first.source) == ("handgun-shaped", "fam", "src")
    assert (first.licence, first.credit, first.kind) == ("CC0-1.0", "Me", "gcode")
    assert (second.name, second.label) == ("shelf-deep-er-b", "container")
    assert second.licence == "unknown"


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("file,class\na.gcode,gear\n", r"labels\.csv: has no column 'label'.*file,label"),
        ("file,label\na.gcode,\n", r"labels\.csv:2: has no label"),
        ("file,label\na.gcode,pirate\n", r"labels\.csv, a\.gcode: 'pirate' is no label"),
        ("", r"labels\.csv: has no column 'file'"),
    ],
)
def test_a_labels_csv_that_cannot_be_meant_is_refused(shelf, table, what):
    shelf("a.gcode", "G1 X1 E1\n")
    shelf("labels.csv", table)
    with pytest.raises(SourceError, match=what):
        folder_origins(shelf.folder)


def test_labels_csv_in_another_encoding_is_refused(shelf):
    shelf("labels.csv").write_bytes("file,label\nä.stl,gear\n".encode("utf-16"))
    with pytest.raises(SourceError, match="Save it as UTF-8 CSV"):
        folder_origins(shelf.folder)


def test_a_file_that_cannot_be_used_is_skipped_with_its_reason(shelf, tmp_path):
    (tmp_path / "secret.stl").write_text(tetrahedron())
    (shelf.folder / "link.stl").symlink_to(tmp_path / "secret.stl")
    (shelf.folder / "round.stl").symlink_to("round.stl")
    (shelf.folder / "folder.stl").mkdir()
    shelf("good.stl")
    shelf("empty.stl", "")
    shelf("part.step")
    shelf("words.txt")
    listed = "good empty gone link round folder ../secret".split()
    rows = [f"{name}.stl,gear" for name in listed]
    rows += ["part.step,gear", "words.txt,gear", "good.stl,gear", f"{tmp_path}/secret.stl,gear"]
    shelf("labels.csv", "file,label\n" + "\n".join(rows))
    reading = folder_origins(shelf.folder)
    assert names(reading) == ["shelf-good"]
    told = reasons(reading)
    assert told["shelf/empty.stl"] == "is empty"
    assert told["shelf/gone.stl"] == "is not there"
    assert told["shelf/folder.stl"] == "is no file"
    assert told["shelf/link.stl"] == told["shelf/../secret.stl"] == "leads out of its folder"
    assert told["shelf/round.stl"].startswith("cannot be read")
    assert told["shelf/part.step"] == "STEP holds exact surfaces and no mesh"
    assert told["shelf/words.txt"] == "is called like no format we read"
    assert told["shelf/good.stl"] == "has the name of another file"
    assert len(reading.skipped) == 10


def test_a_manifest_carries_source_licence_and_credit_and_its_hash_is_checked(shelf):
    good, wrong = shelf("gear/good_1.stl"), shelf("gear/wrong.stl")
    digest = hashlib.sha256(good.read_bytes()).hexdigest()
    shelf("gear/unlisted.stl")
    shelf(
        "manifest.csv",
        "file,class,source_repo,licence,artist,sha256\n"
        f"gear/good_1.stl,x,https://example.org/me/gears,MIT,Me,{digest.upper()}\n"
        f"gear/wrong.stl,x,https://example.org/me/gears,MIT,Me,{digest}\n",
    )
    assert wrong.exists()
    reading = folder_origins(shelf.folder)
    good_one, unlisted = reading.origins
    assert (good_one.source, good_one.licence, good_one.credit) == (
        "https://example.org/me/gears",
        "MIT",
        "Me",
    )
    assert (good_one.sha256, good_one.family) == (digest, "me/gears:good")
    assert unlisted.licence == "unknown"
    assert "sha256 differs" in reasons(reading)["shelf/gear/wrong.stl"]


@pytest.mark.parametrize(
    ("stem", "family"),
    [
        ("dagger", "dagger"),
        ("dagger_2", "dagger"),
        ("pistol_1_2", "pistol"),
        ("Blaster-A", "blaster"),
        ("mount_v3", "mount"),
        ("wheel_x8", "wheel"),
        ("joint_left", "joint"),
        ("ak47", "ak"),
        ("axe", "axe"),
        ("blaster_repeater", "blaster_repeater"),
        ("0012", "gear/0012"),
    ],
)
def test_a_family_is_the_name_less_what_counts_variants(stem, family):
    assert family_of("https://example.org/me/x", "gear", stem) == f"me/x:{family}"


def test_copies_share_a_family_across_names_and_sources(shelf):
    for name in ("cup", "kettle", "pan", "pot"):
        shelf(f"container/{name}.stl")
    shutil.copy(shelf.folder / "container/cup.stl", shelf.folder / "container/zz.stl")
    shelf("manifest.csv", "file,source_repo,geom_hash\n"
          "container/kettle.stl,a,77\ncontainer/zz.stl,b,77\ncontainer/pot.stl,b,78\n")  # fmt: skip
    family = {o.name[len("shelf-container-") :]: o.family for o in
              folder_origins(shelf.folder).origins}  # fmt: skip
    assert family["cup"] == family["zz"] == family["kettle"] == "shelf:cup"
    assert len(set(family.values())) == 3


def test_an_order_of_origins_is_that_of_their_names(shelf):
    for name in ("gear/b.stl", "figure/c.stl", "gear/a.stl"):
        shelf(name)
    assert names(folder_origins(shelf.folder)) == ["shelf-figure-c", "shelf-gear-a", "shelf-gear-b"]


def test_a_folder_without_objects_and_no_folder_are_refused(shelf):
    with pytest.raises(SourceError, match=r"holds no objects\. Lay meshes out as label/\*\.stl"):
        folder_origins(shelf.folder)
    with pytest.raises(SourceError, match="is no folder"):
        folder_origins(shelf.folder / "nowhere")


def test_the_shared_meshes_are_read_with_their_sources_and_licences(shared_data):
    meshes = shared_data / "meshes"
    everyday = folder_origins(meshes / "benign")
    words = {"weapon_props/other": "other-weapon-shaped"}
    props = folder_origins(meshes / "weapon_props", aliases=words)
    assert (len(everyday.origins), len(props.origins)) == (470, 141)
    assert not everyday.skipped + props.skipped
    assert not any(origin.weapon_shaped for origin in everyday.origins)
    assert all(origin.weapon_shaped for origin in props.origins)
    for reading in (everyday, props):
        assert len({origin.source for origin in reading.origins}) > 10
        assert all(origin.licence != "unknown" for origin in reading.origins)
    assert np.isfinite(load_mesh(props.origins[0]).triangles).all()
