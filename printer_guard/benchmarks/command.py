"""`printwarden guard bench`: thin, with every heavy import inside."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from printer_guard.settings import StopWord


STOPS: tuple[tuple[StopWord, bool, int, float | None], ...] = (
    ("pause", True, 2, None),
    ("cancel", True, 2, 1.5),
    ("cancel", False, 2, 1.5),
    ("cancel", True, 20, None),
)
"""How hard, with an emergency parser or not, mm of a move, most seconds until it is proved."""


class Row(NamedTuple):
    """One figure. most: what it must not exceed, least: what it must reach; None: told only."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it is within its bounds."""
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )


@click.command()
@click.option("--jobs", default=1000, show_default=True, help="Of the synthetic day.")
@click.option("--size", default=50, show_default=True, help="MiB of the job that is scanned.")
@click.option("--lines", default=20_000, show_default=True, help="Sent through the proxy.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a figure.")
def bench(jobs: int, size: int, lines: int, as_json: bool) -> None:
    """Measure memory, the serial proxy and stops on this machine; exit 1 if a bound is missed.

    A busy machine makes times worse and leaves memory as it is.
    """
    missed = False
    for row in _rows(jobs, size, lines):
        missed |= not row.holds
        click.echo(json.dumps(row._asdict() | {"holds": row.holds}) if as_json else _line(row))
    if missed:
        raise SystemExit(1)


def _rows(jobs: int, size: int, lines: int) -> Iterator[Row]:
    from printer_guard.benchmarks import memory, stopping
    from printer_guard.printers.serial_proxy.bench import measure

    yield Row("resident, idle, one printer", memory.idle_mib(), "MiB", most=64)
    scan = _apart(memory.scan, size)
    yield Row(f"resident, judging {scan.size_mib:.0f} MiB", scan.judge_mib, "MiB", most=400)
    yield Row(f"time, judging {scan.size_mib:.0f} MiB ({scan.finding})", scan.seconds, "s")
    day = _apart(memory.day, jobs)
    for count, mib in zip((day.jobs // 10, day.jobs // 2, day.jobs), day.mib, strict=True):
        yield Row(f"resident after {count} jobs", mib, "MiB", most=64)
    yield Row("more in a thousand jobs", day.slope_mib, "MiB", most=0.05 * day.mib[0])
    yield Row("open files gained meanwhile", day.files[-1] - day.files[0], "", most=0)
    figures = measure(lines)
    yield Row("proxy, added to a line and its ok", figures.added_us / 1000, "ms", most=0.2)
    yield Row("proxy, lines a second of one core", figures.core_rate, "1/s", least=5000)
    for level, parser, move_mm, most_s in STOPS:
        done = stopping.stop(level, emergency_parser=parser, move_mm=move_mm)
        kind = "an" if parser else "no"
        words = f"{done.level}, {kind} emergency parser, {move_mm} mm"
        yield Row(f"{words}: lines after", done.lines_after, "", most=1)
        yield Row(f"{words}: until proved ({done.phase})", done.seconds, "s", most=most_s)


def _apart(work: Callable[[int], Any], number: int) -> Any:
    """*work* in a fresh process, so that nothing else is in its memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (number,))


def _line(row: Row) -> str:
    bound = f"at most {row.most:g}" if row.most is not None else ""
    bound = f"at least {row.least:g}" if row.least is not None else bound
    mark = "" if row.holds else click.style("  MISSED", fg="red")
    return f"{row.name:<55} {row.value:10.2f} {row.unit:<4} {bound}{mark}"
