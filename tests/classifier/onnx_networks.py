"""Small ONNX graphs: what a bundle's network may look like when it is not one of ours."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

VIEWS = (3, 2, 64, 64)
SHIPPED = 96  # length of the embedding that the gallery of the shipped bundle holds


def network(*, views=VIEWS, sides=3, labels=15, embedding=SHIPPED, renamed=None, constant=None):
    """The bytes of a network of these shapes, which looks at the three sides alone.

    renamed: other names for its inputs and outputs. constant: what its weights are, instead of
    random numbers.
    """
    weights = {"to_labels": _weights(sides, labels), "to_embedding": _weights(sides, embedding)}
    if constant is not None:
        weights = {name: np.full_like(values, constant) for name, values in weights.items()}
    names = renamed or {}
    nodes = [
        *_head(names.get("extent_mm", "extent_mm"), "to_labels", names, "probabilities"),
        *_head(names.get("extent_mm", "extent_mm"), "to_embedding", names, "embedding"),
    ]
    return _model(nodes, weights, (views, sides, labels, embedding), names)


def network_that_looks_at(plane, rows, columns, *, labels=15, embedding=SHIPPED):
    """Its first label is the likelier the more of this window, a span of each axis, is bright."""
    to_labels = np.zeros((1, labels), np.float32)
    to_labels[0, 0] = 0.1  # log odds a grey level
    weights = {
        "to_labels": to_labels,
        "to_embedding": _weights(3, embedding),
        "low": np.array([plane, 0, rows[0], columns[0]], np.int64),
        "high": np.array([plane + 1, VIEWS[1], rows[1], columns[1]], np.int64),
        "axes": np.array([1, 2, 3, 4], np.int64),
        "flat": np.array([0, -1], np.int64),
        "mean_axes": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Slice", ["views", "low", "high", "axes"], ["window"]),
        helper.make_node("Cast", ["window"], ["bright"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["bright", "flat"], ["pixels"]),
        helper.make_node("ReduceMean", ["pixels", "mean_axes"], ["mean"], keepdims=1),
        *_head("mean", "to_labels", {}, "probabilities"),
        *_head("extent_mm", "to_embedding", {}, "embedding"),
    ]
    return _model(nodes, weights, (VIEWS, 3, labels, embedding), {})


def _weights(rows, columns):
    rng = np.random.default_rng(rows + columns)
    return (rng.normal(size=(rows, columns)) * 0.01).astype(np.float32)


def _head(source, weights, names, output):
    last = (
        helper.make_node("Softmax", [f"raw_{output}"], [names.get(output, output)], axis=1)
        if output == "probabilities"
        else helper.make_node(
            "LpNormalization", [f"raw_{output}"], [names.get(output, output)], axis=1, p=2
        )
    )
    return [helper.make_node("MatMul", [source, weights], [f"raw_{output}"]), last]


def _model(nodes, weights, shapes, names):
    views, sides, labels, embedding = shapes

    def described(name, kind, *shape):
        return helper.make_tensor_value_info(names.get(name, name), kind, ["objects", *shape])

    inputs = [
        described("views", TensorProto.UINT8, *views),
        described("extent_mm", TensorProto.FLOAT, sides),
    ]
    outputs = [
        described("probabilities", TensorProto.FLOAT, labels),
        described("embedding", TensorProto.FLOAT, embedding),
    ]
    tensors = [numpy_helper.from_array(values, name) for name, values in weights.items()]
    graph = helper.make_graph(nodes, "test", inputs, outputs, tensors)
    opset = [helper.make_opsetid("", 18)]
    return onnx.helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()
