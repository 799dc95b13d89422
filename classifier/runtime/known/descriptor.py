"""A body -> sixty numbers that turning, mirroring and scaling leave alone.

How much material lies in each shell about the centre of mass, and how unevenly: the energy of the
shell's spherical harmonics, degree by degree, which no rotation or reflection changes.
Source: Kazhdan, Funkhouser & Rusinkiewicz, SGP 2003, "Rotation invariant spherical harmonic
representation of 3D shape descriptors". Shells that blend into each other, the spreads and the
fill are ours.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from classifier.runtime.known.body import Body

    Array = NDArray[np.float64]

SHELLS = 8
SHELL_STEP = 0.3  # in radii of gyration; what lies beyond 2.1 belongs to the last shell
DEGREES = 7  # 0 to 6
NUMBERS = SHELLS * DEGREES + 4
FILL_WEIGHT = 0.1
"""Of the logarithm of the fill: a print of a thin wall may hold a quarter more than its mesh."""
POOL = 2  # cells of the drawing that are one point here


def describe(body: Body) -> NDArray[np.float32]:
    """(NUMBERS,) float32: roots of shell energies, then spreads and fill, all without size."""
    directions, radii, masses = _points(body)
    shells = _shells(radii) * masses  # (SHELLS, N)
    energies = np.stack([_energy(shells, harmonics) for harmonics in _harmonics(directions)], 1)
    gyration = body.gyration_mm
    spreads = body.spreads_mm / gyration
    fill = FILL_WEIGHT * math.log(body.volume_mm3 / gyration**3)
    return np.concatenate([np.sqrt(energies).ravel(), spreads, [fill]]).astype(np.float32)


def _points(body: Body) -> tuple[Array, Array, Array]:
    """(3, N) unit vectors, (N,) distances in radii of gyration, (N,) shares of the material."""
    grid = body.solid.grid
    pad = [(0, -side % POOL) for side in grid.shape]
    nz, ny, nx = (-(-side // POOL) for side in grid.shape)
    pooled = np.pad(grid, pad).reshape(nz, POOL, ny, POOL, nx, POOL).sum(axis=(1, 3, 5))
    at = np.nonzero(pooled)
    masses = pooled[at].astype(np.float64)
    middle = (POOL - 1) / 2
    xyz = np.stack([index * POOL + middle for index in at[::-1]]) - body.centre[:, None]
    radii = np.sqrt((xyz**2).sum(axis=0))
    directions = xyz / np.maximum(radii, 1e-9)
    return directions, radii * (body.solid.cell_mm / body.gyration_mm), masses / masses.sum()


def _shells(radii: Array) -> Array:
    """(SHELLS, N) how far each distance belongs to each shell; every column sums to 1."""
    place = np.minimum(radii / SHELL_STEP, SHELLS - 1)
    return np.asarray(np.maximum(1 - np.abs(place - np.arange(SHELLS)[:, None]), 0))


def _energy(shells: Array, harmonics: NDArray[np.complex128]) -> Array:
    """(SHELLS,) squared length of the shells' part in one degree; harmonics: (m, N), m >= 0."""
    parts = np.abs(shells @ harmonics.T) ** 2  # (SHELLS, m)
    return np.asarray(parts[:, 0] + 2 * parts[:, 1:].sum(axis=1))  # -m mirrors m


def _harmonics(directions: Array) -> Iterator[NDArray[np.complex128]]:
    """For each degree l the (l + 1, N) harmonics of order 0 to l, scaled so that Y00 = 1.

    Recurrences of the associated Legendre functions, DLMF 14.10, normalised as in 14.30.
    """
    x, y, z = directions
    around = x + 1j * y  # sin(theta) e^(i phi)
    table: dict[tuple[int, int], NDArray[np.complex128]] = {(0, 0): np.ones_like(around)}
    for degree in range(DEGREES):
        if degree:
            last = table[degree - 1, degree - 1]
            table[degree, degree] = math.sqrt((2 * degree + 1) / (2 * degree)) * around * last
            table[degree, degree - 1] = math.sqrt(2 * degree + 1) * z * last
        for order in range(degree - 1):
            a = math.sqrt((4 * degree**2 - 1) / (degree**2 - order**2))
            b = math.sqrt(((degree - 1) ** 2 - order**2) / (4 * (degree - 1) ** 2 - 1))
            lower = z * table[degree - 1, order] - b * table[degree - 2, order]
            table[degree, order] = a * lower
        yield np.stack([table[degree, order] for order in range(degree + 1)])
