"""The evidence sheet: one PNG from which a person decides, in seconds, whether a job may print.

Verdict and reason on top; below, a card for each object: three views with a scale bar, what it
looks like, how sure the model is, how large it is. Dark on white, so that it can be printed too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_builder.render.sheet_drawing import (
    INK,
    LINE,
    MUTED,
    PAPER,
    draw_score,
    draw_view,
    fit_words,
    font,
    printable,
    shorten,
)
from dataset_builder.render.views import PLANES, Views

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

WIDTH = 1560  # px; fits a laptop screen and an A4 page across
PAD = 36
GAP = 24
MOST_OBJECTS = 6
VIEW_PX = {1: 460, 2: 216}  # side of a view by the number of card columns
CARD_HEAD, CARD_FOOT = 118, 54
VERDICT_COLOURS = {
    "CLEAR": "#1a7f37",
    "REVIEW": "#9a6700",
    "FLAGGED": "#b3261e",
    "UNREADABLE": "#57606a",
}


@dataclass(frozen=True, slots=True)
class SheetObject:
    """One card. number: as the verdict's sentence calls the object. score: 0..1, how
    weapon-shaped it looks; label: what it looks most like. extent_mm: sides x, y, z.
    """

    number: int
    views: Views
    label: str
    score: float
    extent_mm: tuple[float, float, float]


def evidence_sheet(
    job_name: str,
    verdict_label: str,
    sentence: str,
    objects: Sequence[SheetObject],
    path: Path,
) -> None:
    """Write the sheet of a job to *path* as PNG; objects come most important first.

    verdict_label: a key of VERDICT_COLOURS; any other word is shown in grey. *sentence* says why.
    """
    from PIL import Image, ImageDraw

    shown, columns = objects[:MOST_OBJECTS], 1 if len(objects) <= 1 else 2
    view_px = VIEW_PX[columns]
    card = (WIDTH - 2 * PAD - (columns - 1) * GAP) // columns, CARD_HEAD + view_px + CARD_FOOT
    reasons = fit_words(printable(sentence), font(24), WIDTH - 2 * PAD, lines=3)
    top = PAD + 64 + 34 * len(reasons) + GAP
    rows = -(-len(shown) // columns)
    height = top + rows * (card[1] + GAP) + 34 + PAD - GAP
    image = Image.new("RGB", (WIDTH, height), PAPER)
    draw = ImageDraw.Draw(image)
    _draw_head(draw, job_name, verdict_label, reasons)
    for place, part in enumerate(shown):
        row, column = divmod(place, columns)
        corner = PAD + column * (card[0] + GAP), top + row * (card[1] + GAP)
        _draw_card(image, part, corner, card, view_px)
    draw.text((PAD, height - PAD), _footer(objects), font=font(18), fill=MUTED, anchor="ls")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, format="PNG", optimize=True)


def _footer(objects: Sequence[SheetObject]) -> str:
    if not objects:
        return "No solid could be drawn from this job."
    legend = (
        "Bar: weapon-shape score. Darker is thicker along the line of sight. "
        "Each object fills its frame: mind the scale."
    )
    more = len(objects) - MOST_OBJECTS
    return f"and {more} more, not shown.  {legend}" if more > 0 else legend


def _draw_head(draw: ImageDraw, job_name: str, verdict: str, reasons: Sequence[str]) -> None:
    word = shorten(printable(verdict).upper(), font(30), 320)
    badge = int(font(30).getlength(word)) + 44
    left = WIDTH - PAD - badge
    colour = VERDICT_COLOURS.get(verdict.upper(), MUTED)
    draw.rectangle((left, PAD, WIDTH - PAD, PAD + 50), fill=colour)
    draw.text((left + badge / 2, PAD + 25), word, font=font(30), fill="white", anchor="mm")
    title = shorten(printable(job_name), font(36), left - PAD - GAP)
    draw.text((PAD, PAD + 25), title, font=font(36), fill=INK, anchor="lm")
    for index, line in enumerate(reasons):
        draw.text((PAD, PAD + 92 + 34 * index), line, font=font(24), fill=INK, anchor="ls")


def _draw_card(
    image: Image,
    part: SheetObject,
    corner: tuple[int, int],
    card: tuple[int, int],
    view_px: int,
) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    (left, top), (width, height) = corner, card
    draw.rectangle((left, top, left + width, top + height), outline=LINE, width=2)
    inner = width - 2 * GAP
    extent = " x ".join(f"{side:.{0 if side >= 10 else 1}f}" for side in part.extent_mm)
    size = f"{extent} mm"
    room = inner - int(font(20).getlength(size)) - GAP
    label = shorten(f"{part.number}  {printable(part.label)}", font(28), room)
    draw.text((left + GAP, top + 34), label, font=font(28), fill=INK, anchor="lm")
    draw.text((left + width - GAP, top + 34), size, font=font(20), fill=INK, anchor="rm")
    draw_score(draw, (left + GAP, top + 62), inner, part.score)
    step = (inner - 3 * view_px) // 2 + view_px
    for index, plane in enumerate(PLANES):
        place = left + GAP + index * step, top + CARD_HEAD
        draw_view(image, part.views, plane, place, view_px)
