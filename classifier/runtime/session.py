"""A bundle's model.onnx as an onnxruntime session that takes and gives what the manifest says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from classifier.runtime.bundle import ADVICE, MODEL, ModelBundle
from classifier.runtime.errors import BundleError
from classifier.runtime.interpreter.session import NumpySession

Shape = tuple[int | None, ...]
"""None is a free number of objects."""
Tensors = dict[str, tuple[str, Shape]]
"""Name -> its type in onnxruntime's words, its shape."""


def open_session(bundle: ModelBundle) -> Any:
    """A checked onnxruntime.InferenceSession. Raises BundleError naming model.onnx."""
    where = bundle.folder / MODEL
    session = start_session(bundle.model, where)
    inputs, outputs = promised(bundle)
    for promise, given in ((inputs, session.get_inputs()), (outputs, session.get_outputs())):
        found = _described(given)
        for name, expected in promise.items():
            if found.get(name) != expected:
                raise BundleError(where, _mismatch(name, expected, found), ADVICE)
        if set(found) != set(promise):
            raise BundleError(
                where, f"has {', '.join(found)} where the manifest has {', '.join(promise)}", ADVICE
            )
    return session


def promised(bundle: ModelBundle) -> tuple[Tensors, Tensors]:
    """The inputs and outputs that *bundle*'s manifest and gallery ask of its network."""
    recipe = bundle.recipe
    side = recipe.size_px
    inputs: Tensors = {
        "views": ("tensor(uint8)", (None, len(recipe.planes), len(recipe.kinds), side, side)),
        "extent_mm": ("tensor(float)", (None, 3)),
    }
    outputs: Tensors = {
        "probabilities": ("tensor(float)", (None, len(bundle.labels))),
        "embedding": ("tensor(float)", (None, bundle.gallery.embeddings.shape[1])),
    }
    return inputs, outputs


def _mismatch(name: str, expected: tuple[str, Shape], found: Tensors) -> str:
    if name not in found:
        return f"has no {name!r} ({_words(expected)})"
    return f"{name!r} is {_words(found[name])}, the manifest asks for {_words(expected)}"


def _words(tensor: tuple[str, Shape]) -> str:
    kind, shape = tensor
    sides = " x ".join("objects" if side is None else str(side) for side in shape)
    return f"{kind} of {sides}"


def _described(tensors: Sequence[Any]) -> Tensors:
    return {
        tensor.name: (
            tensor.type,
            tuple(side if isinstance(side, int) else None for side in tensor.shape),
        )
        for tensor in tensors
    }


def start_session(model: bytes, where: object) -> Any:
    """A session that stays small: one thread, no arena kept for later.

    Where there is no onnxruntime, NumPy computes the same, slower.
    """
    # without this, importing onnxruntime may start a thread that phones home on some platforms
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
    except ImportError:  # it is not made for every board
        return _without_onnxruntime(model, where)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            model, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's own exceptions have no common base
        problem = f"onnxruntime cannot run this network ({' '.join(str(error).split())})"
        raise BundleError(where, problem, ADVICE) from error


def _without_onnxruntime(model: bytes, where: object) -> NumpySession:
    try:
        return NumpySession(model, where)
    except ValueError as error:
        problem = f"NumPy cannot run this network ({error})"
        raise BundleError(where, problem, f"{ADVICE}, or install onnxruntime") from error
