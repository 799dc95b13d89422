"""`printwarden reference` and what a scan says of known shapes: the contract, word for word."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from classifier import cli
from classifier.demo import sample_jobs
from classifier.references.cli import reference
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.slicers.base import write_stl
from dataset_builder.slicers.profiles import PROFILES, sliced, slicer_version
from tests.classifier.known_parts import box, bracket, joined

KEYS = "name kind note created extent_mm volume_mm3 scale least_overlap".split()
MUG, PLATE, ENVELOPE = sample_jobs()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "library"


def stl(path, *parts):
    write_stl(Mesh(joined(*parts), watertight=True), path)
    return path


def run(verb, *words):
    return CliRunner().invoke(reference, [verb, *map(str, words)])


def add(folder, file, name, *words):
    done = run("add", file, "--name", name, "--library", folder, "--json", *words)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def scan(folder, job):
    done = CliRunner().invoke(cli.scan, ["--json", "--references", str(folder), str(job)])
    return done.exit_code, json.loads(done.stdout)


def test_a_reference_is_added_listed_and_removed(folder, tmp_path):
    file = stl(tmp_path / "part.stl", bracket())
    record = add(folder, file, "part", "--note", "held lawfully")
    assert list(record) == KEYS
    assert (record["name"], record["kind"], record["note"]) == ("part", "flag", "held lawfully")
    assert (record["scale"], record["least_overlap"]) == (1.1, 0.85)
    listed = run("list", "--library", folder, "--json")
    assert json.loads(listed.stdout) == record
    assert run("list", "--library", folder).stdout.startswith("flag   part ")
    assert json.loads(run("remove", "part", "--library", folder, "--json").stdout) == record
    assert run("list", "--library", folder).stdout == ""


def test_the_file_holds_no_corner_of_the_mesh(folder, tmp_path):
    file = stl(tmp_path / "part.stl", bracket())
    add(folder, file, "part")
    kept = (folder / "references.bin").read_bytes()
    assert len(kept) < 4000
    corners = np.unique(bracket().reshape(-1, 3), axis=0).astype("<f4")
    assert not any(corner.tobytes() in kept for corner in corners)


@pytest.mark.parametrize("profile", ["cura:draft", "prusa:draft"])
def test_a_mesh_is_known_again_in_a_print_among_other_objects(folder, tmp_path, profile):
    if slicer_version(profile) is None:
        pytest.skip(f"no slicer for {profile}")
    add(folder, stl(tmp_path / "part.stl", bracket()), "part")
    other = box((18, 18, 24), (55, 0, 12))
    smaller = 0.93 * bracket()[:, ::-1, [1, 0, 2]] + np.array([0, 0, 3.72])  # mirrored, and turned
    job = sliced(Mesh(joined(other, smaller), watertight=True), PROFILES[profile], tmp_path)
    status, record = scan(folder, job)
    assert (status, record["verdict"]) == (4, "flagged")
    ((number, (match,)),) = [(p["id"], p["matches"]) for p in record["objects"] if p["matches"]]
    assert (match["name"], match["kind"]) == ("part", "flag")
    assert match["overlap"] > 0.9
    assert f"Object {number} matches part, overlap {match['overlap']:.2f}" in record["reason"]


def test_one_object_of_a_plate_is_known_again_on_it(folder):
    add(folder, PLATE, "second", "--object", "2")
    status, record = scan(folder, PLATE)
    assert status == 4
    assert [len(part["matches"]) for part in record["objects"]] == [0, 1, 0]
    assert "Object 2 matches second, overlap " in record["reason"]


def test_a_print_is_known_again_as_the_same_print(folder):
    add(folder, MUG, "mug")
    status, record = scan(folder, MUG)
    assert status == 4
    assert record["objects"][0]["matches"][0]["overlap"] > 0.95


def test_an_allowed_shape_is_clear_whatever_the_network_says_and_others_still_decide(folder):
    assert scan_without(ENVELOPE) == "flagged"
    add(folder, ENVELOPE, "our trophy", "--kind", "allow")
    status, record = scan(folder, ENVELOPE)
    assert (status, record["verdict"]) == (0, "clear")
    assert record["reason"].startswith("Object 1 matches our trophy, overlap 0.9")
    assert record["reason"].endswith(", and is always allowed.")
    assert record["weapon_score"] > 0.5
    _, other = scan(folder, MUG)
    assert other["objects"][0]["matches"] == []
    assert other["reason"].startswith("The object does not look weapon-shaped")


def scan_without(job):
    return json.loads(CliRunner().invoke(cli.scan, ["--json", str(job)]).stdout)["verdict"]


def test_a_shape_both_flagged_and_allowed_is_flagged(folder):
    add(folder, MUG, "as we sell it", "--kind", "allow")
    add(folder, MUG, "as we do not", "--kind", "flag")
    status, record = scan(folder, MUG)
    assert status == 4
    assert record["reason"].startswith("Object 1 matches as we do not")
    assert len(record["objects"][0]["matches"]) == 2


def test_the_default_library_is_used_where_there_is_one(folder, monkeypatch):
    monkeypatch.setenv("PRINTWARDEN_REFERENCES", str(folder))
    assert scan_without(MUG) == "clear"
    add(folder, MUG, "mug")
    assert scan_without(MUG) == "flagged"


def test_a_folder_without_a_library_is_a_usage_error(tmp_path):
    done = CliRunner().invoke(cli.scan, ["--references", str(tmp_path), str(MUG)])
    assert done.exit_code == 2
    assert "holds no references" in done.stderr


def empty(path):
    path.write_bytes(b"")


def cut_short(path):
    stl(path, bracket())
    path.write_bytes(path.read_bytes()[:200])


def sheet(path):
    stl(path, box((160, 80, 0.2)))


def crumb(path):
    stl(path, box((2, 1, 1)))


def pair(path):
    stl(path, bracket(), bracket() + np.array([60.0, 0, 0]))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (empty, "part.stl: "),
        (cut_short, "part.stl: "),
        (sheet, "is too thin to be told from other shapes"),
        (crumb, "is 2.0 mm long, and a scan leaves out what is under 3 mm"),
        (pair, "holds 2 separate objects. Say which with --object N; 1 is the largest."),
    ],
)
def test_a_file_that_makes_no_reference_gets_one_sentence_and_changes_nothing(
    tmp_path, folder, make, words
):
    path = tmp_path / "part.stl"
    make(path)
    done = run("add", path, "--name", "part", "--library", folder)
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr
    assert "part.stl" in done.stderr
    assert not folder.exists()


def test_one_of_several_objects_can_be_chosen(tmp_path, folder):
    file = stl(tmp_path / "two.stl", bracket(), box((10, 10, 10), (60, 0, 0)))
    assert add(folder, file, "small", "--object", "2")["volume_mm3"] == pytest.approx(
        1000, rel=0.05
    )
    done = run("add", file, "--name", "third", "--library", folder, "--object", "3")
    assert done.exit_code == 2
    assert "has no object 3. Objects are numbered 1 to 2." in done.stderr


def test_a_name_that_is_taken_or_unknown_is_said(tmp_path, folder):
    file = stl(tmp_path / "part.stl", bracket())
    add(folder, file, "part")
    before = (folder / "references.bin").read_bytes()
    taken = run("add", file, "--name", "part", "--library", folder)
    unknown = run("remove", "other", "--library", folder)
    assert (taken.exit_code, unknown.exit_code) == (2, 2)
    assert "has a reference 'part' already" in taken.stderr
    assert "has no reference 'other'" in unknown.stderr
    assert (folder / "references.bin").read_bytes() == before
