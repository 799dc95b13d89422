"""`printwarden scan` and `demo`: the contract, word for word."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from classifier.demo import sample_jobs

KEYS = (
    "schema job sha256 verdict reason weapon_score objects flags warnings model policy timings_ms"
).split()
OBJECT_KEYS = (
    "id role label weapon_score scores extent_mm layers unfamiliar nearest matches"
).split()
MUG, PLATE, ENVELOPE = sample_jobs()


def run(*arguments: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    call = [sys.executable, "-m", "printwarden", *map(str, arguments)]
    return subprocess.run(call, input=stdin, capture_output=True, check=False, timeout=60)


def scan(*arguments: str | Path, stdin: bytes | None = None) -> tuple[int, list[dict[str, Any]]]:
    done = run("scan", "--json", *arguments, stdin=stdin)
    assert b"Traceback" not in done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def labels(record: dict[str, Any]) -> Iterable[str]:
    return (part["label"] for part in record["objects"])


def test_an_everyday_job_is_clear_and_a_weapon_shaped_one_is_flagged():
    status, (mug, plate, envelope) = scan(MUG, PLATE, ENVELOPE)
    assert status == 4
    assert [r["verdict"] for r in (mug, plate, envelope)] == ["clear", "clear", "flagged"]
    assert len(plate["objects"]) == 3
    assert list(labels(envelope)) == ["handgun-shaped"]
    assert "looks handgun-shaped" in envelope["reason"]


def test_a_verdict_has_every_key_of_the_contract():
    _, (record,) = scan(MUG)
    assert list(record) == KEYS
    assert record["schema"] == "printwarden.verdict/1"
    assert record["job"] == str(MUG)
    (part,) = record["objects"]
    assert list(part) == OBJECT_KEYS
    assert sum(part["scores"].values()) == pytest.approx(1, abs=1e-4)
    assert record["weapon_score"] == part["weapon_score"]
    assert part["extent_mm"] == pytest.approx([62.9, 48.3, 54.3], abs=1.0)  # the sliced mesh
    assert part["layers"] == pytest.approx(54.3 / 0.3, abs=1)
    assert set(record["model"]) == set(record["policy"]) == {"name", "sha256"}
    assert record["policy"]["name"] == "default"
    assert part["unfamiliar"] >= 0
    assert len({near["name"] for near in part["nearest"]}) == 3
    assert all(list(near) == ["name", "label", "similarity"] for near in part["nearest"])


def test_the_worst_verdict_decides_the_exit_status(tmp_path):
    broken = tmp_path / "broken.gcode"
    broken.write_bytes(b"")
    assert scan(MUG)[0] == 0
    assert scan(MUG, broken)[0] == 5
    assert scan(ENVELOPE, broken)[0] == 4


def test_a_folder_and_standard_input_work_too(tmp_path):
    folder = tmp_path / "uploads" / "deep"
    folder.mkdir(parents=True)
    (folder / "mug.gcode.gz").write_bytes(MUG.read_bytes())
    (folder / "notes.txt").write_text("no job")
    status, (record,) = scan(tmp_path / "uploads")
    assert (status, Path(record["job"]).name) == (0, "mug.gcode.gz")
    status, (piped,) = scan("-", stdin=MUG.read_bytes())
    assert (status, piped["job"], piped["sha256"]) == (0, "-", record["sha256"])


def test_a_folder_without_jobs_is_a_usage_error(tmp_path):
    done = run("scan", tmp_path)
    assert done.returncode == 2
    assert b"holds no job files" in done.stderr


def test_evidence_is_one_sheet_a_job(tmp_path):
    from PIL import Image

    scan("--evidence", tmp_path, PLATE, ENVELOPE)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2
    assert names[1].startswith("3-handgun-shaped-envelope.gcode.gz-")
    assert names[1].endswith("-flagged.png")
    assert Image.open(tmp_path / names[0]).width > 1000


def test_a_policy_moves_the_thresholds(tmp_path):
    policy = tmp_path / "site.toml"
    policy.write_text("[policy]\nreview_at = 0.001\nflag_at = 0.999\n")
    status, records = scan("--policy", policy, MUG, ENVELOPE)
    assert status == 3
    assert [record["verdict"] for record in records] == ["review", "review"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[policy]\nflag_from = 1\n", b"no setting 'flag_from'"),
        ("[policy]\nreview_at = 2\n", b"review_at = 2"),
        ("[policy]\npreset = 'nyc'\n", b"no preset 'nyc'"),
        ("[policy.labels.mug]\nflag_at = 0.2\n", b"no weapon-shaped label 'mug'"),
        ("review_at = 0.5\n", b"has no table [policy]"),
        ("[policy\n", b"cannot be read"),
    ],
)
def test_a_policy_that_can_not_be_meant_is_a_usage_error(tmp_path, text, sentence):
    policy = tmp_path / "site.toml"
    policy.write_text(text)
    done = run("scan", "--policy", policy, MUG)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_policy_that_ships_is_called_by_its_name():
    status, (record,) = scan("--policy", "advisory", ENVELOPE)
    assert (status, record["verdict"], record["policy"]["name"]) == (3, "review", "advisory")
    assert "which policy advisory leaves to a person" in record["reason"]


def altered(bundle: Path) -> bytes:
    with (bundle / "model.onnx").open("ab") as model:
        model.write(b"x")
    return b"model.onnx: was altered: its SHA-256 is not the one listed. Use another bundle"


def with_fewer_labels(bundle: Path) -> bytes:
    return another_network(bundle, labels=9) + b"'probabilities' is tensor(float) of objects x 9"


def for_smaller_pictures(bundle: Path) -> bytes:
    return another_network(bundle, views=(3, 2, 32, 32)) + b"'views' is tensor(uint8) of objects x"


def another_network(bundle: Path, **shapes: Any) -> bytes:
    from classifier.runtime.bundle import write_sums
    from tests.classifier.onnx_networks import network

    (bundle / "model.onnx").write_bytes(network(**shapes))
    write_sums(bundle)
    return b"model.onnx: "


@pytest.mark.parametrize("spoil", [altered, with_fewer_labels, for_smaller_pictures])
def test_a_network_that_can_not_be_meant_judges_nothing_and_changes_nothing(tmp_path, spoil):
    import shutil

    from classifier.runtime.bundle import DEFAULT_BUNDLE

    bundle = tmp_path / "bundle"
    shutil.copytree(DEFAULT_BUNDLE, bundle)
    sentence = spoil(bundle)
    before = sorted(tmp_path.rglob("*"))
    done = run("scan", "--json", "--model", bundle, "--evidence", tmp_path / "sheets", MUG)
    assert (done.returncode, done.stdout) == (2, b"")
    assert sentence in done.stderr
    assert b"Use another bundle, or install Printwarden again." in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_a_job_that_can_not_be_analysed_is_never_clear(tmp_path):
    job = tmp_path / "macro.gcode"
    job.write_text("G28\nG1 X10 E1\nPRINT_ANOTHER_THING\n")
    status, (record,) = scan(job)
    assert (status, record["verdict"], record["weapon_score"]) == (5, "unreadable", None)
    assert "PRINT_ANOTHER_THING" in record["reason"]


def test_a_fault_of_our_own_makes_the_job_unreadable_and_the_status_1(monkeypatch):
    from click.testing import CliRunner

    from classifier import cli
    from classifier.runtime import judge

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(judge, "read_job", fail)
    done = CliRunner().invoke(cli.scan, ["--json", str(MUG)])
    record = json.loads(done.stdout)
    assert done.exit_code == 1
    assert record["verdict"] == "unreadable"
    assert record["flags"] == ["internal_fault"]


def test_a_shape_hidden_in_support_comments_goes_to_review(tmp_path):
    import gzip

    text = gzip.decompress(ENVELOPE.read_bytes()).decode()
    lines = [
        ";TYPE:Support material" if line.startswith(";TYPE:") else line
        for line in text.splitlines()
    ]
    decoy = ["G1 Z0.3 F600", ";TYPE:External perimeter"]
    decoy += ["G0 X20 Y20", "G1 X60 Y20 E2", "G1 X60 Y60 E2", "G1 X20 Y60 E2", "G1 X20 Y20 E2"]
    job = tmp_path / "lying.gcode"
    job.write_text("\n".join([*lines[:-400], *decoy, *lines[-400:]]))
    _, (record,) = scan(job)
    assert record["verdict"] in {"review", "flagged"}


def test_the_demo_shows_both_verdicts_and_where_the_pictures_are(tmp_path):
    done = run("demo", "-o", tmp_path / "out")
    shown = done.stdout.decode()
    assert done.returncode == 0
    assert "clear" in shown
    assert "flagged" in shown
    assert len(list((tmp_path / "out").glob("*.png"))) == 3
