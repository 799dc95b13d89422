"""A simulated printer behind the serial proxy, as the guard's core knows printers.

[guard.printers.demo]
kind = "simulated"                        # a host program opens the link, as with a real one
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from printer_guard.errors import SettingsError
from printer_guard.printers.base import Event
from printer_guard.printers.serial_proxy.options import SerialOptions, read_options
from printer_guard.printers.serial_proxy.printer import SerialPrinter
from printer_guard.printers.simulated.firmware import Firmware
from printer_guard.printers.simulated.marlin import SimulatedMarlin


class SimulatedPrinter(SerialPrinter):
    """marlin: the simulated printer itself, for whoever wants to look into it."""

    def __init__(self, name: str, options: SerialOptions, folder: Path, firmware: Firmware) -> None:
        super().__init__(name, options, folder)
        self.marlin = SimulatedMarlin(options.port, firmware)

    async def events(self) -> AsyncIterator[Event]:
        """See Printer; the simulated printer runs meanwhile."""
        async with self.marlin:
            async for event in super().events():
                yield event


def open_simulated(name: str, options: Mapping[str, Any], folder: Path) -> SimulatedPrinter:
    """See registry.Opener. speed and emergency_parser are of the firmware, the rest as serial."""
    left = dict(options)
    speed, parser = left.pop("speed", 1.0), left.pop("emergency_parser", True)
    where = f"[guard.printers.{name}]"
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.1 <= speed <= 1000:
        raise SettingsError(f"{where} speed", f"{speed!r} is not within 0.1 and 1000")
    if not isinstance(parser, bool):
        raise SettingsError(f"{where} emergency_parser", f"{parser!r} is neither true nor false")
    left.setdefault("port", folder / "simulated-port")
    left.setdefault("link", folder / f"tty-{name}")
    firmware = Firmware(speed=float(speed), emergency_parser=parser)
    return SimulatedPrinter(name, read_options(name, left), folder, firmware)
