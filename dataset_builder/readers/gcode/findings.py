"""What a reader noticed besides geometry: flags, warnings, and the reasons not to trust a job."""

from __future__ import annotations

from dataclasses import dataclass, field

from dataset_builder.errors import ReadError

MAX_WARNINGS = 100
"""Kept with their text; further ones are counted."""


@dataclass(slots=True)
class Findings:
    """Grows while a job is read; the same command is warned of once, with its first line."""

    flags: set[str] = field(default_factory=set)
    warnings: list[tuple[int | None, str]] = field(default_factory=list)
    more_warnings: int = 0
    error: ReadError | None = None  # the first of outcome clear_error
    doubt: ReadError | None = None  # the first of outcome cannot_analyse
    object_names: list[str] = field(default_factory=lambda: [""])  # by the segments' index
    object_ways: list[int] = field(default_factory=lambda: [-1])  # how each was named
    promised_layers: int | None = None
    extruder_switched: bool = False  # M101 was seen
    heater_left_on: bool = False
    ends_in_mid_line: bool = False
    _warned: set[str] = field(default_factory=set)

    def warn(self, line: int | None, text: str, *, flag: str = "", once: str = "") -> None:
        """Note *text*; texts with the same *once* key are noted the first time only."""
        if flag:
            self.flags.add(flag)
        if once in self._warned:
            return
        if once and len(self._warned) < 10 * MAX_WARNINGS:
            self._warned.add(once)
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append((line, text))
        else:
            self.more_warnings += 1

    def reject(self, problem: ReadError) -> None:
        """Remember why the job can't be trusted; reading goes on, the first reason is reported."""
        self.flags.add(problem.flag)
        if problem.outcome == "clear_error":
            self.error = self.error or problem
        else:
            self.doubt = self.doubt or problem

    @property
    def objects(self) -> list[str]:
        """Names of the job's objects, by the most formal way the job has of naming them."""
        formal = max(self.object_ways)
        named = zip(self.object_names, self.object_ways, strict=True)
        return [name for name, way in named if way == formal >= 0]

    @property
    def problem(self) -> ReadError | None:
        """The reason to report: an error outranks a doubt."""
        return self.error or self.doubt
