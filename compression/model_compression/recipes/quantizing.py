"""Progressive ADMM quantization: every layer, the first and the last included."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from model_compression.framework.admm import Penalty
from model_compression.framework.quantizing import AdmmQuantize, Freeze
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.stage import Stage
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.recipes.settings import TAUGHT

QUANTIZATION = "Ye et al., 2019, arXiv 1905.00789"
FREEZING = (
    "Distances are relative to a scale a layer; eight shares; the dense parent teaches throughout."
)


def onto(kind: str, bits: int, *, changed: float = 1.0) -> list[Stage]:
    """ADMM towards the levels, then freezing. changed: see `Course`."""
    return [
        AdmmQuantize(
            kind=kind,
            bits=bits,
            rounds=10,
            penalty=Penalty(2e-3, 1.7),
            aids=TAUGHT,
            changed=changed,
        ),
        Freeze(kind=kind, bits=bits, course=Course(epochs=1.5, changed=changed), aids=TAUGHT),
    ]


def briefly_onto(bits: int) -> Freeze:
    """Equal steps of so many *bits* that weights are near one as they are: no ADMM is needed."""
    return Freeze(
        kind="uniform", bits=bits, course=Course(epochs=1.0), aids=TAUGHT, shares=(0.5, 1.0)
    )


def _levels(kind: str) -> Callable[[Goal], Sequence[Stage]]:
    """As many bits as the target says, else 1."""
    return lambda goal: onto(kind, goal.target.bits or 1)


BINARY = Recipe(
    name="admm-binary",
    title="Fully binary weights by ADMM and gradual freezing",
    paper=QUANTIZATION,
    stages=_levels("binary"),
    target=Target(bits=1),
    departs=FREEZING,
)
LEVELS = Recipe(
    name="admm-levels",
    title="Weights on equal steps by ADMM and gradual freezing",
    paper=QUANTIZATION,
    stages=_levels("uniform"),
    target=Target(bits=3),
    departs=FREEZING,
)
POWERS = Recipe(
    name="admm-power-of-two",
    title="Weights on powers of two by ADMM and gradual freezing",
    paper="Ye et al., 2019, arXiv 1903.09769",
    stages=_levels("power-of-two"),
    target=Target(bits=3),
    departs=FREEZING,
)
