"""What commands mean, as far as a proxy must know: tables, and the words of a command.

Sources: marlinfw.org/docs/gcode, reprap.org/wiki/G-code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_CODE = re.compile(rb"[^A-Za-z]*([GMTgmt])\s*0*(\d+)")
_WORD = re.compile(rb"([A-Za-z])\s*([-+]?(?:\d+\.?\d*|\.\d+))")

URGENT = frozenset({b"M108", b"M112", b"M410", b"M876"})
"""An emergency parser acts on these while their bytes arrive; the proxy passes them at once."""

QUERIES = frozenset(
    {
        b"M20", b"M21", b"M22", b"M27", b"M31", b"M33", b"M36", b"M73", b"M105", b"M110", b"M111",
        b"M113", b"M114", b"M115", b"M117", b"M118", b"M119", b"M154", b"M155", b"M300", b"M408",
        b"M503", b"M524", b"M25",
    }
)  # fmt: skip
"""Commands that neither move nor heat: they belong to no job and always pass."""

MOVES = frozenset({b"G0", b"G1", b"G2", b"G3", b"G5", b""})
"""b"": axis words alone repeat the last move where a firmware keeps motion modes."""

STORED_PROGRAMS = frozenset({b"M98", *(b"M%d" % n for n in range(810, 820))})
"""Commands that run, or store, lines which nobody sees."""

COOLING = frozenset({b"M104", b"M140", b"M141"})
"""Set a target and go on; with S0 or R0 they only cool."""

HARMLESS_AFTER_STOP = frozenset({b"M18", b"M84", b"M107", b"M81"})
"""Motors and fans off: pass to the printer after a stop."""


def code_of(command: bytes) -> bytes:
    """`b"G1"` of `b"G01 X5"`; empty where there is no code."""
    found = _CODE.match(command)
    return found[1].upper() + found[2] if found else b""


def words_of(command: bytes) -> Mapping[str, float]:
    """The words after the code, by letter; the last of a letter counts."""
    found = _CODE.match(command)
    rest = command[found.end() :] if found else command
    return {letter.decode().upper(): float(value) for letter, value in _WORD.findall(rest)}


def text_of(command: bytes) -> bytes:
    """What stands after the code: a file name, a message."""
    found = _CODE.match(command)
    return command[found.end() :].strip() if found else command


def card_name(name: str) -> str:
    """A file's name as cards compare it: without the slash in front, case ignored."""
    return name.strip().lstrip("/").lower()


def lays_material(code: bytes, command: bytes) -> bool:
    """Could it move in the plane with the extruder? Its sign needs the mode, so any E counts."""
    if code not in MOVES or b"E" not in command.upper():
        return False
    words = words_of(command)
    return "E" in words and any(axis in words for axis in "XYIJRUV")


def only_cools(code: bytes, command: bytes) -> bool:
    """Does it set a target of zero?"""
    return code in COOLING and words_of(command).get("S", 1.0) == 0.0
