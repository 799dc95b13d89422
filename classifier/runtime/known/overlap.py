"""How well a body covers a kept shape, at the best turn, mirror, shift and size.

The overlap is the sum of the lesser share over the sum of the greater, cell by cell: for whole
cells that is intersection over union (Ruzicka's index). A few hundred cells rank the ways in which
principal axes can lie on each other; the best are refined; all cells measure the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier.runtime.known.sampling import SoftField
from classifier.runtime.known.shape import STEPS, Shape, centred_places
from classifier.runtime.known.turns import candidates, rotation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.runtime.known.body import Body

    Array = NDArray[np.float64]

SIFTED_CELLS, RANKED_CELLS, REFINED_CELLS = 60, 250, 700
SIFTED, REFINED = 64, 3  # starts left after a look at few cells, and after one at more
HOPELESS = 0.3
"""A start this far below the wanted overlap is not refined: the grid of turns costs less."""
FIRST_STEPS = np.array([0.12] * 3 + [0.5] * 3 + [0.015])
"""Radians of turn, cells of shift, logarithm of size."""
LEAST_GAIN = 1e-4  # of overlap, that makes a step worth it
POLISHABLE = 0.1
"""A rough end this far below the wanted overlap is not polished: that brings some hundredths."""


class _Search(NamedTuple):
    """exact: read between cells. Steps are halved *halvings* times, within *rounds* in all."""

    steps: Array
    halvings: int
    rounds: int
    exact: bool


ROUGH = _Search(FIRST_STEPS, halvings=3, rounds=30, exact=False)
FINE = _Search(FIRST_STEPS / 8, halvings=2, rounds=10, exact=True)


class Query:
    """A body to be compared with any number of kept shapes."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.field = SoftField.of(body)

    def overlap(self, kept: Shape, *, wanted: float, scale: float) -> float:
        """The best overlap with *kept*, 0..1; refined only where *wanted* is within reach.

        scale: how many times larger or smaller the body may be.
        """
        target = _Target.of(kept)
        ratio = kept.gyration_mm / self.body.gyration_mm
        turns = candidates(self.body.spreads_mm, kept.spreads_mm)
        moves = _Moves(turns, np.zeros((len(turns), 3)), np.full(len(turns), np.log(ratio)))
        if len(turns) > SIFTED:
            moves, _ = self._best(target.thinned(SIFTED_CELLS), moves, SIFTED)
        moves, ranked = self._best(target.thinned(RANKED_CELLS), moves, REFINED)
        if ranked[0] < wanted - HOPELESS:
            return float(ranked[0])
        few, most = target.thinned(REFINED_CELLS), float(np.log(scale))
        ends = [
            self._refined(few, moves.part([k]), ROUGH, most)
            for k in range(int((ranked >= wanted - HOPELESS).sum()))
        ]
        end, level = max(ends, key=lambda end: end[1])
        if level < wanted - POLISHABLE:
            return level
        end, _ = self._refined(few, end, FINE, most)
        return min(1.0, float(self._measure(target, end, exact=True)[0]))  # cells are samples

    def _best(self, target: _Target, moves: _Moves, count: int) -> tuple[_Moves, Array]:
        """The *count* best of *moves*, by a quick look, and their overlaps."""
        ranked = self._measure(target, moves, exact=False)
        order = np.argsort(-ranked, kind="stable")[:count]
        return moves.part(order), ranked[order]

    def _measure(self, target: _Target, moves: _Moves, *, exact: bool) -> Array:
        """(K,) overlaps of K moves; of thinned cells an estimate, which can pass 1."""
        sizes = np.exp(moves.log_size)  # kept mm per body mm
        places = (target.places - moves.shift[:, None]) * target.cell_mm  # (K, N, 3)
        places = places @ moves.turn / sizes[:, None, None]
        read = self.field.linear if exact else self.field.nearest
        shares = read(places)
        common = np.minimum(shares, target.shares).sum(axis=1) * target.thinning
        mine = self.body.volume_mm3 * (sizes / target.cell_mm) ** 3
        return np.asarray(common / (mine + target.total - common))

    def _refined(
        self, target: _Target, start: _Moves, search: _Search, most: float
    ) -> tuple[_Moves, float]:
        """A pattern search: the best neighbour in any of seven directions, then finer steps."""
        here, level = start, float(self._measure(target, start, exact=search.exact)[0])
        steps = search.steps
        halvings = 0
        for _ in range(search.rounds):
            around = here.neighbours(steps, most)
            found = self._measure(target, around, exact=search.exact)
            best = int(found.argmax())
            if found[best] > level + LEAST_GAIN:
                here, level = around.part([best]), float(found[best])
            elif halvings == search.halvings:
                break
            else:
                halvings, steps = halvings + 1, steps / 2
        return here, level


@dataclass(frozen=True, slots=True)
class _Moves:
    """K ways to lay a body on a kept shape.

    turn: (K, 3, 3). shift: (K, 3) in cells. log_size: (K,) kept size over the body's.
    """

    turn: Array
    shift: Array
    log_size: Array

    def part(self, index: list[int] | NDArray[np.intp]) -> _Moves:
        return _Moves(self.turn[index], self.shift[index], self.log_size[index])

    def neighbours(self, steps: Array, most: float) -> _Moves:
        """One move -> fourteen: each step forth and back; log_size stays within *most*."""
        both = np.concatenate([np.diag(steps), -np.diag(steps)])
        turns = np.stack([rotation(step[:3]) for step in both])
        return _Moves(
            turns @ self.turn[0],
            self.shift + both[:, 3:6],
            np.clip(self.log_size + both[:, 6], -most, most),
        )


@dataclass(frozen=True, slots=True)
class _Target:
    """The cells of a kept shape that hold something: places (N, 3) in cells, shares (N,).

    total: the sum over all cells; thinning: how many cells each of these stands for.
    """

    places: Array
    shares: Array
    cell_mm: float
    total: float
    thinning: float = 1.0

    @classmethod
    def of(cls, kept: Shape) -> _Target:
        held = np.flatnonzero(kept.levels)
        shares = kept.levels.ravel()[held].astype(np.float64) * (kept.peak / STEPS)
        places = centred_places(kept.levels.shape)[held]
        return cls(places, shares, kept.cell_mm, float(shares.sum()))

    def thinned(self, most: int) -> _Target:
        """At most *most* of the cells, the same ones every time."""
        count = len(self.shares)
        if count <= most:
            return self
        some = np.random.default_rng(0).permutation(count)[:most]
        return _Target(self.places[some], self.shares[some], self.cell_mm, self.total, count / most)
