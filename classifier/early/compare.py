"""Designs side by side: the same objects, as many looks trained on, real held-out prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.benchmark.curves import roc
from classifier.benchmark.stops import stop_threshold
from classifier.early.fit import WEAPON, fit, probabilities_of
from classifier.early.growing import Prints, draw_prints
from classifier.early.networks import DESIGNS, WITH_MEMORY
from classifier.early.pipeline import Progress, drawn_once, subjects_of
from classifier.early.plan import EarlyPlan
from classifier.metrics import Rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEIGHTS = (0.0, 0.15, 0.35, 0.6, 1.0)  # edges of the stretches of a print that are told apart
WEAPON_POSES, EVERYDAY_POSES = 6, 4  # of each held-out mesh
FALSE_STOPS = 0.01  # of everyday prints: the rarest that some hundreds can show


@dataclass(frozen=True, slots=True)
class Row:
    """areas: under the ROC curve of single looks, a stretch of HEIGHTS each. whole: of the highest
    score of each print. recall: of prints, where FALSE_STOPS of everyday ones are stopped.
    """

    design: str
    told: bool
    areas: tuple[float, ...]
    whole: float
    recall: Rate


def compare(
    plan: EarlyPlan,
    meshes: Path,
    cache: Path | None,
    progress: Progress,
    designs: Sequence[str] = tuple(DESIGNS),
) -> list[Row]:
    """Train each of *designs* afresh and judge held-out real prints, final height told and not."""
    subjects = subjects_of(plan, meshes)
    prints = drawn_once(subjects.seen, plan, cache, progress("Drawing", len(subjects.seen)))
    real = [origin for origin in subjects.held_out if origin.kind == "mesh"]
    held_out = draw_prints(
        real,
        plan,
        progress("Drawing held-out prints", len(real)),
        poses_of=lambda origin: WEAPON_POSES if origin.weapon_shaped else EVERYDAY_POSES,
    )
    rows = []
    for design in designs:
        advance = progress(f"Training {design}", plan.steps)
        network = fit(prints, trained_as(plan, design), lambda _step, _loss: advance(1))  # noqa: B023
        for told in (False, True):
            scores = probabilities_of(network, held_out, told=told)[..., WEAPON.numpy()].sum(
                axis=-1
            )
            rows.append(judged(design, told, scores, held_out))
    return rows


def trained_as(plan: EarlyPlan, design: str) -> EarlyPlan:
    """*plan* for *design*: a memory needs whole prints, so it gets fewer of them a step."""
    if design not in WITH_MEMORY:
        return replace(plan, design=design)
    batch = max(plan.batch * plan.looks_a_step // plan.looks, 1)
    return replace(plan, design=design, batch=batch, looks_a_step=plan.looks)


def judged(design: str, told: bool, scores: NDArray[np.float32], prints: Prints) -> Row:
    """scores: (N, K) weapon scores of *prints*, which need both kinds in every stretch."""
    weapon = WEAPON.numpy()[prints.label]
    each = np.broadcast_to(weapon[:, None], scores.shape)
    stretch = np.clip(np.searchsorted(HEIGHTS, prints.printed, side="left") - 1, 0, None)
    areas = [
        roc(scores[stretch == number].astype(np.float64), each[stretch == number]).area
        for number in range(len(HEIGHTS) - 1)
    ]
    highest = scores.max(axis=1).astype(np.float64)
    threshold = stop_threshold(highest[~weapon], FALSE_STOPS)
    return Row(
        design, told, tuple(areas), roc(highest, weapon).area,
        Rate.among(highest[weapon] > threshold),
    )  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    edges = " / ".join(f"{edge:.0%}".replace("%", " %") for edge in HEIGHTS[1:])
    lines = [
        f"| design | final height | area up to {edges} printed | whole print "
        f"| recall at {100 * FALSE_STOPS:g} % |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        areas = " / ".join(f"{area:.3f}" for area in row.areas)
        known = "told" if row.told else "not told"
        lines.append(f"| {row.design} | {known} | {areas} | {row.whole:.3f} | {row.recall} |")
    return "\n".join(lines)
