"""Building a dataset: the same bytes however it is built, and nothing lost whatever stops it."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from dataset_builder.building import build as building
from dataset_builder.building.build import Settings, build
from dataset_builder.building.engines import ENGINES, run_local
from dataset_builder.building.errors import BuildError, BuildStopped, FolderTaken, ShardDamaged
from dataset_builder.building.fineness import FINEST, enough_cells, volume_mm3
from dataset_builder.building.journal import Done, Journal, Unit
from dataset_builder.building.poses import Pose
from dataset_builder.building.presets import CURA, MESH
from dataset_builder.building.request import Request, plan_of
from dataset_builder.output.dataset import WORK
from dataset_builder.render.projections import project
from dataset_builder.render.rotations import rotated
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.render.views import PLANES
from dataset_builder.slicers.base import write_stl
from dataset_builder.slicers.profiles import slicer_version
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.parametric import parametric_origins

MODELS = ("pistol", "mug", "wrench")


@pytest.fixture(scope="module")
def plan():
    """3 models in 5 poses: 15 jobs in 4 shards, no slicer."""
    whole = plan_of(Request("smoke", size_px=16, frames=3))
    return replace(
        whole,
        poses=whole.poses[::5],
        origins=tuple(parametric_origins(MODELS, 1, seed=1)),
        jobs_a_shard=4,
    )


@pytest.fixture(scope="module")
def built(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dataset") / "whole"
    build(plan, folder, settings(folder))
    return folder


def settings(folder: Path, **changes) -> Settings:
    return Settings(folder.parent / "cache", **changes)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(folder, subset):
    found = []
    for path in sorted((folder / "data" / subset).glob("*.parquet")):
        found += pq.read_table(path).to_pylist()
    return found


def decoded(row):
    return cv2.imdecode(np.frombuffer(row["image"]["bytes"], np.uint8), cv2.IMREAD_GRAYSCALE)


def test_any_number_of_workers_gives_the_same_bytes(plan, built, tmp_path):
    build(plan, tmp_path / "two", settings(tmp_path / "two", workers=2))
    assert contents(tmp_path / "two") == contents(built)


def test_a_ray_cluster_of_two_workers_gives_the_same_bytes(plan, built, tmp_path):
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'printwarden[scale]'")
    build(plan, tmp_path / "ray", settings(tmp_path / "ray", workers=2, engine="ray"))
    assert contents(tmp_path / "ray") == contents(built)


def test_another_seed_gives_other_objects(plan, built, tmp_path):
    other = replace(plan, seed=2, origins=tuple(parametric_origins(MODELS, 1, seed=2)))
    manifest = build(other, tmp_path / "other", settings(tmp_path / "other"))
    ours = json.loads((built / "manifest.json").read_text())
    assert manifest["counts"] == ours["counts"]
    assert {o["sha256"] for o in manifest["origins"]}.isdisjoint(
        o["sha256"] for o in ours["origins"]
    )


def test_the_manifest_counts_what_the_tables_hold(built):
    manifest = json.loads((built / "manifest.json").read_text())
    assert manifest["counts"]["projections"] == len(rows(built, "projections")) == 15 * 3
    assert manifest["counts"]["sequence_frames"] == len(rows(built, "sequences")) == 15 * 3 * 3
    assert manifest["counts"]["solids"] == len(rows(built, "solids")) == 3
    assert sum(sum(o["images"].values()) for o in manifest["origins"]) == 15 * 12
    assert not (built / WORK).exists()


def test_every_projection_can_be_drawn_again_from_what_its_row_says(plan, built):
    origins = {origin.name: origin for origin in plan.origins}
    for row in rows(built, "projections"):
        pose = Pose(row["roll_deg"], row["pitch_deg"], row["yaw_deg"])
        mesh = load_mesh(origins[row["model"]])
        layers = slice_mesh(rotated(mesh, pose.rotation), cells=enough_cells(mesh, 96))
        views = project(layers, size_px=16, kind="root-xray")
        # angles are stored in single precision: a turn by 1e-6 degrees may tip a pixel or two
        difference = np.abs(views.pixels[PLANES.index(row["plane"])].astype(int) - decoded(row))
        assert np.count_nonzero(difference > 4) <= 2
        assert row["mm_per_px"] == pytest.approx(views.mm_per_px, rel=1e-5)
        assert LABEL_NAMES[row["label"]] == origins[row["model"]].label


@pytest.mark.parametrize("model", ["sword", "mug", "wrench"])
def test_no_blade_is_lost_between_cells_and_no_cell_is_spent_without_need(model):
    mesh = load_mesh(*parametric_origins((model,), 1, seed=1))
    cells = enough_cells(mesh, 96)
    assert (cells > 96) == (model != "mug")
    kept = volume_mm3(slice_mesh(mesh, cells=cells))
    assert kept == pytest.approx(volume_mm3(slice_mesh(mesh, cells=FINEST)), rel=0.06)


def test_frames_grow_and_the_last_one_is_the_projection(built):
    finished = {(row["job"], row["plane"]): decoded(row) for row in rows(built, "projections")}
    sequences = {}
    for row in rows(built, "sequences"):
        sequences.setdefault((row["job"], row["plane"]), []).append(row)
    assert sequences.keys() == finished.keys()
    for key, frames in sequences.items():
        pictures = [decoded(row).astype(int) for row in frames]
        assert all((b >= a).all() for a, b in pairwise(pictures))
        assert np.array_equal(pictures[-1], finished[key])
        assert [row["layer"] for row in frames] == sorted(row["layer"] for row in frames)
        assert frames[-1]["layer"] == frames[-1]["layers"]
        assert frames[-1]["z_mm"] == pytest.approx(frames[-1]["extent_z_mm"], rel=0.05)


class Interrupted(RuntimeError):
    pass


def stopping_after(outcomes):
    def engine(work, units, workers):
        for number, done in enumerate(run_local(work, units, workers)):
            if number == outcomes:
                raise Interrupted
            yield done

    return engine


@pytest.mark.parametrize("outcomes", [0, 1, 3])
def test_a_build_that_was_stopped_is_completed_to_the_same_bytes(
    plan, built, tmp_path, monkeypatch, outcomes
):
    folder = tmp_path / "stopped"
    monkeypatch.setitem(ENGINES, "breaking", stopping_after(outcomes))
    for _ in range(5):
        try:
            build(plan, folder, settings(folder, engine="breaking", resume=True))
            break
        except Interrupted:
            assert not (folder / "manifest.json").exists()
    else:
        build(plan, folder, settings(folder, resume=True))
    assert contents(folder) == contents(built)


def test_a_torn_last_line_of_the_journal_costs_one_shard_only(plan, built, tmp_path, monkeypatch):
    folder = tmp_path / "torn"
    monkeypatch.setitem(ENGINES, "breaking", stopping_after(3))
    with pytest.raises(Interrupted):
        build(plan, folder, settings(folder, engine="breaking"))
    journal = folder / WORK / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    build(plan, folder, settings(folder, resume=True))
    assert contents(folder) == contents(built)


def test_journals_give_back_what_was_written(tmp_path):
    done = Done(Unit("pictures", 3), [{"path": "a", "rows": 1}], [(0, "mesh", 4)], [("x", "y")])
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(done)
    assert journal.read() == {done.unit: done}


@pytest.mark.parametrize("harm", ["flip", "cut"])
@pytest.mark.parametrize("finished", [False, True])
def test_a_damaged_shard_is_named_before_anything_is_overwritten(
    plan, tmp_path, monkeypatch, harm, finished
):
    folder = tmp_path / "harmed"
    monkeypatch.setitem(ENGINES, "breaking", stopping_after(99 if finished else 2))
    try:
        build(plan, folder, settings(folder, engine="breaking"))
    except Interrupted:
        assert not finished
    shard = min((folder / "data").rglob("*.parquet"))
    content = shard.read_bytes()
    half = len(content) // 2
    shard.write_bytes(content[:half] + (b"" if harm == "cut" else b"!!") + content[half + 2 :])
    before = contents(folder)
    with pytest.raises(ShardDamaged, match=shard.name):
        build(plan, folder, settings(folder, resume=True))
    assert contents(folder) == before


@pytest.mark.parametrize("subset", ["solids", "projections", "sequences"])
@pytest.mark.parametrize("finished", [False, True])
def test_a_shard_that_is_gone_is_drawn_again(plan, built, tmp_path, monkeypatch, subset, finished):
    folder = tmp_path / "robbed"
    monkeypatch.setitem(ENGINES, "breaking", stopping_after(99 if finished else 2))
    try:
        build(plan, folder, settings(folder, engine="breaking"))
    except Interrupted:
        assert not finished
    for shard in (folder / "data" / subset).glob("*"):
        shard.unlink()
    build(plan, folder, settings(folder, resume=True))
    assert contents(folder) == contents(built)


def test_a_finished_dataset_is_checked_by_resume_and_kept(plan, built):
    before = contents(built)
    with pytest.raises(FolderTaken, match="holds this dataset already"):
        build(plan, built, settings(built))
    assert build(plan, built, settings(built, resume=True))["plan_sha256"] == plan.digest
    assert contents(built) == before


@pytest.mark.parametrize("resume", [False, True])
def test_another_dataset_is_never_overwritten(plan, built, tmp_path, monkeypatch, resume):
    other = replace(plan, seed=9)
    with pytest.raises(FolderTaken, match="holds another dataset"):
        build(other, built, settings(built, resume=resume))
    folder = tmp_path / "growing"
    monkeypatch.setitem(ENGINES, "breaking", stopping_after(1))
    with pytest.raises(Interrupted):
        build(plan, folder, settings(folder, engine="breaking"))
    before = contents(folder)
    with pytest.raises(FolderTaken, match="seed 1 there, 9 here"):
        build(other, folder, settings(folder, resume=resume))
    if not resume:
        with pytest.raises(FolderTaken, match="Complete it with --resume"):
            build(plan, folder, settings(folder))
    assert contents(folder) == before


def test_a_folder_of_other_things_is_left_alone(plan, tmp_path):
    (tmp_path / "thesis.txt").write_text("chapter 1")
    with pytest.raises(FolderTaken, match="is not empty"):
        build(plan, tmp_path, settings(tmp_path))
    with pytest.raises(FolderTaken, match="is a file"):
        build(plan, tmp_path / "thesis.txt", settings(tmp_path))
    assert contents(tmp_path) == {"thesis.txt": b"chapter 1"}


def test_two_builds_at_once_do_not_share_a_folder(plan, tmp_path, monkeypatch):
    folder = tmp_path / "shared"

    def engine(work, units, workers):
        with pytest.raises(FolderTaken, match="another process"):
            build(plan, folder, settings(folder, resume=True))
        yield from run_local(work, units, workers)

    monkeypatch.setitem(ENGINES, "greedy", engine)
    build(plan, folder, settings(folder, engine="greedy"))


def test_every_route_draws_an_equal_share_of_each_object(plan):
    dealt = replace(plan, routes=(MESH, *CURA), poses=plan.poses * 4)
    for number in range(len(dealt.origins)):
        routes = dealt.routes_of(number)
        assert {routes.count(route) for route in dealt.routes} == {5}
    assert dealt.routes_of(0) != dealt.routes_of(1)
    by_object = replace(dealt, deal="origin")
    assert all(len(set(by_object.routes_of(number))) == 1 for number in range(3))


def cli(*words, **options):
    call = [sys.executable, "-m", "printwarden", "dataset", "build", *map(str, words)]
    return subprocess.Popen(
        call, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
    )


def wait_for_lines(journal: Path, lines: int) -> None:
    for _ in range(600):
        if journal.exists() and journal.read_bytes().count(b"\n") >= lines:
            return
        time.sleep(0.05)
    raise TimeoutError("the build wrote no journal")


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_command_is_resumed_to_the_same_bytes_and_leaves_no_process(tmp_path, blow):
    asked = ["--preset", "smoke", "--size", "12", "--cache", tmp_path / "cache", "--workers", "2"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert cli("-o", whole, *asked).wait() == 0
    process = cli("-o", killed, *asked, start_new_session=True)
    wait_for_lines(killed / WORK / "journal.jsonl", 2)
    process.send_signal(blow)
    _, said = process.communicate()
    if blow == signal.SIGINT:
        assert process.returncode == 130
        assert "--resume" in said
    assert not (killed / "manifest.json").exists()
    assert gone(process.pid)
    assert cli("-o", killed, *asked, "--resume").wait() == 0
    assert contents(killed) == contents(whole)


def gone(group: int) -> bool:
    """Whether every process of *group* has ended, within ten seconds."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_full_disk_is_one_clear_sentence_and_nothing_is_lost(plan, built, tmp_path):
    folder = tmp_path / "full"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # larger than plan and journal, smaller than a shard of pictures
    resource.setrlimit(resource.RLIMIT_FSIZE, (22_000, hard))
    try:
        with pytest.raises(BuildStopped, match=r"no room left.*--resume"):
            build(plan, folder, settings(folder))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(folder.rglob("*.tmp"))
    build(plan, folder, settings(folder, resume=True))
    assert contents(folder) == contents(built)


