"""`printwarden bench read FILE`: every G-code reader there is, round robin, as ratios.

A reader that needs more than SLOW_S gets one round only: its ratio is in the hundreds anyway.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import click

from dataset_builder.benchmarks.readers import READERS

SLOW_S = 3.0
TIME_LIMIT_S = 600
OCTOPRINT_VARIABLE = "PRINTWARDEN_OCTOPRINT_PYTHON"
"""OctoPrint pins old packages, so it lives in an environment of its own: its interpreter."""


@dataclass
class Timing:
    """What one reader needed, a value a round."""

    seconds: list[float] = field(default_factory=list)
    peak_mib: float = 0.0
    missing: str = ""

    @property
    def median(self) -> float:
        """Seconds of CPU."""
        return statistics.median(self.seconds)


def run(file: Path, rounds: int, *, as_json: bool) -> None:
    """Time all readers on *file* and print a table, or one JSON object a reader."""
    timings = {name: Timing() for name in READERS}
    for round_number in range(rounds):
        for name, timing in timings.items():
            slow = timing.seconds and timing.seconds[0] > SLOW_S
            if not timing.missing and not slow:
                if sys.stderr.isatty():
                    click.echo(f"round {round_number + 1}/{rounds} {name}\r", nl=False, err=True)
                _time(name, file, timing)
    size, lines = file.stat().st_size, _lines(file)
    rows = [
        _row(name, timing, timings["printwarden-c"], size, lines)
        for name, timing in timings.items()
    ]
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
        return
    click.echo(f"{file.name}: {size / 1e6:.1f} MB, {lines:,} lines; CPU seconds, median of rounds")
    click.echo(f"{'reader':<18} {'s':>8} {'MB/s':>8} {'lines/s':>12} {'MiB':>6}  vs C    gives")
    for row in rows:
        click.echo(_text(row))


def _time(name: str, file: Path, timing: Timing) -> None:
    python = (
        os.environ.get(OCTOPRINT_VARIABLE, sys.executable)
        if name == "octoprint"
        else sys.executable
    )
    call = [python, "-m", "dataset_builder.benchmarks.readers", name, str(file.resolve())]
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {"PYTHONPATH": root}
    done = subprocess.run(
        call, capture_output=True, text=True, env=environment, timeout=TIME_LIMIT_S, check=False
    )
    if done.returncode != 0:
        timing.missing = (done.stderr.strip().splitlines() or ["failed"])[-1]
        return
    figures = json.loads(done.stdout.splitlines()[-1])
    timing.seconds.append(figures["seconds"])
    timing.peak_mib = max(timing.peak_mib, figures["peak_mib"])


def _lines(file: Path) -> int:
    with file.open("rb") as handle:
        return sum(block.count(b"\n") for block in iter(lambda: handle.read(1 << 20), b""))


def _row(name: str, timing: Timing, base: Timing, size: int, lines: int) -> dict[str, object]:
    if not timing.seconds:
        return {"reader": name, "missing": timing.missing}
    return {
        "reader": name,
        "seconds": timing.median,
        "rounds": len(timing.seconds),
        "mb_per_s": size / 1e6 / timing.median,
        "lines_per_s": lines / timing.median,
        "peak_mib": timing.peak_mib,
        "times_c": timing.median / base.median if base.seconds else None,
    }


def _text(row: dict[str, object]) -> str:
    name = str(row["reader"])
    if "missing" in row:
        return f"{name:<18} not measured: {row['missing']}"
    times = row["times_c"]
    ratio = "" if times is None else f"x{times:.1f}"
    return (
        f"{name:<18} {row['seconds']:>8.3f} {row['mb_per_s']:>8.1f} {row['lines_per_s']:>12,.0f}"
        f" {row['peak_mib']:>6.0f}  {ratio:<7} {READERS[name][1]}"
    )
