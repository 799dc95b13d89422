"""A verdict comes from a process of its own, and every way in which none comes is told apart."""

import asyncio
import gzip
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from printer_guard.child import Child
from printer_guard.database import Database
from printer_guard.errors import JudgingFailed
from printer_guard.judging import SHIPPED, Judge
from printer_guard.policy import Finding
from printer_guard.records import Records
from printer_guard.settings import Judging

SAMPLES = Path(__file__).resolve().parents[2] / "classifier" / "samples"
MUG = SAMPLES / "1-mug.gcode.gz"
ENVELOPE = SAMPLES / "3-handgun-shaped-envelope.gcode.gz"


@pytest.fixture
def judge(tmp_path):
    database = Database(tmp_path / "state")
    yield Judge(Judging(), Records(database, "shed", reporting=False), tmp_path / "evidence")
    database.close()


def ask(judge, path, name=None):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return asyncio.run(judge.judge(path, digest, name or path.name))


def fake_module(folder, monkeypatch, body):
    """A module that stands in for the judging one."""
    (folder / "fake_child.py").write_text(
        f"import sys, os, time, json\nsys.stdin.readline()\n{body}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr("printer_guard.judging.MODULE", "fake_child")
    monkeypatch.setattr("printer_guard.judging.START_S", 0.0)


def test_a_clear_and_a_flagged_job_are_told_apart_and_the_flagged_one_gets_a_picture(judge):
    clear, flagged = ask(judge, MUG), ask(judge, ENVELOPE)
    assert (clear.finding, clear.sheet) == (Finding.CLEAR, None)
    assert flagged.finding == Finding.FLAGGED
    assert Path(flagged.sheet).read_bytes().startswith(b"\x89PNG")
    assert flagged.record["model"]["name"].startswith("detector@")


def test_an_answer_is_remembered_until_the_model_or_the_policy_changes(
    judge, monkeypatch, tmp_path
):
    first = ask(judge, MUG)
    fake_module(tmp_path, monkeypatch, "sys.exit(1)")
    assert ask(judge, MUG).finding == first.finding
    strict = judge.settings.model_copy(update={"policy": "new-york"})
    judge.settings = strict
    assert ask(judge, MUG).finding == Finding.JUDGING_FAILED


@pytest.mark.parametrize(
    "settings",
    [{"bundle": Path("/nowhere")}, {"policy": "no-such"}, {"references": Path("/nowhere")}],
)
def test_a_judge_that_cannot_be_is_no_verdict(judge, settings):
    judge.settings = Judging(**settings)
    assert ask(judge, MUG).finding == Finding.MODEL_MISSING


def test_an_altered_model_is_no_verdict(judge, tmp_path):
    bundle = tmp_path / "bundle"
    shutil.copytree(SHIPPED, bundle)
    with (bundle / "model.onnx").open("ab") as file:
        file.write(b"\0")
    judge.settings = Judging(bundle=bundle)
    opinion = ask(judge, MUG)
    assert (opinion.finding, "was altered" in opinion.reason) == (Finding.MODEL_MISSING, True)


def test_a_process_that_hangs_is_a_failure_and_no_verdict(judge, tmp_path, monkeypatch):
    fake_module(tmp_path, monkeypatch, "time.sleep(600)")
    judge.settings = Judging(seconds=1)
    opinion = ask(judge, MUG)
    assert opinion.finding == Finding.JUDGING_FAILED
    assert "no answer within" in opinion.reason


FAULTS = {
    "it crashes": ("os.kill(os.getpid(), 11)", "it crashed"),
    "it is killed": ("os.kill(os.getpid(), 9)", "it was killed"),
    "it fails": ("raise ValueError('bad')", "status 1: ValueError: bad"),
    "it says nothing": ("", "status 0"),
    "it says nonsense": ("print('so clear!')", "an answer that is none"),
    "it says too little": ("print('[]')", "an answer that is none"),
}


@pytest.mark.parametrize(("body", "words"), FAULTS.values(), ids=FAULTS)
def test_every_fault_of_the_process_is_a_failure_and_no_verdict(
    judge, tmp_path, monkeypatch, body, words
):
    fake_module(tmp_path, monkeypatch, body)
    opinion = ask(judge, MUG)
    assert opinion.finding == Finding.JUDGING_FAILED
    assert words in opinion.reason


def test_a_job_that_needs_too_much_memory_is_a_failure(judge, tmp_path):
    judge.settings = Judging(memory_mib=256)
    assert ask(judge, MUG).finding in {Finding.JUDGING_FAILED, Finding.MODEL_MISSING}


def test_processor_time_is_limited_too(judge, tmp_path, monkeypatch):
    body = "from printer_guard.limits import confine\nconfine(1024, 1)\nwhile True:\n    pass"
    fake_module(tmp_path, monkeypatch, body)
    opinion = ask(judge, MUG)
    assert opinion.finding == Finding.JUDGING_FAILED
    assert "processor time" in opinion.reason


def test_garbage_is_unreadable(judge, tmp_path):
    path = tmp_path / "noise.gcode"
    path.write_bytes(os.urandom(20_000))
    assert ask(judge, path).finding == Finding.UNREADABLE


def test_without_onnxruntime_the_guard_finds_the_same_by_numpy(judge, tmp_path, monkeypatch):
    """As on 32-bit ARM, for which there is no onnxruntime."""
    before = ask(judge, ENVELOPE)
    missing = tmp_path / "missing"
    missing.mkdir()
    (missing / "onnxruntime.py").write_text(
        "import pathlib\n"
        "pathlib.Path(__file__).with_name('asked').touch()\n"
        "raise ImportError('no wheel for this machine')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(missing))
    judge.records.database.close()
    judge.records.database = Database(tmp_path / "forgets")  # else the verdict is remembered
    found = ask(judge, ENVELOPE)
    assert (missing / "asked").exists()
    assert (found.finding, Path(found.sheet).exists()) == (before.finding, True)
    scores = [opinion.record["weapon_score"] for opinion in (before, found)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-4)
    judge.records.database.close()


def test_no_process_is_left_behind(tmp_path, monkeypatch):
    (tmp_path / "sleeper.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    async def life():
        async with Child("sleeper", {}) as child:
            pid = child._process.pid
            with pytest.raises(JudgingFailed):
                await child.answer(0.2)
        return pid

    with pytest.raises(ProcessLookupError):
        os.kill(asyncio.run(life()), 0)


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a child of its parent's death"
)
def test_the_process_dies_with_a_guard_that_is_killed(tmp_path):
    body = (
        "import os, time, sys\n"
        "from printer_guard.limits import confine\n"
        "pid = os.fork()\n"
        "if pid:\n"
        "    print(pid, flush=True); time.sleep(600)\n"
        "confine(1024, 600); print('confined', flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", body], stdout=subprocess.PIPE, text=True) as guard:
        words = [guard.stdout.readline(), guard.stdout.readline()]
        child = int(next(word for word in words if word.strip().isdigit()))
        guard.send_signal(signal.SIGKILL)
    for _ in range(600):
        try:
            os.kill(child, 0)
            if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
                return
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.05)
    pytest.fail("the child outlived its guard")


def test_compressed_samples_are_judged_as_their_text(judge, tmp_path):
    plain = tmp_path / "mug.gcode"
    plain.write_bytes(gzip.decompress(MUG.read_bytes()))
    assert ask(judge, plain).finding == Finding.CLEAR


def test_a_child_whose_start_is_cancelled_is_ended_and_hangs_nobody():
    async def one():
        async with Child("printer_guard.judging_child", {}) as child:
            await child.answer(60)

    async def life():
        for pause_s in (0.0, 0.001, 0.005, 0.02, 0.1):
            task = asyncio.create_task(one())
            await asyncio.sleep(pause_s)
            task.cancel()
            await asyncio.sleep(0)
            task.cancel()
            _, pending = await asyncio.wait({task}, timeout=30)
            assert not pending

    asyncio.run(life())
