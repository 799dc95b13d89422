"""Filling without a kernel: the rules of kernel/fill.c over label images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.render.fill_graph import OUTSIDE, VoidGraph

if TYPE_CHECKING:
    from numpy.typing import NDArray

INNER_SHARE = 0.1  # of a void's boundary: less is a stray bead
MOSTLY = 0.6  # more than that around a small void is infill without a doubt
SAMPLED_ROW = 4  # every fourth row tells enough about a boundary
CELL_MM2 = 100.0  # infill leaves no larger cells
PIN_HOLE_MM2 = 0.3  # smaller voids are gaps between beads
LEAK_MM2 = 3.0  # smaller overlaps between layers are leaks, not openings
OPENING_SHARE = 0.25  # of the smaller void that an opening must reach
THIN_BEADS = 1.7  # a wall of less is one bead thick

EXPOSED_BEADS = 2.5  # infill lies deeper below the surface than that

SOLID, QUESTION, LIKELY = -1, -2, -3


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
    graph = VoidGraph()
    below: _Layer | None = None
    asked: list[_Questions] = []
    for index in range(len(wall)):
        beads, fills, flips = (_unpack(plane[index], width_px) for plane in (wall, inner, edge))
        solid, only_inner, parity = _compose(beads, fills, flips, bool(marked or spiral[index]))
        here = _judge(solid, only_inner, parity, marked, mm_per_px, bead_px)
        asked.append(_ask(here, graph))
        if below is not None and not marked:
            _connect(below, here, graph, mm_per_px)
        wall[index] = np.packbits(solid | (here.node == SOLID)[here.labels], axis=1)
        below = here
    _answer(wall, asked, graph, width_px)


def _ask(layer: _Layer, graph: VoidGraph) -> _Questions:
    """Enter the open questions of a layer into the graph."""
    voids = np.flatnonzero((layer.node == QUESTION) | (layer.node == LIKELY))
    nodes = graph.extend(np.where(layer.node[voids] == LIKELY, 1, -1))
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
    return count, np.asarray(labels, np.int32)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Rows, first and last columns of the runs of enclosed voids, and their labels; (R,) each."""

    y: NDArray[np.intp]
    x0: NDArray[np.intp]
    x1: NDArray[np.intp]
    label: NDArray[np.int32]

    def sums(self, along_rows: NDArray[np.int64], y: NDArray[np.intp]) -> NDArray[np.int64]:
        """(R,) pixels of rows *y* that are set above or below each run; see _sums_along_rows."""
        return np.asarray(along_rows[y, self.x1 + 1] - along_rows[y, self.x0])


@dataclass(frozen=True, slots=True)
class _Scene:
    """One layer: (H, W) bool planes, (H, W) int32 labels, (N,) which labels are outside."""

    solid: NDArray[np.bool_]
    inner: NDArray[np.bool_]
    parity: NDArray[np.bool_]
    labels: NDArray[np.int32]
    outside: NDArray[np.bool_]
    marked: bool
    mm_per_px: float
    bead_px: float

    @property
    def runs(self) -> _Runs:
        void = ~self.solid
        starts = void & ~np.pad(void, ((0, 0), (1, 0)))[:, :-1]
        ends = void & ~np.pad(void, ((0, 0), (0, 1)))[:, 1:]
        (y, x0), x1 = np.nonzero(starts), np.nonzero(ends)[1]
        enclosed = ~self.outside[self.labels[y, x0]]
        y, x0, x1 = y[enclosed], x0[enclosed], x1[enclosed]
        return _Runs(y, x0, x1, self.labels[y, x0])

    def count(self, runs: _Runs, values: NDArray[np.generic]) -> NDArray[np.int64]:
        """(N,) sums of a value a run over each void."""
        return np.bincount(runs.label, values, len(self.outside)).astype(np.int64)


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
    outside = np.zeros(count, bool)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        outside[side] = True
    outside[0] = False
    scene = _Scene(solid, inner, parity, labels, outside, marked, mm_per_px, bead_px)
    runs = scene.runs
    area = np.bincount(labels.ravel(), minlength=count)
    border, by_inner, hidden = _boundary(scene, runs, area)
    node = np.full(count, OUTSIDE if marked else QUESTION, np.int64)
    if not marked:
        node[_thin_rings(scene, runs, area) & (by_inner <= INNER_SHARE * border)] = LIKELY
    area_mm2 = area * mm_per_px**2
    filled = hidden > INNER_SHARE * border
    node[filled] = SOLID
    if not marked:  # of a large one its whole stack decides
        node[filled & (area_mm2 >= CELL_MM2)] = LIKELY
    node[area_mm2 < PIN_HOLE_MM2] = SOLID
    node[outside] = OUTSIDE
    node[0] = OUTSIDE
    return _Layer(labels, node, area)


