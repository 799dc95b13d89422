"""`printwarden watch`: a job replayed layer by layer; thin, with every heavy import inside."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from classifier.runtime.early import EarlyNetwork, EarlyScore

STOPPED, UNREADABLE = 4, 5  # exit statuses, as those of `scan`
BAR = 24  # characters
FULL, EMPTY = "█", "·"


@click.command()
@click.argument("job", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a look, one line each.")
@click.option(
    "--model", type=click.Path(exists=True, path_type=Path), help="Model bundle to watch with."
)
@click.option(
    "--height-known", is_flag=True, help="Tell the watcher how high the print will become."
)
def watch(job: Path, as_json: bool, model: Path | None, height_known: bool) -> None:
    """Replay JOB as its layers are printed: the score so far, and where it would be stopped.

    A mesh is replayed in layers of 0.2 mm. Exit status: 0 never stopped, 4 stopped, 5 unreadable.

    \b
    $ printwarden watch cup.gcode
    $ printwarden watch --json cup.gcode
    """
    from classifier.runtime.early_job import plates_of, watched
    from dataset_builder.errors import ReadError
    from dataset_builder.readers.open_job import open_job
    from dataset_builder.reading import read_job

    network = _network(model)
    stopped = False
    try:
        with open_job(job) as opened:
            reading = read_job(opened)
            if reading.problem is not None:
                raise reading.problem
            for plate, layers in enumerate(plates_of(reading), start=1):
                looks = []
                for look in watched(network, layers, told=height_known):
                    _show(look, plate, len(layers.bits), as_json)
                    looks.append(look)
                stopped |= looks[-1].stop
                if not as_json:
                    click.echo(_conclusion(looks, plate, len(layers.bits)))
    except ReadError as problem:
        click.echo(f"{job}: {problem}", err=True)
        sys.exit(UNREADABLE)
    sys.exit(STOPPED if stopped else 0)


def _network(model: Path | None) -> EarlyNetwork:
    """The bundle's network for growing prints, or exit 2 with the reason why there is none."""
    from classifier.runtime.bundle import load_bundle
    from classifier.runtime.early import early_network
    from classifier.runtime.errors import ClassifierError

    try:
        return early_network(load_bundle(model))
    except ClassifierError as error:
        raise click.UsageError(str(error)) from error


def _show(look: EarlyScore, plate: int, total: int, as_json: bool) -> None:
    if as_json:
        record = {"schema": "printwarden.look/1", "plate": plate, "of": total, **asdict(look)}
        click.echo(json.dumps(record, allow_nan=False))
        return
    filled = round(look.weapon_score * BAR)
    bar = FULL * filled + EMPTY * (BAR - filled)
    colour = "red" if look.stop else None
    click.echo(
        f"layer {look.layers:>5}  {look.layers / total:>5.0%}  "
        f"{click.style(bar, fg=colour)} {look.weapon_score:6.3f}  {look.label or 'nothing yet'}"
    )


def _conclusion(looks: list[EarlyScore], plate: int, total: int) -> str:
    first = next((look for look in looks if look.stop), None)
    where = f"plate {plate}: " if plate > 1 else ""
    if first is None:
        highest = max(look.weapon_score for look in looks)
        return f"{where}would not have stopped (highest score {highest:.3f} in {len(looks)} looks)"
    share = f"{first.layers / total:.0%}".replace("%", " %")
    return f"{where}would have stopped at layer {first.layers} of {total} ({share})"
