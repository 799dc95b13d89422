"""An origin and a number -> the picture that training sees, by the code that judges jobs.

An example is decided by (seed, origin, number) alone: the count of worker processes and what else
is drawn change nothing, and its picture comes from the same `draw` that a scan uses.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from classifier.runtime.recipe import Picture, ViewRecipe, draw
from classifier.training.config import DataConfig
from classifier.training.printed import as_printed
from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.rotations import rotated
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.origin import Origin
from dataset_builder.sources.proportions import reproportioned, varied
from dataset_builder.sources.solids import SOLIDS, draw_solid

PROBED = ("mug", "pistol", "spur_gear")
PROBES = 3  # draws of a model that stand for all of them


def pictures_of(
    origin: Origin, numbers: range, *, seed: int, data: DataConfig, recipe: ViewRecipe
) -> Iterator[Picture]:
    """The pictures of *origin* with *numbers*, less those poses in which a thin sheet slices to
    nothing. Raises ReadError for a broken mesh, EmptyToolpath when no pose gives a picture.
    """
    member, empty = _members(origin, data.share_reshaped), 0
    shares = {"share_cut": data.share_cut, "share_supported": data.share_supported}
    for number in numbers:
        # crc32, not hash(): Python's string hash differs from process to process
        rng = np.random.default_rng([seed, zlib.crc32(origin.name.encode()), number])
        mesh = member(rng)
        if rng.random() > data.share_lying:
            mesh = rotated(mesh, random_rotation(rng))
        tilt = small_rotation(rng, data.tilt_deg) if data.tilt_deg else None
        try:
            layers = slice_mesh(mesh, cells=data.slice_cells)
            yield draw(as_printed(layers, rng, **shares), recipe, tilt=tilt)
        except EmptyToolpath:
            empty += 1
            if empty == len(numbers):
                raise


def draws_of(origin: Origin, data: DataConfig) -> int:
    """How many pictures of *origin* there are."""
    return data.draws_parametric if origin.kind == "parametric" else data.draws_mesh


def random_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """Uniform on SO(3), from a normal quaternion. Source: Shoemake, Graphics Gems III, 1992."""
    w, x, y, z = (q := rng.normal(size=4)) / np.linalg.norm(q)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def small_rotation(rng: np.random.Generator, spread_deg: float) -> NDArray[np.float64]:
    """A turn about a random axis by a normal angle (Rodrigues' formula)."""
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    angle = np.radians(rng.normal(0.0, spread_deg))
    cross = np.cross(np.eye(3), axis)
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross))


def model_probe(model: str) -> str:
    """Digest of the first draws of *model*: changes with its code, in a hundredth of a second."""
    state = hashlib.sha256()
    for number in range(PROBES):
        rng = np.random.default_rng([zlib.crc32(model.encode()), number])
        # the last bits of a 64-bit sine are the processor's own
        state.update(draw_solid(SOLIDS[model], rng).triangles.astype("<f4").tobytes())
    return state.hexdigest()


def drawing_probe(recipe: ViewRecipe) -> str:
    """Digest of the pictures of a few models: changes with the code that slices and draws."""
    state = hashlib.sha256()
    for model in PROBED:
        mesh = draw_solid(SOLIDS[model], np.random.default_rng(0))
        state.update(draw(slice_mesh(mesh, cells=96), recipe).views.tobytes())
        state.update(mesh.triangles.astype("<f4").tobytes())
    return state.hexdigest()


def reshaping_probe(share: float) -> str:
    """Says whether and how mesh files get other proportions; nothing for those that stay."""
    if not share:
        return ""
    block = draw_solid(SOLIDS[PROBED[0]], np.random.default_rng(0)).triangles
    reshaped = reproportioned(block, np.random.default_rng(0)).astype("<f4")
    return f" {share} {hashlib.sha256(reshaped.tobytes()).hexdigest()}"


def _members(origin: Origin, reshaped: float) -> Callable[[np.random.Generator], Mesh]:
    """What gives the mesh of one example: another member of a model, or of the kind that the file
    holds one of, or with the chance 1 - *reshaped* that very one.
    """
    if origin.kind == "parametric":
        solid = SOLIDS[origin.family]
        return lambda rng: draw_solid(solid, rng)
    mesh = load_mesh(origin)
    return lambda rng: varied(mesh, rng, reshaped)
