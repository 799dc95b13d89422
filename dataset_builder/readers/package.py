"""What a 3MF or UFP package is a job of: every G-code program in it, else its model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from dataset_builder.errors import Malformed
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.archive import Archive
from dataset_builder.readers.job import Job, Plate
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.sniff import is_gcode_name, promised_format
from dataset_builder.readers.text_stream import gcode_text
from dataset_builder.readers.threemf import RELATIONSHIPS, read_3mf, start_part

_PLATE = re.compile(r"metadata/plate_\d+\.gcode$", re.IGNORECASE)  # Bambu Studio, OrcaSlicer
_UFP_PROGRAM, _USUAL_MODEL = "3D/model.gcode", "3D/3dmodel.model"
_MD5_DIGITS = 32
_NUMBER = re.compile(r"([0-9]{1,9})")
_NESTED = frozenset({"gcode.gz", "bgcode", "gcode.3mf", "ufp", "x3g", "makerbot"})


def open_package(job: Job, archive: Archive, limits: Limits) -> None:
    """Fill *job*: plates, or the model as its mesh; the exact format; flags.

    Raises Malformed when the package holds neither, or holds another packed job.
    """
    job.flags |= archive.flags
    nested = [entry for entry in archive.names if promised_format(entry) in _NESTED]
    if nested:
        raise Malformed(
            f"holds a packed job within a package: {nested[0][:80]!r}",
            flag="nested",
            advice="Take it out and have it analysed by itself",
        )
    programs = [entry for entry in archive.names if is_gcode_name(entry)]
    if not programs:
        _expect_model(job, archive, limits)
        return
    if len(programs) > limits.max_plates:
        raise Malformed(f"holds {len(programs)} G-code programs", flag="limit")
    limits.check_growth(
        sum(map(archive.packed_size, programs)), sum(map(archive.unpacked_size, programs))
    )
    _name_format(job, archive, programs)
    job.plates = tuple(
        Plate(f"{job.name}/{entry}", gcode_text(_Program(job, archive, entry).blocks, within=entry))
        for entry in sorted(programs, key=_in_number_order)
    )


class _Program:
    """One G-code entry, compared with its `.md5` neighbour as it is read."""

    def __init__(self, job: Job, archive: Archive, entry: str) -> None:
        self._job = job
        self._archive = archive
        self._entry = entry
        neighbour = archive.find(f"{entry}.md5")
        stated = archive.read(neighbour) if neighbour else b""
        self._stated = stated[:_MD5_DIGITS].decode("ascii", "replace").lower()

    def blocks(self) -> Iterator[bytes]:
        """The content; at its end a wrong checksum becomes a flag and a warning."""
        digest = hashlib.md5(usedforsecurity=False)
        for block in self._archive.stream(self._entry):
            if self._stated:
                digest.update(block)
            yield block
        if self._stated and digest.hexdigest() != self._stated:
            self._report()

    def _report(self) -> None:
        if "md5_mismatch" not in self._job.flags:
            sentence = f"{self._entry} is not what its checksum was made for"
            self._job.warnings.append((None, sentence))
        self._job.flags.add("md5_mismatch")


def _name_format(job: Job, archive: Archive, programs: list[str]) -> None:
    if any(_PLATE.match(entry) for entry in programs):
        if job.format != "gcode.3mf":
            job.flags.add("embedded_gcode")
        job.format = "gcode.3mf"
    elif archive.find(_UFP_PROGRAM) and not archive.find(_USUAL_MODEL):
        job.format = "ufp"
    else:
        job.flags.add("embedded_gcode")


def _expect_model(job: Job, archive: Archive, limits: Limits) -> None:
    if job.format == "ufp" or archive.find(RELATIONSHIPS) is None:
        raise Malformed("is an archive that holds neither G-code nor a 3MF model")
    if archive.find(start_part(archive, limits)) is None:
        raise Malformed("lacks the model that its relationships name")
    if job.format == "gcode.3mf":
        job.flags.add("name_mismatch")
    job.format = "3mf"

    def read() -> Mesh:
        mesh, metadata = read_3mf(archive, limits, job.flags)
        if "Application" in metadata:
            job.metadata["producer"] = metadata["Application"]
        return mesh

    job.has_mesh(read)


def _in_number_order(entry: str) -> list[tuple[int, str]]:
    """Sort key: plate_2 before plate_10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(entry)]
