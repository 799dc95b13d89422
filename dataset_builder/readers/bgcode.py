"""Binary G-code (.bgcode) -> blocks of G-code text and metadata.

    file    "GCDE", version u32 = 1, checksum type u16 (0 none, 1 CRC32)
    block   type u16, compression u16, unpacked size u32,
            packed size u32 (only if compressed), parameters (2 bytes; thumbnail 6),
            data, CRC32 u32 over all of it (only if checksum type 1)

All little endian. Every block is checked when the job is opened; the G-code is decoded on demand.
Source: the binary G-code specification, github.com/prusa3d/libbgcode/doc/specifications.md.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from dataset_builder.errors import CannotAnalyse, EmptyToolpath, Malformed, Truncated
from dataset_builder.readers.job_file import BLOCK_BYTES, JobFile
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.meatpack import meatpack_decoder

VERSION = 1
_FILE_HEADER = struct.Struct("<4sIH")
_BLOCK_HEADER = struct.Struct("<HHI")
_U32 = struct.Struct("<I")
_U16 = struct.Struct("<H")


class BlockType(IntEnum):
    """What a block holds."""

    FILE_METADATA = 0
    GCODE = 1
    SLICER_METADATA = 2
    PRINTER_METADATA = 3
    PRINT_METADATA = 4
    THUMBNAIL = 5


class Compression(IntEnum):
    """How the data of a block is packed."""

    NONE = 0
    DEFLATE = 1
    HEATSHRINK_11_4 = 2
    HEATSHRINK_12_4 = 3


_WINDOW_BITS = {Compression.HEATSHRINK_11_4: 11, Compression.HEATSHRINK_12_4: 12}
_ENCODINGS = {BlockType.GCODE: 3}  # plain, MeatPack, MeatPack that keeps comments; metadata: INI
_THUMBNAIL_PARAMETERS = 6  # format, width, height
_HEATSHRINK_GROWTH = 8  # a back-reference of 16 characters takes at least 16 bits

# Later blocks win; the producer is in the first.
_METADATA = (
    BlockType.SLICER_METADATA,
    BlockType.PRINT_METADATA,
    BlockType.PRINTER_METADATA,
    BlockType.FILE_METADATA,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One checked block; *offset* is that of its data in the file."""

    type: BlockType
    compression: Compression
    encoding: int
    unpacked_size: int
    offset: int
    packed_size: int


@dataclass(frozen=True, slots=True)
class BinaryGcode:
    """A checked file; metadata: the INI keys of all metadata blocks in lower case."""

    file: JobFile
    blocks: tuple[Block, ...]
    metadata: dict[str, str]

    def text(self) -> Iterator[bytes]:
        """The G-code of all blocks, joined; blocks may be cut in mid-line."""
        for block in self.blocks:
            if block.type is not BlockType.GCODE:
                continue
            text = _unpacked(self.file, block)
            if block.encoding:  # firmware, too, resets its decoder at every block
                decoder = meatpack_decoder()
                text = decoder.decode(text)
                decoder.finish()
            for start in range(0, len(text), BLOCK_BYTES):
                yield text[start : start + BLOCK_BYTES]


def read_bgcode(file: JobFile, limits: Limits) -> BinaryGcode:
    """Check every header, size and checksum of *file*, and read its metadata.

    Raises Malformed, Truncated, EmptyToolpath without a G-code block.
    """
    header = file.read_at(0, _FILE_HEADER.size)
    if len(header) < _FILE_HEADER.size:
        raise Truncated("ends inside its file header")
    _, version, checksum = _FILE_HEADER.unpack(header)
    if version != VERSION:
        raise Malformed(f"is binary G-code of the unknown version {version}")
    if checksum > 1:
        raise Malformed(f"has the unknown checksum type {checksum}")
    blocks = tuple(_walk(file, limits, has_crc=checksum == 1))
    gcode = [block for block in blocks if block.type is BlockType.GCODE]
    if not gcode:
        raise EmptyToolpath("has no G-code block")
    limits.check_growth(file.size, sum(block.unpacked_size for block in gcode))
    metadata = [block for block in blocks if block.type in _METADATA]
    if sum(block.unpacked_size for block in metadata) > limits.max_small_part_bytes:
        raise Malformed(f"has more than {limits.max_small_part_bytes} bytes of metadata")
    return BinaryGcode(file, blocks, _metadata(file, metadata))


