"""What the command lines share: words become recipes, targets and folders; faults a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from model_compression.framework.recipe import Recipe
    from model_compression.framework.targets import Target

FOLDER = click.Path(file_okay=False, path_type=Path)
DATA = click.option("--data", type=FOLDER, help="Folder of its data.  [default: by the checkout]")
RUN = click.option("--run", "trained", type=FOLDER, help="Finished run of `train`: a detector's.")


@contextmanager
def told() -> Iterator[None]:
    """What was wrong, in a sentence and with exit status 2."""
    from classifier.onnx_file import ExportError
    from classifier.runtime.errors import ClassifierError
    from classifier.training.config import ConfigError
    from model_compression.errors import CompressionError

    try:
        yield
    except (CompressionError, ConfigError, ClassifierError, ExportError) as error:
        raise click.UsageError(str(error)) from error


def recipe_of(name: str) -> Recipe:
    """The recipe called *name*. Raises CompressionError, which lists the known ones."""
    from model_compression.recipes.registry import find

    return find(name)


def target_of(text: str | None) -> Target | None:
    """What *text* asks for; None for the recipe's own. Raises CompressionError."""
    from model_compression.framework.targets import read_target

    return read_target(text) if text else None


def folder_of(recipe: str, task: str, target: str | None) -> str:
    """What the folders of one recipe at one *target*, as it was written, begin with."""
    goal = (target or "own-target").replace(":", "-").replace("%", "pc")
    return f"{recipe}-{task}-{goal}"


def say(number: int, of: int, what: str) -> None:
    """Progress, apart from what is asked for."""
    click.echo(f"  stage {number + 1} of {of}: {what}", err=True)
