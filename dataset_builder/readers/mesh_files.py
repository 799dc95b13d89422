"""OBJ, PLY, OFF, GLB, AMF and 3MF files -> Mesh; STL has a reader of its own.

PLY, OFF and GLB go through trimesh, which is imported only then: it takes a second to load. Sizes
are checked before it sees the bytes, and whatever it raises becomes one sentence.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import CannotAnalyse, Malformed, ReadError, TooLarge, Truncated
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.amf import read_amf
from dataset_builder.readers.archive import Archive
from dataset_builder.readers.glb import geometry_only
from dataset_builder.readers.job_file import JobFile
from dataset_builder.readers.limits import MIB, Limits
from dataset_builder.readers.mesh_checks import solid_mesh
from dataset_builder.readers.obj import read_obj
from dataset_builder.readers.stl import read_stl

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PLY_ELEMENT = re.compile(rb"^element[ \t]+\S+[ \t]+(\S+)", re.MULTILINE)
_OFF_COUNTS = re.compile(rb"OFF\s(?:\s*#[^\n]*\n)*\s*(\d+)\s+(\d+)")
_HEADER_BYTES = 64 * 1024
_METRE_MM = 1000.0


def read_mesh_file(file: JobFile, job_format: str, limits: Limits, flags: set[str]) -> Mesh:
    """The mesh of a file of *job_format*, a key of READERS; adds what is odd to *flags*.

    Raises ReadError's children only.
    """
    if file.size > limits.max_mesh_bytes:
        raise TooLarge(f"is a mesh file of more than {limits.max_mesh_bytes // MIB} MiB")
    return READERS[job_format](file, limits, flags)


def _read_obj_file(file: JobFile, limits: Limits, flags: set[str]) -> Mesh:
    lines = _all_bytes(file, limits).splitlines()
    return solid_mesh(read_obj(lines, limits), limits, flags)


def _read_ply(file: JobFile, limits: Limits, flags: set[str]) -> Mesh:
    data = _all_bytes(file, limits)
    header, _, _ = data[:_HEADER_BYTES].partition(b"end_header")
    _check_promise(_PLY_ELEMENT.findall(header), len(data))
    return solid_mesh(_through_trimesh(data, "ply"), limits, flags)


def _read_off(file: JobFile, limits: Limits, flags: set[str]) -> Mesh:
    data = _all_bytes(file, limits)
    counts = _OFF_COUNTS.search(data[:_HEADER_BYTES].upper())
    if counts is None:
        raise Malformed("has no counts of vertices and faces")
    _check_promise(list(counts.groups()), len(data))
    return solid_mesh(_through_trimesh(data, "off"), limits, flags)


def _read_glb(file: JobFile, limits: Limits, flags: set[str]) -> Mesh:
    data = geometry_only(_all_bytes(file, limits), limits)
    triangles = _through_trimesh(data, "glb") * _METRE_MM
    return solid_mesh(triangles, limits, flags, unit="m (stated by glTF)")


def _read_amf_file(file: JobFile, limits: Limits, flags: set[str]) -> Mesh:
    if file.read_at(0, 2) != b"PK":
        return read_amf(file.blocks(), file.size, limits, flags)
    archive = Archive(file, limits)
    flags |= archive.flags
    inner = [name for name in archive.names if name.lower().endswith(".amf")]
    if len(inner) != 1:
        raise Malformed(f"is an archive of {len(inner)} AMF documents instead of one")
    return read_amf(archive.stream(inner[0], model=True), file.size, limits, flags)


READERS: dict[str, Callable[[JobFile, Limits, set[str]], Mesh]] = {
    "stl": read_stl,
    "obj": _read_obj_file,
    "ply": _read_ply,
    "off": _read_off,
    "glb": _read_glb,
    "amf": _read_amf_file,
}


def _all_bytes(file: JobFile, limits: Limits) -> bytes:
    if file.size > limits.max_parsed_mesh_bytes:
        raise TooLarge(f"has more than {limits.max_parsed_mesh_bytes // MIB} MiB for this format")
    return b"".join(file.blocks())


def _check_promise(counts: list[bytes], size: int) -> None:
    """Every vertex and face takes a byte or more: refuse a header that promises more."""
    try:
        promised = sum(int(count) for count in counts)
    except ValueError as error:
        raise Malformed("has a header count that is not a number") from error
    if promised > size:
        raise Truncated(f"promises {promised} elements and holds {size} bytes")


def _through_trimesh(data: bytes, file_type: str) -> NDArray[np.float64]:
    """(F, 3, 3) of the whole scene in file units, every transform applied."""
    try:
        import trimesh
    except ImportError as error:
        raise CannotAnalyse(
            f"{file_type} needs trimesh", flag="unsupported_format", advice="Install trimesh"
        ) from error
    try:
        scene = trimesh.load_scene(
            io.BytesIO(data), file_type=file_type, process=False, skip_materials=True
        )
        return np.array(scene.to_mesh().triangles, np.float64).reshape(-1, 3, 3)
    except ReadError:
        raise
    except MemoryError as error:
        raise TooLarge("needs more memory than there is") from error
    except Exception as error:  # a parser of untrusted bytes may raise anything
        raise Malformed(f"is a damaged {file_type.upper()} file") from error
