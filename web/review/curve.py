"""Scores of a growing print -> the points of a line, and the same in words for who can't see it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from web.evidence.index import Growth

LEFT, RIGHT, TOP, BOTTOM = 20.0, 410.0, 10.0, 150.0
"""Of the drawing in growth.html, in its own units."""


@dataclass(frozen=True, slots=True)
class Curve:
    """points: for an SVG polyline. stop_y: where the stopping score lies, None without a rule."""

    points: str
    stop_y: float | None
    height_mm: float
    words: str


def curve_of(growth: Growth) -> Curve | None:
    """The line of *growth*; None where nothing watched it."""
    if not growth.looks:
        return None
    height = max(growth.frames[-1].height_mm, 1e-6)
    places = [
        (LEFT + (RIGHT - LEFT) * min(look.height_mm / height, 1), _up(look.weapon_score))
        for look in growth.looks
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    stop_y = None if growth.stop_at is None else round(_up(growth.stop_at), 1)
    return Curve(points, stop_y, height, _words(growth))


def _up(score: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * score


def _words(growth: Growth) -> str:
    highest = max(growth.looks, key=lambda look: look.weapon_score)
    told = _(
        "Weapon-shape score while only so much existed: highest %(score)s at %(height)s mm, "
        "%(last)s at the end.",
        score=f"{highest.weapon_score:.2f}",
        height=f"{highest.height_mm:.1f}",
        last=f"{growth.looks[-1].weapon_score:.2f}",
    )
    stopped = next((look for look in growth.looks if look.stop), None)
    if stopped is None:
        end = _("It would not have been stopped while printing.")
    else:
        end = _("It would have been stopped at %(height)s mm.", height=f"{stopped.height_mm:.1f}")
    return f"{told} {end}"
