"""The worst mistakes about held-out objects, as pictures: what the network cannot tell."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from classifier.runtime.bundle import Thresholds
from classifier.training.examples import Examples

EACH = 12  # missed weapon-shaped ones, and everyday ones that were stopped
ACROSS = 4  # tiles in a row
GAP_PX, LINE_PX, LETTERS = 6, 11, 31
XRAY = 1  # channel
MOST_BYTES = 200_000
GREYS = (64, 32, 16, 8)
"""How many greys to draw with, until the file is small enough."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """The worst picture of one object. example: index."""

    example: int
    name: str
    label: str
    score: float


def worst(
    examples: Examples, scores: NDArray[np.float64], thresholds: Thresholds
) -> tuple[list[Mistake], list[Mistake]]:
    """Weapon-shaped origins that would be clear, and everyday ones that would not: worst first."""
    weapon, stopped = examples.weapon, scores >= thresholds.review_at
    missed = _first_of_each(examples, scores, np.flatnonzero(weapon & ~stopped), 1.0)
    alarms = _first_of_each(examples, scores, np.flatnonzero(~weapon & stopped), -1.0)
    return missed, alarms


def draw_failures(examples: Examples, missed: list[Mistake], alarms: list[Mistake]) -> bytes:
    """A PNG with the three X-rays of each mistake, its name and its score; below 200 kB."""
    rows = [[("missed: weapon-shaped, taken for everyday", missed)]]
    rows.append([("stopped: everyday, taken for weapon-shaped", alarms)])
    strips = [_strip(examples, title, found) for row in rows for title, found in row]
    sheet = Image.new("L", (strips[0].width, sum(strip.height for strip in strips)))
    top = 0
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    for greys in GREYS:
        data = _packed(sheet, greys)
        if len(data) < MOST_BYTES:
            return data
    return _packed(sheet.resize((sheet.width // 2, sheet.height // 2)), GREYS[-1])


def _first_of_each(
    examples: Examples, scores: NDArray[np.float64], chosen: NDArray[np.int64], sign: float
) -> list[Mistake]:
    found: dict[int, Mistake] = {}
    for index in chosen[np.argsort(sign * scores[chosen], kind="stable")].tolist():
        origin = examples.origins[examples.origin[index]]
        if len(found) < EACH:
            mistake = Mistake(index, origin.name, origin.label, float(scores[index]))
            found.setdefault(int(examples.origin[index]), mistake)
    return list(found.values())


def _strip(examples: Examples, title: str, found: list[Mistake]) -> Image.Image:
    """A title and a tile for each mistake."""
    size = examples.pictures.parts[0].shape[-1]
    wide, high = 3 * size + GAP_PX, size + 2 * LINE_PX + GAP_PX
    rows = -(-len(found) // ACROSS)
    strip = Image.new("L", (ACROSS * wide + GAP_PX, 2 * LINE_PX + rows * high), 0)
    pen = ImageDraw.Draw(strip)
    pen.text((GAP_PX, 4), title if found else f"{title}: none", fill=255)
    for place, mistake in enumerate(found):
        left = GAP_PX + place % ACROSS * wide
        top = 2 * LINE_PX + place // ACROSS * high
        xrays = examples.views(np.array([mistake.example]))[0, :, XRAY]
        lit = np.sqrt(np.hstack(list(xrays)) / 255.0) * 255.0
        strip.paste(Image.fromarray(lit.astype(np.uint8)), (left, top))
        pen.text((left, top + size), mistake.name[-LETTERS:], fill=200)
        said = f"{mistake.label} {mistake.score:.3f}"
        pen.text((left, top + size + LINE_PX), said, fill=150)
    return strip


def _packed(sheet: Image.Image, greys: int) -> bytes:
    file = io.BytesIO()
    sheet.quantize(greys).save(file, "PNG", optimize=True)
    return file.getvalue()
