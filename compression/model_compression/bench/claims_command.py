"""`printwarden compress claims`: thin, with every heavy import inside."""

from __future__ import annotations

import json
from pathlib import Path

import click

from model_compression.telling import FOLDER, told


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--data", type=FOLDER, help="Folder of MNIST.  [default: beside the checkout]")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help="How many.")
@click.option(
    "--times",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.01),
    help="Train so many times as long as a claim says.",
)
@click.option(
    "--out",
    type=FOLDER,
    default=Path("claims-output"),
    show_default=True,
    help="Folder of the journal and the dense parents; what it has is not made again.",
)
@click.option("--list", "only_list", is_flag=True, help="Test nothing: print names and claims.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a claim, one line each.")
def claims(
    names: tuple[str, ...],
    data: Path | None,
    seeds: int,
    times: float,
    out: Path,
    only_list: bool,
    as_json: bool,
) -> None:
    """Put what papers claim to the test: held, did not hold, or not decided, with the figures.

    \b
    $ printwarden compress claims lookahead-beats-magnitude growing-beats-one-shot
    """
    from functools import cache, partial

    import torch

    from model_compression.bench.claims import Asking, judged, named
    from model_compression.bench.claims_table import CLAIMS
    from model_compression.tasks.registry import load_task

    torch.set_num_threads(1)
    with told():
        asking = Asking(cache(partial(load_task, folder=data)), out, seeds, times)
        for claim in named(names, CLAIMS):
            if only_list:
                click.echo(f"{claim.name:<38} {claim.says} ({claim.paper})")
                continue
            finding = judged(claim, asking)
            click.echo(json.dumps(finding.to_json()) if as_json else finding.line())
