"""Klipper's objects, as Moonraker reports them, and what they say of the printer.

Source: klipper3d.org, "Status reference".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from printer_guard.printers.base import Ending, Phase, PrinterState

GATE = "gcode_macro _PRINTWARDEN"
OBJECTS: Mapping[str, Any] = {
    "webhooks": ["state", "state_message"],
    "print_stats": ["state", "filename", "message"],
    "virtual_sdcard": ["file_path", "file_position", "file_size", "is_active"],
    "pause_resume": ["is_paused"],
    "motion_report": ["live_velocity"],
    "toolhead": ["print_time", "estimated_print_time"],
    "heaters": ["available_heaters"],
    GATE: None,
}
NEEDED = ("virtual_sdcard", "pause_resume", "print_stats", GATE)
PHASES: Mapping[str, Phase] = {
    "standby": Phase.IDLE,
    "printing": Phase.PRINTING,
    "paused": Phase.PAUSED,
    "complete": Phase.IDLE,
    "cancelled": Phase.IDLE,
    "error": Phase.IDLE,
}
ENDINGS: Mapping[str, Ending] = {
    "complete": Ending.DONE,
    "cancelled": Ending.CANCELLED,
    "error": Ending.FAILED,
    "standby": Ending.FAILED,
}
NEAR_C = 2.0  # to its target: Klipper's readings waver by less
REST_S = 0.1  # the planner may be that far ahead of the motors and nothing to speak of moves


class Status:
    """What was reported last, object by object."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Any]] = {}

    def update(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Take in a report: the whole at first, later what changed."""
        for name, values in changes.items():
            self._kept.setdefault(name, {}).update(values)

    def get(self, name: str, key: str, default: Any = None) -> Any:
        """One value."""
        return self._kept.get(name, {}).get(key, default)

    @property
    def printing(self) -> str:
        """print_stats.state: standby, printing, paused, complete, cancelled, error."""
        return str(self.get("print_stats", "state", "standby"))

    @property
    def ready(self) -> bool:
        """Whether Klipper runs: after a shutdown it still tells of moves that never were."""
        return bool(self.get("webhooks", "state") == "ready")

    @property
    def file_runs(self) -> bool:
        """Whether a file prints or is paused, and not only loaded by the gate."""
        if self.get(GATE, "loaded") or not self.get("virtual_sdcard", "file_path"):
            return False
        return self.printing == "paused" or bool(self.get("virtual_sdcard", "is_active"))

    @property
    def position(self) -> int:
        """Bytes of the file that were carried out."""
        return int(self.get("virtual_sdcard", "file_position", 0) or 0)

    @property
    def print_time_s(self) -> float:
        """Up to when the planner has planned, by the printer's clock."""
        return float(self.get("toolhead", "print_time", 0.0))

    def heaters_off(self) -> bool | None:
        """Whether no heater has a target; None while none is known."""
        names = self.get("heaters", "available_heaters") or []
        targets = [self.get(name, "target") for name in names]
        return None if None in targets or not targets else not any(targets)

    def heating(self) -> bool:
        """Whether a heater is colder than its target."""
        names = self.get("heaters", "available_heaters") or []
        return any(
            self.get(name, "target", 0.0) > 0
            and self.get(name, "temperature", 0.0) < self.get(name, "target", 0.0) - NEAR_C
            for name in names
        )

    def at_rest(self) -> bool:
        """Whether the motors have caught up with the planner."""
        now_s = float(self.get("toolhead", "estimated_print_time", 0.0))
        ahead_s = self.print_time_s - now_s
        return ahead_s < REST_S and not self.get("motion_report", "live_velocity")

    def state(self) -> PrinterState:
        """In the guard's words."""
        webhooks = str(self.get("webhooks", "state", ""))
        waits = self.get(GATE, "asked") or self.get(GATE, "loaded")
        if webhooks == "shutdown":
            phase = Phase.HALTED
        elif webhooks != "ready":
            phase = Phase.OFFLINE
        elif waits:
            phase = Phase.WAITING
        else:
            phase = PHASES.get(self.printing, Phase.UNKNOWN)
        if phase in {Phase.IDLE, Phase.PAUSED} and not self.at_rest():
            phase = Phase.STOPPING
        return PrinterState(
            phase=phase,
            job_name=self.get("print_stats", "filename") or None,
            heaters_off=self.heaters_off(),
            heating=self.heating(),
            moving=None if phase is Phase.HALTED else not self.at_rest(),
        )
