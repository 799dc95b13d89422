"""NumPy's answers against onnxruntime's: the shipped networks, and every operator alone."""

from __future__ import annotations

import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from classifier.runtime.bundle import load_bundle
from classifier.runtime.errors import BundleError
from classifier.runtime.interpreter.graph import read_graph
from classifier.runtime.interpreter.operators import OPERATORS
from classifier.runtime.interpreter.session import NumpySession
from classifier.runtime.scorer import Scorer
from classifier.runtime.session import start_session

RNG = np.random.default_rng(0)
PICTURES = RNG.normal(size=(2, 4, 7, 6)).astype(np.float32)
ROWS = RNG.normal(size=(3, 5)).astype(np.float32)
FLOATS = {"views", "extent_mm", "pictures", "size_mm", "printed"}


def floats(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def whole(*values):
    return np.array(values, np.int64)


CASES = [
    # operator, its inputs (None: left out), attributes
    ("Add", [ROWS, floats(5)], {}),
    ("BatchNormalization", [PICTURES, floats(4), floats(4), floats(4), np.abs(floats(4))],
     {"epsilon": 1e-3}),
    ("Cast", [ROWS * 9], {"to": TensorProto.INT64}),
    ("Clip", [ROWS, np.float32(-0.5), np.float32(0.5)], {}),
    ("Clip", [ROWS, None, np.float32(0.5)], {}),
    ("Concat", [ROWS, ROWS], {"axis": -1}),
    ("Conv", [PICTURES, floats(3, 4, 3, 3), floats(3)], {"pads": [1, 0, 1, 2], "strides": [2, 1]}),
    ("Conv", [PICTURES, floats(4, 1, 3, 2)], {"group": 4, "dilations": [2, 1]}),
    ("Conv", [PICTURES, floats(6, 2, 1, 1)], {"group": 2}),
    ("Div", [ROWS, np.float32(3)], {}),
    ("Expand", [floats(3, 1), whole(2, 1, 4)], {}),
    ("Flatten", [PICTURES], {"axis": 2}),
    ("Gather", [ROWS, whole(4, -1, 0)], {"axis": 1}),
    ("GatherND", [ROWS, whole(2, 0).reshape(2, 1)], {}),
    ("Gemm", [ROWS, floats(4, 5), floats(4)], {"transB": 1, "alpha": 0.5, "beta": 2.0}),
    ("Gemm", [ROWS, floats(3, 2)], {"transA": 1}),
    ("GlobalAveragePool", [PICTURES], {}),
    ("GreaterOrEqual", [ROWS, floats(5)], {}),
    ("Identity", [ROWS], {}),
    ("Log", [np.abs(ROWS)], {}),
    ("MatMul", [floats(2, 3, 5), floats(5, 4)], {}),
    ("Max", [ROWS, floats(5), floats(3, 1)], {}),
    ("MaxPool", [PICTURES], {"kernel_shape": [2, 3], "strides": [2, 2], "pads": [1, 1, 0, 1]}),
    ("Mul", [ROWS, ROWS], {}),
    ("ReduceL2", [ROWS, whole(1)], {}),
    ("ReduceLogSumExp", [ROWS * 100, whole(1)], {"keepdims": 0}),
    ("ReduceMax", [PICTURES, whole(2, 3)], {"keepdims": 0}),
    ("ReduceMean", [PICTURES], {}),
    ("ReduceMean", [PICTURES, None], {"noop_with_empty_axes": 1}),
    ("Relu", [ROWS], {}),
    ("Reshape", [PICTURES, whole(0, -1, 6)], {}),
    ("Shape", [PICTURES], {"start": 1, "end": 3}),
    ("Sigmoid", [ROWS * 60], {}),
    ("Slice", [PICTURES, whole(-1), whole(-(2**62)), whole(3), whole(-1)], {}),
    ("Slice", [PICTURES, whole(0, 1), whole(9, -1)], {}),
    ("Softmax", [ROWS * 60], {}),
    ("Softmax", [PICTURES], {"axis": 1}),
    ("Sqrt", [np.abs(ROWS)], {}),
    ("Squeeze", [ROWS[:, :1], whole(1)], {}),
    ("Sub", [ROWS, floats(5)], {}),
    ("Transpose", [PICTURES], {"perm": [2, 0, 3, 1]}),
    ("Unsqueeze", [ROWS, whole(0, 3)], {}),
]  # fmt: skip


def graph_of_one(kind, inputs, attributes):
    names = [f"in{at}" if value is not None else "" for at, value in enumerate(inputs)]
    node = helper.make_node(kind, names, ["out"], **attributes)
    constants = [
        numpy_helper.from_array(np.asarray(value), name)
        for name, value in list(zip(names, inputs, strict=True))[1:]
        if value is not None
    ]
    fed = helper.make_tensor_value_info("in0", helper.np_dtype_to_tensor_dtype(inputs[0].dtype),
                                        inputs[0].shape)  # fmt: skip
    graph = helper.make_graph([node], "one", [fed], [onnx.ValueInfoProto(name="out")], constants)
    graph.output[0].type.tensor_type.elem_type = {
        "Cast": TensorProto.INT64, "Shape": TensorProto.INT64, "GreaterOrEqual": TensorProto.BOOL
    }.get(kind, TensorProto.FLOAT)  # fmt: skip
    opset = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString()


def random_feeds(session, rows):
    feeds = {}
    for port in session.get_inputs():
        shape = [rows if isinstance(side, str) else side for side in port.shape]
        values = RNG.integers(0, 256, shape) if port.type == "tensor(uint8)" else RNG.random(shape)
        feeds[port.name] = values.astype("uint8" if port.type == "tensor(uint8)" else "float32")
    return feeds


@pytest.mark.parametrize(
    ("kind", "inputs", "attributes"),
    CASES,
    ids=[f"{at}-{case[0]}" for at, case in enumerate(CASES)],
)
def test_an_operator_gives_what_onnxruntime_gives(kind, inputs, attributes):
    model = graph_of_one(kind, inputs, attributes)
    (expected,) = start_session(model, kind).run(None, {"in0": inputs[0]})
    (found,) = NumpySession(model, kind).run(None, {"in0": inputs[0]})
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_every_operator_is_tried():
    assert {kind for kind, _, _ in CASES} == set(OPERATORS)


@pytest.mark.parametrize("part", ["model", "early"])
@pytest.mark.parametrize("rows", [1, 3])
def test_the_shipped_networks_give_the_same_scores(part, rows):
    model = getattr(load_bundle(), part)
    session = NumpySession(model, part)
    reference = start_session(model, part)
    assert [port.name for port in session.get_outputs()] == [
        port.name for port in reference.get_outputs()
    ]
    feeds = random_feeds(session, rows)
    for expected, found in zip(reference.run(None, feeds), session.run(None, feeds), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_without_onnxruntime_a_bundle_still_judges(monkeypatch):
    bundle = load_bundle()
    views = RNG.integers(0, 256, (2, 3, 2, 64, 64)).astype(np.uint8)
    extent_mm = np.array([[10, 20, 30], [150, 80, 9]], np.float32)
    expected = Scorer(bundle).answer(views, extent_mm)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found = Scorer(bundle).answer(views, extent_mm)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-5)


def test_what_numpy_cannot_run_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(
        BundleError, match=r"here: NumPy cannot run this network \(operators .* Erf"
    ):
        start_session(graph_of_one("Erf", [ROWS], {}), "here")
    with pytest.raises(BundleError, match="here: NumPy cannot run this network"):
        start_session(b"no network", "here")


def test_a_file_cut_short_anywhere_is_refused_in_words():
    model = graph_of_one("Conv", [PICTURES, floats(3, 4, 3, 3)], {"strides": [2, 2]})
    for length in range(len(model)):
        try:
            read_graph(model[:length])
        except ValueError:
            continue
        pytest.fail(f"{length} of {len(model)} bytes were taken for a graph")
