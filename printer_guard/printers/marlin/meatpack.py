"""MeatPack on a serial line: two characters in a byte, switched on and off by FF FF and a command.

`dataset_builder.readers.meatpack` reads files and refuses what is malformed; a serial line must go
on as the firmware does. A test holds the two together.
Source: Marlin, src/feature/meatpack.cpp.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

_SIGNAL = 0xFF
_SPACED, _NO_SPACES = b"0123456789. \nGX", b"0123456789.E\nGX"
_FOLLOWS = 15  # this code says that the character comes as a byte of its own


class Command(IntEnum):
    """The byte after FF FF."""

    SPACES_KEPT = 0xF6
    SPACES_LEFT_OUT = 0xF7
    QUERY = 0xF8
    RESET = 0xF9
    OFF = 0xFA
    ON = 0xFB


_EFFECTS: Mapping[int, Mapping[str, bool]] = {
    Command.SPACES_KEPT: {"no_spaces": False},
    Command.SPACES_LEFT_OUT: {"no_spaces": True},
    Command.QUERY: {},
    Command.RESET: {"packing": False, "no_spaces": False},
    Command.OFF: {"packing": False},
    Command.ON: {"packing": True},
}


class MeatPack:
    """One stream; while packing is off, and no signal comes, bytes pass through unlooked at.

    packing: is it on? commands: how many were obeyed, so that whoever feeds can answer them.
    """

    def __init__(self) -> None:
        self.packing = False
        self.no_spaces = False
        self.commands = 0
        self._signals = 0
        self._owed: list[int | None] = []  # characters to come; None: as a byte of its own

    def feed(self, data: bytes) -> bytes:
        """The text of *data*."""
        if not self.packing and not self._signals and _SIGNAL not in data:
            return data
        text = bytearray()
        for byte in data:
            self._take(byte, text)
        return bytes(text)

    def report(self) -> bytes:
        """What a firmware answers to a command."""
        on, spaces = ("ON" if self.packing else "OFF"), ("NSP" if self.no_spaces else "ESP")
        return f"[MP] PV01 {on} {spaces}\n".encode()

    def _take(self, byte: int, text: bytearray) -> None:
        if self._signals == 2:
            self._signals = 0
            self._obey(byte)
        elif byte == _SIGNAL:
            self._signals += 1
        else:
            if self._signals:
                self._signals = 0
                self._decode(_SIGNAL, text)
            self._decode(byte, text)

    def _obey(self, command: int) -> None:
        """Carry out a command; one that is not known changes nothing, as in the firmware."""
        for name, value in _EFFECTS.get(command, {}).items():
            setattr(self, name, value)
        self._owed.clear()
        self.commands += 1

    def _decode(self, byte: int, text: bytearray) -> None:
        if not self.packing:
            text.append(byte)
            return
        if self._owed:
            self._owed[self._owed.index(None)] = byte
        else:
            alphabet = _NO_SPACES if self.no_spaces else _SPACED
            self._owed = [
                None if code == _FOLLOWS else alphabet[code] for code in (byte & 15, byte >> 4)
            ]
            if self._owed[0] == ord("\n"):  # a line's end stands alone: the rest is padding
                del self._owed[1]
        while self._owed and self._owed[0] is not None:
            text.append(self._owed.pop(0) or 0)
