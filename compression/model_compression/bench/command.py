"""`printwarden leaderboard` and `compress compare`: thin, with every heavy import inside."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from dataset_builder.terminal import bars
from model_compression.telling import FOLDER, told


@click.command()
@click.option("--net", default="lenet5", show_default=True, help="Network that is made smaller.")
@click.option("--data", type=FOLDER, help="Folder of its data.  [default: beside the checkout]")
@click.option("--run", "trained", type=FOLDER, help="Finished run of `train`, for --net detector.")
@click.option("--budget", default="small", show_default=True, help="tiny, small, full or a number.")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--only", default="", metavar="A,B", help="Recipes to measure.  [default: all]")
@click.option("--aims", default="", metavar="A,B", help="Targets to measure at.  [default: all]")
@click.option(
    "--out",
    type=FOLDER,
    default=Path("leaderboard-output"),
    show_default=True,
    help="Folder of journal, files, leaderboard.json and leaderboard.html.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Processes, one thread each; their number changes no result.",
)
@click.option("--resume", is_flag=True, help="Go on where an interrupted run in OUT stopped.")
@click.option("--report", is_flag=True, help="Measure nothing: print what OUT has as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print leaderboard.json instead of a table.")
def command(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
    net: str,
    data: Path | None,
    trained: Path | None,
    budget: str,
    seeds: int,
    only: str,
    aims: str,
    out: Path,
    workers: int,
    resume: bool,
    report: bool,
    as_json: bool,
) -> None:
    """Measure every recipe on the same network with the same budget.

    \b
    $ printwarden leaderboard --net lenet5 --budget small --out board
    $ printwarden leaderboard --only admm-progressive,p-rm,one-shot-magnitude --resume --out board
    $ printwarden leaderboard --report --out board
    """
    import torch

    from model_compression.bench import report as told
    from model_compression.bench.protocol import AIMS
    from model_compression.bench.runner import JOURNAL, Study, measure_all
    from model_compression.bench.speeds import speeds_of
    from model_compression.recipes.registry import RECIPES

    torch.set_num_threads(1)
    if report:
        with _kept(out):
            click.echo(told.markdown_of(told.read_results(out)))
        return
    study = Study(net, data, trained, budget, seeds, _named(only, RECIPES), _named(aims, AIMS))
    with _kept(out), bars() as progress:
        if not resume:
            (out / JOURNAL).unlink(missing_ok=True)
        lines = measure_all(study, out, workers, progress)
        speeds = speeds_of(study.task(1), lines, out, progress)
        results = told.results_of(study, lines, speeds, _spoken())
    told.write_results(results, out)
    click.echo(json.dumps(results) if as_json else told.text_of(results))
    if not as_json:
        click.echo(f"\n{out / told.PAGE}")


@click.command()
@click.option("--net", default="lenet5", show_default=True, help="Network that is made smaller.")
@click.option("--data", type=FOLDER, help="Folder of its data.  [default: beside the checkout]")
@click.option("--run", "trained", type=FOLDER, help="Finished run of `train`, for --net detector.")
@click.option("--budget", default="small", show_default=True, help="Of each probe.")
@click.option("--only", default="", metavar="A,B", help="Recipes that are the schemes.")
@click.option("--within", default=0.3, show_default=True, help="Points that may be lost.")
@click.option("--bits", default=4, show_default=True, type=click.IntRange(1, 8), help="A weight.")
@click.option("--probes", default=6, show_default=True, type=click.IntRange(1), help="A scheme.")
@click.option(
    "--out",
    type=FOLDER,
    default=Path("compare-output"),
    show_default=True,
    help="Folder of journal, networks, compare.json and compare.html.",
)
@click.option("--resume", is_flag=True, help="Go on where an interrupted run in OUT stopped.")
@click.option("--json", "as_json", is_flag=True, help="Print compare.json instead of a table.")
def compare(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
    net: str,
    data: Path | None,
    trained: Path | None,
    budget: str,
    only: str,
    within: float,
    bits: int,
    probes: int,
    out: Path,
    resume: bool,
    as_json: bool,
) -> None:
    """Compare structured pruning with that of single weights: same accuracy, same bits.

    \b
    $ printwarden compress compare --net lenet5 --within 0.3 --bits 4
    """
    import torch

    from model_compression.bench import compare as comparing
    from model_compression.bench import report as told
    from model_compression.bench.protocol import SAME_ACCURACY
    from model_compression.bench.runner import JOURNAL, Study
    from model_compression.bench.speeds import speeds_of

    torch.set_num_threads(1)
    recipes = _named(only, dict.fromkeys(comparing.SCHEMES))
    study = Study(net, data, trained, budget, 1, recipes, (SAME_ACCURACY.name,))
    asked = comparing.Comparison(study, within, bits, probes)
    with _kept(out), bars() as progress:
        if not resume:
            (out / JOURNAL).unlink(missing_ok=True)
        advance = progress("Comparing schemes", asked.work)
        lines = comparing.compare(asked, out, lambda what: advance(1, what))
        speeds = speeds_of(study.task(1), lines, out, progress)
        tolerance = comparing.tolerance_of(lines, within)
        results = told.results_of(study, lines, speeds, _spoken(), (tolerance,))
    told.write_results(results, out, (comparing.RESULTS, comparing.PAGE))
    click.echo(json.dumps(results) if as_json else told.text_of(results))
    if not as_json:
        click.echo(f"\n{out / comparing.PAGE}")


@contextmanager
def _kept(out: Path) -> Iterator[None]:
    """What was wrong in a sentence and with exit status 2; what to do after a Ctrl-C."""
    try:
        with told():
            yield
    except KeyboardInterrupt:
        click.echo(f"Stopped. What was done is kept: go on with --resume --out {out}", err=True)
        raise


def _named(words: str, known: Mapping[str, object]) -> tuple[str, ...]:
    """The names in *words*, or all."""
    wanted = tuple(word.strip() for word in words.split(",") if word.strip())
    return wanted or tuple(known)


HIDDEN = frozenset({"data", "trained", "out", "workers", "resume", "report", "as_json"})
"""Options that change no result, or are folders of this machine."""


def _spoken() -> str:
    """The call that is running, less what HIDDEN names."""
    context = click.get_current_context()
    words = ["printwarden", *(["compress"] if context.info_name == "compare" else [])]
    words.append(context.info_name or "leaderboard")
    for name, value in context.params.items():
        if name not in HIDDEN and value not in {"", None}:
            words += [f"--{name}", str(value)]
    return shlex.join(words)
