"""Solids with known volumes, and the two back ends to draw them with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.kernel.library import BACKEND_VARIABLE, library
from dataset_builder.render.native import native

Triangles = NDArray[np.float64]


def mesh(triangles: Triangles) -> Mesh:
    return Mesh(triangles=np.ascontiguousarray(triangles, dtype=np.float64), watertight=True)


def box(
    extents: tuple[float, float, float], at: tuple[float, float, float] = (0, 0, 0)
) -> Triangles:
    import trimesh

    return np.asarray(_faces(trimesh.creation.box(extents)) + np.array(at))


def sphere(radius: float = 20.0) -> Triangles:
    import trimesh

    return _faces(trimesh.creation.icosphere(subdivisions=4, radius=radius))


def cylinder(radius: float = 10.0, height: float = 40.0) -> Triangles:
    import trimesh

    return _faces(trimesh.creation.cylinder(radius=radius, height=height, sections=256))


def torus(ring: float = 20.0, tube: float = 6.0) -> Triangles:
    import trimesh

    return _faces(trimesh.creation.torus(ring, tube, major_sections=128, minor_sections=64))


def _faces(shape: object) -> Triangles:
    return np.array(shape.triangles, dtype=np.float64)  # type: ignore[attr-defined]


def read_binary_stl(path: Path) -> Triangles:
    """A clean binary STL, read without the reader under test elsewhere."""
    content = path.read_bytes()
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    count = int.from_bytes(content[80:84], "little")
    return np.frombuffer(content, record, count, 84)["corners"].astype(np.float64)


def stack(solid: NDArray[np.bool_], *, height_mm: float = 1.0, mm_per_px: float = 1.0) -> Layers:
    """(L, H, W) bool as Layers of even height."""
    heights = np.full(len(solid), height_mm)
    return Layers(
        bits=np.packbits(solid, axis=2),
        width_px=solid.shape[2],
        z_top_mm=np.cumsum(heights),
        height_mm=heights,
        origin_mm=(0.0, 0.0),
        mm_per_px=mm_per_px,
    )


def volume_mm3(layers: Layers) -> float:
    pixels = np.unpackbits(layers.bits, axis=2).sum(axis=(1, 2), dtype=np.int64)
    return float((pixels * layers.height_mm).sum() * layers.mm_per_px**2)


@contextmanager
def back_end(name: str) -> Iterator[None]:
    """Draw with "c" or "numpy" inside; skips where the kernel is not built."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BACKEND_VARIABLE, name)
        library.cache_clear()
        native.cache_clear()
        if name == "c" and native("pw_cast_shadows") is None:
            pytest.skip("the kernel is not built: python -m dataset_builder.kernel.build")
        yield
    library.cache_clear()
    native.cache_clear()
