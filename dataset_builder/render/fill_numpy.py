"""Filling without a kernel: the rules of kernel/fill.c over label images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INNER_SHARE = 0.1  # of a void's boundary: less is a stray bead
PIN_HOLE_MM2 = 0.3  # smaller voids are gaps between beads
LEAK_MM2 = 3.0  # smaller overlaps between layers are leaks, not openings
OPENING_SHARE = 0.25  # of the smaller void that an opening must reach
THIN_BEADS = 1.7  # a wall of less is one bead thick

OUTSIDE, SOLID, QUESTION = 0, -1, -2


@dataclass(slots=True)
class _Layer:
    """labels: (H, W) int32, 0 material, else a void. node: (N,) what is known of each label."""

    labels: NDArray[np.int32]
    node: NDArray[np.int64]
    area: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Questions:
    """nodes: (Q,) of the graph; seed: (Q,) a pixel of each, as a flat index."""

    nodes: NDArray[np.int64]
    seed: NDArray[np.intp]


def fill(
    wall: NDArray[np.uint8],
    inner: NDArray[np.uint8],
    edge: NDArray[np.uint8],
    spiral: NDArray[np.uint8],
    *,
    width_px: int,
    marked: bool,
    mm_per_px: float,
    bead_px: float,
) -> None:
    """Turn the three planes of beads, (L, H, ceil(W / 8)) packed, into the solid, in *wall*."""
    parent = [OUTSIDE]
    below: _Layer | None = None
    asked: list[_Questions] = []
    for index in range(len(wall)):
        planes = [_unpack(plane[index], width_px) for plane in (wall, inner, edge)]
        solid, only_inner, parity = _compose(*planes, bool(marked or spiral[index]))
        here = _judge(solid, only_inner, parity, marked, mm_per_px, bead_px)
        asked.append(_ask(here, len(parent)))
        parent.extend(asked[-1].nodes.tolist())
        if below is not None and not marked:
            _connect(below, here, parent, mm_per_px)
        wall[index] = np.packbits(solid | (here.node == SOLID)[here.labels], axis=1)
        below = here
    _answer(wall, asked, parent, width_px)


def _ask(layer: _Layer, first_node: int) -> _Questions:
    """Number the open questions of a layer."""
    voids = np.flatnonzero(layer.node == QUESTION)
    nodes = np.arange(first_node, first_node + len(voids))
    layer.node[voids] = nodes
    _, first_pixel = np.unique(layer.labels, return_index=True)
    return _Questions(nodes, first_pixel[voids - len(layer.node)])


def _unpack(rows: NDArray[np.uint8], width_px: int) -> NDArray[np.bool_]:
    return np.unpackbits(rows, axis=1, count=width_px).view(np.bool_)


def _compose(
    wall: NDArray[np.bool_], inner: NDArray[np.bool_], edge: NDArray[np.bool_], take: bool
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """What is surely solid, what only inner beads cover, what lies in an odd number of outlines."""
    parity = np.logical_xor.accumulate(edge, axis=1)
    solid = wall | inner
    return (solid | parity if take else solid), inner & ~wall, parity


def _label(solid: NDArray[np.bool_]) -> tuple[int, NDArray[np.int32]]:
    import cv2

    count, labels = cv2.connectedComponents((~solid).astype(np.uint8), connectivity=4)
    return count, labels


def _judge(
    solid: NDArray[np.bool_],
    inner: NDArray[np.bool_],
    parity: NDArray[np.bool_],
    marked: bool,
    mm_per_px: float,
    bead_px: float,
) -> _Layer:
    """Find the voids of one layer and give each the verdict that the layer alone allows."""
    count, labels = _label(solid)
    area = np.bincount(labels.ravel(), minlength=count)
    border, by_inner = _boundary(labels, solid, inner, count)
    node = np.full(count, OUTSIDE if marked else QUESTION, np.int64)
    if not marked:
        node[_thin_rings(labels, solid, parity, area, bead_px)] = SOLID
    node[(area * mm_per_px**2 < PIN_HOLE_MM2) | (by_inner > INNER_SHARE * border)] = SOLID
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        node[side] = OUTSIDE
    node[0] = OUTSIDE
    return _Layer(labels, node, area)


def _boundary(
    labels: NDArray[np.int32], solid: NDArray[np.bool_], inner: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(N,) sides of each void's pixels that are material, and inner material."""
    border, by_inner = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for axis in (0, 1):
        for here, there in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
            at = (here, slice(None)) if axis == 0 else (slice(None), here)
            to = (there, slice(None)) if axis == 0 else (slice(None), there)
            border += np.bincount(labels[at][solid[to]], minlength=count)
            by_inner += np.bincount(labels[at][inner[to]], minlength=count)
    return border, by_inner


