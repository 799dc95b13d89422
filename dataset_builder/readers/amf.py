"""AMF (XML, plain) -> Mesh.

Objects stand where the file puts them; a constellation places copies of them, and then only what
it places is built, as in slicers.
Source: ISO/ASTM 52915, additive manufacturing file format.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import Malformed
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.mesh_checks import check_count, solid_mesh
from dataset_builder.readers.xml_stream import EndHandler, StartHandler, XmlStream

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNIT_MM = {
    "micron": 0.001,
    "millimeter": 1.0,
    "inch": 25.4,
    "feet": 304.8,
    "meter": 1000.0,
}
_COORDINATES, _CORNERS = ("x", "y", "z"), ("v1", "v2", "v3")
_POSE = ("deltax", "deltay", "deltaz", "rx", "ry", "rz")  # file units; degrees
_NUMBERS = (*_COORDINATES, *_CORNERS, *_POSE)  # elements whose text is a number
_LONGEST_NUMBER = 64


@dataclass(slots=True)
class _Object:
    coordinates: array[float] = field(default_factory=lambda: array("d"))
    corners: array[int] = field(default_factory=lambda: array("q"))

    def triangles(self) -> NDArray[np.float64]:
        """(F, 3, 3) in file units; Malformed for an index that does not exist."""
        vertices = np.array(self.coordinates, np.float64).reshape(-1, 3)
        faces = np.array(self.corners, np.int64).reshape(-1, 3)
        if len(faces) and (int(faces.min()) < 0 or int(faces.max()) >= len(vertices)):
            raise Malformed("has a triangle of a vertex that does not exist", flag="bad_index")
        return vertices[faces]


def read_amf(blocks: Iterable[bytes], packed_bytes: int, limits: Limits, flags: set[str]) -> Mesh:
    """Read the XML of an AMF document; packed_bytes: the size of the file it came in.

    Raises Malformed with the line, EmptyToolpath, TooLarge.
    """
    reader = _Reader(limits, packed_bytes + limits.free_xml_elements)
    reader.xml.read(blocks)
    solids = {name: found.triangles() for name, found in reader.objects.items()}
    placed = reader.instances or [(name, {}) for name in solids]
    if len(placed) > limits.max_instances:
        raise Malformed(f"places more than {limits.max_instances} copies", flag="limit")
    missing = next((name for name, _ in placed if name not in solids), None)
    if missing is not None:
        raise Malformed(f"places the missing object {missing[:40]!r}", flag="bad_index")
    check_count(sum(len(solids[name]) for name, _ in placed), limits)
    pieces = [_posed(solids[name], pose) for name, pose in placed]
    scale = UNIT_MM[reader.unit]
    triangles = np.concatenate([np.empty((0, 3, 3)), *pieces]) * scale
    return solid_mesh(triangles, limits, flags, unit=f"{reader.unit} (stated)")


class _Reader:
    def __init__(self, limits: Limits, max_elements: int) -> None:
        self.unit = "millimeter"
        self.objects: dict[str, _Object] = {}
        self.instances: list[tuple[str, dict[str, float]]] = []
        starts: dict[str, StartHandler] = {
            "amf": self._on_amf,
            "object": self._on_object,
            "instance": self._on_instance,
            "vertex": self._forget,
            "triangle": self._forget,
            **dict.fromkeys(_NUMBERS, self._on_number),
        }
        ends: dict[str, EndHandler] = {
            "vertex": self._close_vertex,
            "triangle": self._close_triangle,
            "object": self._close_object,
            **{name: partial(self._close_number, name) for name in _NUMBERS},
        }
        self.xml = XmlStream("its AMF document", limits, starts, ends, max_elements=max_elements)
        self.xml.on_text(self._on_text)
        self._object: _Object | None = None
        self._number: str | None = None  # text of the open number element
        self._values: dict[str, float] = {}

    def _on_amf(self, pairs: list[str]) -> None:
        self.unit = _attribute(pairs, "unit", "millimeter").lower()
        if self.unit not in UNIT_MM:
            raise Malformed(f"has the unknown unit {self.unit[:40]!r}", flag="unknown_unit")

    def _on_object(self, pairs: list[str]) -> None:
        self._object = self.objects.setdefault(_attribute(pairs, "id"), _Object())

    def _on_instance(self, pairs: list[str]) -> None:
        self._values = {}
        self.instances.append((_attribute(pairs, "objectid"), self._values))

    def _forget(self, _pairs: list[str]) -> None:
        self._values = {}

    def _on_number(self, _pairs: list[str]) -> None:
        self._number = ""

    def _on_text(self, text: str) -> None:
        if self._number is not None:
            self._number += text
            if len(self._number) > _LONGEST_NUMBER:
                raise Malformed("has a number of too many digits")

    def _close_number(self, name: str) -> None:
        self._values[name] = float(self._number or "")
        self._number = None

    def _close_vertex(self) -> None:
        if self._object is not None:
            self._object.coordinates.extend(self._take(_COORDINATES))

    def _close_triangle(self) -> None:
        if self._object is not None:
            self._object.corners.extend(int(value) for value in self._take(_CORNERS))

    def _close_object(self) -> None:
        self._object = None

    def _take(self, names: tuple[str, ...]) -> list[float]:
        try:
            return [self._values[name] for name in names]
        except KeyError as error:
            raise Malformed(f"lacks an element {error}", flag="bad_index") from error


def _attribute(pairs: list[str], name: str, default: str = "") -> str:
    return dict(zip(pairs[0::2], pairs[1::2], strict=True)).get(name, default)


def _posed(triangles: NDArray[np.float64], pose: dict[str, float]) -> NDArray[np.float64]:
    """Turned about x, then y, then z, then shifted."""
    for axis in range(3):
        angle = math.radians(pose.get(_POSE[3 + axis], 0.0))
        if angle:
            triangles = triangles @ _rotation(axis, angle).T
    shift: NDArray[np.float64] = np.array([pose.get(name, 0.0) for name in _POSE[:3]])
    return triangles + shift


def _rotation(axis: int, angle: float) -> NDArray[np.float64]:
    """(3, 3), right-handed about one axis."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = math.cos(angle)
    matrix[second, first] = math.sin(angle)
    matrix[first, second] = -matrix[second, first]
    return matrix
