"""The parts an evidence sheet is drawn from: text that fits, a score bar, a view with its scale."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.render.views import Kind, Plane, Views

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

PAPER, INK, MUTED, LINE = "#ffffff", "#1f2328", "#57606a", "#d0d7de"
BAR, BAR_GROOVE = "#33567f", "#e6eaef"
THIN_RGB, THICK_RGB = (205, 217, 231), (16, 34, 66)  # from any material to the most in the picture
THICKNESS_GAMMA = 0.8  # spreads the thin end, where most of a part is
GREY_THIN_RGB, GREY_THICK_RGB = (226, 228, 231), (128, 134, 142)  # under a heat map
WARM_RGB, HOT_RGB = (245, 166, 35), (190, 18, 24)  # half and full heat; the hotter is the darker
HEAT_COVER = 0.92  # of the picture that heat hides from amber on
FAINT = 0.12  # heat up to here is not shown: any patch changes something
SCALE_BARS_MM = (100, 50, 20, 10, 5, 2, 1)
LONGEST_BAR = 0.4  # of a view's side
CAPTIONS: dict[Plane, str] = {"xy": "top (xy)", "xz": "front (xz)", "yz": "side (yz)"}


@cache
def font(size: int) -> FreeTypeFont:
    """Pillow's own font, so that a sheet looks alike on every host."""
    from PIL import ImageFont

    return ImageFont.load_default(size=size)  # type: ignore[return-value]


