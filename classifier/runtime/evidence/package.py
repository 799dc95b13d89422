"""Parts of evidence -> one ZIP that a guard can send and a console can check.

docs/evidence.md describes it. Numbers of geometry travel as 16-bit steps, so that a browser hands
them to its graphics card as they are.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEMA = "printwarden.evidence/1"
INDEX = "evidence.json"
STEPS = 32_000  # from the middle to the end of the longest side; 16 bits hold a little more
STILL = (1980, 1, 1, 0, 0, 0)  # the date of every entry: the same evidence gives the same bytes


@dataclass(slots=True)
class Package:
    """Files by name; `index` becomes evidence.json."""

    index: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, data: bytes) -> str:
        """Keep *data* as *name*; the name, for the index."""
        self.files[name] = data
        return name

    def packed(self) -> bytes:
        """The ZIP."""
        text = json.dumps(self.index, sort_keys=True, allow_nan=False).encode()
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
            for name, data in sorted({INDEX: text, **self.files}.items()):
                target.writestr(zipfile.ZipInfo(name, STILL), data, zipfile.ZIP_DEFLATED)
        return archive.getvalue()


@dataclass(frozen=True, slots=True)
class Space:
    """A box around everything that is shown in 3-D, cut into steps along its longest side."""

    middle_mm: NDArray[np.float64]
    step_mm: float

    @classmethod
    def around(cls, points_mm: list[NDArray[np.float32]]) -> Space:
        """Around all of (..., 3) *points_mm*."""
        every = np.concatenate([points.reshape(-1, 3) for points in points_mm])
        low, high = every.min(axis=0), every.max(axis=0)
        longest = max(float((high - low).max()), 1e-3)
        return cls((low + high) / 2, longest / 2 / STEPS)

    def steps(self, points_mm: NDArray[np.float32]) -> bytes:
        """(..., 3) mm as little-endian int16."""
        return np.rint((points_mm - self.middle_mm) / self.step_mm).astype("<i2").tobytes()

    def about(self) -> dict[str, Any]:
        """For the index: mm = middle_mm + step_mm * number."""
        middle = [round(float(value), 4) for value in self.middle_mm]
        return {"middle_mm": middle, "step_mm": self.step_mm}
