"""Contact sheets: some models of each label in a few poses, and one growing object a label."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.output.dataset import Dataset, decode_png
from dataset_builder.output.report.gathered import PLANES, Gathered
from dataset_builder.output.report.tallies import used_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODELS, POSES = 3, 8  # shown of each label; what fits on a screen without scrolling sideways
LIFT = 0.6  # exponent: thin walls beside a thick grip stay visible
GAP_PX, GAP_GREY = 1, 110  # between pictures; tells a dark picture from the page, light or dark


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the page. source: a data URI. width_px, height_px: of its own pixels."""

    source: str
    caption: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class LabelSheet:
    """models: planes from top to bottom, poses from left to right. growth: frames so, or None."""

    label: str
    shown: int
    of: int
    models: tuple[Picture, ...]
    growth: Picture | None


def label_sheets(dataset: Dataset, gathered: Gathered) -> Iterator[LabelSheet]:
    """The sheet of every label that occurs; reads only the shards it shows."""
    model = gathered.names["model"]
    for number in used_labels(gathered).tolist():
        here = gathered.label == number
        models = np.unique(model.code[here])
        chosen = models[spread(len(models), MODELS)].tolist()
        rows = [np.flatnonzero(here & (model.code == code)) for code in chosen]
        yield LabelSheet(
            dataset.labels[number],
            len(chosen),
            len(models),
            tuple(
                _poses(dataset, place, model.values[code])
                for place, code in zip(rows, chosen, strict=True)
            ),
            _growth(dataset, int(rows[0][0]) // PLANES),
        )


def pair_sheet(tests: Sequence[NDArray[np.uint8]], trains: Sequence[NDArray[np.uint8]]) -> Picture:
    """Test pictures above the training pictures that resemble them."""
    pairs = [bright(pair) for pair in zip(tests, trains, strict=True)]
    rows = list(zip(*pairs, strict=True))
    return _picture(mosaic(rows), "test pictures above, their training twins below")


def mosaic(rows: Sequence[Sequence[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """Pictures of one size, laid out as *rows*, with gaps between them."""
    height, width = rows[0][0].shape
    lines, columns = len(rows), max(len(row) for row in rows)
    size = (lines * (height + GAP_PX) - GAP_PX, columns * (width + GAP_PX) - GAP_PX)
    canvas = np.full(size, GAP_GREY, np.uint8)
    for line, row in enumerate(rows):
        for column, picture in enumerate(row):
            y, x = line * (height + GAP_PX), column * (width + GAP_PX)
            canvas[y : y + height, x : x + width] = picture
    return canvas


def bright(pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Pictures for the eye: the brightest pixel of all becomes white, faint ones are lifted."""
    peak = max(1, *(int(picture.max()) for picture in pictures))
    curve = np.rint(255 * np.minimum(np.arange(256) / peak, 1) ** LIFT).astype(np.uint8)
    return [curve[picture] for picture in pictures]


def spread(count: int, most: int) -> NDArray[np.int64]:
    """At most *most* of *count* places, evenly from the first to the last."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _poses(dataset: Dataset, rows: NDArray[np.int64], model: str) -> Picture:
    jobs = np.unique(rows // PLANES)
    columns, routes = [], set()
    for job in jobs[spread(len(jobs), POSES)].tolist():
        part = dataset.part("projections", job * PLANES, PLANES, ["image", "route"])
        columns.append([bright([picture])[0] for picture in _decoded(part["image"].to_pylist())])
        routes.update(part["route"].to_pylist())
    planes = list(zip(*columns, strict=True))
    return _picture(mosaic(planes), f"{model}, by {', '.join(sorted(routes))}")


def _growth(dataset: Dataset, job: int) -> Picture | None:
    """The frames of one job; jobs have the same order in both subsets."""
    frames = dataset.manifest["frames"]
    if not frames or not dataset.rows("sequences"):
        return None
    count = PLANES * frames
    part = dataset.part("sequences", job * count, count, ["image", "model", "route", "layers"])
    pictures = _decoded(part["image"].to_pylist())
    planes = [bright(pictures[at : at + frames]) for at in range(0, len(pictures), frames)]
    first = part.slice(0, 1).to_pylist()[0]
    caption = f"{first['model']}, by {first['route']}, growing to {first['layers']:,} layers"
    return _picture(mosaic(planes), caption)


def _decoded(images: Iterable[dict[str, bytes]]) -> list[NDArray[np.uint8]]:
    return [decode_png(image["bytes"]) for image in images]


def _picture(pixels: NDArray[np.uint8], caption: str) -> Picture:
    import cv2

    _, encoded = cv2.imencode(".png", pixels)
    data = base64.b64encode(encoded.tobytes()).decode("ascii")
    height, width = pixels.shape
    return Picture(f"data:image/png;base64,{data}", caption, width, height)
