"""Blocks of bytes that should be G-code -> blocks of plain G-code text.

Undoes what lies between the text and its container: gzip, MeatPack, a byte-order mark. What the
text says is the interpreter's business.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from dataset_builder.errors import CannotAnalyse, EmptyToolpath, Malformed, Truncated
from dataset_builder.readers.job_file import BLOCK_BYTES, JobFile
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.sniff import HEAD_BYTES, content_of

Blocks = Callable[[], Iterator[bytes]]
"""A fresh walk over a stream at every call, in blocks of at most BLOCK_BYTES."""

_BOM = b"\xef\xbb\xbf"
_PIECE_BYTES = 16 * 1024
_GZIP_WINDOW = 16 + zlib.MAX_WBITS  # zlib's code for "expect a gzip header"


def gcode_text(raw: Blocks, *, within: str = "") -> Blocks:
    """Plain text of *raw*, whose content is looked at once, now.

    within: in words, what the stream was taken from, or "" for the job itself.
    Raises EmptyToolpath, CannotAnalyse for UTF-16, Malformed for anything that is no text.
    """
    head = _head(raw())
    where = f"holds, inside its {within}, " if within else "holds "
    if not head:
        raise EmptyToolpath(f"{where}no byte of G-code")
    content = content_of(head, size=len(head) if len(head) < HEAD_BYTES else -1)
    if content == "UTF-16 text":
        raise CannotAnalyse(
            "is UTF-16 text, which no firmware reads as G-code",
            flag="encoding",
            advice="Save it as UTF-8 or ASCII",
        )
    if content == "meatpack":
        from dataset_builder.readers.meatpack import decode_meatpack

        return lambda: _resized(decode_meatpack(raw()))
    if content not in ("gcode", "text"):
        raise Malformed(
            f"{where}{'binary data' if content == 'binary' else content} and no G-code",
            flag="name_mismatch",
        )
    return (lambda: _without_mark(raw())) if head.startswith(_BOM) else raw


def gunzip(file: JobFile, limits: Limits) -> Iterator[bytes]:
    """The content of a gzip file of one or more members.

    Raises Truncated when the end is missing, Malformed for damage and for a bomb, TooLarge.
    """
    unzip = zlib.decompressobj(_GZIP_WINDOW)
    packed = unpacked = 0
    for piece in _pieces(file.blocks()):
        packed += len(piece)
        while piece:
            if unzip.eof:
                piece = piece.lstrip(b"\0")  # padding between and after members
                if not piece:
                    break
                unzip = zlib.decompressobj(_GZIP_WINDOW)
            text, piece = _unzip(unzip, piece)
            unpacked += len(text)
            limits.check_growth(packed, unpacked)
            if text:
                yield text
    if not unzip.eof:
        raise Truncated("ends inside its gzip data")


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Small pieces: zlib copies what a member leaves over, and a job may have 50,000 members."""
    for block in blocks:
        for start in range(0, len(block), _PIECE_BYTES):
            yield block[start : start + _PIECE_BYTES]


def _unzip(unzip: zlib._Decompress, piece: bytes) -> tuple[bytes, bytes]:
    """(text, what is left of *piece*): at most BLOCK_BYTES of text at a time."""
    try:
        text = unzip.decompress(piece, BLOCK_BYTES)
    except zlib.error as error:
        raise Malformed("has damaged gzip data", advice="Transfer the file again") from error
    return text, unzip.unused_data if unzip.eof else unzip.unconsumed_tail


def _head(blocks: Iterator[bytes]) -> bytes:
    """The first HEAD_BYTES, or all there is."""
    head = b""
    for block in blocks:
        head += block
        if len(head) >= HEAD_BYTES:
            break
    return head[:HEAD_BYTES]


def _without_mark(blocks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(blocks, b"")
    while len(first) < len(_BOM):  # the mark is there: it was seen
        first += next(blocks)
    return chain([first.removeprefix(_BOM)], blocks)


def _resized(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of at most BLOCK_BYTES, none of them empty."""
    for block in blocks:
        for start in range(0, len(block), BLOCK_BYTES):
            yield block[start : start + BLOCK_BYTES]
