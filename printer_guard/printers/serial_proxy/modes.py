"""The modes that a job has set, followed line by line, so that a pause can give them back."""

from __future__ import annotations

from collections.abc import Mapping

from printer_guard.printers.marlin.words import COOLING, MOVES, only_cools, words_of

_HEATING = COOLING | {b"M109", b"M190"}

_SETS: Mapping[bytes, Mapping[str, bool]] = {
    b"G90": {"absolute": True, "extruder_absolute": True},
    b"G91": {"absolute": False, "extruder_absolute": False},
    b"M82": {"extruder_absolute": True},
    b"M83": {"extruder_absolute": False},
    b"G20": {"inches": True},
    b"G21": {"inches": False},
    b"G28": {"homed": True},
    b"M18": {"homed": False},
    b"M84": {"homed": False},
}


class Modes:
    """As after a start of Marlin.

    homed: some axis has been, and its motor held it since. heated: some target was set last.
    """

    def __init__(self) -> None:
        self.absolute = True
        self.extruder_absolute = True
        self.inches = False
        self.homed = False
        self.heated = False
        self._fed: bytes = b""  # the last move that set a feed rate

    def accepted(self, command: bytes, code: bytes) -> None:
        """The printer has taken *command*."""
        if code in MOVES:
            if b"F" in command:
                self._fed = command
        elif code in _HEATING:
            self.heated = not only_cools(code, command)
        elif code in _SETS:
            for name, value in _SETS[code].items():
                setattr(self, name, value)

    @property
    def restoring(self) -> list[bytes]:
        """Commands that set them again, feed rate included."""
        feed = words_of(self._fed).get("F")
        return [
            b"G20" if self.inches else b"G21",
            *([b"G1 F%g" % feed] if feed else []),
            b"G90" if self.absolute else b"G91",
            b"M82" if self.extruder_absolute else b"M83",
        ]
