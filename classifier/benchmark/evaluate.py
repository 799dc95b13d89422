"""`printwarden evaluate`: the benchmark on one bundle alone; thin, heavy imports inside."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from classifier.benchmark.command import PRINTS, spoken
from dataset_builder.terminal import bars

REPORT = "evaluation.md"


@click.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of a dataset that `printwarden dataset build` wrote.",
)
@click.option(
    "--model",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Model bundle.  [default: the one that ships]",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("evaluation-output"),
    show_default=True,
    help="Folder of evaluation.md, results.json and benchmark.html.",
)
@click.option(
    "--prints",
    default=PRINTS,
    show_default=True,
    type=click.IntRange(min=0),
    help="Jobs of the dataset to use, spread over models and routes; 0 for all.",
)
@click.option("--seed", default=1, show_default=True, help="Decides which jobs.")
@click.option(
    "--workers",
    default=max(os.cpu_count() or 1, 1),
    type=click.IntRange(min=1),
    help="Processes; their number changes no result.  [default: cores]",
)
@click.option(
    "--attacks/--no-attacks", default=True, help="Whether jobs are attacked too.  [default: yes]"
)
@click.option("--json", "as_json", is_flag=True, help="Print results.json instead of the table.")
def command(
    data: Path,
    model: Path | None,
    out: Path,
    prints: int,
    seed: int,
    workers: int,
    attacks: bool,
    as_json: bool,
) -> None:
    """Measure a bundle, as it is, on a dataset of print jobs, and write a report.

    \b
    $ printwarden dataset build -o c3po --preset c3po
    $ printwarden evaluate --data c3po
    """
    from classifier.benchmark.attack_slicer import slicer_attacks
    from classifier.benchmark.attacks import ATTACKS
    from classifier.benchmark.entrants import bundle_alone
    from classifier.benchmark.latency import latency_of
    from classifier.benchmark.study import Study, benchmark
    from classifier.benchmark.table import text_table
    from classifier.runtime.bundle import load_bundle
    from classifier.runtime.errors import ClassifierError
    from classifier.runtime.scorer import Scorer
    from dataset_builder.output.dataset import DatasetError

    study = Study(
        data=data,
        most=prints or None,
        steps=1,  # a bundle learns nothing here
        seed=seed,
        folds="stored",
        attacks=(*ATTACKS, *slicer_attacks(out / "gcode")) if attacks else (),
    )
    call = spoken("evaluate")
    try:
        entrant = bundle_alone(model)
        cost = latency_of(Scorer(load_bundle(model)))
        with bars() as progress:
            results = benchmark(
                study, [entrant], folder=out, workers=workers, commands=[call], progress=progress
            )
    except (DatasetError, ClassifierError) as error:
        raise click.UsageError(str(error)) from error
    (out / REPORT).write_text(
        _report(entrant.name, call, f"{text_table(results).rstrip()}\n\n{cost}", results),
        encoding="utf-8",
        newline="\n",
    )
    click.echo(json.dumps(results, allow_nan=False) if as_json else text_table(results))
    if not as_json:
        click.echo(f"\n{cost}\n\n{out / REPORT}")


def _report(name: str, call: str, table: str, results: dict[str, Any]) -> str:
    """The tables as a page of docs/."""
    from classifier.benchmark.table import attack_table

    page = f"# What {name} says of jobs\n\nMade by `{call}`.\n\n```\n{table}\n```\n"
    attacked = attack_table(results)
    threshold = "At the threshold that stops 1 % of unseen everyday models:"
    return f"{page}\n## Under attack\n\n{threshold}\n\n{attacked}\n" if attacked else page
