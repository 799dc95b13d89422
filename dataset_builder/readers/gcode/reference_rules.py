"""docs/gcode.md's tables, as the reference interpreter looks them up."""

from __future__ import annotations

from typing import NoReturn

from dataset_builder.errors import CannotAnalyse, Malformed, ReadError
from dataset_builder.readers.gcode.vocabulary import (
    HARMLESS_MACROS,
    INERT_G,
    INERT_HIGH,
    INERT_M,
    OBJECT_MACROS,
)

AXES = frozenset("XYZEABUVW")
MOTIONS = frozenset(["G0", "G1", "G2", "G3", "G5"])
STRICT = MOTIONS | {"G10", "G52", "G92"}  # commands whose words must be well formed
AXIS_COMMANDS = STRICT | {"G28"}
MODES = frozenset(
    "G17 G18 G19 G20 G21 G53 G54 G55 G56 G57 G58 G59 G59.1 G59.2 G59.3 G90 G91".split()
)
WORKSPACES = ("G54", "G55", "G56", "G57", "G58", "G59", "G59.1", "G59.2", "G59.3")

TEXT_COMMANDS = frozenset(f"M{n}" for n in (0, 1, 16, 20, 23, 28, 30, 32, 98, 117, 118, 928))
"""Their argument is a text: what looks like words in it is none."""

EXTERNAL = ("M98", "M32", "M23", "M24", "M28", *(f"M{n}" for n in range(810, 820)))

NOT_KNOWABLE = {
    **dict.fromkeys(EXTERNAL, "external_file"),
    "M808": "loop",
    "G6": "hidden_motion",
    **dict.fromkeys(["G68", "G51", "G16", "M579"], "rotation"),
    "M428": "home_offset",
}
UNLESS_ZERO = {"M206": "home_offset", "M218": "tool_offset", "M563": "tool_offset"}

MACROS_NOT_KNOWABLE = {
    "SDCARD_PRINT_FILE": "external_file",
    "RUN_SHELL_COMMAND": "external_file",
    "SDCARD_LOOP_BEGIN": "loop",
    "WHILE": "loop",
    **dict.fromkeys(["IF", "SET"], "conditional"),
    **dict.fromkeys(["FORCE_MOVE", "MANUAL_STEPPER", "SET_KINEMATIC_POSITION"], "hidden_motion"),
    "SET_SKEW": "rotation",
    "SYNC_EXTRUDER_MOTION": "extruder_changed",
}
MACROS_ALLOWED = HARMLESS_MACROS | OBJECT_MACROS


class Refused(Exception):
    """A line that is not carried out; *problem* says why."""

    def __init__(self, problem: ReadError) -> None:
        self.problem = problem
        super().__init__(str(problem))


def reject(what: str, *, flag: str = "malformed") -> NoReturn:
    """The line is wrong: clear_error."""
    raise Refused(Malformed(what, flag=flag))


def doubt(flag: str, what: str) -> NoReturn:
    """The line may be right, but its effect is not in the file: cannot_analyse."""
    raise Refused(CannotAnalyse(what, flag=flag))


def is_inert(code: str) -> bool:
    """Whether documentation says that *code* cannot move the head while it prints."""
    if not code[1:]:
        return False
    number = int(float(code[1:]))  # M862.3 is M862's
    return number in INERT_HIGH or number in {"G": INERT_G, "M": INERT_M}.get(code[0], ())