def _boundary(
    scene: _Scene, runs: _Runs, area: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """(N,) sides of each void's pixels that are material; inner material; hidden inner material.

    Exposed inner material is not hidden, unless nearly all around the void is inner.
    """
    border, inner = np.full(len(runs.y), 2), np.zeros(len(runs.y), np.int64)
    seen, exposed = inner.copy(), inner.copy()
    solids, inners = (_sums_along_rows(plane) for plane in (scene.solid, scene.inner))
    middle = (runs.x0 + runs.x1) // 2
    for d, end in ((-1, runs.x0 - 1), (1, runs.x1 + 1)):
        y = runs.y + d
        beside, by_inner = (runs.sums(total, y) for total in (solids, inners))
        at_end = scene.inner[runs.y, end]
        border += beside
        inner += by_inner + at_end
        walled = (by_inner > 0) & scene.solid[y, middle]
        rows = runs.y % SAMPLED_ROW == 0
        seen += np.where(rows, by_inner + at_end, 0)
        exposed += np.where(rows & walled & _exposed(scene, middle, y, 0, d), by_inner, 0)
        exposed += rows & at_end & _exposed(scene, end, runs.y, d, 0)
    around, by_inner, seen, exposed = (scene.count(runs, v) for v in (border, inner, seen, exposed))
    hidden = by_inner * np.where(seen > 0, (seen - exposed) / np.maximum(seen, 1), 1.0)
    sure = (by_inner > MOSTLY * around) & (area * scene.mm_per_px**2 < CELL_MM2)
    return around, by_inner, np.where(sure, by_inner, hidden)


def _sums_along_rows(plane: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(H, W + 1) how many pixels of each row are set before a column."""
    return np.pad(np.cumsum(plane, axis=1), ((0, 0), (1, 0)))


def _exposed(
    scene: _Scene, x: NDArray[np.intp], y: NDArray[np.intp], dx: int, dy: int
) -> NDArray[np.bool_]:
    """(R,) is material at (x, y) a thin wall with the outside behind it along (dx, dy)?"""
    exposed = np.zeros(len(x), bool)
    if scene.marked:
        return exposed
    height, width = scene.solid.shape
    walking = np.arange(len(x))
    for _ in range(int(EXPOSED_BEADS * max(scene.bead_px, 1.0)) + 1):
        beyond = ~scene.solid[y, x]
        exposed[walking[beyond]] = scene.outside[scene.labels[y[beyond], x[beyond]]]
        walking, x, y = walking[~beyond], x[~beyond] + dx, y[~beyond] + dy
        off = (x < 0) | (x >= width) | (y < 0) | (y >= height)
        exposed[walking[off]] = True
        walking, x, y = walking[~off], x[~off], y[~off]
    return exposed


def _thin_rings(scene: _Scene, runs: _Runs, area: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) voids within an odd number of outlines, without islands, in a wall one bead thick."""
    count = len(area)
    void = ~scene.solid
    both = void[1:] & void[:-1]
    links = both & ~np.pad(both, ((0, 0), (1, 0)))[:, :-1]
    n_runs = np.bincount(runs.label, minlength=count)
    euler = n_runs - np.bincount(scene.labels[1:][links], minlength=count)
    thin = _is_thin(scene, runs.y, runs.x0 - 1, -1).astype(int)
    thin += _is_thin(scene, runs.y, runs.x1 + 1, 1)
    inside = np.bincount(scene.labels[scene.parity], minlength=count)
    odd = (2 * inside > area) & (euler == 1)
    return np.asarray(odd & (2 * scene.count(runs, thin) > 2 * n_runs))


def _is_thin(scene: _Scene, y: NDArray[np.intp], x: NDArray[np.intp], dx: int) -> NDArray[np.bool_]:
    """(R,) is the wall that begins at (x, y) one bead thick along dx?"""
    thick = np.ones(len(x), bool)
    for _ in range(int(THIN_BEADS * max(scene.bead_px, 1.0)) + 1):
        thick &= (x >= 0) & (x < scene.solid.shape[1])
        thick[thick] = scene.solid[y[thick], x[thick]]
        x = x + dx
    return ~thick


def _connect(below: _Layer, here: _Layer, graph: VoidGraph, mm_per_px: float) -> None:
    """Join voids of two layers that overlap by more than a leak."""
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
            graph.join(u, v)


def _answer(
    wall: NDArray[np.uint8], asked: list[_Questions], graph: VoidGraph, width_px: int
) -> None:
    """Fill what turned out to be enclosed, and shells one bead thick."""
    for end in (asked[0], asked[-1]):  # beyond the first and last layer is only outside
        for node in end.nodes.tolist():
            graph.join(OUTSIDE, node)
    for rows, questions in zip(wall, asked, strict=True):
        solid_ones = [graph.is_solid(node) for node in questions.nodes.tolist()]
        if any(solid_ones):
            solid = _unpack(rows, width_px)
            _, labels = _label(solid)
            fill_in = np.unique(labels.ravel()[questions.seed[solid_ones]])
            rows[:] = np.packbits(solid | np.isin(labels, fill_in), axis=1)
