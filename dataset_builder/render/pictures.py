"""Pictures to PNG files whose names say what they show.

benchy-object1-xz-xray-64px.png
benchy-sequence-0007of0012-xy-silhouette-64px.png
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_builder.render.views import Kind, Plane, Views

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_NAME = 100  # characters of a job's name that survive; file systems allow 255 bytes in all
_UNSAFE = re.compile(r"[^\w.+-]+", re.ASCII)


def file_stem(job_name: str) -> str:
    """*job_name* as part of a file name: no separators, no spaces, never empty or hidden."""
    return _UNSAFE.sub("_", job_name).strip("._")[:LONGEST_NAME] or "job"


def write_views(views: Views, folder: Path, *, name: str, part: int = 1) -> list[Path]:
    """Write one PNG a picture of object number *part* of job *name*; returns their paths."""
    paths = []
    for picture, plane, kind in zip(views.pixels, views.planes, views.kinds, strict=True):
        label = f"object{part}-{plane}-{kind}-{picture.shape[-1]}px"
        paths.append(_write(picture, folder / f"{file_stem(name)}-{label}.png"))
    return paths


def write_sequence(
    pictures: NDArray[np.uint8],
    folder: Path,
    *,
    name: str,
    planes: Sequence[Plane],
    kind: Kind,
) -> list[Path]:
    """Write the (K, V, size, size) frames of `sequence`, counted from 1; returns their paths."""
    frames = len(pictures)
    return [
        _write(
            picture,
            folder / f"{file_stem(name)}-sequence-{number:04d}of{frames:04d}"
            f"-{plane}-{kind}-{picture.shape[-1]}px.png",
        )
        for number, views in enumerate(pictures, start=1)
        for picture, plane in zip(views, planes, strict=True)
    ]


def _write(picture: NDArray[np.uint8], path: Path) -> Path:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    return path
