"""What happened, in order, so that a change of the past shows: an append-only chain of hashes.

    hash of entry n = SHA-256(0x00 | hash of entry n - 1 | length of the body, 8 bytes | body)

A body is canonical JSON. It has the wall clock *and* the seconds since this boot: a clock that was
set is visible, and nothing that waits depends on it. `verify` needs the file alone.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from printer_guard.errors import RecordsError

FIRST = "0" * 64
"""What the first entry builds on."""
BOOT = Path("/proc/sys/kernel/random/boot_id")
JUMP_S = 5.0
"""The clocks of one boot drift apart by more between two entries: somebody set the wall clock."""

Body = dict[str, Any]


class Entry(NamedTuple):
    """One line of the journal."""

    seq: int
    body: Body
    hash: str


def append(connection: sqlite3.Connection, event: str, **facts: Any) -> Entry:
    """Add *event*; to be called in a transaction, with whatever else the event changes."""
    row = connection.execute("SELECT seq, body, hash FROM journal ORDER BY seq DESC LIMIT 1")
    seq, before, chain = row.fetchone() or (0, "{}", FIRST)
    body: Body = {"event": event, **_clocks(json.loads(before)), **facts}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    digest = chained(chain, text)
    connection.execute("INSERT INTO journal VALUES (?, ?, ?)", (seq + 1, text, digest))
    return Entry(seq + 1, body, digest)


def chained(before: str, text: str) -> str:
    """The hash of an entry with the body *text* after the hash *before*."""
    raw = text.encode()
    return hashlib.sha256(
        b"\0" + bytes.fromhex(before) + len(raw).to_bytes(8, "big") + raw
    ).hexdigest()


def entries(connection: sqlite3.Connection, after: int = 0) -> Iterator[Entry]:
    """Those after number *after*, oldest first."""
    rows = connection.execute(
        "SELECT seq, body, hash FROM journal WHERE seq > ? ORDER BY seq", (after,)
    )
    for seq, text, digest in rows:
        yield Entry(seq, json.loads(text), digest)


def verify(path: Path, *, last: tuple[int, str] | None = None) -> int:
    """The number of entries, when the chain of the file at *path* is whole.

    last: number and hash of an entry seen earlier, as a console keeps them: shows a cut end.
    Raises RecordsError naming the first entry that is not what was written.
    """
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        chain, count = FIRST, 0
        for seq, text, digest in connection.execute(
            "SELECT seq, body, hash FROM journal ORDER BY seq"
        ):
            chain = chained(chain, text)
            count += 1
            if seq != count or digest != chain:
                raise RecordsError(f"{path}, entry {count}", "is not what was written")
            if last is not None and last[0] == count and last[1] != digest:
                raise RecordsError(f"{path}, entry {count}", "is another than the one reported")
        if last is not None and count < last[0]:
            raise RecordsError(f"{path}, entry {count + 1}", f"and all up to {last[0]} are missing")
    except sqlite3.Error as error:
        raise RecordsError(path, f"cannot be read ({error})") from error
    finally:
        connection.close()
    return count


def _clocks(before: Body) -> Body:
    """The clocks now, and by how much the wall clock was set since the entry *before*."""
    now: Body = {"at": round(time.time(), 3), "up": round(_up_s(), 3), "boot": boot_id()}
    if before.get("boot") == now["boot"]:
        jump = (now["at"] - before["at"]) - (now["up"] - before["up"])
        if abs(jump) > JUMP_S:
            now["clock_set_by_s"] = round(jump, 3)
    return now


def _up_s() -> float:
    """Seconds since the machine started, sleep included where the system tells that."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@lru_cache(maxsize=1)
def boot_id() -> str:
    """Which run of the machine this is: the clocks of two cannot be compared."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:  # not Linux: a process is then the longest that one clock is known to run
        return f"process-{time.time_ns()}"
