"""Kinds of printers: a word in the settings -> the adapter that speaks to it.

An adapter's module is imported when a printer of its kind is opened and not before. Others add
theirs by the entry point `printwarden.printers`, whose name is the kind and whose object is an
`Opener`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

from printer_guard.errors import SettingsError
from printer_guard.printers.base import Printer

ENTRY_POINTS = "printwarden.printers"


class Opener(Protocol):
    """What a row of the table names: makes a printer, and connects to nothing yet.

    options: the printer's table in the settings without `kind`; a key it does not know, or a value
    it cannot mean, raises SettingsError naming the key. folder: exists, private, for copies.
    """

    def __call__(self, name: str, options: Mapping[str, Any], folder: Path) -> Printer:
        """The printer called *name*."""


class Kind(NamedTuple):
    """One row: "module:opener" and what `printwarden guard init` says of it."""

    target: str
    about: str


KINDS: Mapping[str, Kind] = {
    "octoprint": Kind(
        "printer_guard.printers.octoprint.printer:open_octoprint",
        "OctoPrint on this host, with its plugin OctoPrint-Printwarden",
    ),
    "moonraker": Kind(
        "printer_guard.printers.moonraker.printer:open_moonraker",
        "Klipper behind Moonraker, with the gate in printer.cfg",
    ),
    "serial": Kind(
        "printer_guard.printers.serial_proxy.printer:open_serial",
        "a Marlin-family printer on a serial port, whatever program drives it",
    ),
    "prusalink": Kind("printer_guard.printers.prusalink:open_prusalink", "a Prusa over PrusaLink"),
    "duet": Kind("printer_guard.printers.duet:open_duet", "a Duet board over HTTP"),
    "simulated": Kind(
        "printer_guard.printers.simulated.printer:open_simulated",
        "a printer made of software behind the serial proxy, to try the guard without hardware",
    ),
}


def kinds() -> list[str]:
    """All kinds there are, our own first."""
    return [*KINDS, *sorted(_added())]


def open_printer(kind: str, name: str, options: Mapping[str, Any], folder: Path) -> Printer:
    """The printer *name*. Raises SettingsError for an unknown kind, or from its options."""
    if kind in KINDS:
        module, _, attribute = KINDS[kind].target.partition(":")
        opener = cast("Opener", getattr(importlib.import_module(module), attribute))
        return opener(name, options, folder)
    added = _added()
    if kind not in added:
        where = f"[guard.printers.{name}]"
        raise SettingsError(where, f"no kind {kind!r}", f"There are: {', '.join(kinds())}")
    return cast("Opener", added[kind].load())(name, options, folder)


def _added() -> dict[str, Any]:
    """Kinds of other distributions; one that takes the name of ours is left out."""
    found = entry_points(group=ENTRY_POINTS)
    return {entry.name: entry for entry in found if entry.name not in KINDS}
