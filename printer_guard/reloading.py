"""Settings that change while the guard runs: what may, and which printers come and go.

Folders, the control interface, the console and the log stay as they were at the start. A printer
with a job that waits or prints is not taken away from under it. Either all of a change is taken or
none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from printer_guard.attending import Attendant
from printer_guard.errors import SettingsError
from printer_guard.settings import PrinterTable, Settings
from printer_guard.store import OVER

FIXED = ("state", "runtime", "control", "console", "log")
"""Read once, at the start."""


class Change(NamedTuple):
    """Names of printers that are let go, and of those that are opened; one may be both."""

    gone: list[str]
    new: list[str]


def change_of(before: Settings, after: Settings, attendants: Mapping[str, Attendant]) -> Change:
    """What follows from *after*. Raises SettingsError for what a running guard cannot follow."""
    for key in FIXED:
        if getattr(before, key) != getattr(after, key):
            what = "cannot change while the guard runs; nothing was changed"
            raise SettingsError(f"[guard] {key}", what, "Restart the guard")
    old, new = _adapters(before.printers), _adapters(after.printers)
    change = Change(
        gone=[name for name, adapter in old.items() if new.get(name) != adapter],
        new=[name for name, adapter in new.items() if old.get(name) != adapter],
    )
    for name in change.gone:
        busy = [case.job.name for case in attendants[name].cases.values() if case.stage not in OVER]
        if busy:
            what = f"{busy[0]} waits or prints there; nothing was changed"
            raise SettingsError(f"[guard.printers.{name}]", what, "Reload when it is over")
    return change


def _adapters(printers: Mapping[str, PrinterTable]) -> dict[str, dict[str, object]]:
    """What each printer is opened with; its actions count at once and without that."""
    return {name: table.model_dump(exclude={"actions"}) for name, table in printers.items()}
