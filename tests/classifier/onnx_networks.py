"""Small ONNX graphs of any shape: what a bundle's network may look like when it is not one of ours.

Probabilities and embedding follow from the three sides alone, the same whatever the pictures show.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def network(
    *, views=(3, 2, 64, 64), sides=3, labels=15, embedding=64, renamed=None, constant=None
):  # fmt: skip
    """The bytes of a network of these shapes; *renamed* maps names of its inputs and outputs.

    constant: what its weights are, instead of random numbers.
    """
    rng, names = np.random.default_rng(0), renamed or {}
    weights = {
        name: rng.normal(size=(sides, width)) * 0.01
        for name, width in (("to_labels", labels), ("to_embedding", embedding))
    }
    if constant is not None:
        weights = {name: np.full_like(values, constant) for name, values in weights.items()}
    named = {
        name: names.get(name, name) for name in ("views", "extent_mm", "probabilities", "embedding")
    }
    nodes = [
        helper.make_node("MatMul", [named["extent_mm"], "to_labels"], ["logits"]),
        helper.make_node("Softmax", ["logits"], [named["probabilities"]], axis=1),
        helper.make_node("MatMul", [named["extent_mm"], "to_embedding"], ["features"]),
        helper.make_node("LpNormalization", ["features"], [named["embedding"]], axis=1, p=2),
    ]

    def described(name, kind, *shape):
        return helper.make_tensor_value_info(named[name], kind, ["objects", *shape])

    graph = helper.make_graph(
        nodes,
        "test",
        [
            described("views", TensorProto.UINT8, *views),
            described("extent_mm", TensorProto.FLOAT, sides),
        ],
        [
            described("probabilities", TensorProto.FLOAT, labels),
            described("embedding", TensorProto.FLOAT, embedding),
        ],
        [numpy_helper.from_array(v.astype(np.float32), name) for name, v in weights.items()],
    )
    opset = [helper.make_opsetid("", 18)]
    return onnx.helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()
