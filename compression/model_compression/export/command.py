"""`printwarden compress export` and `unpack`: thin, with every heavy import inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--data", type=_FOLDER, help="Folder of its data.  [default: beside the checkout]")
@click.option("--run", "trained", type=_FOLDER, help="Finished run of `train`, for a detector.")
def export(folder: Path, data: Path | None, trained: Path | None) -> None:
    r"""Write the files of a compressed network beside it, compared with torch.

    FOLDER is what `compress run` wrote for one seed; model.onnx, model-int8.onnx and model.pwq
    (docs/packed-format.md) are added to it.

    \b
    $ printwarden compress export compressed/p-rm-lenet5-232x-seed1
    """
    import torch

    from model_compression.core.saved import load
    from model_compression.export.release import release
    from model_compression.tasks.registry import load_task

    torch.set_num_threads(1)
    with _told():
        stated = _stated(folder / "network.json")
        task = load_task(stated["task"], data, run=trained)
        subject, _ = load(folder / "network", task.build)
        made = release(task, subject.network, subject.marks)
        made.write(folder)
    for name, content in made.files().items():
        click.echo(f"{folder / name}: {len(content):,} bytes")
    click.echo(f"float32 against torch: {made.agreement}")
    click.echo(f"int8 against torch: {made.int8.agreement if made.int8 else made.int8_failed}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="[default: FILE as .onnx]"
)
def unpack(file: Path, out: Path | None) -> None:
    r"""Turn a packed network into the ONNX file that it stands for.

    \b
    $ printwarden compress unpack model.pwq
    """
    from model_compression.core.saved import write_whole
    from model_compression.export.packing import unpack as unpacked

    with _told():
        model = unpacked(file.read_bytes(), file)
        target = out or file.with_suffix(".onnx")
        write_whole(target, model)
    click.echo(f"{target}: {len(model):,} bytes")


def _stated(path: Path) -> dict[str, str]:
    """What `compress run` noted beside a network."""
    from model_compression.errors import CompressionError

    try:
        stated: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return {"task": stated["task"]}
    except (OSError, ValueError, KeyError) as error:
        raise CompressionError(
            f"{path}: is no result of `printwarden compress run` ({type(error).__name__}). Give a "
            "folder that it wrote for one seed."
        ) from error


@contextmanager
def _told() -> Iterator[None]:
    """What was wrong, in a sentence and with exit status 2."""
    from classifier.runtime.errors import ClassifierError
    from classifier.training.config import ConfigError
    from model_compression.errors import CompressionError

    try:
        yield
    except (CompressionError, ConfigError, ClassifierError) as error:
        raise click.UsageError(str(error)) from error
