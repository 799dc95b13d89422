"""`printwarden compress`: thin, with every heavy import inside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_compression.bench.claims_command import claims
from model_compression.bench.command import compare
from model_compression.circulant.command import circulant
from model_compression.export.bundle_command import bundle
from model_compression.export.command import export, ledger, unpack
from model_compression.telling import FOLDER, folder_of, recipe_of, say, target_of, told

if TYPE_CHECKING:
    from torch import nn

    from model_compression.outcome import Outcome, Paired


@click.group()
def compress() -> None:
    """Make a network smaller by a published method, and measure what that costs."""


@compress.command("list")
def list_recipes() -> None:
    """Every recipe, with its paper.

    \b
    $ printwarden compress list
    """
    from model_compression.recipes.registry import RECIPES

    for recipe in RECIPES.values():
        click.echo(f"{recipe.name:<20} {recipe.title} ({recipe.paper})")


@compress.command()
@click.argument("name", metavar="RECIPE")
@click.option("--model", default="lenet5", show_default=True, help="Network to explain it for.")
@click.option("--target", metavar="TARGET", help="Such as 348x, 5%, macs:25% or 3bit.")
def explain(name: str, model: str, target: str | None) -> None:
    """Say what RECIPE does stage by stage, whose it is and where we depart from the paper.

    \b
    $ printwarden compress explain p-rm --target 232x
    """
    from model_compression.framework.recipe import Goal

    with told():
        recipe, wanted = recipe_of(name), target_of(target)
        goal = Goal(_network(model), model, wanted or recipe.target)
        stages = recipe.planned(goal)
    click.echo(f"{recipe.name}: {recipe.title}\n{recipe.paper}\n")
    for number, stage in enumerate(stages, start=1):
        click.echo(f"{number:>3}  {stage.describe()}")
    if recipe.departs:
        click.echo(f"\nWhere we depart from the paper: {recipe.departs}")


@compress.command()
@click.argument("name", metavar="RECIPE")
@click.option("--model", default="lenet5", show_default=True, help="Network to make smaller.")
@click.option("--data", type=FOLDER, help="Folder of its data.  [default: beside the checkout]")
@click.option(
    "--run", "trained", type=FOLDER, help="Finished run of `train`, for --model detector."
)
@click.option("--target", metavar="TARGET", help="Such as 348x, 5%, macs:25% or 3bit.")
@click.option("--epochs", type=click.FloatRange(0.01), help="Training in all.  [default: its own]")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="How many.")
@click.option(
    "--out",
    type=FOLDER,
    default=Path("compressed"),
    show_default=True,
    help="Folder of results, checkpoints and dense parents.",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Threads that compute; the same number gives the same bits.",
)
@click.option("--resume", is_flag=True, help="Go on after the last finished stage in OUT.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a seed, one line each.")
def run(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
    name: str,
    model: str,
    data: Path | None,
    trained: Path | None,
    target: str | None,
    epochs: float | None,
    seed: int,
    seeds: int,
    out: Path,
    threads: int,
    resume: bool,
    as_json: bool,
) -> None:
    """Compress a network by RECIPE and judge it once on its test data.

    \b
    $ printwarden compress run admm-progressive --target 348x --seeds 3
    """
    import torch

    from model_compression.framework.running import Order
    from model_compression.outcome import as_one
    from model_compression.outcome import compress as compressed
    from model_compression.tasks.baseline import baseline
    from model_compression.tasks.registry import load_task

    torch.set_num_threads(threads)
    outcomes, made = [], []
    with told():
        recipe, wanted = recipe_of(name), target_of(target)
        for one in range(seed, seed + seeds):
            task = load_task(model, data, run=trained, seed=one)
            parent = baseline(task, one, out / "parents")
            order = Order(recipe, task, parent, one, wanted, epochs, resume=resume)
            own = out / f"{folder_of(name, model, target)}-seed{one}"
            subject, outcome = compressed(order, own, say)
            outcomes.append(outcome)
            made.append((task, parent, subject.network))
            click.echo(json.dumps(outcomes[-1].to_json()) if as_json else _line(outcomes[-1]))
    if len(outcomes) > 1 and not as_json:
        click.echo(_mean(outcomes))
        if whole := as_one(made):
            click.echo(f"{len(made)} seeds as one: {_pair(whole)}")


compress.add_command(bundle)
compress.add_command(circulant)
compress.add_command(claims)
compress.add_command(compare)
compress.add_command(export)
compress.add_command(ledger)
compress.add_command(unpack)


def _network(name: str) -> nn.Module:
    from model_compression.errors import CompressionError
    from model_compression.tasks.networks import NETWORKS

    if name not in NETWORKS:
        raise CompressionError(f"no network {name!r}; there are: {', '.join(NETWORKS)}")
    return NETWORKS[name]()


def _line(one: Outcome) -> str:
    kept = ", ".join(f"{name} {count:,}" for name, count in one.kept.items())
    return (
        f"seed {one.seed}: {_pair(one)}; kept "
        f"{one.kept_in_all:,} of {one.weights:,} = {one.weights / one.kept_in_all:.0f}x ({kept}); "
        f"{one.stored_bits / 8:,.0f} bytes as {one.stored_as}; {one.macs_share:.1%} of MACs; "
        f"{one.seconds:.0f} s"
    )


def _pair(one: Paired) -> str:
    """Both networks' figures."""
    also = "".join(f"; {name} {new:.2%}, dense {old:.2%}" for name, (old, new) in one.also.items())
    return (
        f"{one.measure} {one.compressed.share:.2%}, dense {one.dense.share:.2%} "
        f"({one.points:+.2f} points; {one.lost} lost, {one.won} won){also}"
    )


def _mean(outcomes: Sequence[Outcome]) -> str:
    """Mean and standard deviation over seeds."""
    from statistics import mean, stdev

    shares = [100 * one.compressed.share for one in outcomes]
    return (
        f"{len(outcomes)} seeds: {outcomes[0].measure} {mean(shares):.2f} +- {stdev(shares):.2f} "
        f"%, {mean(one.points for one in outcomes):+.2f} points; "
        f"{max(one.kept_in_all for one in outcomes):,} weights at most"
    )
