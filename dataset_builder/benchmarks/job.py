"""`printwarden bench job FILE`: the whole process, file to verdict, beside OctoPrint's analysis."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click

from dataset_builder.benchmarks.read import OCTOPRINT_VARIABLE


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds and peak MiB of one process."""

    cpu_s: float
    wall_s: float
    peak_mib: float


def run(file: Path, rounds: int, *, as_json: bool) -> None:
    """Run both programs in turn, OctoPrint's once if it is slow, and print the ratio of CPU."""
    ours: list[Cost] = []
    theirs: list[Cost] = []
    octoprint = os.environ.get(OCTOPRINT_VARIABLE, sys.executable)
    for _ in range(rounds):
        ours.append(cost([sys.executable, "-m", "printwarden", "scan", "--json", str(file)]))
        if not theirs or theirs[0].cpu_s < 5:
            theirs.append(cost([octoprint, "-m", "octoprint", "analysis", "gcode", str(file)]))
    row = {
        "file": file.name,
        "printwarden_cpu_s": statistics.median(c.cpu_s for c in ours),
        "printwarden_wall_s": statistics.median(c.wall_s for c in ours),
        "printwarden_peak_mib": max(c.peak_mib for c in ours),
        "octoprint_cpu_s": statistics.median(c.cpu_s for c in theirs),
        "octoprint_wall_s": statistics.median(c.wall_s for c in theirs),
        "octoprint_peak_mib": max(c.peak_mib for c in theirs),
        "times_cpu": statistics.median(
            b.cpu_s / a.cpu_s for a, b in zip(ours, theirs, strict=False)
        ),
    }
    click.echo(json.dumps(row) if as_json else "\n".join(f"{k:<22} {v}" for k, v in row.items()))


def cost(call: list[str]) -> Cost:
    """Run *call* to its end and say what it cost; its output is dropped."""
    start = time.perf_counter()
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)