def printable(text: str) -> str:
    """*text* on one line, without control and direction characters that could fake a sheet."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def shorten(text: str, face: FreeTypeFont, width: float, *, tail: float = 1 / 3) -> str:
    """*text*, or its beginning and end around an ellipsis, at most *width* px wide.

    tail: the share of the letters kept that come from the end.
    """
    if face.getlength(text) <= width:
        return text
    low, high = 0, len(text)  # letters kept: the most that still fit
    while low + 1 < high:
        middle = (low + high) // 2
        fits = face.getlength(_around(text, middle, tail)) <= width
        low, high = (middle, high) if fits else (low, middle)
    return _around(text, low, tail)


def _around(text: str, letters: int, tail: float) -> str:
    end = int(letters * tail)
    return f"{text[: letters - end]}…{text[len(text) - end :]}"


def fit_words(text: str, face: FreeTypeFont, width: float, *, lines: int) -> list[str]:
    """*text* broken at spaces into at most *lines* lines of *width* px, the last one shortened."""
    broken: list[str] = []
    words = text.split()
    while words and len(broken) < lines - 1:
        count = 1
        while count < len(words) and face.getlength(" ".join(words[: count + 1])) <= width:
            count += 1
        broken.append(shorten(" ".join(words[:count]), face, width))
        words = words[count:]
    return [*broken, shorten(" ".join(words), face, width, tail=0)] if words else broken


def draw_score(draw: ImageDraw, at: tuple[int, int], width: int, score: float) -> None:
    """A bar from 0 to 1 with the figure to its right; a score that is no number draws no bar."""
    left, top = at
    right = left + width - 60
    known = bool(np.isfinite(score))
    draw.rectangle((left, top, right, top + 12), fill=BAR_GROOVE)
    filled = left + round((right - left) * min(max(score, 0.0), 1.0)) if known else left
    if filled > left:
        draw.rectangle((left, top, filled, top + 12), fill=BAR)
    figure = f"{score:.2f}" if known else "?"
    draw.text((left + width, top + 6), figure, font=font(20), fill=INK, anchor="rm")


def draw_view(
    image: Image,
    views: Views,
    plane: Plane,
    at: tuple[int, int],
    side: int,
    *,
    caption: str,
    heat: NDArray[np.float32] | None = None,
) -> None:
    """Paste the *plane* of *views* as a square of *side* px with *caption* above it.

    heat: (h, w) from 0 to 1, of any resolution, laid over what the picture shows.
    """
    from PIL import Image as Images
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    left, top = at
    tinted = _tint(views, plane, heat)
    if tinted is not None:
        picture = Images.fromarray(tinted).resize((side, side), Images.Resampling.BICUBIC)
        image.paste(picture, at)
    draw.rectangle((left, top, left + side, top + side), outline=LINE)
    words = shorten(caption, font(18), side)
    draw.text((left, top - 10), words, font=font(18), fill=MUTED, anchor="ls")


def draw_scale(draw: ImageDraw, end: tuple[int, int], views: Views, side: int) -> None:
    """A bar of a round number of millimetres that ends at *end*, its length above it."""
    px_per_mm = side / (views.pixels.shape[-1] * views.mm_per_px)
    fitting = [bar for bar in SCALE_BARS_MM if bar * px_per_mm <= LONGEST_BAR * side]
    length_mm = fitting[0] if fitting else SCALE_BARS_MM[-1]
    right, bottom = end
    start = right - min(round(length_mm * px_per_mm), side)
    draw.line((start, bottom + 6, right, bottom + 6), fill=INK, width=3)
    for x in (start, right):
        draw.line((x, bottom + 1, x, bottom + 11), fill=INK, width=2)
    draw.text((right, bottom - 3), f"{length_mm} mm", font=font(16), fill=INK, anchor="rs")


def _tint(views: Views, plane: Plane, heat: NDArray[np.float32] | None) -> NDArray[np.uint8] | None:
    """(s, s, 3): white where nothing is, darker where more material lies behind a pixel.

    The silhouette sets the outline, the X-ray the depth; either alone will do, neither is None.
    Under heat the material is grey, so that colour means heat and nothing else.
    """
    outline, depth = _picture(views, plane, "silhouette"), _picture(views, plane, "xray")
    if outline is None and depth is None:
        return None
    thickness = np.zeros_like(outline) if depth is None else depth
    cover = thickness > 0 if outline is None else (outline > 0) | (thickness > 0)
    share = (thickness / max(1, int(thickness.max())))[..., None] ** THICKNESS_GAMMA
    thin, thick = (THIN_RGB, THICK_RGB) if heat is None else (GREY_THIN_RGB, GREY_THICK_RGB)
    ink = _between(thin, thick, share)
    if heat is not None:
        ink = _heated(ink, heat)
    return np.where(cover[..., None], ink, 255).astype(np.uint8)


def _heated(ink: NDArray[np.float64], heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """(s, s, 3) *ink* under *heat*: from itself over amber to a dark red."""
    from PIL import Image as Images

    size = (ink.shape[1], ink.shape[0])
    smooth = Images.fromarray(heat.astype(np.float32)).resize(size, Images.Resampling.BICUBIC)
    level = np.clip(np.asarray(smooth, np.float64), 0.0, 1.0)[..., None]
    colour = _between(WARM_RGB, HOT_RGB, np.clip(2 * level - 1, 0, 1))
    cover = HEAT_COVER * np.clip((level - FAINT) / (0.5 - FAINT), 0, 1)
    return ink + cover * (colour - ink)


def _between(
    low: tuple[int, int, int], high: tuple[int, int, int], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(..., 3) colours: *low* where *share* (..., 1) is 0, *high* where it is 1."""
    return np.asarray(np.array(low) + share * (np.array(high) - np.array(low)))


def largest_first(views: Views) -> list[Plane]:
    """The planes of *views*, the one in which the object spans most first."""
    spans: dict[Plane, int] = {}
    for picture, plane in zip(views.pixels, views.planes, strict=True):
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
        spans[plane] = max(spans.get(plane, 0), int(np.ptp(rows) * np.ptp(columns)))
    return sorted(spans, key=lambda plane: -spans[plane])


def _picture(views: Views, plane: Plane, kind: Kind) -> NDArray[np.uint8] | None:
    for picture, its_plane, its_kind in zip(views.pixels, views.planes, views.kinds, strict=True):
        if (its_plane, its_kind) == (plane, kind):
            return np.asarray(picture)
    return None
