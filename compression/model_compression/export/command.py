"""`printwarden compress export`, `ledger` and `unpack`: thin, with every heavy import inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_compression.telling import DATA, RUN, told

if TYPE_CHECKING:
    from model_compression.framework.stage import Subject
    from model_compression.tasks.task import Task

_FOLDER_OF_RUN = click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path)
)


@click.command()
@_FOLDER_OF_RUN
@DATA
@RUN
def export(folder: Path, data: Path | None, trained: Path | None) -> None:
    """Write the files of a compressed network beside it, compared with torch.

    FOLDER is what `compress run` wrote for one seed; model.onnx, model-int8.onnx and model.pwq
    (docs/packed-format.md) are added to it.

    \b
    $ printwarden compress export compressed/p-rm-lenet5-232x-seed1
    """
    from model_compression.export.release import release

    with told():
        task, subject = _made(folder, data, trained)
        made = release(task, subject.network, subject.marks)
        made.write(folder)
    for name, content in made.files().items():
        click.echo(f"{folder / name}: {len(content):,} bytes")
    click.echo(f"float32 against torch: {made.agreement}")
    click.echo(f"int8 against torch: {made.int8.agreement if made.int8 else made.int8_failed}")


@click.command()
@_FOLDER_OF_RUN
@DATA
@RUN
def ledger(folder: Path, data: Path | None, trained: Path | None) -> None:
    """Show the arithmetic of a compressed network's storage, layer by layer.

    \b
    $ printwarden compress ledger compressed/p-rm-lenet5-232x-seed1
    """
    from model_compression.ledger.explain import explain_storage
    from model_compression.ledger.storage import storage_of

    with told():
        _, subject = _made(folder, data, trained)
        click.echo(explain_storage(storage_of(subject.network, subject.marks)), nl=False)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="[default: FILE as .onnx]"
)
def unpack(file: Path, out: Path | None) -> None:
    """Turn a packed network into the ONNX file that it stands for.

    \b
    $ printwarden compress unpack model.pwq
    """
    from model_compression.export.packing import unpack as unpacked
    from model_compression.framework.saved import write_whole

    with told():
        model = unpacked(file.read_bytes(), file)
        target = out or file.with_suffix(".onnx")
        write_whole(target, model)
    click.echo(f"{target}: {len(model):,} bytes")


def _made(folder: Path, data: Path | None, trained: Path | None) -> tuple[Task, Subject]:
    """What `compress run` made in *folder*, and the task it made it for."""
    import torch

    from model_compression.framework.saved import load
    from model_compression.tasks.registry import load_task

    torch.set_num_threads(1)
    task = load_task(_task_of(folder / "network.json"), data, run=trained)
    return task, load(folder / "network", task.build)[0]


def _task_of(path: Path) -> str:
    """The task's name, which `compress run` notes beside a network."""
    from model_compression.errors import CompressionError

    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["task"])
    except (OSError, ValueError, KeyError) as error:
        raise CompressionError(
            f"{path}: is no result of `printwarden compress run` ({type(error).__name__}). Give a "
            "folder that it wrote for one seed."
        ) from error
