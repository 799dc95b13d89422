"""One model part of a 3MF package, streamed: XML -> objects and build items, in millimetres.

Only the core elements are looked at; what an extension adds to them (colours, slices) is left
alone, and an extension that changes the geometry is refused where the file requires it.
Source: 3MF Core Specification 1.3 and Production Extension 1.1, github.com/3MFConsortium.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dataset_builder.errors import Malformed
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.mesh_checks import check_count
from dataset_builder.readers.xml_stream import EndHandler, StartHandler, XmlStream

Transform = NDArray[np.float64]  # (4, 3): a row vector (x, y, z, 1) times it; the shift is in mm

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
# required extensions that leave the triangles of the core elements what they are
HARMLESS_EXTENSIONS = frozenset(
    {
        CORE,
        PRODUCTION,
        "http://schemas.microsoft.com/3dmanufacturing/material/2015/02",
        "http://schemas.microsoft.com/3dmanufacturing/trianglesets/2021/07",
    }
)
UNIT_MM = {
    "micron": 0.001,
    "millimeter": 1.0,
    "centimeter": 10.0,
    "inch": 25.4,
    "foot": 304.8,
    "meter": 1000.0,
}

_XYZ, _V123 = ["x", "y", "z"], ["v1", "v2", "v3"]
_PATH = f"{PRODUCTION}|path"
_SINGULAR = 1e-12  # determinant: a scale of 1e-4 on each axis


@dataclass(frozen=True, slots=True)
class Placement:
    """An object put somewhere: a build item, or a component of another object.

    part: the model part that holds the object, "" for the part this stands in.
    """

    part: str
    object_id: str
    transform: Transform


@dataclass(slots=True)
class ModelObject:
    """Either a mesh or a list of components, never both.

    vertices: (V, 3) mm. faces: (F, 3) indices, checked.
    """

    vertices: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    faces: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 3), np.int64))
    components: list[Placement] = field(default_factory=list)


@dataclass(slots=True)
class ModelPart:
    """What one part says; metadata: the <metadata> elements by name; elements: of XML, read."""

    objects: dict[str, ModelObject] = field(default_factory=dict)
    items: list[Placement] = field(default_factory=list)
    unit: str = "millimeter"
    metadata: dict[str, str] = field(default_factory=dict)
    elements: int = 0


def read_model_part(
    blocks: Iterable[bytes], part: str, limits: Limits, *, max_elements: int
) -> ModelPart:
    """Read the XML of *part* (its name is for messages).

    Raises Malformed with the line, CannotAnalyse for a required extension that is not known,
    TooLarge.
    """
    reader = _Reader(part, limits, max_elements)
    reader.xml.read(blocks)
    if not reader.seen_model:
        raise Malformed(f"has no 3MF model in {part}")
    reader.model.elements = reader.xml.elements
    return reader.model


class _Reader:
    """Collects one part."""

    def __init__(self, part: str, limits: Limits, max_elements: int) -> None:
        self.model = ModelPart()
        self.seen_model = False
        starts: dict[str, StartHandler] = {
            f"{CORE}|vertex": self._on_vertex,
            f"{CORE}|triangle": self._on_triangle,
            f"{CORE}|model": self._on_model,
            f"{CORE}|object": self._on_object,
            f"{CORE}|mesh": self._on_mesh,
            f"{CORE}|component": self._on_component,
            f"{CORE}|item": self._on_item,
            f"{CORE}|metadata": self._on_metadata,
        }
        ends: dict[str, EndHandler] = {
            f"{CORE}|mesh": self._close_mesh,
            f"{CORE}|object": self._close_object,
            f"{CORE}|metadata": self._close_metadata,
        }
        self.xml = XmlStream(part, limits, starts, ends, max_elements=max_elements)
        self.xml.on_text(self._text)
        self._limits = limits
        self._scale = 1.0
        self._numbers = array("d")  # x, y, z of the open mesh
        self._indices = array("q")  # v1, v2, v3 of the open mesh
        self._object: ModelObject | None = None
        self._metadata = ""

    def _on_vertex(self, attributes: list[str]) -> None:
        values = attributes[1::2] if attributes[0::2] == _XYZ else _pick(attributes, _XYZ)
        self._numbers.extend(map(float, values))

    def _on_triangle(self, attributes: list[str]) -> None:
        usual = attributes[0:6:2] == _V123  # properties may follow
        self._indices.extend(map(int, attributes[1:6:2] if usual else _pick(attributes, _V123)))

    def _close_object(self) -> None:
        self._object = None

    def _close_metadata(self) -> None:
        self._metadata = ""

    def _text(self, text: str) -> None:
        if self._metadata:
            known = self.model.metadata.get(self._metadata, "")
            self.model.metadata[self._metadata] = (known + text)[:256]

    def _on_model(self, pairs: list[str]) -> None:
        """The root: unit and required extensions."""
        attributes = _as_dict(pairs)
        self.seen_model = True
        unit = attributes.get("unit", "millimeter")
        if unit not in UNIT_MM:
            raise Malformed(f"has the unknown unit {unit[:40]!r}", flag="unknown_unit")
        self.model.unit, self._scale = unit, UNIT_MM[unit]
        for prefix in attributes.get("requiredextensions", "").split():
            namespace = self.xml.prefixes.get(prefix)
            if namespace is None:
                raise Malformed(f"requires the undeclared extension {prefix[:40]!r}")
            if namespace not in HARMLESS_EXTENSIONS:
                raise Malformed(
                    f"requires the unknown extension {namespace[:80]!r}",
                    flag="unknown_extension",
                    advice="Export the model without it",
                )

    def _on_object(self, pairs: list[str]) -> None:
        """Open an object; its id must be new in this part."""
        object_id = _needed(_as_dict(pairs), "id")
        if object_id in self.model.objects:
            raise Malformed(f"has two objects of the id {object_id[:40]!r}")
        self._object = self.model.objects[object_id] = ModelObject()

    def _on_mesh(self, _pairs: list[str]) -> None:
        """Open a mesh; an object has one at most."""
        if self._object is None or len(self._object.faces) or self._object.components:
            raise Malformed("has a mesh outside of an object, or a second one in it")
        self._numbers, self._indices = array("d"), array("q")

    def _on_component(self, pairs: list[str]) -> None:
        """A copy of another object inside the open one."""
        if self._object is None or len(self._object.faces):
            raise Malformed("has a component outside of an object, or beside a mesh")
        self._object.components.append(self._placement(_as_dict(pairs)))

    def _on_item(self, pairs: list[str]) -> None:
        """An object to be built."""
        self.model.items.append(self._placement(_as_dict(pairs)))

    def _on_metadata(self, pairs: list[str]) -> None:
        """Collect the text that follows, for the few names a job reports."""
        self._metadata = _as_dict(pairs).get("name", "")[:64]

    def _placement(self, attributes: dict[str, str]) -> Placement:
        transform = _transform(attributes.get("transform"), self._scale)
        return Placement(attributes.get(_PATH, ""), _needed(attributes, "objectid"), transform)

    def _close_mesh(self) -> None:
        vertices = np.frombuffer(self._numbers, np.float64).reshape(-1, 3) * self._scale
        faces = np.array(self._indices, np.int64).reshape(-1, 3)
        check_count(len(faces), self._limits)
        if len(faces) and (int(faces.min()) < 0 or int(faces.max()) >= len(vertices)):
            raise Malformed("has a triangle of a vertex that does not exist", flag="bad_index")
        if not np.isfinite(vertices).all():
            raise Malformed("has a corner that is not a number", flag="not_finite")
        if self._object is not None:
            self._object.vertices, self._object.faces = vertices, faces


def _as_dict(pairs: list[str]) -> dict[str, str]:
    return dict(zip(pairs[0::2], pairs[1::2], strict=True))


def _pick(attributes: list[str], names: list[str]) -> list[str]:
    """The values of *names*, all of which must be there."""
    values = _as_dict(attributes)
    return [_needed(values, name) for name in names]


def _needed(attributes: dict[str, str], name: str) -> str:
    if name not in attributes:
        raise Malformed(f"lacks an attribute {name!r}", flag="bad_index")
    return attributes[name]


def _transform(text: str | None, scale: float) -> Transform:
    """(4, 3) from the twelve numbers of a 3MF matrix; the identity without one."""
    if text is None:
        return np.vstack([np.eye(3), np.zeros(3)])
    numbers = [float(word) for word in text.split()]
    if len(numbers) != 12 or not all(map(math.isfinite, numbers)):
        raise Malformed("has a transform that is not twelve numbers", flag="bad_transform")
    matrix = np.array(numbers).reshape(4, 3)
    if not abs(float(np.linalg.det(matrix[:3]))) > _SINGULAR:
        raise Malformed("has a transform that flattens its object", flag="bad_transform")
    matrix[3] *= scale
    return matrix
