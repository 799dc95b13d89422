"""Wavefront OBJ -> triangles: `v` and `f` lines; everything else is no geometry, or is refused.

Materials name other files; none is ever opened. Polygons become fans. Our own reader, since
trimesh resolves negative indices from the end of the file instead of from the line they stand on.
Source: Wavefront OBJ specification, appendix B1 of the Advanced Visualizer manual.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import CannotAnalyse, Malformed
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.mesh_checks import check_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

# statements that make surfaces without facets
_FREE_FORM = frozenset({b"curv", b"curv2", b"surf", b"bzp", b"bsp", b"cdp", b"res"})


def read_obj(lines: Iterable[bytes], limits: Limits) -> NDArray[np.float64]:
    """(F, 3, 3) in file units.

    Raises Malformed with the line, CannotAnalyse for free-form surfaces, TooLarge.
    """
    numbers, corners = array("d"), array("q")
    for line, statement in _statements(lines):
        words = statement.split()
        try:
            if words[0] == b"v":
                numbers.extend(map(float, words[1:4]))
                if len(words) < 4:
                    raise Malformed("has a vertex of fewer than three numbers", line=line)
            elif words[0] in (b"f", b"fo"):
                _add_fan(corners, [_index(word, len(numbers) // 3) for word in words[1:]])
                check_count(len(corners) // 3, limits)
            elif words[0] in _FREE_FORM:
                raise CannotAnalyse(
                    "has free-form surfaces", line=line, advice="Export it as triangles"
                )
        except (ValueError, OverflowError) as error:
            raise Malformed("has a bad number or index", line=line, flag="bad_index") from error
    vertices = np.array(numbers, np.float64).reshape(-1, 3)
    return vertices[np.array(corners, np.int64).reshape(-1, 3)]


def _statements(lines: Iterable[bytes]) -> Iterable[tuple[int, bytes]]:
    """(number of its last line, statement) without comments; a backslash joins lines."""
    parts: list[bytes] = []
    for number, raw in enumerate(lines, start=1):
        text = raw.split(b"#", 1)[0].strip()
        if text.endswith(b"\\"):
            parts.append(text[:-1])
            continue
        statement = b" ".join([*parts, text]).strip()
        parts = []
        if statement:
            yield number, statement
    if parts:
        raise Malformed("ends inside a continued line")


def _index(word: bytes, known: int) -> int:
    """Zero-based vertex index of `v`, `v/t`, `v/t/n` or `v//n`; negative counts back from here."""
    index = int(word.split(b"/", 1)[0])
    index = index - 1 if index > 0 else known + index
    if not 0 <= index < known:
        raise ValueError("no such vertex")
    return index


def _add_fan(corners: array[int], polygon: list[int]) -> None:
    if len(polygon) < 3:
        raise ValueError("a face of fewer than three corners")
    for second, third in pairwise(polygon[1:]):
        corners.extend((polygon[0], second, third))
