"""MeatPack bytes -> G-code text: two characters in a byte where both are common ones.

A packed byte holds two 4-bit codes, the low one first; code 15 says that the character follows as
a byte of its own. Two 0xFF bytes and a command byte switch packing on and off.
Source: Scott Mudge's MeatPack as specified for Marlin and for bgcode blocks.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from dataset_builder.errors import Malformed, Truncated
from dataset_builder.kernel.library import library

_ESCAPE = 15  # "the character follows"
_SPACED, _NO_SPACES = b"0123456789. \nGX", b"0123456789.E\nGX"
_COMMAND = re.compile(rb"\xff\xff(.)", re.DOTALL)


def _bytes_of(low_escape: bool, high_escape: bool) -> bytes:
    """A regular expression for the packed bytes with these escapes."""
    fitting = (
        b for b in range(256) if ((b & 15) == 15, (b >> 4) == 15) == (low_escape, high_escape)
    )
    return b"[" + b"".join(b"\\x%02x" % b for b in fitting) + b"]"


# a packed byte and the literals it announces; the last of a block may be incomplete
_PAIR = re.compile(
    _bytes_of(False, False)
    + b"|(?:" + _bytes_of(True, False) + b"|" + _bytes_of(False, True) + b").?"
    + b"|" + _bytes_of(True, True) + b".?.?",
    re.DOTALL,
)  # fmt: skip


class _State(ctypes.Structure):
    """As in kernel/meatpack.c."""

    _fields_ = tuple(
        (name, ctypes.c_uint8) for name in ("packing", "no_spaces", "signals", "owed", "second")
    )


class MeatPackDecoder(Protocol):
    """One stream, fed block by block; packing is off until a command switches it on."""

    def decode(self, block: bytes) -> bytes:
        """The text of *block*, less what only the next block can complete.

        Raises Malformed for an unknown command and for a command inside a pair.
        """

    def finish(self) -> None:
        """Raises Truncated when the stream stopped inside a pair or a command."""


def meatpack_decoder() -> MeatPackDecoder:
    """A decoder at the start of a stream, in C where the kernel was built."""
    kernel = library()
    return PythonDecoder() if kernel is None else CDecoder(kernel)


def decode_meatpack(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Text of a whole stream, block by block."""
    decoder = meatpack_decoder()
    for block in blocks:
        yield decoder.decode(block)
    decoder.finish()


class CDecoder:
    """The decoder in kernel/meatpack.c."""

    def __init__(self, kernel: ctypes.CDLL) -> None:
        self._state = _State()
        self._decode = kernel.pw_meatpack_decode
        self._decode.restype = ctypes.c_int64

    def decode(self, block: bytes) -> bytes:
        """See MeatPackDecoder."""
        text = ctypes.create_string_buffer(2 * len(block) + 2)
        count = self._decode(ctypes.byref(self._state), block, ctypes.c_uint64(len(block)), text)
        if count < 0:
            raise _inside_pair() if count == -2 else _unknown_command()
        return ctypes.string_at(text, count)

    def finish(self) -> None:
        """See MeatPackDecoder."""
        if self._state.signals or self._state.owed:
            raise _cut()


class PythonDecoder:
    """The same for hosts without the kernel, a pair at a time through a table of seen pairs."""

    def __init__(self) -> None:
        self._packing = False
        self._texts = _Texts(_SPACED)
        self._rest = b""

    def decode(self, block: bytes) -> bytes:
        """See MeatPackDecoder."""
        data = self._rest + block
        signals = len(data) - len(data.rstrip(b"\xff"))
        signals = signals if signals < 3 else 0  # perhaps half a command; three are an error
        data, held = data[: len(data) - signals], data[len(data) - signals :]
        text: list[bytes] = []
        start = 0
        for command in _COMMAND.finditer(data):
            if self._run(data[start : command.start()], text):
                raise _inside_pair()
            self._obey(command[1][0])
            start = command.end()
        self._rest = self._run(data[start:], text) + held
        return b"".join(text)

    def finish(self) -> None:
        """See MeatPackDecoder."""
        if self._rest:
            raise _cut()

    def _run(self, data: bytes, text: list[bytes]) -> bytes:
        """Append the text of bytes without a command; returns an incomplete last pair."""
        if not self._packing:
            text.append(data)
            return b""
        pairs = _PAIR.findall(data)
        rest = pairs.pop() if pairs and len(pairs[-1]) <= _literals(pairs[-1][0]) else b""
        text.extend(map(self._texts.__getitem__, pairs))
        return rest

    def _obey(self, command: int) -> None:
        if command not in _SWITCHES:
            raise _unknown_command()
        packing, no_spaces = _SWITCHES[command]
        if packing is not None:
            self._packing = packing
        if no_spaces is not None:
            self._texts = _Texts(_NO_SPACES if no_spaces else _SPACED)


# command -> (packing, no spaces); None leaves it as it is; 248 asks the printer for its settings
_SWITCHES: dict[int, tuple[bool | None, bool | None]] = {
    251: (True, None),
    250: (False, None),
    249: (False, False),
    248: (None, None),
    247: (None, True),
    246: (None, False),
}


class _Texts(dict[bytes, bytes]):
    """A packed byte with its literals -> two characters, worked out at first use."""

    def __init__(self, table: bytes) -> None:
        super().__init__()
        self._table = table

    def __missing__(self, pair: bytes) -> bytes:
        literals = iter(pair[1:])
        codes = (pair[0] & 15, pair[0] >> 4)
        text = bytes(next(literals) if code == _ESCAPE else self._table[code] for code in codes)
        self[pair] = text
        return text


def _literals(packed: int) -> int:
    return ((packed & 15) == _ESCAPE) + ((packed >> 4) == _ESCAPE)


def _inside_pair() -> Malformed:
    return Malformed("has a MeatPack command inside a character pair")


def _unknown_command() -> Malformed:
    return Malformed("has an unknown MeatPack command")


def _cut() -> Truncated:
    return Truncated("ends inside a MeatPack character pair")
