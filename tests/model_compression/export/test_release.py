"""`printwarden compress export` and `unpack`: from a run's folder to files, and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classifier.runtime.interpreter.session import NumpySession
from classifier.runtime.session import start_session
from model_compression.tasks import mnist
from printwarden import main

TINY = 60


@pytest.fixture(scope="module")
def folder(tiny_mnist, tmp_path_factory) -> Path:
    """A run's folder with its files exported."""
    out = tmp_path_factory.mktemp("out")
    place = ["--model", "mlp300", "--data", str(tiny_mnist), "--out", str(out)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mnist, "VALIDATION", TINY)
        words = ["compress", "run", "one-shot-magnitude", *place, "--target", "5%", "--epochs", "1"]
        assert main(words) == 0
        made: Path = next(out.glob("one-shot-magnitude-*"))
        assert main(["compress", "export", str(made), "--data", str(tiny_mnist)]) == 0
    return made


def test_the_files_of_a_run_are_small_and_say_the_same(folder):
    sizes = {name: (folder / name).stat().st_size for name in ("model.onnx", "model.pwq")}
    assert sizes["model.pwq"] < 0.08 * sizes["model.onnx"]
    assert (folder / "model-int8.onnx").stat().st_size < 0.3 * sizes["model.onnx"]
    pictures = np.random.default_rng(0).normal(size=(5, 1, 28, 28)).astype(np.float32)
    packed, model = (folder / name for name in ("model.pwq", "model.onnx"))
    (by_numpy,) = NumpySession(packed.read_bytes(), packed).run(None, {"pictures": pictures})
    (expected,) = start_session(model.read_bytes(), model).run(None, {"pictures": pictures})
    np.testing.assert_allclose(by_numpy, expected, atol=1e-4)


def test_a_packed_file_unpacks_to_the_model_that_was_exported(folder, tmp_path, capsys):
    target = tmp_path / "again.onnx"
    assert main(["compress", "unpack", str(folder / "model.pwq"), "--out", str(target)]) == 0
    assert target.read_bytes() == (folder / "model.onnx").read_bytes()
    assert f"{target}: " in capsys.readouterr().out


def test_a_damaged_packed_file_is_told_in_one_sentence_and_nothing_is_written(
    folder, tmp_path, capsys
):
    data = bytearray((folder / "model.pwq").read_bytes())
    data[len(data) // 2] ^= 1
    damaged = tmp_path / "model.pwq"
    damaged.write_bytes(data)
    assert main(["compress", "unpack", str(damaged)]) == 2
    assert "model.pwq: is damaged: its checksum is not the one" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [damaged]


def test_the_ledger_of_a_run_is_shown_layer_by_layer(folder, tiny_mnist, capsys, monkeypatch):
    monkeypatch.setattr(mnist, "VALIDATION", TINY)
    assert main(["compress", "ledger", str(folder), "--data", str(tiny_mnist)]) == 0
    said = capsys.readouterr().out
    assert said.count("| fc") == 3
    assert "Sum: " in said


def test_a_folder_that_is_no_run_is_told(tmp_path, capsys):
    assert main(["compress", "export", str(tmp_path)]) == 2
    assert "is no result of `printwarden compress run`" in capsys.readouterr().err
