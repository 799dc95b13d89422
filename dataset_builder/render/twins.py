"""Faces that lie on each other: kept once, cancelled, or the sign of a double-sided model.

A face given twice lets rays leak. Two faces back to back cancel where two shells meet, as they
should; but game models often have every face twice, once for each side, and would cancel away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOUBLE_SIDED = 0.5  # share of faces with a twin back to back from which the model is meant so
CHUNK_FACES = 1 << 14  # hashed at a time, to stay in the cache
_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64
)  # large odd factors of common use in hashing: any would do


def without_twins(triangles: NDArray[np.float64]) -> NDArray[np.float64]:
    """(F, 3, 3) -> the faces that remain, in their order; *triangles* itself when all do.

    Of faces that wind the same way one is kept. Of twins back to back none is kept, except in a
    double-sided model, which keeps the one that comes first.
    """
    key, winds = _face_keys(triangles)
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=~key[order[:1]]))
    if len(starts) == len(triangles):
        return triangles
    winds = winds[order]
    count = np.diff(starts, append=len(order))
    net = np.add.reduceat(winds, starts, dtype=np.int64)
    back_to_back = np.abs(net) < count
    if count[back_to_back].sum() >= DOUBLE_SIDED * len(triangles):
        return np.asarray(triangles[np.sort(order[starts])])
    wanted = np.repeat(np.sign(net), count)
    matching = np.where(winds == wanted, np.arange(len(order)), len(order))
    first = np.minimum.reduceat(matching, starts)
    return np.asarray(triangles[np.sort(order[first[net != 0]])])


def corner_keys(triangles: NDArray[np.float64]) -> NDArray[np.uint64]:
    """(F, 3) one number a corner; equal corners have equal numbers."""
    words = (triangles + 0.0).view(np.uint64)  # + 0.0 makes -0.0 and 0.0 one
    mixed = (words ^ (words >> np.uint64(29))) * _ODD
    total = mixed[..., 0] + (mixed[..., 1] ^ (mixed[..., 2] >> np.uint64(17)))
    return np.asarray((total ^ (total >> np.uint64(32))) * _ODD[0])


def _face_keys(triangles: NDArray[np.float64]) -> tuple[NDArray[np.uint64], NDArray[np.int8]]:
    """(F,) a number whatever corner comes first, and which way round they come: 1 or -1."""
    keys, winds = np.empty(len(triangles), np.uint64), np.empty(len(triangles), np.int8)
    for start in range(0, len(triangles), CHUNK_FACES):
        chunk = slice(start, start + CHUNK_FACES)
        corners = corner_keys(triangles[chunk])
        keys[chunk] = corners.sum(axis=1, dtype=np.uint64)
        rising = (corners < np.roll(corners, -1, axis=1)).sum(axis=1)
        winds[chunk] = np.where(rising == 2, 1, -1)
    return keys, winds
