"""How props come off a printer: as they are, flat, as a pendant, flat-backed, or on a stand.

`as_printed(model)` draws from the model and then gives the draw a style, a size and a form. All are
maps of whole shells, so what was closed stays closed. Sizes: people print props at life size where
a printer is large, at what fits a bed, and as miniatures; each is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np

from dataset_builder.sources.model import Model
from dataset_builder.sources.primitives import (
    Draw,
    Shells,
    Triangles,
    block,
    circle,
    joined,
    moved,
    prism,
    rod,
    turned,
)
from dataset_builder.sources.props.outlines import framed, maybe

Form = Callable[[Shells, Draw], Shells]
BED_MM = (70.0, 240.0)
"""What a common printer's bed takes."""
LIFE = (0.4, 1.1)
"""Shares of life size."""
MINIATURE_MM = (35.0, 70.0)
LONGEST_MM = 700.0
THINNEST_MM = 3.0
"""No draw is thinner over all: it would not print."""
STEEP = 1e4
"""What depth is stretched by before it is cut: all but a point in the middle plane is cut."""
CROOKED = 0.25
"""Share of draws whose smaller parts sit a little askew."""


def as_printed(model: Model) -> Model:
    """The model, its draws in every style, size and form that props are printed in."""

    @wraps(model)
    def printed(rng: Draw) -> Shells:
        shells = _styled(model(rng), rng)
        if maybe(rng, CROOKED):
            shells = [shells[0], *(_askew(shell, rng) for shell in shells[1:])]
        form = FORMS[int(rng.choice(len(FORMS), p=SHARES))]
        return form(_resized(shells, rng), rng)

    return printed


def in_forms(model: Model) -> Model:
    """The model, a share of its draws flat, flat-backed, as a pendant or on a stand.

    For everyday things: were only weapon-shaped ones on stands, a stand would tell them apart.
    """

    @wraps(model)
    def printed(rng: Draw) -> Shells:
        shells = model(rng)
        return FORMS[int(rng.choice(len(FORMS), p=EVERYDAY_SHARES))](shells, rng)

    return printed


def _styled(shells: Shells, rng: Draw) -> Shells:
    """Fatter or slimmer, taller or lower: half of all draws are caricatures."""
    if maybe(rng, 0.5):
        return shells
    size = np.exp(rng.normal(0.0, (0.12, 0.3, 0.12)))
    return [shell * size for shell in shells]


def _askew(shell: Triangles, rng: Draw) -> Triangles:
    """The part, turned by a few degrees about its own middle, and shifted."""
    middle = shell.reshape(-1, 3).mean(axis=0)
    reach = np.ptp(shell.reshape(-1, 3), axis=0).max()
    x, y, z = rng.normal(0.0, 3.0, 3)
    return moved(turned(shell - middle, x=x, y=y, z=z), middle + rng.normal(0.0, 0.02, 3) * reach)


def _resized(shells: Shells, rng: Draw) -> Shells:
    """At a share of life size, as a bed takes it, or as a miniature; never too thin to print."""
    extent = _extent(shells)
    longest = extent.max()
    kind = rng.choice(3, p=(0.45, 0.4, 0.15))
    spans = (np.multiply(LIFE, longest), BED_MM, MINIATURE_MM)
    wanted = np.exp(rng.uniform(*np.log(spans[int(kind)])))
    size = np.full(3, min(wanted, longest * LIFE[1], LONGEST_MM) / longest)
    thin = int(extent.argmin())
    size[thin] *= max(1.0, THINNEST_MM / (extent[thin] * size[thin]))
    return [shell * size for shell in shells]


def plain(shells: Shells, rng: Draw) -> Shells:
    """As modelled."""
    return shells


def flat(shells: Shells, rng: Draw) -> Shells:
    """The side view, cut out of a plate."""
    thick = min(np.exp(rng.uniform(*np.log((2.5, 12.0)))), 0.25 * _extent(shells).max())
    return _cut_out(shells, _across(shells), thick)


