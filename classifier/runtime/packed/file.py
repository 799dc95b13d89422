"""A packed network: an ONNX graph without its weights, and these in few bits.

    magic "PWQ", version 1 | CRC-32 of the rest | its length | graph | tensors

docs/packed-format.md has every field. A file is read whole or not at all: the checksum is compared
before anything else is believed.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from classifier.runtime.errors import BundleError
from classifier.runtime.packed.records import (
    ByteReader,
    Record,
    block_bytes,
    number_bytes,
    read_record,
    record_bytes,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"PWQ"
VERSION = 1
HEAD = Struct("<3sBII")
MOST_GRAPH = 1 << 24  # bytes of a graph without weights
ADVICE = "Export the network again, or fetch the file again"


class Packed(NamedTuple):
    """graph: an ONNX model whose initializers named in *tensors* have no data."""

    graph: bytes
    tensors: Mapping[str, NDArray[np.float32]]


def packed_bytes(graph: bytes, records: Sequence[Record]) -> bytes:
    """A whole file."""
    body = b"".join([
        block_bytes(zlib.compress(graph, 9)),
        number_bytes(len(records)),
        *map(record_bytes, records),
    ])  # fmt: skip
    return HEAD.pack(MAGIC, VERSION, zlib.crc32(body), len(body)) + body


def read_packed(data: bytes, where: object) -> Packed:
    """The network in *data*; *where* is what messages call it.

    Raises BundleError for another kind or version of file, and for a damaged one.
    """
    body = _checked(data, where)
    try:
        reader = ByteReader(body)
        graph = _unzipped(reader.block())
        tensors = dict(read_record(reader) for _ in range(reader.number()))
        if reader.at != len(body):
            raise ValueError("something follows the last tensor")
    except (ValueError, IndexError, ArithmeticError, zlib.error) as error:
        problem = f"holds what no version writes ({type(error).__name__}: {error})"
        raise BundleError(where, problem, ADVICE) from error
    return Packed(graph, tensors)


def _checked(data: bytes, where: object) -> bytes:
    if len(data) < HEAD.size or data[: len(MAGIC)] != MAGIC:
        raise BundleError(where, "is no packed network", ADVICE)
    _, version, checksum, length = HEAD.unpack_from(data)
    if version != VERSION:
        raise BundleError(where, f"has version {version}, this one reads {VERSION}", ADVICE)
    body = data[HEAD.size :]
    if len(body) != length:
        raise BundleError(where, f"is damaged: {len(body)} bytes where {length} belong", ADVICE)
    if zlib.crc32(body) != checksum:
        raise BundleError(where, "is damaged: its checksum is not the one written in it", ADVICE)
    return body


def _unzipped(data: bytes) -> bytes:
    unzip = zlib.decompressobj()
    graph = unzip.decompress(data, MOST_GRAPH)
    if not unzip.eof:
        raise ValueError(f"the graph is cut short or larger than {MOST_GRAPH} bytes")
    return graph
