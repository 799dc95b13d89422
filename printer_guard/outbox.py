"""Reports that wait for a console: in order, kept until it has acknowledged them.

Sending again is harmless: a report's sequence number is its identity, and numbers are never reused.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from printer_guard.wire import Report, from_json, to_json


def put(connection: sqlite3.Connection, report: Report) -> int:
    """Add *report*; its sequence number is given here and returned."""
    cursor = connection.execute("INSERT INTO outbox (body) VALUES (?)", (to_json(report),))
    return int(cursor.lastrowid or 0)


def waiting(connection: sqlite3.Connection, most: int) -> list[Report]:
    """The *most* oldest reports that are not acknowledged."""
    rows = connection.execute("SELECT seq, body FROM outbox ORDER BY seq LIMIT ?", (most,))
    return [replace(from_json(Report, body), sequence=seq) for seq, body in rows]


def acknowledge(connection: sqlite3.Connection, sequence: int) -> None:
    """The console has all up to *sequence*."""
    connection.execute("DELETE FROM outbox WHERE seq <= ?", (sequence,))


def count(connection: sqlite3.Connection) -> int:
    """How many wait."""
    (number,) = connection.execute("SELECT COUNT(*) FROM outbox").fetchone()
    return int(number)