def pendant(shells: Shells, rng: Draw) -> Shells:
    """The side view in a plate as small as a key's, with an eye at one end."""
    small, axis = rng.uniform(35, 100) / _extent(shells).max(), _across(shells)
    thick = rng.uniform(2.5, 5.0)
    tag = _cut_out([shell * small for shell in shells], axis, thick)
    corners = joined(tag).reshape(-1, 3)
    radius = max(3.5, 0.07 * _extent(tag).max()) * rng.uniform(0.8, 1.4)
    way = rng.normal(size=3)
    way[axis] = 0.0
    way /= np.linalg.norm(way)
    spot = corners[(corners @ way).argmax()] + way * radius * 0.5
    spot[axis] = 0.0
    eye = framed(circle(radius, 24), radius * rng.uniform(0.3, 0.45), thick)
    return [*tag, moved(turned(eye, x=90.0) if axis == 2 else eye, spot)]


def flat_backed(shells: Shells, rng: Draw) -> Shells:
    """One half, so that it prints without supports."""
    axis, size = _across(shells), rng.uniform(1.2, 2.0)
    kept = []
    for shell in shells:
        pressed = shell.copy()
        pressed[..., axis] = np.maximum(pressed[..., axis] * size, 0.0)
        if pressed[..., axis].any():
            kept.append(pressed)
    return kept


def on_stand(shells: Shells, rng: Draw) -> Shells:
    """A display piece: lying on two posts, or upright on one, over a plate or a disc."""
    if maybe(rng, 0.35):
        way = float(rng.choice((-90.0, 90.0)))
        shells = [turned(shell, y=way) for shell in shells]
        return [*shells, *_foot(shells, rng, posts=1)]
    return [*shells, *_foot(shells, rng, posts=int(rng.integers(1, 3)))]


def _foot(shells: Shells, rng: Draw, posts: int) -> Shells:
    u, corners = rng.uniform, joined(shells).reshape(-1, 3)
    low, high = corners.min(axis=0), corners.max(axis=0)
    long, deep = high[0] - low[0], high[1] - low[1]
    size = max(long, high[2] - low[2])
    gap, thick = size * u(0.02, 0.2), max(2.0, size * u(0.015, 0.05))
    ground, middle = low[2] - gap, (low + high) / 2
    wide = max(deep * u(1.0, 1.8), size * u(0.12, 0.3))
    reach = long * u(0.4, 1.05) if posts > 1 else max(size * u(0.15, 0.4), deep)
    if posts == 1 and maybe(rng, 0.5):
        plate = moved(prism(circle(reach * 0.6), thick), (middle[0], middle[1], ground))
    else:
        half = np.array([reach / 2, wide / 2, thick / 2])
        centre = np.array([middle[0], middle[1], ground])
        plate = block(centre - half, centre + half, bevel=u(0, 0.2) * wide)
    shells = [plate]
    radius = max(1.5, size * u(0.012, 0.035))
    for share in (0.0,) if posts == 1 else (-u(0.2, 0.42), u(0.2, 0.42)):
        x = middle[0] + share * reach
        near = corners[np.abs(corners[:, 0] - x) <= np.sort(np.abs(corners[:, 0] - x))[12]]
        shells.append(rod((x, middle[1], ground), (x, middle[1], near[:, 2].mean()), radius))
    return shells


def _across(shells: Shells) -> int:
    """The axis that a prop is looked at along: y, or z where it is broader than tall."""
    extent = _extent(shells)
    return 1 if extent[1] <= extent[2] else 2


def _cut_out(shells: Shells, axis: int, thick: float) -> Shells:
    """Every shell pressed into a plate across *axis*, *thick* mm, whatever its depth was."""
    pressed = []
    for shell in shells:
        plate, low, high = shell.copy(), shell[..., axis].min(), shell[..., axis].max()
        middle = 0.0 if low < 0.0 < high else (low + high) / 2  # parts on a flank stay in the view
        plate[..., axis] = np.clip((plate[..., axis] - middle) * STEEP, -thick / 2, thick / 2)
        pressed.append(plate)
    return pressed


def _extent(shells: Shells) -> Triangles:
    corners = joined(shells).reshape(-1, 3)
    return np.asarray(np.ptp(corners, axis=0))


FORMS: tuple[Form, ...] = (plain, flat, pendant, flat_backed, on_stand)
SHARES = (0.66, 0.14, 0.05, 0.07, 0.08)
EVERYDAY_SHARES = (0.82, 0.06, 0.03, 0.05, 0.04)
