"""What can be wrong with a job, as one tree.

    ReadError
    |-- UnknownFormat      neither the name nor the bytes say what this is
    |-- Malformed          the bytes break the rules of their own format
    |-- Truncated          the end is missing
    |-- TooLarge           a stated limit was reached
    |-- EmptyToolpath      a job that prints nothing
    `-- CannotAnalyse      perhaps valid, but not knowable from the file alone

Each error names where, what and what to do next, and carries the `outcome` and the `flag` that
`printwarden inspect` reports. None of them ever means "benign".
"""

from __future__ import annotations

from typing import ClassVar, Literal

Outcome = Literal["ok", "clear_error", "cannot_analyse"]


class ReadError(Exception):
    """A job could not be read; *what* is a sentence without a full stop, *advice* the next step."""

    outcome: ClassVar[Outcome] = "clear_error"
    default_flag: ClassVar[str] = "malformed"
    default_advice: ClassVar[str] = "Export the job again and retry"

    def __init__(
        self,
        what: str,
        *,
        name: str = "",
        line: int | None = None,
        flag: str = "",
        advice: str = "",
    ) -> None:
        self.what = what
        self.name = name
        self.line = line
        self.flag = flag or self.default_flag
        self.advice = advice or self.default_advice
        super().__init__(what)

    def __str__(self) -> str:
        where = self.name if self.line is None else f"{self.name}:{self.line}"
        return f"{where + ': ' if where else ''}{self.what}. {self.advice}."


class UnknownFormat(ReadError):
    """Neither the name nor the bytes say what this is."""

    default_flag = "unknown_format"
    default_advice = "Give a G-code, bgcode, 3MF, UFP or mesh file"


class Malformed(ReadError):
    """The bytes break the rules of their own format."""


class Truncated(ReadError):
    """The end of the job is missing."""

    default_flag = "truncated"
    default_advice = "Transfer the file again"


class TooLarge(ReadError):
    """A stated limit was reached; over-limit is never "clean" (reliability: ClamAV's lesson)."""

    outcome = "cannot_analyse"
    default_flag = "limit"
    default_advice = "Split the job, or raise the limit if the host has the memory"


class EmptyToolpath(ReadError):
    """The job is readable but prints nothing."""

    default_flag = "empty"
    default_advice = "Check that the slicer exported a print and not only start code"


class CannotAnalyse(ReadError):
    """Perhaps valid, but what it prints is not knowable from this file alone."""

    outcome = "cannot_analyse"
    default_flag = "unknown_motion"
    default_advice = "Have a person review the job"
