"""`printwarden guard demo`: a simulated printer, a host that streams a job, and a guard between.

Nobody ever sees the job as a file. The guard watches what goes out, stops the print when two looks
on end agree, proves the stop from the printer's own state, and draws what it saw.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import logging
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import click

from printer_guard import journal
from printer_guard.case import Case
from printer_guard.daemon import Guard
from printer_guard.demo_host import Host
from printer_guard.printers.simulated.printer import SimulatedPrinter
from printer_guard.settings import PrinterTable, Settings, Watch
from printer_guard.store import Stage

SAMPLE = (
    Path(__file__).resolve().parents[1]
    / "classifier/samples/3-handgun-shaped-envelope.gcode.gz"
)  # fmt: skip
SPEED = 400.0  # simulated seconds in a second: hours of printing in half a minute
PATIENCE_S = 1800.0  # a machine that does much else needs minutes for what takes half a one
STILL_OPEN = frozenset({Stage.RELEASED, Stage.PRINTING, Stage.STOPPING})


def show(output: Path) -> None:
    """Run it, and tell what happens; the picture goes into the folder *output*."""
    logging.disable(logging.ERROR)  # the story is told here
    with tempfile.TemporaryDirectory(prefix="printwarden-demo-") as folder:
        asyncio.run(_story(Path(folder), output))


async def _story(folder: Path, output: Path) -> None:
    lines = gzip.decompress(SAMPLE.read_bytes()).splitlines()
    async with asyncio.timeout(PATIENCE_S), _guarded(folder) as guard:
        (attendant,) = guard.attendants.values()
        printer = attendant.printer
        if not isinstance(printer, SimulatedPrinter):
            raise TypeError("the demo's printer is the simulated one")
        click.echo("\nA job comes line by line; the guard lets it start, and watches:")
        host = await Host.connect(printer.options.link)
        streaming = asyncio.create_task(host.stream(lines))
        case = await _first_case(attendant.cases)
        await _tell_looks(case, host, len(lines))
        streaming.cancel()  # of a paused job the host waits for an ok: until a person decides
        if case.halting is None:
            click.echo("the print came to its end before two looks agreed")
            return
        await case.halting
        await _tell_end(guard, case, host, output)


@contextlib.asynccontextmanager
async def _guarded(folder: Path) -> AsyncIterator[Guard]:
    settings = Settings(
        name="demo",
        state=folder,
        runtime=folder,
        watch=Watch(interval_s=1.0),
        printers={"printer": PrinterTable.model_validate({"kind": "simulated", "speed": SPEED})},
    )
    async with Guard(settings) as guard:
        yield guard


async def _first_case(cases: dict[str, Case]) -> Case:
    while not cases:
        await asyncio.sleep(0.05)
    return next(iter(cases.values()))


async def _tell_looks(case: Case, host: Host, lines: int) -> None:
    """Until the job is stopped or over, each look at it."""
    told = 0
    while case.stage in {Stage.OFFERED, *STILL_OPEN} and not case.gone:
        watch = case.watch
        if watch is not None and watch.looks > told and watch.score is not None:
            told = watch.looks
            bar = "█" * round(24 * watch.score)
            click.echo(f"  {host.sent / lines:4.0%} sent  {bar:·<24} {watch.score:.3f}")
        await asyncio.sleep(0.02)


async def _tell_end(guard: Guard, case: Case, host: Host, output: Path) -> None:
    def read(connection: object) -> list[journal.Entry]:
        return list(journal.entries(connection))  # type: ignore[arg-type]

    written = [entry.body for entry in await guard.site.records.call(read)]
    stopped = next(body for body in written if body["event"] == "stopped")
    word = click.style("STOPPED", fg="red", bold=True)
    click.echo(f"{word} after {host.sent} lines, by {stopped['level']}: {case.reason}")
    click.echo(
        f"        the printer itself says {stopped['phase']} "
        f"{stopped['seconds']:.2f} s after the evidence; its screen says why"
    )
    if case.sheet is not None:
        output.mkdir(parents=True, exist_ok=True)
        picture = output / f"stopped-{time.strftime('%H%M%S')}.png"
        picture.write_bytes(Path(case.sheet).read_bytes())
        click.echo(f"        why: {picture}")
    click.echo("        now a person decides: printwarden guard release | cancel")
