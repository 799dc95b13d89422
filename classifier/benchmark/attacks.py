"""What may be done to a job so that it is judged wrongly: one table.

Every attack starts from an object in a pose of the dataset and gives a whole plate. Levels rise
from nearly nothing; the level where nothing is done is judged once for all attacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from classifier.benchmark import attack_mesh as on_mesh
from classifier.benchmark import attack_plate as on_plate
from classifier.benchmark.attack_mesh import ChangedMesh, Draw
from classifier.benchmark.attack_plate import ChangedCells
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh


@dataclass(frozen=True, slots=True)
class Attack:
    """A row of the table.

    plate: (generator, object, level) -> what is printed. neutral: the level at which nothing is
    done; None where every level does something, as slicing does. words: what levels are called
    where a number says nothing. poses: of each object, at most.
    """

    name: str
    title: str
    unit: str
    levels: tuple[float, ...]
    plate: Callable[[Draw, Mesh, float], Layers]
    neutral: float | None = 0.0
    words: Mapping[float, str] = field(default_factory=dict)
    poses: int = 4


UNTOUCHED = Attack(
    "untouched", "Not attacked", "", (0.0,), ChangedMesh(on_mesh.untouched), neutral=None
)

ATTACKS: tuple[Attack, ...] = (
    Attack(
        "rotation",
        "Turned about a random axis",
        "degrees",
        (15, 45, 90, 180),
        ChangedMesh(on_mesh.turned_about),
    ),
    Attack("scale", "Scaled", "times", (0.25, 0.5, 2, 4), ChangedMesh(on_mesh.scaled), neutral=1.0),
    Attack("mirror", "Mirrored", "axes", (1, 2, 3), ChangedMesh(on_mesh.mirrored)),
    Attack("cut", "Cut into pieces", "pieces", (2, 3, 4, 6, 8), ChangedCells(on_plate.cut), 1.0),
    Attack(
        "others",
        "Among everyday objects",
        "objects",
        (1, 2, 4, 8),
        ChangedCells(on_plate.among_others),
    ),
    Attack("box", "In a closed box", "% thick walls", (1, 2, 5, 10), ChangedCells(on_plate.boxed)),
    Attack(
        "skin", "In a solid skin", "% thick skin", (2, 5, 10, 20), ChangedCells(on_plate.encased)
    ),
    Attack(
        "end",
        "An end missing",
        "% missing",
        (10, 20, 30, 50),
        ChangedCells(on_plate.without_an_end),
    ),
    Attack("bites", "Bites missing", "% missing", (10, 20, 30, 50), ChangedCells(on_plate.bitten)),
    Attack(
        "noise", "Vertices moved", "% of the extent", (0.25, 0.5, 1, 2), ChangedMesh(on_mesh.shaken)
    ),
    Attack(
        "remesh",
        "Remeshed by clustering",
        "% wide cells",
        (2, 5, 10, 15),
        ChangedMesh(on_mesh.clustered),
    ),
)
