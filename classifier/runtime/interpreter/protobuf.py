"""The wire format of protocol buffers: bytes -> numbered fields, without their meaning.

Source: the page "Encoding" of the protocol buffers documentation.
"""

from __future__ import annotations

from collections.abc import Iterator

Value = int | bytes
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED = {FIXED64: 8, FIXED32: 4}
MOST_VARINT = 10  # bytes


def fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """Each field of a message as (number, value): a whole number, or the bytes of anything else.

    Raises ValueError for what is no message.
    """
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == BYTES:
            length, at = _varint(data, at)
        elif wire in FIXED:
            length = FIXED[wire]
        else:
            raise ValueError(f"wire type {wire} at byte {at}")
        if at + length > len(data):
            raise ValueError(f"a field at byte {at} is cut short")
        yield number, data[at : at + length]
        at += length


def signed(value: int) -> int:
    """An int64 that was written as a varint."""
    return value - (1 << 64) if value >> 63 else value


def varints(value: Value) -> list[int]:
    """A repeated int64: one of several fields, or all in one."""
    if isinstance(value, int):
        return [signed(value)]
    found, at = [], 0
    while at < len(value):
        number, at = _varint(value, at)
        found.append(signed(number))
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[at : at + MOST_VARINT]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError(f"a number at byte {at} is cut short")
