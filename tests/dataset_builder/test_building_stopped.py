"""Whatever stops a build, nothing is lost; whatever lies there, nothing is overwritten."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dataset_builder.building import build as building
from dataset_builder.building.build import build
from dataset_builder.building.engines import ENGINES, run_local
from dataset_builder.building.errors import BuildStopped, FolderTaken, ShardDamaged
from dataset_builder.building.journal import Done, Journal, Unit
from dataset_builder.output.dataset import WORK
from tests.dataset_builder.small_build import contents, settings


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


def cli(*words, **options):
    call = [sys.executable, "-m", "printwarden", "dataset", "build", *map(str, words)]
    return subprocess.Popen(
        call,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - no thread of ours holds a lock here
        **options,
    )


def heed_interrupts():
    """A shell lets what it starts in the background ignore them, and all that this starts too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_lines(journal: Path, lines: int) -> None:
    for _ in range(24_000):  # two minutes: workers start slowly on a busy machine
        if journal.exists() and journal.read_bytes().count(b"\n") >= lines:
            return
        time.sleep(0.005)
    raise TimeoutError("the build wrote no journal")


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_command_is_resumed_to_the_same_bytes_and_leaves_no_process(tmp_path, blow):
    asked = ["--preset", "smoke", "--size", "12", "--cache", tmp_path / "cache", "--workers", "2"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert cli("-o", whole, *asked).wait() == 0
    process, said = struck_down(killed, asked, blow)
    if blow == signal.SIGINT:
        assert process.returncode == 130
        assert "--resume" in said
    assert not (killed / "manifest.json").exists()
    assert gone(process.pid)
    assert cli("-o", killed, *asked, "--resume").wait() == 0
    assert contents(killed) == contents(whole)


def struck_down(
    folder: Path, asked: list[object], blow: signal.Signals
) -> tuple[subprocess.Popen[str], str]:
    """A build that *blow* ended, and what it said; some are done before they hear of it."""
    for _ in range(30):
        process = cli("-o", folder, *asked, start_new_session=True)
        wait_for_lines(folder / WORK / "journal.jsonl", 1)
        process.send_signal(blow)
        _, said = process.communicate()
        if process.returncode != 0:
            return process, said
        shutil.rmtree(folder)
    raise TimeoutError("every build was done before it could be stopped")


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
