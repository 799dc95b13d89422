"""Any job file -> Job.

Content decides, names may not contradict it (sniff.py), and nothing is unpacked to disk. Where a
package holds both a mesh and G-code, the G-code is the job: it is what runs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from dataset_builder.errors import ReadError
from dataset_builder.readers.job import Job, Plate, named
from dataset_builder.readers.job_file import JobFile
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.sniff import HEAD_BYTES, format_of
from dataset_builder.readers.text_stream import gcode_text, gunzip

STANDARD_INPUT = "standard input"
_EITHER_NAME = {"gcode", "bgcode"}  # Prusa firmware goes by content, so either name will do


def open_job(
    source: Path | BinaryIO, *, name: str | None = None, limits: Limits | None = None
) -> Job:
    """Open a job from a path, an open file or a pipe.

    name: what the job is called; for a path its file name. Without a name the content alone
    decides. Raises UnknownFormat, Malformed, Truncated, EmptyToolpath, TooLarge, CannotAnalyse.
    """
    limits = limits or Limits()
    if isinstance(source, Path):
        name = name or source.name
    with named(name or STANDARD_INPUT):
        file = JobFile.open(source, limits.max_bytes)
        try:
            return _identified(file, name, limits)
        except ReadError:
            file.close()
            raise


def _identified(file: JobFile, name: str | None, limits: Limits) -> Job:
    job_format, content = format_of(name, file.read_at(0, HEAD_BYTES), file.size)
    job = Job(file, name or STANDARD_INPUT, job_format)
    if {job_format, content} == _EITHER_NAME:
        job.format = content
        job.flags.add("name_mismatch")
    _OPENERS.get(job.format, _open_mesh)(job, file, limits)
    return job


def _open_text(job: Job, file: JobFile, limits: Limits) -> None:
    job.plates = (Plate(job.name, gcode_text(file.blocks)),)


def _open_gzip(job: Job, file: JobFile, limits: Limits) -> None:
    job.plates = (Plate(job.name, gcode_text(lambda: gunzip(file, limits), within="gzip")),)


# The readers below are imported when a job needs them: most jobs are plain text, and on a small
# host each module costs milliseconds.


def _open_bgcode(job: Job, file: JobFile, limits: Limits) -> None:
    from dataset_builder.readers.bgcode import read_bgcode

    binary = read_bgcode(file, limits)
    job.metadata = binary.metadata
    job.plates = (Plate(job.name, gcode_text(binary.text, within="blocks")),)


def _open_archive(job: Job, file: JobFile, limits: Limits) -> None:
    from dataset_builder.readers.archive import Archive
    from dataset_builder.readers.package import open_package

    open_package(job, Archive(file, limits), limits)


def _open_mesh(job: Job, file: JobFile, limits: Limits) -> None:
    from dataset_builder.readers.mesh_files import READERS, read_mesh_file

    if job.format in READERS:
        job.has_mesh(lambda: read_mesh_file(file, job.format, limits, job.flags))
    else:
        _open_archive(job, file, limits)


_OPENERS: dict[str, Callable[[Job, JobFile, Limits], None]] = {
    "gcode": _open_text,
    "gcode.gz": _open_gzip,
    "bgcode": _open_bgcode,
}
"""Every other format is a mesh or an archive."""
