"""Is the hot end on? Only to notice jobs that "print" with cold filament."""

from __future__ import annotations

from dataclasses import dataclass, field

MELTING_C = 150.0
"""Below this nothing a desktop printer feeds flows (Klipper's min_extrude_temp is 170)."""


@dataclass(slots=True)
class Heat:
    """Targets by tool, degrees Celsius; a tool nobody set is unknown, not cold."""

    targets: dict[int, float] = field(default_factory=dict)
    cold_allowed: bool = False  # M302 P1: the firmware would not refuse

    def set_target(self, tool: int, celsius: float) -> None:
        """M104, M109 and their kin."""
        self.targets[tool] = celsius

    def is_cold(self, tool: int) -> bool:
        """True when the job itself says that nothing can flow."""
        target = self.targets.get(tool)
        if target is None:
            return self.cold_allowed and not any(t >= MELTING_C for t in self.targets.values())
        return target < MELTING_C
