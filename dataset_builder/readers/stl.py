"""STL, binary and ASCII -> triangles.

The size decides which of the two it is, not the word "solid": many binary files begin with it. The
facet count in a binary header is believed only where the size agrees; normals and attributes are
ignored, as by slicers.
Source: the record layout of 3D Systems' StereoLithography Interface Specification, 1989.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import EmptyToolpath, Malformed, Truncated
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.job_file import JobFile
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.mesh_checks import check_count, solid_mesh
from dataset_builder.readers.sniff import (
    HEAD_BYTES,
    STL_FACET_BYTES,
    STL_HEADER_BYTES,
    content_of,
    is_binary_stl,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_FACETS_A_READ = 1 << 16
_SANE_CORNER = 1e6  # a trailing record beyond it is no facet but something else
# a name may hold any word, also "facet"; it ends with its line or where the facets start
_SOLID_NAME = re.compile(
    rb"\b(?:end)?solid\b[^\r\n]*?(?=\bfacet\s+(?:normal|outer)\b|[\r\n]|\Z)", re.IGNORECASE
)
_END_SOLID = re.compile(rb"\bendsolid\b", re.IGNORECASE)
_BEGIN_FACET = re.compile(rb"\bfacet\b", re.IGNORECASE)
_END_FACET = re.compile(rb"\bendfacet\b", re.IGNORECASE)
_VERTEX_WORD = re.compile(rb"\bvertex\b", re.IGNORECASE)
# 64 characters hold any number; NumPy would pad all others to the longest
_VERTEX = re.compile(rb"\bvertex" + 3 * rb"\s+(\S{1,64})" + rb"(?=\s|\Z)", re.IGNORECASE)


def read_stl(file: JobFile, limits: Limits, flags: set[str]) -> Mesh:
    """The mesh of an STL file; adds what is odd about it to *flags*.

    Raises Malformed, Truncated, EmptyToolpath, TooLarge.
    """
    head = file.read_at(0, HEAD_BYTES)
    if not is_binary_stl(head, file.size) and content_of(head, file.size) in ("stl", "text"):
        triangles = _read_ascii(file, limits, flags)
    else:
        triangles = _read_binary(file, head, limits, flags)
    return solid_mesh(triangles, limits, flags)


def _read_binary(
    file: JobFile, head: bytes, limits: Limits, flags: set[str]
) -> NDArray[np.float64]:
    """(F, 3, 3); F is what the bytes hold."""
    if len(head) < STL_HEADER_BYTES:
        raise Truncated("is too short for an STL header")
    stated = int.from_bytes(head[80:84], "little")
    held, left_over = divmod(file.size - STL_HEADER_BYTES, STL_FACET_BYTES)
    if held == 0:
        raise EmptyToolpath("has no facet", advice="Check that a model was exported")
    if stated > held:
        raise Truncated(f"says {stated} facets and holds {held}")
    check_count(held, limits)
    triangles = np.empty((held, 3, 3))
    for start in range(0, held, _FACETS_A_READ):
        count = min(_FACETS_A_READ, held - start)
        raw = file.read_at(STL_HEADER_BYTES + start * FACET.itemsize, count * FACET.itemsize)
        if len(raw) < count * FACET.itemsize:
            raise Truncated("became shorter while it was being read")
        with np.errstate(invalid="ignore"):  # a signalling NaN; solid_mesh looks for all of them
            triangles[start : start + count] = np.frombuffer(raw, FACET)["corners"]
    if held > stated:
        flags.add("facet_count")
        if stated and not _all_sane(triangles[stated:]):
            return triangles[:stated]  # what trails is no geometry
    if left_over:
        flags.add("trailing_bytes")
    return triangles


def _all_sane(triangles: NDArray[np.float64]) -> bool:
    with np.errstate(invalid="ignore"):
        return bool((np.abs(triangles) < _SANE_CORNER).all())


def _read_ascii(file: JobFile, limits: Limits, flags: set[str]) -> NDArray[np.float64]:
    """(F, 3, 3) of all solids in the file."""
    parts: list[NDArray[np.float64]] = []
    facets, line, text = 0, 1, b""
    for text in _whole_facets(file):
        corners = _corners(text, line)
        facets += len(corners) // 3
        check_count(facets, limits)
        parts.append(corners.reshape(-1, 3, 3))
        line += text.count(b"\n")
    if facets == 0:
        raise EmptyToolpath("has no facet", advice="Check that a model was exported")
    if not _END_SOLID.search(text):
        flags.add("truncated")  # whole facets only, but perhaps not all of them
    return np.concatenate(parts)


def _whole_facets(file: JobFile) -> Iterator[bytes]:
    """The text in pieces that end after an `endfacet`; the last piece is what follows them all."""
    rest = b""
    for block in file.blocks():
        rest += block
        last = max((match.end() for match in _END_FACET.finditer(rest)), default=0)
        if last:
            yield rest[:last]
            rest = rest[last:]
        elif len(rest) > 4 * len(block):
            raise Malformed("has a facet of several megabytes")
    yield rest


def _corners(text: bytes, line: int) -> NDArray[np.float64]:
    """(3 n, 3) the corners of n whole facets; *line* is where *text* starts."""
    text = _SOLID_NAME.sub(b"", text)
    facets = len(_BEGIN_FACET.findall(text))
    vertices = _VERTEX.findall(text)
    if len(_END_FACET.findall(text)) != facets:
        raise Truncated("ends inside a facet", line=line + text.count(b"\n"))
    if not len(vertices) == len(_VERTEX_WORD.findall(text)) == 3 * facets:
        raise Malformed("has a facet that is no triangle of three numbers each", line=line)
    if not facets:
        return np.empty((0, 3))
    try:
        numbers = np.array(vertices, dtype=np.bytes_).astype(np.float64)
    except ValueError as error:
        raise Malformed("has a corner that is not a number", line=line) from error
    return numbers.reshape(-1, 3)
