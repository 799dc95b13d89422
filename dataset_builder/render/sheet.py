"""The evidence sheet: one PNG from which a person decides, in seconds, whether a job may print.

Verdict and reason on top; below, a card for each object: what it looks like, how sure the model is,
how large it is, what it is most like; how it lies on the plate, with a scale bar; and how the model
sees it, with what its answer rests on in red. Dark on white, so that it can be printed too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_builder.render.sheet_drawing import (
    CAPTIONS,
    INK,
    LINE,
    MUTED,
    PAPER,
    draw_scale,
    draw_score,
    draw_view,
    fit_words,
    font,
    largest_first,
    printable,
    shorten,
)
from dataset_builder.render.views import Plane, Views

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

WIDTH = 1560  # px; fits a laptop screen and an A4 page across
PAD = 36
GAP = 24
MOST_OBJECTS = 6
VIEW_PX = {1: 460, 2: 212}  # side of a group's large view by the number of card columns
BETWEEN = 30  # px between views one above the other, where a caption stands
NOTE_LINES = {1: 1, 2: 2}
CARD_HEAD = {1: 156, 2: 180}
CARD_FOOT = 54
VERDICT_COLOURS = {
    "CLEAR": "#1a7f37",
    "REVIEW": "#9a6700",
    "FLAGGED": "#b3261e",
    "UNREADABLE": "#57606a",
}


@dataclass(frozen=True, slots=True)
class SheetLook:
    """How a model saw an object. heat: plane -> (h, w) from 0 to 1, what its answer rests on.
    captions: plane -> what that side of the object is called. legend: what the heat means.
    """

    views: Views
    heat: Mapping[Plane, NDArray[np.float32]]
    captions: Mapping[Plane, str]
    legend: str


@dataclass(frozen=True, slots=True)
class SheetObject:
    """One card. number: as the verdict's sentence calls the object. views: as it lies on the plate.
    score: 0..1, how weapon-shaped it looks; label: what it looks most like. extent_mm: sides x, y,
    z. note: one more line of words.
    """

    number: int
    views: Views
    label: str
    score: float
    extent_mm: tuple[float, float, float]
    note: str = ""
    look: SheetLook | None = None


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
    inner_px = CARD_HEAD[columns] + VIEW_PX[columns] + CARD_FOOT
    card = (WIDTH - 2 * PAD - (columns - 1) * GAP) // columns, inner_px
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
        _draw_card(image, part, corner, card, columns)
    draw.text((PAD, height - PAD), _footer(objects), font=font(18), fill=MUTED, anchor="ls")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, format="PNG", optimize=True)


def _footer(objects: Sequence[SheetObject]) -> str:
    if not objects:
        return "No solid could be drawn from this job."
    legend = (
        "Bar: weapon-shape score. Left: as it lies on the plate, darker is thicker; each object "
        "fills its frame, mind the scale. Right: as the network sees it."
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
    columns: int,
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
    note = fit_words(printable(part.note), font(20), inner, lines=NOTE_LINES[columns])
    for line, words in enumerate(note):
        at = left + GAP, top + 102 + 25 * line
        draw.text(at, words, font=font(20), fill=MUTED, anchor="lm")
    _draw_groups(image, part, (left + GAP, top + CARD_HEAD[columns]), inner, VIEW_PX[columns])


def _draw_groups(
    image: Image, part: SheetObject, corner: tuple[int, int], width: int, view_px: int
) -> None:
    """The object as it lies to the left, as the model sees it to the right."""
    from PIL import ImageDraw

    draw, (left, top) = ImageDraw.Draw(image), corner
    foot = top + view_px + 28
    _draw_group(image, part.views, corner, view_px, CAPTIONS, {})
    draw_scale(draw, (left + view_px, foot), part.views, view_px)
    if part.look is not None:
        right = left + (width + GAP) // 2
        _draw_group(
            image, part.look.views, (right, top), view_px, part.look.captions, part.look.heat
        )
        legend = shorten(part.look.legend, font(18), (width - GAP) // 2, tail=0)
        draw.text((right, foot), legend, font=font(18), fill=MUTED, anchor="ls")


def _draw_group(
    image: Image,
    views: Views,
    corner: tuple[int, int],
    view_px: int,
    captions: Mapping[Plane, str],
    heat: Mapping[Plane, NDArray[np.float32]],
) -> None:
    """The plane that shows most, large, with the others small beside it."""
    left, top = corner
    small = (view_px - BETWEEN) // 2
    aside = left + view_px + GAP
    places = [
        ((left, top), view_px),
        ((aside, top), small),
        ((aside, top + view_px - small), small),
    ]
    for plane, (at, side) in zip(largest_first(views), places, strict=False):
        draw_view(image, views, plane, at, side, caption=captions[plane], heat=heat.get(plane))
