"""One job, read once: what `inspect` prints and what `scan` goes on from.

    with open_job(path) as job:
        reading = read_job(job)
        reading.outcome, reading.reason, reading.flags, reading.geometry
        for solid in reading.solids(cells=128): ...

Pass 1 surveys the job in constant memory; the solids are drawn in a second pass, on demand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import CannotAnalyse, EmptyToolpath, Outcome, ReadError
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.geometry.toolpath import SegmentState, Toolpath
from dataset_builder.readers.gcode.findings import Findings
from dataset_builder.readers.gcode.machine import Dialect, Machine
from dataset_builder.readers.gcode.measure import Geometry, Measure
from dataset_builder.readers.gcode.scanner import Scanner
from dataset_builder.readers.gcode.slicer import EDGE_BYTES, Slicer, identify
from dataset_builder.readers.job import Job, Plate
from dataset_builder.readers.job_file import digest_of
from dataset_builder.readers.limits import Limits
from dataset_builder.render.survey import Plate as Survey
from dataset_builder.render.survey import PlateSurvey

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

    from dataset_builder.render.solidify import Solid

_START_CODE = re.compile(rb"(?im)^\s*(?:G28|M104|M109|M140|M190|START_PRINT|PRINT_START)\b")
"""Heating and homing: a text without them may well repeat itself on purpose."""

SAME_HEIGHT_MM = 0.015
"""Heights nearer than this are one layer's (half of what the survey keeps apart)."""

KLIPPER_FLAVORS = frozenset(["klipper", "reprapfirmware", "rapid"])
"""Firmwares whose G90 and G91 leave the extruder's mode alone."""


@dataclass(frozen=True, slots=True)
class PlateReading:
    """One G-code text of a job.

    survey: None when it prints nothing. starts_printer: it heats or homes.
    """

    plate: Plate
    slicer: Slicer
    dialect: Dialect
    machine: Machine
    findings: Findings
    measure: Measure
    survey: Survey | None
    starts_printer: bool

    def blocks(self) -> Iterator[NDArray[np.void]]:
        """The segments once more, (N,) SEGMENT a block, valid until the next."""
        return Scanner(self.dialect).blocks(self.plate.chunks())

    def toolpath(self) -> Toolpath:
        """All segments at once, 40 bytes each, with their layers; for jobs that fit in memory.

        Raises EmptyToolpath when the plate prints nothing.
        """
        if self.survey is None:
            raise EmptyToolpath("prints nothing")
        segments = np.concatenate([block.copy() for block in self.blocks()])
        heights = self.survey.z_mm
        layer = np.searchsorted(heights, segments["end"][:, 2] - SAME_HEIGHT_MM)
        return Toolpath(
            segments,
            np.minimum(layer, len(heights) - 1).astype(np.int32),
            heights,
            tuple(self.findings.object_names),
            self.survey.filament_diameter_mm,
            self.measure.tools,
        )

    def solid(self, cells: int) -> Solid:
        """What this plate's toolpath encloses. Raises EmptyToolpath when it prints nothing."""
        from dataset_builder.render.solidify import solidify

        if self.survey is None:
            raise EmptyToolpath("prints nothing")
        return solidify(self.survey, self.blocks, cells=cells)


@dataclass(slots=True)
class JobReading:
    """What pass 1 found out about a job; exactly one of plates and mesh is filled."""

    name: str
    format: str
    plates: tuple[PlateReading, ...] = ()
    mesh: Mesh | None = None
    flags: set[str] = field(default_factory=set)
    warnings: list[tuple[int | None, str]] = field(default_factory=list)
    problem: ReadError | None = None

    @property
    def outcome(self) -> Outcome:
        """`ok`, or what stands in the way."""
        return self.problem.outcome if self.problem else "ok"

    @property
    def reason(self) -> str:
        """One sentence: where, what, what next; of an ok job, what was read."""
        return str(self.problem) if self.problem else _summary(self)

    @property
    def geometry(self) -> Geometry | None:
        """Of all plates together."""
        measures = [plate.measure for plate in self.plates]
        return Measure.sum(measures).geometry() if measures else None


def unreadable(name: str, problem: ReadError, format_: str = "unknown") -> JobReading:
    """The reading of a job that broke off with *problem*."""
    problem.name = problem.name or name
    return JobReading(name, format_, flags={problem.flag}, problem=problem)


def digest(source: Path | BinaryIO) -> str | None:
    """SHA-256 of a job that could not even be opened, so that it can be named all the same."""
    return digest_of(source, Limits().max_bytes)


def fault(name: str, error: Exception) -> JobReading:
    """The reading of a job on which our own code failed: unreadable, never clear."""
    what = f"made Printwarden fail ({type(error).__name__}: {error})"
    advice = "Have a person review it, and report the fault"
    return unreadable(name, CannotAnalyse(what, flag="internal_fault", advice=advice))


def read_job(job: Job) -> JobReading:
    """Pass 1 over every plate, or the mesh; problems end up in the reading."""
    try:
        reading = _read_mesh(job) if job.kind == "mesh" else _read_plates(job)
    except ReadError as problem:
        reading = unreadable(job.name, problem, job.format)
    reading.flags |= set(job.flags)
    reading.warnings[:0] = list(job.warnings)
    if reading.problem is not None:
        reading.problem.name = reading.problem.name or job.name
    return reading


