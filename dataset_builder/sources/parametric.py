"""Our own parametric solids as origins: which draws a dataset takes, and each drawn again.

A draw depends on its model, the dataset's seed and its number alone, never on what else is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from zlib import crc32

import numpy as np

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.sources.errors import SourceError
from dataset_builder.sources.origin import Origin
from dataset_builder.sources.solids import SOLIDS, draw_solid

SOURCE = "parametric"
LICENCE = "Apache-2.0"
CREDIT = "The Printwarden authors"


def parametric_origins(models: Sequence[str], draws: int, seed: int) -> list[Origin]:
    """*draws* members of each of the *models*, names of SOLIDS; each model is a family.

    About 4 ms a draw: every one is made, to be hashed. Raises SourceError for an unknown model.
    """
    unknown = sorted(set(models) - set(SOLIDS))
    if unknown:
        raise SourceError(
            f"no parametric model is called {unknown[0]!r}. Choose from: {', '.join(SOLIDS)}."
        )
    return [origin for model in models for origin in _draws_of(model, draws, seed)]


def redraw(origin: Origin) -> Mesh:
    """The mesh of a parametric *origin*, as it was when the origin was listed."""
    model, seed, draw = origin.location.split(":")
    return _drawn(model, int(seed), int(draw))


def _draws_of(model: str, draws: int, seed: int) -> Iterator[Origin]:
    for draw in range(draws):
        yield Origin(
            name=model if draws == 1 else f"{model}-{draw:04d}",
            family=model,
            label=SOLIDS[model].label.name,
            source=SOURCE,
            licence=LICENCE,
            credit=CREDIT,
            sha256=_digest(_drawn(model, seed, draw)),
            kind="parametric",
            location=f"{model}:{seed}:{draw}",
        )


def _drawn(model: str, seed: int, draw: int) -> Mesh:
    return draw_solid(SOLIDS[model], np.random.default_rng([seed, crc32(model.encode()), draw]))


def _digest(mesh: Mesh) -> str:
    """SHA-256 of the corners as an STL would hold them, 32 bits each.

    The last bits of a 64-bit sine are the processor's own; an object is the same without them.
    """
    return sha256(mesh.triangles.astype("<f4").tobytes()).hexdigest()
