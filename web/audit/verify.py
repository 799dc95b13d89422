"""Prove a chain, or name its first broken record. Written from the docs, not from chain.py.

Works on rows of the database and on lines of an export alike: (sequence, body, hash) in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

BACKWARDS_S = 300.0  # a clock may be set; further back is worth a word


class Link(NamedTuple):
    """One record as it lies there."""

    sequence: int
    body: str
    hash: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a chain is worth. broken: sequence of the first record that does not hold, or None."""

    records: int
    last_hash: str
    broken: int | None = None
    why: str = ""
    remarks: tuple[str, ...] = ()


def verify(
    links: Iterable[Link], witnesses: Mapping[int, str] | None = None, *, site: str | None = None
) -> Finding:
    """Check *links*. witnesses: sequence -> hash, as noted outside the console at some time.

    A tail that was cut off whole shows only against a witness.
    """
    before, expected, latest = bytes(32), 1, 0.0
    remarks: list[str] = []
    missing = dict(witnesses or {})
    for link in links:
        why = _wrong(link, expected, before, site) or _differs(link, missing)
        if why:
            return Finding(expected - 1, before.hex(), link.sequence, why, tuple(remarks))
        at = float(json.loads(link.body)["at"])
        if at < latest - BACKWARDS_S:
            remarks.append(f"record {link.sequence}: the clock ran back by {latest - at:.0f} s")
        missing.pop(link.sequence, None)
        before, latest, expected = bytes.fromhex(link.hash), max(at, latest), expected + 1
    if missing:
        cut = min(missing)
        why = f"the chain ends at {expected - 1}, but a witness has seen record {cut}"
        return Finding(expected - 1, before.hex(), expected, why, tuple(remarks))
    return Finding(expected - 1, before.hex(), remarks=tuple(remarks))


def _wrong(link: Link, expected: int, before: bytes, site: str | None) -> str:
    """Why *link* is not the next record, or nothing."""
    if link.sequence != expected:
        return f"record {expected} is missing: {link.sequence} stands in its place"
    raw = link.body.encode("utf-8")
    digest = sha256(bytes(1) + before + len(raw).to_bytes(8, "big") + raw).hexdigest()
    if digest != link.hash:
        return "its words, or a record before it, were changed"
    try:
        told = json.loads(link.body)
        float(told["at"])
    except (ValueError, TypeError, KeyError):
        return "its body is no record of this log"
    if told.get("sequence") != expected or (site is not None and told.get("site") != site):
        return "it belongs to another place"
    return ""


def _differs(link: Link, witnesses: Mapping[int, str]) -> str:
    if witnesses.get(link.sequence, link.hash) != link.hash:
        return "a witness has seen another record in this place"
    return ""
