"""`printwarden compress circulant`: thin, with every heavy import inside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_compression.circulant.growth import Measured


@click.command()
@click.option("--block", type=click.IntRange(2), help="Side of blocks.  [default: the layer's]")
@click.option("--most", type=click.IntRange(64), default=4096, show_default=True, help="Last size.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a size, one line each.")
def circulant(block: int | None, most: int, as_json: bool) -> None:
    """Measure how a circulant layer grows beside a dense one, and model it on a chip.

    \b
    $ printwarden compress circulant
    $ printwarden compress circulant --block 64
    """
    import torch

    from model_compression.circulant.growth import SIZES, measure

    torch.set_num_threads(1)
    rows = measure([size for size in SIZES if size <= most], block)
    click.echo("\n".join(json.dumps(one.to_json()) for one in rows) if as_json else _table(rows))


def _table(rows: Sequence[Measured]) -> str:
    """Sizes, growth, and the model."""
    from model_compression.circulant.growth import exponent
    from model_compression.circulant.hardware import (
        Chip,
        circulant_work,
        dense_work,
        estimate,
    )

    chip = Chip()
    lines = [
        "  size block    numbers  of dense  products of dense   dense us  circulant us  speed-up"
        "  | modelled: cycles  of dense      nJ  of dense"
    ]
    for one in rows:
        small = estimate(circulant_work(one.size, one.size, one.block), chip)
        large = estimate(dense_work(one.size, one.size), chip)
        lines.append(
            f"{one.size:>6} {one.block:>5} {one.numbers:>10,} {one.numbers / one.size**2:>9.3%} "
            f"{one.work / one.dense_work:>18.2%} {one.dense_us:>10.1f} {one.us:>13.1f} "
            f"{one.speedup:>8.2f}x  | {small.cycles:>16,} {small.cycles / large.cycles:>9.2%} "
            f"{small.nanojoules:>7.1f} {small.nanojoules / large.nanojoules:>9.2%}"
        )
    sizes = [one.size for one in rows]
    if len(rows) > 1:
        grows = {
            name: exponent(sizes, [getattr(one, name) for one in rows])
            for name in ("numbers", "work", "dense_work", "us", "dense_us")
        }
        told = ", ".join(f"{name} {power:.2f}" for name, power in grows.items())
        lines.append(f"Powers of the size with which they grow: {told}.")
    lines.append(f"Model: {chip}; energies of 45 nm, 16 bits. Times: this machine, one thread.")
    return "\n".join(lines)
