"""A trained network -> a bundle folder, checked: the file must say what the network says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from classifier.metrics import Rate
from classifier.onnx_file import ExportError, onnx_file
from classifier.runtime.bundle import (
    CARD,
    EARLY,
    FAILURES,
    GALLERY,
    MANIFEST,
    MODEL,
    SCHEMA,
    WEIGHTS,
    ModelBundle,
    load_bundle,
    write_sums,
)
from classifier.runtime.scorer import Answer, Scorer
from classifier.training.card import write_card
from classifier.training.examples import Examples

SAME = 1e-5  # largest difference of any output between torch and onnxruntime
COMPARED = 256  # examples


class Parts(NamedTuple):
    """The bytes of four files, and the manifest without its figures."""

    model: bytes
    gallery: bytes
    weights: bytes
    failures: bytes
    manifest: Mapping[str, Any]


def export_onnx(network: nn.Module, example: Examples) -> bytes:
    """The calibrated *network* as ONNX with a free number of objects."""
    views = torch.from_numpy(example.views(slice(2)))
    extent_mm = torch.from_numpy(example.extent_mm[:2])
    return onnx_file(network, {"views": views, "extent_mm": extent_mm}, Answer._fields)


def weights_of(network: nn.Module) -> bytes:
    """The bytes of weights.safetensors: what training and compression go on from."""
    from safetensors.torch import save

    # channels-last weights are laid out again, or two tensors would share memory
    return save({
        name: tensor.clone(memory_format=torch.contiguous_format)
        for name, tensor in network.state_dict().items()
    })  # fmt: skip


def write_bundle(
    folder: Path, parts: Parts, tables: Mapping[str, Mapping[str, Rate]]
) -> ModelBundle:
    """Write the files of a bundle, with *tables* as its figures, and load it once.

    A network for growing prints that lies there belongs to the network before: it is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / EARLY).unlink(missing_ok=True)
    metrics = {
        title: {name: rate.to_json() for name, rate in rates.items()}
        for title, rates in tables.items()
    }
    manifest = {"schema": SCHEMA, **parts.manifest, "metrics": metrics}
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / MODEL).write_bytes(parts.model)
    (folder / GALLERY).write_bytes(parts.gallery)
    (folder / WEIGHTS).write_bytes(parts.weights)
    (folder / FAILURES).write_bytes(parts.failures)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    (folder / CARD).write_text(write_card(manifest, tables), encoding="utf-8")
    write_sums(folder)
    return load_bundle(folder)


def check_same(judge: nn.Module, scorer: Scorer, examples: Examples) -> None:
    """Raise ExportError when torch and onnxruntime differ by more than 1e-5 on *examples*."""
    difference = largest_difference(judge, scorer, examples)
    if difference > SAME:
        raise ExportError(f"torch and onnxruntime differ by {difference:.1e}, more than {SAME:.0e}")


def largest_difference(judge: nn.Module, scorer: Scorer, examples: Examples) -> float:
    """Of any probability or coordinate of an embedding, over the first examples."""
    views, extent_mm = examples.views(slice(COMPARED)), examples.extent_mm[:COMPARED]
    with torch.inference_mode():
        expected = judge(torch.from_numpy(views), torch.from_numpy(extent_mm))
    pairs = zip(expected, scorer.answer(views, extent_mm), strict=True)
    return max(float(np.abs(wanted.numpy() - given).max()) for wanted, given in pairs)
