"""`printwarden scan` and `demo`: thin, with every heavy import inside."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from classifier.runtime.judge import Evidence, Judge
    from classifier.runtime.known.library import Library

EXIT_STATUS = {"clear": 0, "review": 3, "flagged": 4, "unreadable": 5}
WORST_FIRST = ("flagged", "unreadable", "review", "clear")
COLOURS = {"clear": "green", "review": "yellow", "flagged": "red", "unreadable": "magenta"}
FAULT = 1


@click.command()
@click.argument("jobs", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a job, one line each.")
@click.option(
    "--policy",
    metavar="NAME|FILE",
    help="A policy that ships (see `printwarden policy list`) or a TOML file.",
)
@click.option(
    "--model", type=click.Path(exists=True, path_type=Path), help="Model bundle to judge with."
)
@click.option(
    "--references",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of known shapes (see `printwarden reference`); your own library unless given.",
)
@click.option(
    "--evidence",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write one PNG sheet a job into this folder.",
)
def scan(
    jobs: tuple[Path, ...],
    as_json: bool,
    policy: str | None,
    model: Path | None,
    references: Path | None,
    evidence: Path | None,
) -> None:
    """Judge JOBS (files, folders, or - for standard input): clear, review, flagged, unreadable.

    Exit status: 0 all clear, 3 something to review, 4 something flagged, 5 something unreadable
    (the worst wins: 4, 5, 3), 2 wrong usage, 1 our own fault.

    \b
    $ printwarden scan cup.gcode
    $ printwarden scan --json --evidence pictures uploads/
    """
    from classifier.runtime.known.store import load_library
    from dataset_builder.terminal import tracked

    judge = _judge(model, policy, lambda: load_library(references))
    verdicts: set[str] = set()
    faults = 0
    for path in tracked(_expand(jobs)):
        found, fault = _examine(judge, path)
        faults += fault
        verdicts.add(found.record["verdict"])
        if evidence is not None:
            _write_sheet(found, evidence, judge)
        _show(found.record, as_json)
    worst = next((v for v in WORST_FIRST if v in verdicts), "clear")
    sys.exit(FAULT if faults else EXIT_STATUS[worst])


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("demo-output"))
def demo(output: Path) -> None:
    """Judge the sample jobs that ship with Printwarden, show why, and fill a console with them.

    \b
    $ printwarden demo
    """
    from classifier.demo import sample_jobs

    judge = _judge()
    for path in sample_jobs():
        found, _ = _examine(judge, path)
        found.record["job"] = path.name
        sheet = _write_sheet(found, output, judge)
        _pack_evidence(found, path, output / "evidence", judge)
        _show(found.record, as_json=False)
        click.echo(f"            why: {sheet}")
    click.echo("\nNow try one of your own:  printwarden scan JOB --evidence pictures")
    _fill_console(output)


def _fill_console(output: Path) -> None:
    """Call the verb that does it by name: the console rests on this package, not the reverse."""
    root = click.get_current_context().find_root().command
    later = f"Decide in a browser:      printwarden console demo {output}"
    if not isinstance(root, click.Group):
        click.echo(later)
        return
    call = ["console", "demo", str(output), "--check"]
    try:
        root.main(call, prog_name="printwarden", standalone_mode=False)
    except (ModuleNotFoundError, click.UsageError):  # not installed; `python -m classifier demo`
        click.echo(f"{later}  (needs [web])")


def _pack_evidence(found: Evidence, path: Path, folder: Path, judge: Judge) -> None:
    """What a guard would send of the job to its console."""
    from classifier.runtime.evidence.make import evidence_package

    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{path.name}.zip").write_bytes(evidence_package(path, found, judge))


def _judge(
    model: Path | None = None,
    policy: str | None = None,
    library: Callable[[], Library | None] = lambda: None,
) -> Judge:
    """The judge, or exit 2 with the reason why there can be none."""
    from classifier.runtime.bundle import load_bundle
    from classifier.runtime.errors import ClassifierError
    from classifier.runtime.judge import Judge
    from classifier.runtime.policy_file import read_policy

    try:
        return Judge(load_bundle(model), read_policy(policy) if policy else None, library())
    except ClassifierError as error:
        raise click.UsageError(str(error)) from error


def _examine(judge: Judge, path: Path) -> tuple[Evidence, bool]:
    """Judge one job; a fault of ours makes that one unreadable and the exit status 1."""
    from classifier.runtime.judge import Evidence
    from dataset_builder.reading import fault
    from dataset_builder.terminal import waiting

    source: Any = sys.stdin.buffer if str(path) == "-" else path
    try:
        with waiting(path):
            return judge.examine(source, name=str(path)), False
    except Exception as error:  # noqa: BLE001 (one bad job must not hide the other verdicts)
        return Evidence(judge.unjudged(fault(str(path), error))), True


def _expand(jobs: Iterable[Path]) -> list[Path]:
    """Folders become the job files in them, in order of name."""
    from dataset_builder.readers.sniff import promised_format

    paths: list[Path] = []
    for job in jobs:
        if job.is_dir():
            found = sorted(p for p in job.rglob("*") if p.is_file() and promised_format(p.name))
            if not found:
                raise click.UsageError(f"{job} holds no job files")
            paths += found
        else:
            paths.append(job)
    return paths


def _show(record: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(record, allow_nan=False))
        return
    verdict = record["verdict"]
    click.echo(f"{click.style(f'{verdict:<10}', fg=COLOURS[verdict], bold=True)}  {record['job']}")
    click.echo(f"            {record['reason']}")


def _write_sheet(found: Evidence, folder: Path, judge: Judge) -> Path:
    from classifier.runtime.sheets import write_sheet

    return write_sheet(found, folder, judge.scorer)
