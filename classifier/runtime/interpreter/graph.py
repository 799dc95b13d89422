"""The bytes of an ONNX file -> nodes, constants, inputs and outputs.

Field numbers are those of onnx.proto3 (github.com/onnx/onnx), and only fields that our exports use
are known: weights kept in other files, sparse ones and functions are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from struct import unpack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.runtime.interpreter.protobuf import Value, fields, signed, varints

Array = NDArray[Any]
DTYPES: Mapping[int, str] = {
    1: "<f4", 2: "<u1", 3: "<i1", 6: "<i4", 7: "<i8", 9: "?", 11: "<f8",
}  # fmt: skip
"""TensorProto.DataType -> what NumPy calls it."""
WORDS: Mapping[int, str] = {
    1: "tensor(float)", 2: "tensor(uint8)", 3: "tensor(int8)", 6: "tensor(int32)",
    7: "tensor(int64)", 9: "tensor(bool)", 11: "tensor(double)",
}  # fmt: skip
"""The same in onnxruntime's words."""
OLDEST_OPSET = 18  # before it, axes were attributes


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. inputs: names, "" for one that is left out."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output. type: in onnxruntime's words. shape: a name is a free length."""

    name: str
    type: str
    shape: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """nodes: in an order in which they can be evaluated, as ONNX asks for."""

    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def read_graph(model: bytes) -> Graph:
    """The graph of an ONNX file. Raises ValueError for one that is not, or of an older opset."""
    parts = _by_number(model)
    opsets = [_by_number(_bytes(value)) for value in parts.get(8, [])]
    versions = [_int(one[2][0]) for one in opsets if not one.get(1, [b""])[0] and 2 in one]
    if not versions or versions[0] < OLDEST_OPSET or 7 not in parts:
        raise ValueError(f"no ONNX graph of opset {OLDEST_OPSET} or later")
    graph = _by_number(_bytes(parts[7][0]))
    constants = dict(_tensor(_bytes(value)) for value in graph.get(5, []))
    ports = [_port(_bytes(value)) for value in graph.get(11, [])]
    return Graph(
        nodes=tuple(_node(_bytes(value)) for value in graph.get(1, [])),
        constants=constants,
        inputs=tuple(port for port in ports if port.name not in constants),
        outputs=tuple(_port(_bytes(value)) for value in graph.get(12, [])),
    )


def _by_number(message: bytes) -> dict[int, list[Value]]:
    found: dict[int, list[Value]] = {}
    for number, value in fields(message):
        found.setdefault(number, []).append(value)
    return found


def _bytes(value: Value) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where a message belongs")
    return value


def _int(value: Value) -> int:
    if not isinstance(value, int):
        raise ValueError("a message where a number belongs")
    return signed(value)


def _text(parts: Mapping[int, list[Value]], number: int) -> str:
    return _bytes(parts.get(number, [b""])[0]).decode()


def _node(message: bytes) -> Node:
    parts = _by_number(message)
    return Node(
        kind=_text(parts, 4),
        inputs=tuple(_bytes(name).decode() for name in parts.get(1, [])),
        outputs=tuple(_bytes(name).decode() for name in parts.get(2, [])),
        attributes=dict(_attribute(_bytes(value)) for value in parts.get(5, [])),
    )


def _attribute(message: bytes) -> tuple[str, Any]:
    """A float, a whole number, a text, or a list of whole numbers."""
    parts = _by_number(message)
    name = _text(parts, 1)
    if 2 in parts:
        return name, unpack("<f", _bytes(parts[2][0]))[0]
    if 3 in parts:
        return name, _int(parts[3][0])
    if 4 in parts:
        return name, _text(parts, 4)
    return name, [number for value in parts.get(8, []) for number in varints(value)]


def _tensor(message: bytes) -> tuple[str, Array]:
    """A constant; one without data has the shape (0,): whoever left them out has them."""
    parts = _by_number(message)
    shape = [number for value in parts.get(1, []) for number in varints(value)]
    kind = _int(parts.get(2, [0])[0])
    name = _text(parts, 8)
    if kind not in DTYPES:
        raise ValueError(f"constant {name} is of data type {kind}, which is not known here")
    if 9 in parts:
        array = np.frombuffer(_bytes(parts[9][0]), DTYPES[kind])
    elif 4 in parts:
        array = np.frombuffer(b"".join(map(_bytes, parts[4])), "<f4")
    else:
        written = [*parts.get(5, []), *parts.get(7, [])]  # as int32, as int64
        numbers = [number for value in written for number in varints(value)]
        array = np.array(numbers, DTYPES[kind])
    return name, array.reshape(shape) if array.size == np.prod(shape) else array[:0]


def _port(message: bytes) -> Port:
    parts = _by_number(message)
    kind = _by_number(_bytes(_by_number(_bytes(parts[2][0]))[1][0]))
    sides = _by_number(_bytes(kind[2][0])).get(1, []) if 2 in kind else []
    return Port(
        name=_text(parts, 1),
        type=WORDS.get(_int(kind[1][0]), "unknown"),
        shape=tuple(_side(_bytes(side)) for side in sides),
    )


def _side(message: bytes) -> int | str:
    parts = _by_number(message)
    return _int(parts[1][0]) if 1 in parts else _text(parts, 2)
