"""What a run has cost: hours, hours of processor, and energy where the machine counts it.

A run that was interrupted is the sum of its sessions, kept in costs.json beside its checkpoints.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COUNTERS = Path("/sys/class/powercap")
"""Linux's running average power limit: energy_uj of each processor package."""
JOULE, KWH = 1e6, 3.6e6  # in microjoules; in joules
UNMEASURED = "not measured: this machine shows no energy counter"


class Meter:
    """Counts from its making on; `sample` often enough that no counter wraps twice: minutes."""

    def __init__(self, file: Path | None = None, counters: Path = COUNTERS) -> None:
        self._file = file
        self._earlier = _read(file)
        self._wall, self._cpu = time.monotonic(), _cpu_seconds()
        self._packages = _packages(counters)
        self._last = [_microjoules(package) for package in self._packages]
        self._joules = 0.0

    def sample(self) -> dict[str, Any]:
        """The cost up to now, all sessions together, and note it in the file."""
        for index, package in enumerate(self._packages):
            now = _microjoules(package)
            if now < self._last[index]:
                now_whole = now + _microjoules(package, "max_energy_range_uj")
            else:
                now_whole = now
            self._joules += (now_whole - self._last[index]) / JOULE
            self._last[index] = now
        costs = {
            "seconds": round(self._earlier.seconds + time.monotonic() - self._wall, 1),
            "cpu_seconds": round(self._earlier.cpu_seconds + _cpu_seconds() - self._cpu, 1),
            "joules": round(self._earlier.joules + self._joules) if self._packages else None,
        }
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(costs), encoding="utf-8")
        return costs


@dataclass(frozen=True, slots=True)
class _Earlier:
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    joules: float = 0.0


def in_words(costs: dict[str, Any]) -> str:
    """For a card."""
    energy = costs["joules"]
    used = UNMEASURED if energy is None else f"{energy / KWH:.3f} kWh by the processor's counters"
    return (
        f"{costs['seconds'] / 3600:.2f} hours, {costs['cpu_seconds'] / 3600:.2f} CPU-hours; "
        f"energy {used}"
    )


def _read(file: Path | None) -> _Earlier:
    if file is None or not file.exists():
        return _Earlier()
    costs = json.loads(file.read_text(encoding="utf-8"))
    return _Earlier(costs["seconds"], costs["cpu_seconds"], costs["joules"] or 0.0)


def _packages(counters: Path) -> list[Path]:
    """Counters of whole processors that may be read: their parts would count twice."""
    return [path for path in sorted(counters.glob("intel-rapl:[0-9]*")) if _whole(path)]


def _whole(path: Path) -> bool:
    try:
        return path.name.count(":") == 1 and _microjoules(path) >= 0
    except (OSError, ValueError):
        return False


def _microjoules(package: Path, name: str = "energy_uj") -> int:
    return int((package / name).read_text(encoding="ascii"))


def _cpu_seconds() -> float:
    times = os.times()
    parts: Iterable[float] = (
        times.user, times.system, times.children_user, times.children_system,
    )  # fmt: skip
    return sum(parts)
