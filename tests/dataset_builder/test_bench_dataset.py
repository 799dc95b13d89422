"""The benchmark of datasets: the obvious way draws the same thing, and both ways are timed."""

import json

import cv2
import numpy as np
import pytest

from dataset_builder.benchmarks import dataset
from dataset_builder.benchmarks.dataset import Stopwatch
from dataset_builder.benchmarks.naive import draw_growth, read_segments
from dataset_builder.readers.gcode.scanner import Scanner

pytest.importorskip("pygcode")
pytest.importorskip("matplotlib")

JOB = """G28
G92 E0
G1 X10 Y10 Z0.2 F1500
G1 X20 Y10 E1.0 ; along x
G1 E0.5
G0 X20 Y20
G1 E1.0
G92 E0
G1 X10 Y20 E1.5
G1 Z0.4
G1 X10 Y10 E2.5
"""


def test_the_obvious_reader_finds_the_segments_that_ours_finds(tmp_path):
    path = tmp_path / "job.gcode"
    path.write_text(JOB)
    theirs = read_segments(path)
    theirs = theirs[(theirs[:, 0] != theirs[:, 1]).any(axis=1)]
    ours = np.concatenate(list(Scanner().blocks([JOB.encode()])))
    np.testing.assert_allclose(theirs[:, 0], ours["start"], atol=1e-4)
    np.testing.assert_allclose(theirs[:, 1], ours["end"], atol=1e-4)


def test_the_obvious_pictures_grow_in_every_view(tmp_path):
    heights = np.repeat(np.arange(1.0, 9.0), 2)
    segments = np.stack([np.stack([0 * heights, 0 * heights, heights], 1),
                         np.stack([5 + 0 * heights, 4 + 0 * heights, heights], 1)], 1)  # fmt: skip
    files = draw_growth(segments, frames=4, size_px=28)
    pictures = np.stack([cv2.imdecode(np.frombuffer(file, np.uint8), 0) for file in files])
    assert pictures.shape == (12, 28, 28)
    ink = (pictures < 255).sum(axis=(1, 2)).reshape(3, 4)
    assert (np.diff(ink[1:], axis=1) > 0).all()
    assert (ink[0] > 0).all()


def test_a_stopwatch_counts_what_children_burn_and_divides_by_images():
    watch = Stopwatch()
    with watch.stage("idle"):
        pass
    watch.seconds["busy"] = 2.0
    watch.images = 4
    assert watch.per_image_ms()["busy"] == 500
    assert watch.per_image_ms()["all"] >= 500


def test_without_a_slicer_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(dataset, "slicer_version", lambda _: None)
    with pytest.raises(dataset.click.ClickException, match="apt install cura-engine"):
        dataset.run(1, as_json=True)


def test_it_reports_stages_and_their_ratio_as_json(monkeypatch, capsys):
    monkeypatch.setattr(dataset, "slicer_version", lambda _: "Slicer 1.0")
    monkeypatch.setattr(dataset, "OUR_RUNS", 2)

    def slowly(_mesh, _pose, _route, watch):
        watch.seconds["draw"] += 1000.0
        watch.images += 33

    monkeypatch.setattr(dataset, "_draw_naively", slowly)
    dataset.run(1, as_json=True)
    row = json.loads(capsys.readouterr().out)
    assert row["naive_ms_per_image"]["all"] == pytest.approx(1e6 / 33)
    assert set(row["printwarden_ms_per_image"]) == {"turn and cut", "draw", "encode", "all"}
    assert row["times"] > 100
