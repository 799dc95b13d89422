"""`printwarden bench console`: thin, with every heavy import inside."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click


@click.group("console")
def console() -> None:
    """Load the review console: server time of pages, many guards at once, kill -9 meanwhile."""


@console.command("pages")
@click.option("--jobs", type=click.IntRange(100, 10_000_000), default=100_000, show_default=True)
@click.option("--database", default="", metavar="URL", help="Empty; SQLite unless given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a page.")
def pages(jobs: int, database: str, as_json: bool) -> None:
    """Ask for the queue, a job and filters of a console with many jobs; server time of each."""
    from web.benchmarks.pages import measure

    for row in measure(jobs, database=database):
        click.echo(
            json.dumps(row._asdict())
            if as_json
            else f"{row.page:20} median {row.median_ms:6.1f} ms, p95 {row.p95_ms:6.1f} ms, "
            f"processor {row.cpu_ms:6.1f} ms (promised: median under {row.bound_ms:.0f} ms)"
        )


@console.command("load")
@click.option("--guards", "count", type=click.IntRange(1, 300), default=200, show_default=True)
@click.option("--rate", type=click.FloatRange(0.1, 1000), default=50.0, show_default=True)
@click.option("--seconds", type=click.FloatRange(1, 3600), default=60.0, show_default=True)
@click.option("--jobs", type=click.IntRange(0, 10_000_000), default=100_000, show_default=True)
@click.option("--kills", type=click.IntRange(0, 100), default=0, help="kill -9 it so many times.")
def load(count: int, rate: float, seconds: float, jobs: int, kills: int) -> None:
    """Let GUARDS report together, RATE verdicts a second; nothing may be lost or doubled."""
    from dataclasses import asdict

    from web.benchmarks.load import run

    with tempfile.TemporaryDirectory(prefix="printwarden-bench-") as folder:
        found = run(
            Path(folder), count=count, per_second=rate, seconds=seconds, jobs=jobs, kills=kills
        )
    click.echo(json.dumps(asdict(found)))
