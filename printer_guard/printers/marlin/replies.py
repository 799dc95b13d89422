"""What a printer says, line by line -> what it means. A table of patterns, first match wins.

Sources: Marlin's language_en.h and queue.cpp; Teacup and Repetier for `rs` and `Resend:4`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple


class Says(StrEnum):
    """Kinds of replies."""

    OK = "ok"
    RESEND = "resend"  # an ok follows
    RESEND_ALONE = "resend-alone"  # Teacup's way: it is the answer itself
    BUSY = "busy"
    START = "start"
    KILLED = "killed"
    CAPABILITY = "capability"
    FIRMWARE = "firmware"
    TEMPERATURES = "temperatures"
    POSITION = "position"
    FILE_OPENED = "file-opened"
    FILE_SELECTED = "file-selected"
    WRITING = "writing"
    WRITTEN = "written"
    SD_PRINTING = "sd-printing"
    SD_IDLE = "sd-idle"
    SD_DONE = "sd-done"
    ACTION = "action"
    ERROR = "error"
    OTHER = "other"


class Reply(NamedTuple):
    """One line of a printer; *match* holds the groups of its pattern."""

    says: Says
    match: re.Match[bytes] | None = None


_PATTERNS: tuple[tuple[Says, re.Pattern[bytes]], ...] = tuple(
    (says, re.compile(pattern, re.IGNORECASE))
    for says, pattern in (
        (Says.OK, rb"\s*ok\b"),
        (Says.RESEND, rb"\s*Resend:?\s*N?(\d+)"),
        (Says.RESEND_ALONE, rb"\s*rs\s*N?(\d+)"),
        (Says.BUSY, rb"(?:echo:\s*)?busy:\s*(.*)"),
        (Says.TEMPERATURES, rb"\s*T\d?:\s*-?[\d.]"),
        (Says.START, rb"\s*(?:start|grbl)\b"),
        (Says.KILLED, rb"Error:.*(?:kill\(\)|printer halted)"),
        (Says.CAPABILITY, rb"Cap:(\w+):(\d)"),
        (Says.FIRMWARE, rb"FIRMWARE_NAME:\s*(.*)"),
        (Says.POSITION, rb"X:\s*-?[\d.]+.*\bZ:"),
        (Says.FILE_OPENED, rb"(?:echo:)?\s*File opened:\s*(.+?)\s+Size:\s*(\d+)"),
        (Says.FILE_SELECTED, rb"(?:echo:)?\s*File selected"),
        (Says.WRITING, rb"(?:echo:)?\s*Writing to file:\s*(.+)"),
        (Says.WRITTEN, rb"(?:echo:)?\s*Done saving file"),
        (Says.SD_PRINTING, rb"SD printing byte\s*(\d+)/(\d+)"),
        (Says.SD_IDLE, rb"Not SD printing"),
        (Says.SD_DONE, rb"Done printing file"),
        (Says.ACTION, rb"//\s*action:\s*(.*)"),
        (Says.ERROR, rb"(?:Error:|!!)\s*(.*)"),
    )
)

_TARGET = re.compile(rb"\b(T\d?|B|C):\s*-?[\d.]+\s*/\s*(-?[\d.]+)")
_TOOL_NOW = re.compile(rb"\bT0?:\s*(-?[\d.]+)\s*/\s*(-?[\d.]+)")
_AXIS = re.compile(rb"([XYZE]):\s*(-?[\d.]+)")
OK = Reply(Says.OK)
OTHER = Reply(Says.OTHER)


def read_reply(line: bytes) -> Reply:
    """What *line* means. The plain ok, nine of ten lines while printing, costs one comparison."""
    if line[:2] == b"ok":
        return OK
    for says, pattern in _PATTERNS:
        if match := pattern.match(line):
            return Reply(says, match)
    return OTHER


def targets_in(line: bytes) -> dict[str, float]:
    """Targets in degrees Celsius of a line of temperatures, by heater; empty where it has none."""
    return {name.decode(): float(target) for name, target in _TARGET.findall(line)}


def tool_in(line: bytes) -> tuple[float, float] | None:
    """Temperature and target of the first tool."""
    found = _TOOL_NOW.search(line)
    return (float(found[1]), float(found[2])) if found else None


def position_in(line: bytes) -> dict[str, float]:
    """Where the planner will end, in mm by axis, of an answer to M114."""
    axes = line.partition(b"Count")[0]
    return {axis.decode(): float(value) for axis, value in _AXIS.findall(axes)}


def steps_in(line: bytes) -> tuple[float, ...]:
    """Where the motors are now, in steps, of an answer to M114; empty where a firmware hides it."""
    return tuple(float(value) for _, value in _AXIS.findall(line.partition(b"Count")[2]))
