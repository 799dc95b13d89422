"""What kind of Marlin a simulated printer runs: everything that is fixed when it is compiled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """Defaults are those of a typical 32-bit board.

    emergency_parser: does it really have one? claims_emergency_parser: what M115 says of it, where
    that differs. meatpack: can it decode it? planner_blocks: moves it plans ahead. command_buffer:
    lines it has read and not yet begun. busy_s: keepalive while a command lasts. speed: simulated
    seconds in a second.
    """

    emergency_parser: bool = True
    claims_emergency_parser: bool | None = None
    advanced_ok: bool = False
    meatpack: bool = False
    binary_transfer: bool = False
    planner_blocks: int = 16
    command_buffer: int = 4
    busy_s: float = 2.0
    speed: float = 1.0

    def introduction(self) -> list[str]:
        """The answer to M115, line by line."""
        claimed = self.claims_emergency_parser
        capabilities = {
            "SERIAL_XON_XOFF": False,
            "BINARY_FILE_TRANSFER": self.binary_transfer,
            "EEPROM": False,
            "AUTOREPORT_TEMP": False,
            "EMERGENCY_PARSER": self.emergency_parser if claimed is None else claimed,
            "HOST_ACTION_COMMANDS": True,
            "SDCARD": True,
            "MEATPACK": self.meatpack,
        }
        return [
            "FIRMWARE_NAME:Marlin 2.1 (simulated by Printwarden) PROTOCOL_VERSION:1.0 "
            "MACHINE_TYPE:Simulated EXTRUDER_COUNT:1",
            *(f"Cap:{name}:{has:d}" for name, has in capabilities.items()),
        ]