def _walk(file: JobFile, limits: Limits, *, has_crc: bool) -> Iterator[Block]:
    offset = _FILE_HEADER.size
    while offset < file.size:
        block = _block_at(file, offset, limits)
        end = block.offset + block.packed_size
        if end + (_U32.size if has_crc else 0) > file.size:
            raise Truncated(f"ends inside its block at byte {offset}")
        if has_crc:
            data = file.read_at(offset, end + _U32.size - offset)
            if len(data) < end + _U32.size - offset:
                raise Truncated("became shorter while it was being read")
            if zlib.crc32(data[: -_U32.size]) != _U32.unpack(data[-_U32.size :])[0]:
                raise Malformed(f"has a wrong checksum in its block at byte {offset}")
            end += _U32.size
        yield block
        offset = end


def _block_at(file: JobFile, offset: int, limits: Limits) -> Block:
    """The block whose header starts at *offset*, its sizes within limits."""
    head = file.read_at(offset, _BLOCK_HEADER.size + _U32.size + _U16.size)
    if len(head) < _BLOCK_HEADER.size + _U16.size:
        raise Truncated(f"ends inside the block header at byte {offset}")
    kind, packing, unpacked = _BLOCK_HEADER.unpack_from(head)
    if kind not in set(BlockType) or packing not in set(Compression):
        raise Malformed(f"has a block of unknown type or compression at byte {offset}")
    block_type, compression = BlockType(kind), Compression(packing)
    at, packed = _BLOCK_HEADER.size, unpacked
    if compression is not Compression.NONE:
        if len(head) < at + _U32.size + _U16.size:
            raise Truncated(f"ends inside the block header at byte {offset}")
        packed = _U32.unpack_from(head, at)[0]
        at += _U32.size
    encoding = _U16.unpack_from(head, at)[0]
    if block_type is BlockType.THUMBNAIL:
        at, encoding = at + _THUMBNAIL_PARAMETERS, 0
    else:
        at += _U16.size
    if encoding >= _ENCODINGS.get(block_type, 1):
        raise Malformed(f"has a block of unknown encoding {encoding} at byte {offset}")
    if max(packed, unpacked) > limits.max_block_bytes:
        raise Malformed(f"has a block of {max(packed, unpacked)} bytes at byte {offset}")
    return Block(block_type, compression, encoding, unpacked, offset + at, packed)


def _unpacked(file: JobFile, block: Block) -> bytes:
    """The data of *block*; Malformed unless it has exactly the size that its header says."""
    data = file.read_at(block.offset, block.packed_size)
    size = block.unpacked_size
    where = f"its block at byte {block.offset}"
    try:
        if block.compression is Compression.DEFLATE:
            inflate = zlib.decompressobj()
            data = inflate.decompress(data, size + 1)
            if not inflate.eof and len(data) <= size:
                raise Truncated(f"ends inside the deflate data of {where}")
        elif block.compression is not Compression.NONE:
            data = _expand_heatshrink(data, size, _WINDOW_BITS[block.compression])
    except (zlib.error, RuntimeError, ValueError) as error:
        raise Malformed(f"has damaged data in {where}") from error
    if len(data) != size:
        raise Malformed(f"says {size} bytes and holds another number in {where}")
    return data


def _expand_heatshrink(data: bytes, size: int, window_bits: int) -> bytes:
    try:
        from heatshrink2 import decompress
    except ImportError as error:
        raise CannotAnalyse(
            "is packed with heatshrink", flag="unsupported_format", advice="Install heatshrink2"
        ) from error
    if size > _HEATSHRINK_GROWTH * len(data):
        raise ValueError("more than heatshrink can expand to")
    return bytes(decompress(data, window_sz2=window_bits, lookahead_sz2=4))


def _metadata(file: JobFile, blocks: list[Block]) -> dict[str, str]:
    """INI keys of the metadata blocks; a damaged one is an error like any other."""
    merged: dict[str, str] = {}
    for block in sorted(blocks, key=lambda block: _METADATA.index(block.type)):
        lines = _unpacked(file, block).decode("utf-8", "replace").splitlines()
        pairs = (line.split("=", 1) for line in lines if "=" in line)
        merged.update((key.strip().lower(), value.strip()) for key, value in pairs)
    return merged
