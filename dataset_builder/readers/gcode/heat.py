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
    changed: bool = False  # since `cold_tools` was last taken over

    def set_target(self, tool: int, celsius: float) -> None:
        """M104, M109 and their kin."""
        self.targets[tool] = celsius
        self.changed = True

    def allow_cold(self, allowed: bool) -> None:
        """M302."""
        self.cold_allowed = allowed
        self.changed = True

    def all_off(self, tool: int) -> None:
        """TURN_OFF_HEATERS and the macros that end a print; *tool* is the one in use."""
        for number in self.targets.keys() | {tool}:
            self.set_target(number, 0.0)

    def is_hot(self, tool: int) -> bool:
        """Whether the job left this one's heater on."""
        return self.targets.get(tool, 0.0) >= MELTING_C

    def cold_tools(self) -> int:
        """Bit per tool 0 to 31."""
        return sum(self.is_cold(tool) << tool for tool in range(32))

    def is_cold(self, tool: int) -> bool:
        """True when the job itself says that nothing can flow."""
        target = self.targets.get(tool)
        if target is None:
            return self.cold_allowed and not any(t >= MELTING_C for t in self.targets.values())
        return target < MELTING_C
