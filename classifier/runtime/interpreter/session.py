"""A network as onnxruntime would offer it, evaluated with NumPy alone: slower, but anywhere.

Takes model.onnx, or a packed network whose weights come apart from its graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from classifier.runtime.interpreter.graph import Array, Graph, Node, Port, read_graph
from classifier.runtime.interpreter.operators import OPERATORS
from classifier.runtime.packed.file import MAGIC, read_packed


class NumpySession:
    """The part of onnxruntime.InferenceSession that judging uses.

    model: the bytes of an ONNX or a packed file; *where* is what messages call it. Raises
    ValueError for an operator that is not known here or a constant without data, and BundleError
    for a damaged packed file.
    """

    def __init__(self, model: bytes, where: object) -> None:
        self._graph = _graph_of(model, where)
        unknown = sorted({node.kind for node in self._graph.nodes} - set(OPERATORS))
        if unknown:
            raise ValueError(f"operators that NumPy has no way for here: {', '.join(unknown)}")
        self._dead_after = _last_uses(self._graph)

    def get_inputs(self) -> Sequence[Port]:
        """What has to be fed."""
        return self._graph.inputs

    def get_outputs(self) -> Sequence[Port]:
        """What can be asked for."""
        return self._graph.outputs

    def run(self, names: Sequence[str] | None, feeds: Mapping[str, Array]) -> list[Array]:
        """The outputs called *names*, or all. Raises ValueError for what does not fit."""
        missing = [port.name for port in self._graph.inputs if port.name not in feeds]
        if missing:
            raise ValueError(f"no input {', '.join(missing)}")
        values: dict[str, Array] = {**self._graph.constants, **feeds}
        with np.errstate(all="ignore"):  # what is no number is for the caller to find
            for node, dead in zip(self._graph.nodes, self._dead_after, strict=True):
                inputs = [values[name] if name else None for name in node.inputs]
                values[node.outputs[0]] = OPERATORS[node.kind](inputs, node.attributes)
                for name in dead:
                    del values[name]
        return [values[name] for name in names or [port.name for port in self._graph.outputs]]


def _graph_of(model: bytes, where: object) -> Graph:
    if model[: len(MAGIC)] != MAGIC:
        return read_graph(model)
    packed = read_packed(model, where)
    graph = read_graph(packed.graph)
    return replace(graph, constants={**graph.constants, **packed.tensors})


def _last_uses(graph: Graph) -> list[tuple[str, ...]]:
    """For each node the values that nothing reads after it: a board has little memory."""
    kept = {*graph.constants, *(port.name for port in (*graph.inputs, *graph.outputs))}
    dead: list[tuple[str, ...]] = []
    for node in reversed(graph.nodes):
        used = [name for name in _names(node) if name and name not in kept]
        dead.append(tuple(dict.fromkeys(used)))
        kept.update(used)
    return dead[::-1]


def _names(node: Node) -> tuple[str, ...]:
    """What a node reads and makes; only the first output, for the others belong to training."""
    return (*node.inputs, node.outputs[0])