def _read_mesh(job: Job) -> JobReading:
    return JobReading(job.name, job.format, mesh=job.mesh())


def _read_plates(job: Job) -> JobReading:
    producer = job.metadata.get("producer")
    plates = tuple(_read_plate(plate, producer) for plate in job.plates)
    reading = JobReading(job.name, job.format, plates=plates)
    for plate in plates:
        reading.flags |= plate.findings.flags
        reading.warnings += plate.findings.warnings
        if plate.findings.more_warnings:
            more = f"{plate.findings.more_warnings:,} more warnings of {plate.plate.name}"
            reading.warnings.append((None, more))
    problems = [p for p in (plate.findings.problem for plate in plates) if p is not None]
    problems.sort(key=lambda problem: problem.outcome != "clear_error")
    reading.problem = problems[0] if problems else None
    if reading.problem is None and any(p.starts_printer for p in plates) and job.repeats_itself():
        reading.problem = CannotAnalyse("holds the same job twice", flag="repeated_job")
    if reading.problem is not None:
        reading.flags.add(reading.problem.flag)
    return reading


def _read_plate(plate: Plate, producer: str | None) -> PlateReading:
    reading = _read_as(plate, Dialect.MARLIN, producer)
    flavor = reading.slicer.flavor
    if flavor in KLIPPER_FLAVORS:
        return _read_as(plate, Dialect.KLIPPER, producer) if _ambiguous(reading) else reading
    if _ambiguous(reading) and flavor is None:
        other = _read_as(plate, Dialect.KLIPPER, producer)
        longest = max(reading, other, key=lambda r: r.measure.extruded_mm)
        if other.measure.extruded_mm != reading.measure.extruded_mm:
            text = f"firmwares read its E words differently; read as {longest.dialect.value}"
            longest.findings.warn(None, text, flag="dialect")
        return longest
    return reading


def _ambiguous(reading: PlateReading) -> bool:
    return reading.machine.ambiguous_e > 0


def _read_as(plate: Plate, dialect: Dialect, producer: str | None) -> PlateReading:
    """Pass 1 over one text under one dialect."""
    edges, scanner = _Edges(), Scanner(dialect)
    measure, survey = Measure(), PlateSurvey()
    for block in scanner.blocks(edges.watch(plate.chunks())):
        measure.add(block)
        survey.add(block)
    slicer = identify(edges.head, edges.tail, producer=producer)
    surveyed = survey.finish() if measure.geometry() else None
    findings = scanner.findings
    _judge_whole(findings, scanner.machine, measure, slicer)
    starts = bool(_START_CODE.search(edges.head))
    return PlateReading(
        plate, slicer, dialect, scanner.machine, findings, measure, surveyed, starts
    )


def _judge_whole(findings: Findings, machine: Machine, measure: Measure, slicer: Slicer) -> None:
    """What only the whole text can tell: does it print, is it all there?"""
    if measure.count(SegmentState.COLD):
        findings.warn(None, "filament is pushed with the heater off", flag="cold_extrusion")
    if findings.ends_in_mid_line and findings.error and findings.error.line == machine.line:
        findings.error = None  # half a word is no mistake of the slicer's
        missing = "the text ends in the middle of a line"
    else:
        missing = _missing_end(findings, machine, slicer)
    if missing:
        findings.reject(CannotAnalyse(missing, flag="truncated", advice="Transfer the file again"))
    elif findings.heater_left_on:
        findings.warn(machine.line, "the job ends with the heater on", flag="heater_left_on")
    if measure.geometry() is None and findings.problem is None:
        findings.reject(EmptyToolpath("never extrudes while moving, so it prints nothing"))


def _missing_end(findings: Findings, machine: Machine, slicer: Slicer) -> str:
    """How we know that the end of the text is missing; empty when it seems to be there."""
    promised = findings.promised_layers
    if slicer.complete is False:
        return f"the closing lines of {slicer.name} are missing"
    if promised is not None and machine.layer_marks < promised:
        return f"only {machine.layer_marks} of {promised} layers are there"
    if slicer.complete is None and findings.heater_left_on and findings.ends_in_mid_line:
        return "the text ends in mid-line with the heater on"
    return ""


class _Edges:
    """Keeps the first and the last bytes of what flows through."""

    def __init__(self) -> None:
        self.head = b""
        self.tail = b""

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            if len(self.head) < EDGE_BYTES:
                self.head += chunk[: EDGE_BYTES - len(self.head)]
            self.tail = (self.tail + chunk[-EDGE_BYTES:])[-EDGE_BYTES:]
            yield chunk


def _summary(reading: JobReading) -> str:
    if reading.mesh is not None:
        return f"A mesh of {len(reading.mesh.triangles):,} triangles, unit {reading.mesh.unit}."
    layers = sum(len(plate.survey.z_mm) for plate in reading.plates if plate.survey)
    return f"A toolpath of {layers:,} layers."
