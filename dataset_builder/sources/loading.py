"""From an origin to the mesh it stands for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.open_job import open_job
from dataset_builder.sources.origin import Origin
from dataset_builder.sources.parametric import redraw


def load_mesh(origin: Origin) -> Mesh:
    """The triangles of a parametric or mesh *origin*, in mm as they lie in its file.

    Raises ReadError's children for a broken file, ValueError for G-code: that has no mesh.
    """
    load = _LOADERS.get(origin.kind)
    if load is None:
        raise ValueError(f"{origin.name} is {origin.kind}: read its toolpath instead")
    return load(origin)


def _from_file(origin: Origin) -> Mesh:
    with open_job(Path(origin.location)) as job:
        return job.mesh()


_LOADERS: dict[str, Callable[[Origin], Mesh]] = {"parametric": redraw, "mesh": _from_file}
