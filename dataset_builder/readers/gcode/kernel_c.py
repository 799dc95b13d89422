"""The C back end: `pw_scan` of kernel/scan.c behind the Backend protocol."""

from __future__ import annotations

import ctypes
from ctypes import c_int32, c_int64, c_void_p
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.toolpath import SEGMENT
from dataset_builder.kernel.library import library
from dataset_builder.readers.gcode.arcs import MAX_CHORDS
from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.vocabulary import (
    FEATURES,
    HOST_COMMENTS,
    INERT_G,
    INERT_M,
    LAYER_COMMENTS,
    comment_hash,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 16_384
"""Segments a block: 640 KiB, small enough to stay in the cache until it is drawn."""

_FULL, _HOST = 1, 2
_HOST_COMMENT, _LAYER_COMMENT, _FEATURE_COMMENT = 1, 2, 16
_SLOTS = 1024


class _Window(ctypes.Structure):
    _fields_ = (
        ("buffer", c_void_p),
        ("size", c_int64),
        ("position", c_int64),
        ("out", c_void_p),
        ("capacity", c_int64),
        ("used", c_int64),
        ("line_start", c_int64),
        ("line_end", c_int64),
        ("final", c_int32),
    )


class _Vocabulary(ctypes.Structure):
    _fields_ = (
        ("comment_hash", ctypes.c_uint32 * _SLOTS),
        ("comment_action", ctypes.c_uint8 * _SLOTS),
        ("inert_g", ctypes.c_uint8 * _SLOTS),
        ("inert_m", ctypes.c_uint8 * _SLOTS),
    )


@cache
def _vocabulary() -> _Vocabulary:
    """readers/gcode/vocabulary.py in the form the kernel looks things up in."""
    table = _Vocabulary()
    actions = dict.fromkeys(HOST_COMMENTS, _HOST_COMMENT)
    actions |= dict.fromkeys(LAYER_COMMENTS, _LAYER_COMMENT)
    actions |= {text: _FEATURE_COMMENT + feature for text, feature in FEATURES.items()}
    for text, action in actions.items():
        value = comment_hash(text)
        slot = value % _SLOTS
        while table.comment_hash[slot]:
            slot = (slot + 1) % _SLOTS
        table.comment_hash[slot], table.comment_action[slot] = value, action
    for inert, codes in ((table.inert_g, INERT_G), (table.inert_m, INERT_M)):
        for code in codes:
            if code < _SLOTS:
                inert[code] = 1
    return table


class CBackend:
    """One scan; not to be shared between jobs that are read at the same time."""

    name = "c"

    def __init__(self) -> None:
        kernel = library()
        if kernel is None:
            raise RuntimeError("the kernel is not built: python -m dataset_builder.kernel.build")
        self._scan = kernel.pw_scan
        self._vocabulary = ctypes.byref(_vocabulary())
        self._bytes = b""
        self._window = _Window()
        self._reference = ctypes.byref(self._window)
        self.full = False
        self._hold(np.zeros(BLOCK + MAX_CHORDS, SEGMENT))

    def _hold(self, segments: NDArray[np.void]) -> None:
        self._segments = segments
        self._window.out, self._window.capacity = segments.ctypes.data, len(segments)

    @property
    def consumed(self) -> int:
        """See Backend."""
        return int(self._window.position)

    def load(self, window: bytes, *, final: bool) -> None:
        """See Backend; the kernel wants the last line to end."""
        if final and window[-1:] not in (b"", b"\n", b"\r"):
            window += b"\n"
        self._bytes = window
        self._window.buffer = ctypes.cast(ctypes.c_char_p(window), c_void_p)
        self._window.size, self._window.position = len(window), 0
        self._window.final = final

    def advance(self, machine: Machine) -> bytes | None:
        """See Backend."""
        why = self._scan(ctypes.byref(machine), self._vocabulary, self._reference)
        self.full = why == _FULL
        if why != _HOST:
            return None
        return self._bytes[self._window.line_start : self._window.line_end]

    def append(self, segments: NDArray[np.void]) -> None:
        """See Backend; room for one line's worth is made when it is lacking."""
        used = self._window.used
        if used + len(segments) > len(self._segments):
            grown = np.zeros(used + len(segments) + MAX_CHORDS, SEGMENT)
            grown[:used] = self._segments[:used]
            self._hold(grown)
        self._segments[used : used + len(segments)] = segments
        self._window.used = used + len(segments)

    def take(self) -> NDArray[np.void]:
        """See Backend."""
        segments = self._segments[: self._window.used]
        self._window.used, self.full = 0, False
        return segments
