"""A plate as it is printed: a strip of frames to drag through, and the score at every look."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.runtime.early import EarlyNetwork
from classifier.runtime.early_job import watched
from classifier.runtime.evidence.pictures import ink, webp
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.sequence import frame_layers, sequence
from dataset_builder.render.views import Plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES = 32
FRAME_PX = 192
COLUMNS = 8  # of the strip: short rows keep it far below what WebP and browsers can hold


@dataclass(frozen=True, slots=True)
class Growth:
    """strip: WebP, frames in rows of COLUMNS, those of planes[0] above those of planes[1].

    about: what goes into evidence.json, see docs/evidence.md.
    """

    strip: bytes
    about: dict[str, Any]


def growth_of(layers: Layers, network: EarlyNetwork | None, name: str) -> Growth:
    """Frames of *layers* and, where there is a *network*, the score at each of its looks.

    name: of the picture in the package. Raises EmptyToolpath when there is no material.
    """
    count = min(FRAMES, len(layers.bits))
    frames = sequence(layers, frames=count, size_px=FRAME_PX, kind="xray")
    side = _widest(frames[-1])
    planes: tuple[Plane, Plane] = (("xz", "yz")[side], "xy")
    bottom_mm = float((layers.z_top_mm - layers.height_mm).min())
    stops = frame_layers(len(layers.bits), count)
    heights = [round(float(layers.z_top_mm[stop - 1]) - bottom_mm, 3) for stop in stops]
    looks = list(watched(network, layers)) if network else []
    about = {
        "strip": name,
        "planes": planes,
        "columns": COLUMNS,
        "frame_px": FRAME_PX,
        "bottom_mm": round(bottom_mm, 3),
        "layers": len(layers.bits),
        "frames": [
            {"layers": int(stop), "height_mm": height}
            for stop, height in zip(stops, heights, strict=True)
        ],
        "looks": [_look(asdict(look)) for look in looks],
        "stop_at": network.rule.at if network else None,
        "stop_looks": network.rule.looks if network else None,
    }
    return Growth(webp(_strip(frames[:, [1 + side, 0]])), about)


def _look(look: dict[str, Any]) -> dict[str, Any]:
    kept = ("layers", "height_mm", "weapon_score", "label", "stop")
    return {key: round(look[key], 4) if key == "weapon_score" else look[key] for key in kept}


def _widest(whole: NDArray[np.uint8]) -> int:
    """0 when the front shows more of the finished plate than the side, else 1."""
    return int((whole[2] > 0).sum() > (whole[1] > 0).sum())


def _strip(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(F, 2, S, S) -> (rows * S, COLUMNS * S, 3): all of the first plane, then of the second."""
    count, planes, size, _ = frames.shape
    rows = -(-count // COLUMNS)
    padded = np.zeros((planes, rows * COLUMNS, size, size), np.uint8)
    padded[:, :count] = frames.swapaxes(0, 1)
    grid = padded.reshape(planes * rows, COLUMNS, size, size).transpose(0, 2, 1, 3)
    return ink(grid.reshape(planes * rows * size, COLUMNS * size))
