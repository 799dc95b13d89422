"""The model of a 3MF package -> Mesh: the whole build plate, every built item where it stands.

Reads what the package's relationship names, not what usually lies where. Copies are counted before
any of them is made.
Source: 3MF Core Specification 1.3, Production Extension 1.1; OPC (ECMA-376 part 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import EmptyToolpath, Malformed
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.archive import Archive
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.mesh_checks import check_count, is_watertight, solid_mesh
from dataset_builder.readers.model_part import ModelObject, ModelPart, Placement, read_model_part
from dataset_builder.readers.xml_stream import XmlStream

if TYPE_CHECKING:
    from numpy.typing import NDArray

RELATIONSHIPS = "_rels/.rels"
_RELATIONSHIP = "http://schemas.openxmlformats.org/package/2006/relationships|Relationship"
_MODEL_TYPE = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"

Key = tuple[str, str]  # model part, object id


@dataclass(frozen=True, slots=True)
class _Size:
    """Of an object with all its components."""

    triangles: int
    copies: int
    height: int  # levels of components below it


def read_3mf(archive: Archive, limits: Limits, flags: set[str]) -> tuple[Mesh, dict[str, str]]:
    """(mesh of the build plate, metadata of the start part).

    Raises Malformed, EmptyToolpath when nothing is built, TooLarge.
    """
    package = _Package(archive, limits)
    start = start_part(archive, limits)
    model = package.part(start)
    if not model.items:
        raise EmptyToolpath("builds no object", advice="Put the object on the build plate")
    sizes = [package.size(item, start, depth=0) for item in model.items]
    _check_copies(sum(size.copies for size in sizes), limits)
    facets = sum(size.triangles for size in sizes)
    check_count(facets, limits)
    plate, filled = np.empty((facets, 3, 3)), 0
    for item in model.items:
        filled = package.place(item, start, np.eye(4), plate, filled)
    mesh = solid_mesh(
        plate,
        limits,
        flags,
        unit=f"{model.unit} (stated)",
        watertight=package.all_watertight(),
    )
    return mesh, model.metadata


def start_part(archive: Archive, limits: Limits) -> str:
    """Name of the model part that the package's relationships name; Malformed without one."""
    targets: list[str] = []

    def on_relationship(pairs: list[str]) -> None:
        values = dict(zip(pairs[0::2], pairs[1::2], strict=True))
        if values.get("Type") != _MODEL_TYPE:
            return
        if values.get("TargetMode", "Internal") != "Internal":
            raise Malformed("names a model outside of its package")
        targets.append(values.get("Target", ""))

    rels = archive.find(RELATIONSHIPS)
    if rels is None:
        raise Malformed("is no 3MF package: it has no relationships")
    xml = XmlStream(
        RELATIONSHIPS,
        limits,
        {_RELATIONSHIP: on_relationship},
        max_elements=limits.free_xml_elements,
    )
    xml.read([archive.read(rels)])
    if len(set(targets)) != 1:
        raise Malformed(f"names {len(set(targets))} start models instead of one")
    return targets[0]


class _Package:
    """Model parts by name, read at first use; sizes of objects, each worked out once."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._parts: dict[str, ModelPart] = {}
        self._sizes: dict[Key, _Size | None] = {}  # None: being worked out, so met again is a cycle
        self._built: dict[int, ModelObject] = {}
        self._triangles = self._packed = self._unpacked = self._elements = 0

    def part(self, path: str) -> ModelPart:
        """The model part *path*; Malformed when the package has none."""
        name = self._archive.find(path)
        if name is None:
            raise Malformed(f"refers to the missing part {path[:80]!r}")
        if name not in self._parts:
            self._packed += self._archive.packed_size(name)
            self._unpacked += self._archive.unpacked_size(name)
            self._limits.check_growth(self._packed, self._unpacked, model=True)
            stream = self._archive.stream(name, model=True)
            left = self._packed + self._limits.free_xml_elements - self._elements
            part = read_model_part(stream, name, self._limits, max_elements=left)
            self._parts[name] = part
            self._elements += part.elements
            self._triangles += sum(len(known.faces) for known in part.objects.values())
            check_count(self._triangles, self._limits)
        return self._parts[name]

    def size(self, placement: Placement, home: str, depth: int) -> _Size:
        """What *placement* adds to the plate; finds cycles and endless nesting."""
        found, part = self._resolve(placement, home)
        key = (part, placement.object_id)
        if key in self._sizes:
            known = self._sizes[key]
            if known is None:
                raise Malformed("has an object that contains itself", flag="limit")
            return known
        self._check_depth(depth)
        self._sizes[key] = None
        inner = [self.size(component, part, depth + 1) for component in found.components]
        size = self._sizes[key] = _Size(
            triangles=len(found.faces) + sum(each.triangles for each in inner),
            copies=1 + sum(each.copies for each in inner),
            height=1 + max((each.height for each in inner), default=0),
        )
        self._check_depth(size.height)  # parts of it may have been met at a lesser depth before
        return size

    def place(
        self,
        placement: Placement,
        home: str,
        outer: NDArray[np.float64],
        plate: NDArray[np.float64],
        filled: int,
    ) -> int:
        """Write the triangles of *placement* into *plate*, (F, 3, 3), from row *filled*.

        outer: (4, 4), rows as in `Transform`. Returns the first row that is still free.
        """
        found, part = self._resolve(placement, home)
        inner = np.eye(4)
        inner[:, :3] = placement.transform
        matrix = inner @ outer
        if len(found.faces):
            self._built[id(found)] = found
            corners = found.vertices @ matrix[:3, :3] + matrix[3, :3]
            # a mirror turns every facet inside out: turn it back, or volumes cancel
            mirrored = float(np.linalg.det(matrix[:3, :3])) < 0
            end = filled + len(found.faces)
            plate[filled:end] = corners[found.faces[:, ::-1] if mirrored else found.faces]
            filled = end
        for component in found.components:
            filled = self.place(component, part, matrix, plate, filled)
        return filled

    def all_watertight(self) -> bool:
        """Whether each built object is; a copy is when its original is."""
        return all(is_watertight(each.vertices[each.faces]) for each in self._built.values())

    def _check_depth(self, levels: int) -> None:
        if levels > self._limits.max_depth:
            raise Malformed(f"nests objects deeper than {self._limits.max_depth}", flag="limit")

    def _resolve(self, placement: Placement, home: str) -> tuple[ModelObject, str]:
        part = placement.part or home
        found = self.part(part).objects.get(placement.object_id)
        if found is None:
            raise Malformed(f"builds the missing object {placement.object_id[:40]!r}")
        return found, part


def _check_copies(copies: int, limits: Limits) -> None:
    if copies > limits.max_instances:
        raise Malformed(
            f"places more than {limits.max_instances} copies of its objects", flag="limit"
        )