def test_a_worker_that_dies_is_reported_and_its_shard_drawn_again(
    plan, built, tmp_path, monkeypatch
):
    folder = tmp_path / "dying"
    monkeypatch.setattr(building, "_pictures", _die)
    with pytest.raises(BuildStopped, match="worker process was killed"):
        build(plan, folder, settings(folder, workers=2))
    monkeypatch.undo()
    build(plan, folder, settings(folder, resume=True))
    assert contents(folder) == contents(built)


def _die(folder, missing, unit):
    os._exit(9)


def mesh_folder(root: Path, names: dict[str, str]) -> Path:
    """name -> label, each a mug."""
    (mug,) = parametric_origins(("mug",), 1, seed=1)
    for name, label in names.items():
        (root / label).mkdir(parents=True, exist_ok=True)
        write_stl(load_mesh(mug), root / label / f"{name}.stl")
    return root


def test_a_broken_mesh_is_skipped_counted_and_told(tmp_path):
    source = mesh_folder(tmp_path / "meshes", {"cup": "container", "beaker": "container"})
    (source / "container" / "broken.stl").write_bytes(b"solid nothing at all")
    small = plan_of(Request("smoke", sources=[str(source)], size_px=16, frames=2))
    manifest = build(small, tmp_path / "out", settings(tmp_path))
    assert manifest["counts"]["models"] == 2
    assert [skip for skip in manifest["skipped"] if "broken" in skip["location"]]


