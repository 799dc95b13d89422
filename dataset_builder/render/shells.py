"""Shells of a mesh turned outward, so that one wound the wrong way does not cancel its neighbours.

Mirrored parts of game models and careless exports arrive so. A shell is the faces that share
corners. One of negative volume is a cavity when it lies inside the shells that look outward, and
otherwise wound wrongly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.render.twins import corner_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Triangles = NDArray[np.float64]

MOST_SHELLS = 64  # inward shells looked at, largest first: bounds the time of hostile meshes
INSIDE = 0.5  # winding number from which a point lies inside


def shells_outward(triangles: Triangles) -> Triangles:
    """(F, 3, 3) with inward shells that are no cavities turned over; itself without any inward."""
    labels = _label_shells(triangles)
    volumes = np.bincount(labels, weights=signed_volumes(triangles))
    if volumes.min() >= 0:
        return triangles
    outward = triangles[volumes[labels] > 0]
    turned = triangles.copy()
    for label in np.argsort(volumes)[:MOST_SHELLS]:
        if volumes[label] >= 0:
            break
        shell = labels == label
        if not np.all(winding_numbers(outward, _extremes(triangles[shell])) > INSIDE):
            turned[shell] = triangles[shell, ::-1]
    return turned


def signed_volumes(triangles: Triangles) -> NDArray[np.float64]:
    """(F,) mm3 of the tetrahedron that each face makes with the first corner of all."""
    a, b, c = (np.asarray(triangles[:, k] - triangles[0, 0]) for k in range(3))
    return np.asarray(np.einsum("ij,ij->i", a, np.cross(b, c)) / 6.0)


def winding_numbers(triangles: Triangles, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(P,) solid angle of all faces seen from each point, over 4 pi: 1 inside, 0 outside.

    Source: Van Oosterom & Strackee, IEEE TBME 1983.
    """
    numbers = np.empty(len(points))
    for index, point in enumerate(points):
        a, b, c = (triangles[:, k] - point for k in range(3))
        la, lb, lc = (np.sqrt(np.einsum("ij,ij->i", side, side)) for side in (a, b, c))
        ab, bc, ca = (np.einsum("ij,ij->i", *pair) for pair in ((a, b), (b, c), (c, a)))
        volume = np.einsum("ij,ij->i", a, np.cross(b, c))
        angles = np.arctan2(volume, la * lb * lc + ab * lc + bc * la + ca * lb)
        numbers[index] = angles.sum() / (2 * np.pi)
    return numbers


def _extremes(shell: Triangles) -> NDArray[np.float64]:
    """(6, 3) the outermost corners along each axis: if they are inside, so is most likely all."""
    corners = shell.reshape(-1, 3)
    return np.asarray(corners[np.concatenate([corners.argmin(axis=0), corners.argmax(axis=0)])])


def _label_shells(triangles: Triangles) -> NDArray[np.int64]:
    """(F,) a number for each face's shell, by handing the smallest one on over shared corners."""
    _, corner = np.unique(corner_keys(triangles), return_inverse=True)
    corner = corner.reshape(-1, 3)
    label = np.arange(len(triangles))
    while True:
        lowest = np.full(corner.max() + 1, len(triangles))
        np.minimum.at(lowest, corner, label[:, None])
        handed_on = lowest[corner].min(axis=1)
        handed_on = np.minimum(handed_on, handed_on[handed_on])  # skip ahead along chains
        if np.array_equal(handed_on, label):
            return np.unique(label, return_inverse=True)[1]
        label = handed_on
