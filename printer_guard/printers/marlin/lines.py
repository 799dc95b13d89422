"""Bytes from a host -> lines, as Marlin's serial queue takes them.

A line ends with a line feed or a carriage return. `N12 G1 X5*33` carries a number and a checksum,
the XOR of all bytes before the star. Nothing is ever changed here: the lines of a stream, joined,
are the stream.
Source: Marlin, src/gcode/queue.cpp (get_serial_commands), read in bugfix-2.1.x.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from typing import NamedTuple

_ENDED = re.compile(rb"[^\r\n]*[\r\n]+")
_INTEGER = re.compile(rb"\s*([-+]?\d+)")
_BLANK = b" \t\r\n\x00"
SETS_NUMBER = b"M110"


class Line(NamedTuple):
    """One line of a host.

    raw: as it came, with its end. command: what is asked for, without number, checksum and comment;
    empty where nothing is. number: what follows N. intact: a numbered line has the right checksum.
    """

    raw: bytes
    command: bytes
    number: int | None = None
    intact: bool = True

    @property
    def sets_number(self) -> bool:
        """Is it an M110, which the printer takes whatever its number?"""
        return SETS_NUMBER in self.command

    @property
    def next_number(self) -> int | None:
        """The number that the printer counts on from after this line; None: it stays as it is."""
        if self.sets_number:
            given = _INTEGER.match(self.command.partition(SETS_NUMBER)[2].partition(b"N")[2])
            if given:
                return int(given[1])
        return self.number


class LineSplitter:
    """A stream of bytes, in any pieces, cut into lines.

    longest: bytes after which a line without an end is given up: what follows, up to its end, is
    dropped and counted in `dropped`, for no printer could run it and no memory should hold it.
    """

    def __init__(self, longest: int = 4096) -> None:
        self.longest = longest
        self.dropped = 0
        self._rest = b""
        self._giving_up = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that *data* completes, each with its end."""
        data = self._rest + data
        lines = _ENDED.findall(data)
        done = sum(map(len, lines))
        self._rest = data[done:] if done else data
        if self._giving_up and lines:
            self.dropped += len(lines.pop(0))
            self._giving_up = False
        if self._giving_up or len(self._rest) > self.longest:
            self.dropped += len(self._rest)
            self._rest, self._giving_up = b"", True
        return lines

    def forget(self) -> None:
        """A new stream begins: what waits for its end never gets one."""
        self._rest, self._giving_up = b"", False


def checksum(body: bytes) -> int:
    """The XOR of all bytes."""
    return reduce(xor, body, 0)


def numbered(number: int, command: bytes) -> bytes:
    """*command* as a host sends it with a number, without a line end."""
    body = b"N%d %s" % (number, command)
    return b"%s*%d" % (body, checksum(body))


def read_line(raw: bytes) -> Line:
    """What one line of a host says."""
    text = raw.partition(b";")[0].strip(_BLANK)
    if text[:1] not in (b"N", b"n"):
        return Line(raw, text)
    number = _INTEGER.match(text, 1)
    if number is None:
        return Line(raw, text)
    body, star, given = text.rpartition(b"*")
    check = _INTEGER.match(given)
    intact = bool(star) and check is not None and int(check[1]) == checksum(body)
    command = (body if star else text)[number.end() :].strip(_BLANK)
    return Line(raw, command, int(number[1]), intact)