def test_jobs_given_as_gcode_are_drawn_as_such_and_an_empty_one_is_told(tmp_path):
    jobs = tmp_path / "jobs"
    jobs.mkdir()
    square = "G1 X60 Y40 E4\nG1 X60 Y70 E7\nG1 X40 Y70 E9\nG1 X40 Y40 E12\n"
    walls = "".join(f"G0 X40 Y40 Z{0.2 * layer:.1f}\nG92 E0\n{square}" for layer in range(1, 30))
    (jobs / "tower.gcode").write_text(f"G28\nM109 S200\n{walls}M104 S0\n")
    (jobs / "air.gcode").write_text("G28\nG1 X10\nM104 S0\n")
    (jobs / "labels.csv").write_text("file,label\ntower.gcode,container\nair.gcode,container\n")
    given = plan_of(Request("smoke", sources=[str(jobs), "parametric"], size_px=16, frames=2))
    manifest = build(given, tmp_path / "out", settings(tmp_path))
    ways = {origin["kind"]: set(origin["images"]) for origin in manifest["origins"]}
    assert ways == {"gcode": {"gcode"}, "parametric": {"mesh"}}
    (skip,) = manifest["skipped"]
    assert "air" in skip["location"]
    assert "never extrudes" in skip["reason"]


def test_nothing_but_broken_meshes_is_an_error(tmp_path):
    (tmp_path / "meshes" / "gear").mkdir(parents=True)
    (tmp_path / "meshes" / "gear" / "broken.stl").write_bytes(b"solid nothing at all")
    small = plan_of(Request("smoke", sources=[str(tmp_path / "meshes")]))
    with pytest.raises(BuildError, match="Nothing could be drawn"):
        build(small, tmp_path / "out", settings(tmp_path))


