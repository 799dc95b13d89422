"""One tensor as bytes: what its codes mean, where its entries are, the codes. See
docs/packed-format.md for the layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier.runtime.packed.bits import BitReader, from_bits, to_bits
from classifier.runtime.packed.codings import CODINGS
from classifier.runtime.packed.positions import Coded, Shape, size_of
from classifier.runtime.packed.values import VALUES, Meaning, values_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ELEMENTS = 1 << 26  # of a tensor: far more than any network of ours
WITH_ZERO = 0x80  # beside the bits: 0 is a level


class Record(NamedTuple):
    """A tensor to be written. codes: one an entry of *coded*, each below 2^meaning.bits."""

    name: str
    shape: Shape
    meaning: Meaning
    coding: str
    coded: Coded
    codes: NDArray[np.uint32]


class ByteReader:
    """Takes bytes from the front. Raises ValueError when too few are left."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        """The next *count* bytes."""
        taken = self.data[self.at : self.at + count]
        if len(taken) != count:
            raise ValueError(f"{count} bytes are asked for where {len(taken)} are left")
        self.at += count
        return taken

    def number(self) -> int:
        """A whole number in groups of seven bits, lowest first; LEB128."""
        value = 0
        for place in range(0, 35, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << place
            if byte < 0x80:
                return value
        raise ValueError("a number of more than 35 bits")

    def numbers(self) -> tuple[int, ...]:
        """A count, then so many numbers."""
        return tuple(self.number() for _ in range(self.number()))

    def block(self) -> bytes:
        """A count, then so many bytes."""
        return self.take(self.number())


def number_bytes(value: int) -> bytes:
    """LEB128."""
    low = bytes([value & 0x7F | (0x80 if value > 0x7F else 0)])
    return low + number_bytes(value >> 7) if value > 0x7F else low


def numbers_bytes(values: tuple[int, ...]) -> bytes:
    """Their count and themselves."""
    return b"".join(map(number_bytes, (len(values), *values)))


def block_bytes(data: bytes) -> bytes:
    """Its length and itself."""
    return number_bytes(len(data)) + data


def record_bytes(record: Record) -> bytes:
    """A record as it stands in a file."""
    meaning, coded = record.meaning, record.coded
    stream = np.concatenate([coded.bits, to_bits(record.codes, meaning.bits)])
    kind, coding = list(VALUES).index(meaning.kind), list(CODINGS).index(record.coding)
    return b"".join([
        block_bytes(record.name.encode()),
        numbers_bytes(record.shape),
        bytes([kind, meaning.bits | (WITH_ZERO if meaning.zero else 0)]),
        block_bytes(meaning.table.astype("<f4").tobytes()),
        bytes([coding]),
        numbers_bytes(coded.numbers),
        number_bytes(len(coded.entries)),
        block_bytes(np.packbits(stream).tobytes()),
    ])  # fmt: skip


def read_record(reader: ByteReader) -> tuple[str, NDArray[np.float32]]:
    """The next tensor and its name. Raises ValueError or IndexError for what no writer writes."""
    name, shape = reader.block().decode(), reader.numbers()
    if not shape or size_of(shape) > MOST_ELEMENTS:
        raise ValueError(f"{name} is {shape}")
    kind, bits = reader.take(2)
    table = np.frombuffer(reader.block(), "<f4").astype(np.float32)
    meaning = Meaning(list(VALUES)[kind], bits & ~WITH_ZERO, bool(bits & WITH_ZERO), table)
    coding = list(CODINGS.values())[reader.take(1)[0]]
    numbers, count = reader.numbers(), reader.number()
    if count > size_of(shape):
        raise ValueError(f"{name} has {count} values")
    stream = BitReader(reader.block())
    entries = coding.read(stream, shape, count, numbers)
    if len(entries) != count:
        raise ValueError(f"{name} has {len(entries)} places for {count} values")
    codes = from_bits(stream.bits(count * meaning.bits), meaning.bits)
    tensor = np.zeros(size_of(shape), np.float32)
    tensor[entries] = values_of(codes, meaning, entries // max(size_of(shape[1:]), 1))
    if coding.repeats is not None:
        tensor = tensor[coding.repeats(shape, numbers)]
    return name, tensor.reshape(shape)
