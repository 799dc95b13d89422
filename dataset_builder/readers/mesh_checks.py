"""Triangles of any mesh file -> Mesh: finite, of three dimensions, in millimetres, watertight?

What cannot be printed is an error with a name. What slicers repair (holes, doubled or degenerate
facets) is a flag.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dataset_builder.errors import EmptyToolpath, Malformed, TooLarge
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.limits import Limits

Triangles = NDArray[np.float64]  # (F, 3, 3)

_SMALLEST_EXTENT = 1e-3  # file units: a micrometre if they are mm, a millimetre if they are m
_FLAT = 1e-6  # thickness of a plane, as a share of its extent: single-precision noise is 1e-7
_BLOCK = 1 << 18  # triangles hashed at a time
# odd constants of the SplitMix64 and MurmurHash3 finishers
_MIX = tuple(np.uint64(k) for k in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def solid_mesh(
    triangles: Triangles,
    limits: Limits,
    flags: set[str],
    *,
    unit: str = "",
    watertight: bool | None = None,
) -> Mesh:
    """Check *triangles*, (F, 3, 3), and say what they are.

    unit: of the file, in words, its numbers already turned into mm; "" where the format has none.
    watertight: where the caller knows. Adds `not_watertight`, `unit_guessed` to *flags*.
    Raises EmptyToolpath, Malformed for coordinates that no solid has, TooLarge.
    """
    check_count(len(triangles), limits)
    if len(triangles) == 0:
        raise EmptyToolpath("has no facet", advice="Check that a model was exported")
    lowest, highest = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
    _check_finite(lowest, highest, limits)
    extent = float((highest - lowest).max())
    if extent < _SMALLEST_EXTENT:
        raise Malformed("has no extent: all its corners lie together", flag="degenerate")
    if not unit:
        triangles, unit = _guess_unit(triangles, extent, flags)
    _check_not_flat(triangles, extent)
    if watertight is None:
        watertight = is_watertight(triangles)
    if not watertight:
        flags.add("not_watertight")
    return Mesh(triangles=triangles, watertight=watertight, unit=unit)


def check_count(facets: int, limits: Limits) -> None:
    """Raises TooLarge before an array of too many facets is made."""
    if facets > limits.max_triangles:
        raise TooLarge(f"has {facets} facets, more than the limit of {limits.max_triangles}")


def is_watertight(triangles: Triangles) -> bool:
    """Whether each edge is shared by exactly two facets; corners are equal only bit for bit.

    Facets with two equal corners are left out, as slicers do. Edges are compared as 64-bit hashes:
    two of a million meet by chance once in 10^7 meshes.
    """
    keys = [
        _edge_keys(triangles[start : start + _BLOCK]) for start in range(0, len(triangles), _BLOCK)
    ]
    edges = np.concatenate(keys)
    if len(edges) == 0 or len(edges) % 2:
        return False
    edges.sort()
    paired = np.array_equal(edges[0::2], edges[1::2])
    return paired and not bool(np.any(edges[1:-1:2] == edges[2::2]))


def _edge_keys(triangles: Triangles) -> NDArray[np.uint64]:
    """(3 F',) one key an edge, the same in both directions."""
    corners = _corner_hashes(triangles)
    following = np.roll(corners, -1, axis=1)
    corners, following = (side[(corners != following).all(axis=1)] for side in (corners, following))
    low, high = np.minimum(corners, following), np.maximum(corners, following)
    return _mixed(low * _MIX[0] + _mixed(high)).ravel()


def _corner_hashes(triangles: Triangles) -> NDArray[np.uint64]:
    """(F, 3) a hash of each corner's three coordinates."""
    bits = (triangles + 0.0).view(np.uint64)  # adding zero makes -0.0 and 0.0 one corner
    hashes = np.zeros(bits.shape[:2], np.uint64)
    for axis in range(3):
        hashes = _mixed((hashes + _MIX[0]) ^ bits[..., axis])
    return hashes


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The SplitMix64 finisher: every input bit reaches every output bit."""
    values = (values ^ (values >> np.uint64(30))) * _MIX[1]
    values = (values ^ (values >> np.uint64(27))) * _MIX[2]
    return values ^ (values >> np.uint64(31))


def _check_finite(
    lowest: NDArray[np.float64], highest: NDArray[np.float64], limits: Limits
) -> None:
    if not (np.isfinite(lowest).all() and np.isfinite(highest).all()):
        raise Malformed("has a corner that is not a number", flag="not_finite")
    if max(abs(float(lowest.min())), abs(float(highest.max()))) > limits.max_coordinate_mm:
        raise Malformed("has a corner more than a kilometre away", flag="out_of_range")


def _check_not_flat(triangles: Triangles, extent: float) -> None:
    """Raises Malformed when all corners lie in one plane, at whatever tilt."""
    corners = triangles.reshape(-1, 3)
    centre, spread = corners.mean(axis=0), np.zeros((3, 3))
    for start in range(0, len(corners), _BLOCK):
        centred = corners[start : start + _BLOCK] - centre
        spread += centred.T @ centred
    thinnest = float(np.linalg.eigvalsh(spread)[0]) / len(corners)
    if thinnest <= (_FLAT * extent) ** 2:
        raise Malformed("is flat: all its corners lie in one plane", flag="degenerate")


def _guess_unit(triangles: Triangles, extent: float, flags: set[str]) -> tuple[Triangles, str]:
    """Millimetres, unless the whole object would be smaller than one of them."""
    if extent >= 1.0:
        return triangles, "mm (assumed: the format has no unit)"
    flags.add("unit_guessed")
    return triangles * 1000.0, "m (guessed: less than 1 mm across if it were mm)"