def test_a_label_that_the_preset_does_not_know_stops_before_anything_is_written(tmp_path):
    source = mesh_folder(tmp_path / "meshes", {"lamp": "chandelier"})
    with pytest.raises(BuildError, match=r"chandelier.*no label"):
        plan_of(Request("smoke", sources=[str(source)]))
    household = mesh_folder(tmp_path / "more", {"hook": "household"})
    with pytest.raises(BuildError, match="household"):
        plan_of(Request("c3po", sources=[str(household)], routes=[MESH]))
    plan_of(Request("smoke", sources=[str(source)], aliases={"chandelier": "household"}))


def test_a_folder_given_twice_is_an_error(tmp_path):
    source = mesh_folder(tmp_path / "meshes", {"hook": "household"})
    with pytest.raises(BuildError, match="there twice"):
        plan_of(Request("smoke", sources=[str(source), str(source)]))


@pytest.mark.skipif(slicer_version(CURA[0]) is None, reason="CuraEngine is not installed")
def test_a_mesh_and_its_gcode_give_like_pictures_and_the_rows_say_which(plan, tmp_path):
    both = replace(
        plan_of(Request("smoke", routes=[MESH, CURA[0]], size_px=28, frames=3)),
        origins=tuple(parametric_origins(("pistol", "mug"), 1, seed=1)),
    )
    one_way = replace(both, routes=(MESH,))
    build(both, tmp_path / "both", settings(tmp_path))
    build(one_way, tmp_path / "mesh", settings(tmp_path))
    plain = {
        row["job"].split("/")[0] + row["job"][-4:] + row["plane"]: decoded(row)
        for row in rows(tmp_path / "mesh", "projections")
    }
    routes = set()
    for row in rows(tmp_path / "both", "projections"):
        mesh = plain[row["job"].split("/")[0] + row["job"][-4:] + row["plane"]].astype(int)
        routes.add(row["route"])
        assert row["job"].split("/")[1] == row["route"]
        assert np.abs(mesh - decoded(row)).mean() < 6  # of 255 grey levels
    assert routes == {MESH, CURA[0]}
