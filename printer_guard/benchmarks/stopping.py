"""How fast a streamed print stops, on a simulated printer in real time behind the serial proxy."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from printer_guard.daemon import Guard
from printer_guard.demo_host import Host
from printer_guard.policy import Finding
from printer_guard.printers.simulated.printer import SimulatedPrinter
from printer_guard.settings import Halting, PrinterTable, Settings, StopWord, Watch
from printer_guard.store import Stage

PATIENCE_S = 300.0
LINES_BEFORE = 60  # so that the planner is full
BEGINNING = 4  # lines before the first move of the job
NEVER_S = 600.0  # between looks: here it is the benchmark that finds something


class Stop(NamedTuple):
    """lines_after: moves that reached the printer after the evidence. seconds: until proved."""

    level: str
    emergency_parser: bool
    lines_after: int
    seconds: float
    phase: str


def stop(level: StopWord, *, emergency_parser: bool, move_mm: int = 2) -> Stop:
    """Stop one print of moves of *move_mm* by *level*."""
    with tempfile.TemporaryDirectory(prefix="pw-") as folder:
        return asyncio.run(_stop(Path(folder), level, emergency_parser, _moves(move_mm)))


async def _stop(
    folder: Path, level: StopWord, emergency_parser: bool, lines: Iterator[bytes]
) -> Stop:
    table = {"kind": "simulated", "speed": 1.0, "emergency_parser": emergency_parser}
    settings = Settings(
        state=folder,
        runtime=folder,
        halting=Halting(hold=level, step_s=20.0),
        watch=Watch(interval_s=NEVER_S),
        printers={"bench": PrinterTable.model_validate(table)},
    )
    async with asyncio.timeout(PATIENCE_S), Guard(settings) as guard:
        attendant = guard.attendants["bench"]
        printer = attendant.printer
        if not isinstance(printer, SimulatedPrinter):
            raise TypeError("this is measured on the simulated printer")
        host = await Host.connect(printer.options.link)
        streaming = asyncio.create_task(host.stream(lines))
        while host.sent < LINES_BEFORE:
            await asyncio.sleep(0.02)
        (case,) = attendant.cases.values()
        executed = printer.marlin.machine.executed
        moves = host.sent - BEGINNING
        attendant.running.trip(case, Finding.GROWING_FLAGGED, "a benchmark")
        while case.stage in {Stage.PRINTING, Stage.STOPPING} or case.halting is None:
            await asyncio.sleep(0.02)
        streaming.cancel()
        later = max(sum(command.startswith(b"G1 X") for command in executed) - moves, 0)
        told = await guard.site.records.call(_stopped)
        return Stop(told["level"], emergency_parser, later, told["seconds"], told["phase"])


def _stopped(connection: Any) -> dict[str, Any]:
    query = 'SELECT body FROM journal WHERE body LIKE \'%"event":"stopped"%\''
    return dict(json.loads(connection.execute(query).fetchone()[0]))


def _moves(move_mm: int) -> Iterator[bytes]:
    """Everyday moves at 50 mm/s, to and fro, without heating: only the stop is measured."""
    yield from (b"G28", b"G90", b"M83", b"G1 Z0.2 F3000")
    for number in range(100_000):
        x, y = 100 + move_mm * (number % 2), 100 + abs(number % 80 - 40)
        yield b"G1 X%d Y%d E%.3f F3000" % (x, y, 0.035 * move_mm)
