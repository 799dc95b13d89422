"""Heat: each heater goes to its target at a steady rate. Degrees Celsius, simulated seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

ROOM_C = 21.0
NEAR_C = 1.0  # closer than this, a heater is at its target


@dataclass(slots=True)
class Heater:
    """*clock* gives simulated seconds; rates are those of a small printer, in degrees a second."""

    clock: Callable[[], float]
    heats_by: float = 3.0
    cools_by: float = 0.8
    target: float = 0.0
    _at: float = ROOM_C
    _since: float = field(default=0.0)

    def __post_init__(self) -> None:
        """It is at room temperature now."""
        self._since = self.clock()

    @property
    def temperature(self) -> float:
        """What it is now."""
        now = self.clock()
        passed, self._since = now - self._since, now
        goal = max(self.target, ROOM_C)
        if goal > self._at:
            self._at = min(goal, self._at + self.heats_by * passed)
        else:
            self._at = max(goal, self._at - self.cools_by * passed)
        return self._at

    def aim(self, target: float) -> None:
        """Set the target; what was reached until now counts."""
        _ = self.temperature
        self.target = target

    def until_there(self, *, cooling: bool) -> float:
        """Simulated seconds until the target is reached; without *cooling*, 0 when it is hot."""
        missing = self.target - self.temperature
        if missing > NEAR_C:
            return (missing - NEAR_C / 2) / self.heats_by
        return (-missing - NEAR_C / 2) / self.cools_by if cooling and missing < -NEAR_C else 0.0
