"""`printwarden benchmark`: thin, with every heavy import inside."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from dataset_builder.terminal import bars

if TYPE_CHECKING:
    from classifier.benchmark.entrants import Entrant

PRINTS, STEPS = 3000, 800  # three quarters of an hour for all contenders on two cores


@click.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of a dataset that `printwarden dataset build` wrote.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Model bundle to measure too; may be given several times.",
)
@click.option(
    "--contenders",
    default="",
    metavar="A,B",
    help="Contenders to measure, by name; all of them unless given.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("benchmark-output"),
    show_default=True,
    help="Folder of results.json, benchmark.html and what an interrupted run has found.",
)
@click.option(
    "--prints",
    default=PRINTS,
    show_default=True,
    type=click.IntRange(min=0),
    help="Jobs of the dataset to use, spread over models and routes; 0 for all.",
)
@click.option(
    "--steps",
    default=STEPS,
    show_default=True,
    type=click.IntRange(min=1),
    help="Training steps of each network, of 64 examples.",
)
@click.option("--seed", default=1, show_default=True, help="Decides every random draw.")
@click.option(
    "--workers",
    default=max(os.cpu_count() or 1, 1),
    type=click.IntRange(min=1),
    help="Processes; one thread each, so that their number changes no result.  [default: cores]",
)
@click.option(
    "--attacks/--no-attacks", default=True, help="Whether jobs are attacked too.  [default: yes]"
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the dataset's mesh files, to attack those too; may be given several times.",
)
@click.option(
    "--leave-one-out",
    is_flag=True,
    help="Hold out one family at a time, a network each, instead of the dataset's folds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print results.json instead of the table.")
def command(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
    data: Path,
    models: tuple[Path, ...],
    contenders: str,
    out: Path,
    prints: int,
    steps: int,
    seed: int,
    workers: int,
    attacks: bool,
    sources: tuple[Path, ...],
    leave_one_out: bool,
    as_json: bool,
) -> None:
    """Measure contenders on designs, poses and slicer profiles that they have not seen.

    Go on where an interrupted run stopped by giving the same command again.

    \b
    $ printwarden benchmark --data c3po
    $ printwarden benchmark --data c3po --contenders small_cnn,mesh_features --model my-bundle
    """
    from classifier.benchmark.attack_slicer import slicer_attacks
    from classifier.benchmark.attacks import ATTACKS
    from classifier.benchmark.study import PAGE, Study, benchmark
    from classifier.benchmark.table import text_table
    from dataset_builder.output.dataset import DatasetError

    measured = _entrants(contenders, models)
    study = Study(
        data=data,
        most=prints or None,
        steps=steps,
        seed=seed,
        folds="families" if leave_one_out else "stored",
        attacks=(*ATTACKS, *slicer_attacks(out / "gcode")) if attacks else (),
        sources=sources,
    )
    try:
        with bars() as progress:
            results = benchmark(
                study,
                measured,
                folder=out,
                workers=workers,
                commands=[spoken("benchmark")],
                progress=progress,
            )
    except DatasetError as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(results, allow_nan=False) if as_json else text_table(results))
    if not as_json:
        click.echo(f"\n{out / PAGE}")


def _entrants(names: str, models: tuple[Path, ...]) -> list[Entrant]:
    """Who is measured, or exit 2 with the reason why not."""
    from classifier.benchmark.entrants import UnknownContender, entrants
    from classifier.runtime.errors import ClassifierError

    wanted = [name.strip() for name in names.split(",") if name.strip()]
    try:
        return entrants(wanted, models)
    except (UnknownContender, ClassifierError) as error:
        raise click.UsageError(str(error)) from error


def spoken(verb: str) -> str:
    """The call of *verb* that is running, less what changes no result."""
    context = click.get_current_context()
    words = ["printwarden", verb]
    for option in context.command.params:
        name = str(option.name)
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name not in ("workers", "as_json"):
            words += _words(option, context.params[name])
    return shlex.join(words)


def _words(option: click.Parameter, value: object) -> list[str]:
    """An option as it would be typed."""
    if isinstance(value, bool):
        return [option.opts[0] if value else option.secondary_opts[0]]
    values = value if isinstance(value, tuple) else (value,)
    return [word for one in values for word in (option.opts[0], str(one))]
