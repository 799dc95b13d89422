"""One object that a dataset is made from, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dataset_builder.sources.labels import LABELS

_BY_NAME = {label.name: label for label in LABELS}


@dataclass(frozen=True, slots=True)
class Origin:
    """An object, told from all others of a dataset by its name.

    kind says how location is read: "parametric" as model:seed:draw, "mesh" and "gcode" as the path
    of a file. family: designs that are one another's variants; splits keep them together. source: a
    repository's address, a folder's name, or "parametric". sha256: of the file, or of the triangles
    of a parametric solid. licence and credit: as its manifest states them, "unknown" without one.
    """

    name: str
    family: str
    label: str
    source: str
    licence: str
    credit: str
    sha256: str
    kind: Literal["parametric", "mesh", "gcode"]
    location: str

    @property
    def weapon_shaped(self) -> bool:
        """Whether a person should look at such an outline before it is printed."""
        return _BY_NAME[self.label].weapon_shaped