def _thin_rings(
    labels: NDArray[np.int32],
    solid: NDArray[np.bool_],
    parity: NDArray[np.bool_],
    area: NDArray[np.int64],
    bead_px: float,
) -> NDArray[np.bool_]:
    """(N,) voids within an odd number of outlines, without islands, in a wall one bead thick."""
    count = len(area)
    void = ~solid
    starts = void & ~np.pad(void, ((0, 0), (1, 0)))[:, :-1]
    ends = void & ~np.pad(void, ((0, 0), (0, 1)))[:, 1:]
    both = void[1:] & void[:-1]
    links = both & ~np.pad(both, ((0, 0), (1, 0)))[:, :-1]
    runs = np.bincount(labels[starts], minlength=count)
    euler = runs - np.bincount(labels[1:][links], minlength=count)
    thin = _thin_ends(starts, void, bead_px), _thin_ends(ends[:, ::-1], void[:, ::-1], bead_px)
    n_thin = np.bincount(labels[thin[0]], minlength=count)
    n_thin += np.bincount(labels[thin[1][:, ::-1]], minlength=count)
    inside = np.bincount(labels[parity], minlength=count)
    return np.asarray((2 * inside > area) & (euler == 1) & (2 * n_thin > 2 * runs))


def _thin_ends(
    starts: NDArray[np.bool_], void: NDArray[np.bool_], bead_px: float
) -> NDArray[np.bool_]:
    """Run starts whose wall on the left is one bead thick."""
    column = np.arange(void.shape[1])
    last_void = np.maximum.accumulate(np.where(void, column, -1), axis=1)
    before = np.pad(last_void, ((0, 0), (1, 0)), constant_values=-1)[:, :-1]
    return np.asarray(starts & (column - 1 - before <= THIN_BEADS * max(bead_px, 1.0)))


def _connect(below: _Layer, here: _Layer, parent: list[int], mm_per_px: float) -> None:
    """Join voids of two layers, one of them at least a question, that overlap by more than a leak."""
    pair = below.labels.astype(np.int64) * len(here.node) + here.labels
    asked = (below.node > 0)[below.labels] | (here.node > 0)[here.labels]
    asked &= (below.labels > 0) & (here.labels > 0)
    pairs, overlap = np.unique(pair[asked], return_counts=True)
    for key, common in zip(pairs.tolist(), overlap.tolist(), strict=True):
        a, b = divmod(key, len(here.node))
        u, v = int(below.node[a]), int(here.node[b])
        if min(u, v) < 0 or common * mm_per_px**2 < LEAK_MM2:
            continue
        areas = [layer.area[k] for layer, k, n in ((below, a, u), (here, b, v)) if n]
        if common >= OPENING_SHARE * min(areas):
            u, v = sorted((_root(parent, u), _root(parent, v)))
            parent[v] = u


def _root(parent: list[int], node: int) -> int:
    while parent[node] != node:
        node = parent[node] = parent[parent[node]]
    return node


def _answer(
    wall: NDArray[np.uint8], asked: list[_Questions], parent: list[int], width_px: int
) -> None:
    """Fill the questions that turned out to be enclosed."""
    for end in (asked[0], asked[-1]):  # beyond the first and last layer is only outside
        for node in end.nodes.tolist():
            parent[_root(parent, node)] = OUTSIDE
    for rows, questions in zip(wall, asked, strict=True):
        enclosed = [_root(parent, node) != OUTSIDE for node in questions.nodes.tolist()]
        if any(enclosed):
            solid = _unpack(rows, width_px)
            _, labels = _label(solid)
            fill_in = np.unique(labels.ravel()[questions.seed[enclosed]])
            rows[:] = np.packbits(solid | np.isin(labels, fill_in), axis=1)
