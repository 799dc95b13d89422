"""What a slicer's whole-line comment says, for back ends without the kernel's hash table."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from dataset_builder.geometry.toolpath import Feature
from dataset_builder.readers.gcode.vocabulary import FEATURES, HOST_COMMENTS, LAYER_COMMENTS

LONGEST = 64
"""Bytes of a comment that count, as in kernel/scan.c."""

_PHRASE_END = re.compile(rb"[ :,]")


class ForInterpreter:
    """The comment names an object, or promises layers."""


class Layer:
    """A layer begins."""


Meaning = Feature | type[ForInterpreter] | type[Layer] | None


@cache
def _meanings() -> dict[bytes, Meaning]:
    meanings: dict[str, Meaning] = dict.fromkeys(HOST_COMMENTS, ForInterpreter)
    meanings |= dict.fromkeys(LAYER_COMMENTS, Layer)
    return {text.encode(): what for text, what in (meanings | FEATURES).items()}


def meaning(comment: bytes) -> Meaning:
    """What *comment* (without its semicolon) starts, if anything."""
    return _meaning(comment.strip(b" \t")[:LONGEST])


@lru_cache(maxsize=1024)
def _meaning(comment: bytes) -> Meaning:
    """A phrase at its start ("printing object ...") or all of it ("TYPE:Skirt")."""
    comment = comment.lower()
    meanings = _meanings()
    for end in _PHRASE_END.finditer(comment):
        what = meanings.get(comment[: end.start()])
        if what is not None and (not isinstance(what, Feature) or end[0] == b","):
            return what
    return meanings.get(comment)
