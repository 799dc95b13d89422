"""Which designs are one another's variants: what a split must never part.

Without a stated family, a file's name decides within its source: what ends it and only counts
variants is taken off, again and again, so that `dagger`, `dagger_2` and `dagger_2b` are one
family. Coarse on purpose: a family too large makes a test harder, one too small makes it a lie.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from dataset_builder.sources.origin import Origin

_VARIANT = re.compile(
    r"""(?: [ _.()\-]+ (?: (?:v|x|rev|copy)? \d* [a-z]?  # _2, _v3, _x4, _2b, _a
                         | left | right | mirror | mirrored | copy )
          | \d+ )                                          # ak47
        [ _.()\-]* $""",
    re.VERBOSE | re.IGNORECASE,
)


def family_of(source: str, folder: str, stem: str) -> str:
    """The family of a file called *stem* (without suffix) in *folder* of *source*.

    A name that only counts, such as `0012`, stands for itself within its folder.
    """
    base = stem
    while (shorter := _VARIANT.sub("", base)) != base and re.search(r"[^\W\d_]", shorter):
        base = shorter
    if not re.search(r"[^\W\d_]", base):
        base = f"{folder}/{base}"
    return f"{urlsplit(source).path.strip('/') or source}:{base.lower()}"


def with_duplicates_joined(
    origins: Sequence[Origin], shapes: Mapping[str, str] | None = None
) -> list[Origin]:
    """The origins, where files of the same bytes or the same shape have one family.

    shapes: origin's name -> a hash that its geometry shares with its copies, where known. A joined
    family is called as the one of its members that comes first.
    """
    leader: dict[str, str] = {}

    def led(family: str) -> str:
        while (above := leader.get(family, family)) != family:
            family = above
        return family

    rank = {origin.family: number for number, origin in reversed(list(enumerate(origins)))}
    first: dict[str, str] = {}
    for origin in origins:
        for key in (origin.sha256, (shapes or {}).get(origin.name, "")):
            one, other = led(first.setdefault(key, origin.family)), led(origin.family)
            if key and one != other:
                above, below = sorted((one, other), key=rank.__getitem__)
                leader[below] = above
    return [replace(origin, family=led(origin.family)) for origin in origins]
