"""The index of a job's evidence -> what its page shows; pictures beside what was said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from web.evidence.index import Growth, Index, Lying, Match, Nearest, Object, Seen, Shot, Warned
from web.review.curve import Curve, curve_of


@dataclass(frozen=True, slots=True)
class ShownObject:
    """One object: its pictures, and what the verdict says of it."""

    id: int
    label: str
    weapon_score: float
    sides: str
    reason: str
    about: str
    unfamiliar: float
    lying: list[Lying]
    seen: list[Seen]
    nearest: list[Nearest]
    matches: list[Match]


@dataclass(frozen=True, slots=True)
class ShownGrowth:
    """One plate as it is printed, with the curve of its score."""

    frames: int
    strip: str
    curve: Curve | None


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """All of it. more: objects without pictures. index: for scripts."""

    objects: list[ShownObject]
    more: int
    growths: list[ShownGrowth]
    flags: list[str]
    warnings: list[Warned]
    index: dict[str, Any]

    @property
    def scene(self) -> bool:
        """Whether there is anything to turn about."""
        return self.index["scene"] is not None


def shown(index: Index, files: str) -> ShownEvidence:
    """What a page shows of *index*. files: where its parts are, ending in a slash."""
    told = {item.id: item for item in index.record.objects}
    objects = [_object(shot, told[shot.id]) for shot in index.objects if shot.id in told]
    return ShownEvidence(
        objects=objects,
        more=len(told) - len(objects),
        growths=[_growth(growth) for growth in index.growths],
        flags=index.record.flags,
        warnings=index.record.warnings,
        index={
            "files": files,
            "growths": [growth.model_dump() for growth in index.growths],
            "scene": index.scene and index.scene.model_dump(),
        },
    )


def _object(shot: Shot, told: Object) -> ShownObject:
    sides = " × ".join(f"{side:.{0 if side >= 10 else 1}f}" for side in told.extent_mm)  # noqa: RUF001
    return ShownObject(
        id=shot.id,
        label=told.label,
        weapon_score=told.weapon_score,
        sides=f"{sides} mm",
        reason=shot.reason.rstrip("."),
        about=shot.about,
        unfamiliar=told.unfamiliar,
        lying=shot.lying,
        seen=shot.seen,
        nearest=told.nearest,
        matches=told.matches,
    )


def _growth(growth: Growth) -> ShownGrowth:
    return ShownGrowth(len(growth.frames), growth.strip, curve_of(growth))
