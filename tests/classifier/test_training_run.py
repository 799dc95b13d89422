"""A whole run: from a configuration to a bundle, alone or by several processes."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import printwarden
from classifier.training.costs import UNMEASURED, Meter, in_words
from classifier.training.failures import MOST_BYTES
from classifier.training.pipeline import train
from classifier.training.run import Run
from printwarden import main

ROOT = Path(printwarden.__file__).parent
TWO_PROCESSES = """
import sys
from dataclasses import replace
from pathlib import Path
from classifier.training.config import *
from classifier.training.machine import machine
from classifier.training.origins import training_origins
from classifier.training.shards import draw_examples
from classifier.training.loop import Task, fit
from classifier.runtime.recipe import ViewRecipe
from safetensors.torch import save_file

config = TrainingConfig(
    network=NetworkConfig(channels=(4, 8)),
    data=DataConfig(draws_parametric=3),
    schedule=ScheduleConfig(batch=8),
)
folder = Path(sys.argv[1])
with machine(device="cpu") as on:
    found = training_origins(seed=1, models=("mug", "sword"))
    if on.first:
        draw_examples(found.origins, config, folder, recipe=ViewRecipe())
    on.wait()
    examples, _ = draw_examples(found.origins, config, folder, recipe=ViewRecipe())
    network = fit(examples, Task(config, steps=4, seed=1), on=on)
    state = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(state, folder / f"rank-{on.rank}.safetensors")
"""


def test_a_run_leaves_a_bundle_whose_manifest_says_how_it_was_made(tiny_folder, tiny_config):
    manifest = json.loads((tiny_folder / "manifest.json").read_text())
    said = manifest["training"]
    assert said["config_sha256"] == tiny_config.digest()
    assert said["examples"] == sum(row["objects"] for row in said["sources"]) * 3
    assert set(said["promises"]) == {"flag_at", "review_at"}
    for made in said["promises"].values():
        assert made["objects"] == made["n"] == 12
        assert made["kept"] is False  # a dozen everyday objects promise nothing


def test_a_card_tells_sources_command_promises_failures_and_cost(tiny_folder):
    card = (tiny_folder / "card.md").read_text()
    for words in (
        "## Intended use",
        "## Not intended",
        "| parametric | 8 | 4 | Apache-2.0 | The Printwarden authors |",
        "printwarden train",
        "**Not all promises can be made",
        "Expected calibration error",
        "](failures.png)",
        "CPU-hours",
    ):
        assert words in card


def test_the_gallery_of_failures_is_a_small_picture_and_cannot_be_changed(tiny_folder):
    path = tiny_folder / "failures.png"
    assert path.stat().st_size < MOST_BYTES
    with Image.open(path) as image:
        assert image.width > 64 * 3
    assert "failures.png" in (tiny_folder / "SHA256SUMS").read_text()


def test_a_finished_run_resumed_gives_the_same_bundle(tiny_run, tiny_config, tiny_models):
    before = {p.name: p.read_bytes() for p in (tiny_run / "bundle").iterdir()}
    again = train(Run(tiny_config, tiny_run, models=tiny_models, resume=True))
    assert again is not None
    for name in ("model.onnx", "gallery.npz", "weights.safetensors", "failures.png"):
        assert (tiny_run / "bundle" / name).read_bytes() == before[name]
    assert again.name == "tiny"


def test_a_run_that_begins_anew_leaves_no_checkpoint_of_the_one_before(tiny_config, tmp_path):
    run = Run(tiny_config, tmp_path, models=("mug", "sword"))
    for stage in ("fold-0", "network"):
        (tmp_path / stage).mkdir()
        (tmp_path / stage / "step-00000002.json").write_text('{"decided_by": "another run"}')

    def stopped(title, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(run, progress=stopped)
    assert not list(tmp_path.glob("*/step-*"))
    assert train(replace(run, resume=True)) is not None


def test_curves_are_written_for_tensorboard(tiny_run):
    for name in ("fold-0", "fold-1", "network"):
        assert list((tiny_run / "metrics" / name).glob("events.out.tfevents.*"))


@pytest.mark.slow
def test_two_processes_train_one_network(tmp_path):
    script = tmp_path / "two.py"
    script.write_text(TWO_PROCESSES)
    call = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*call, str(script), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    first, second = ((tmp_path / f"rank-{rank}.safetensors").read_bytes() for rank in (0, 1))
    assert first == second


def test_an_unknown_key_ends_with_status_2_and_the_known_ones(tmp_path, capsys):
    assert main(["train", "--set", "schedule.step=3", "--out", str(tmp_path / "run")]) == 2
    assert "'schedule.step' is no setting; there are: steps, batch" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_evaluating_without_a_dataset_is_one_sentence(tmp_path, capsys):
    assert main(["evaluate", "--data", str(tmp_path / "none")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def package(folder, microjoules):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "energy_uj").write_text(f"{microjoules}\n")
    (folder / "max_energy_range_uj").write_text("10000000\n")


def test_energy_is_counted_over_a_counter_that_wraps_and_over_sessions(tmp_path):
    counter, file = tmp_path / "rapl" / "intel-rapl:0", tmp_path / "costs.json"
    package(counter, 8_000_000)
    package(counter.with_name("intel-rapl:0:0"), 1)  # a part of the package counts in it
    meter = Meter(file, tmp_path / "rapl")
    package(counter, 1_000_000)
    assert meter.sample()["joules"] == 3
    package(counter, 3_000_000)
    assert meter.sample()["joules"] == 5
    later = Meter(file, tmp_path / "rapl")
    package(counter, 4_000_000)
    assert later.sample()["joules"] == 6


def test_a_machine_without_counters_says_so(tmp_path):
    assert UNMEASURED in in_words(Meter(None, tmp_path).sample())
