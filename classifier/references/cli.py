"""`printwarden reference`: thin, with every heavy import inside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from classifier.runtime.known.library import Library

Command = TypeVar("Command", bound=Callable[..., None])


class Refused(click.ClickException):
    """One sentence, exit status 2, and nothing on disk has changed."""

    exit_code = 2


def in_library(command: Command) -> Command:
    """The options that every verb over a library takes."""
    folder = click.option(
        "--library",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the library; PRINTWARDEN_REFERENCES or your data folder unless given.",
    )
    as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a reference.")
    return folder(as_json(command))


@click.group()
def reference() -> None:
    """Shapes that a site knows by sight: flagged, or let pass, whatever the network says."""


@reference.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", required=True, help="What a match is called; each name once.")
@click.option("--note", default="", help="For those who read the list: whose it is, and why.")
@click.option(
    "--kind",
    type=click.Choice(["flag", "allow"]),
    default="flag",
    show_default=True,
    help="A match is flagged, or that object counts as clear.",
)
@click.option(
    "--object", "number", type=click.IntRange(1), help="Which of several objects; 1 is the largest."
)
@click.option(
    "--scale",
    type=click.FloatRange(1.0, 2.0),
    help="How many times larger or smaller it may be printed.  [default: 1.1]",
)
@click.option(
    "--overlap",
    type=click.FloatRange(0.7, 0.99),
    help="Overlap from where on it is a match.  [default: 0.85 to flag, 0.9 to allow]",
)
@in_library
def add(
    file: Path,
    name: str,
    note: str,
    number: int | None,
    folder: Path | None,
    as_json: bool,
    **terms: Any,
) -> None:
    """Enrol the shape in FILE (any mesh or print job that `scan` reads).

    The library keeps sixty numbers and a coarse, smeared block of cells, not the mesh.

    \b
    $ printwarden reference add receiver.stl --name receiver-a --note "licence 4711"
    """
    from classifier.runtime.known.enrolment import shape_of_file
    from classifier.runtime.known.library import agreed_terms, new_label
    from classifier.runtime.known.store import change_library, default_folder

    with _refusing(str(file)):
        label = new_label(name, note)
        shape = shape_of_file(file, name=str(file), number=number)
        library = change_library(
            folder or default_folder(),
            lambda now: now.with_reference(label, agreed_terms(**terms), shape),
        )
    _show(_record(library, len(library) - 1), as_json)


@reference.command("list")
@in_library
def list_(folder: Path | None, as_json: bool) -> None:
    """Say which shapes are enrolled, in order of enrolment.

    \b
    $ printwarden reference list
    """
    from classifier.runtime.known.store import load_library

    with _refusing():
        library = load_library(folder)
    for index in range(len(library)):
        _show(_record(library, index), as_json)


@reference.command("remove")
@click.argument("name")
@in_library
def remove(name: str, folder: Path | None, as_json: bool) -> None:
    """Strike the reference NAME from the library.

    \b
    $ printwarden reference remove receiver-a
    """
    from classifier.runtime.known.store import change_library, default_folder, load_library

    with _refusing():
        library = load_library(folder)
        gone = _record(library, library.index(name))
        change_library(folder or default_folder(), lambda now: now.without(now.index(name)))
    _show(gone, as_json)


@reference.command("bench")
@click.option("--count", type=click.IntRange(1, 1_000_000), default=100_000, show_default=True)
@click.option("--queries", type=click.IntRange(1), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def bench(count: int, queries: int, as_json: bool) -> None:
    """Measure how long a library of COUNT made-up references takes to answer.

    \b
    $ printwarden reference bench --count 100000
    """
    from classifier.references.speed import measured_speed

    _show_table(measured_speed(count, queries), as_json)


@reference.command("evaluate")
@click.argument("meshes", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--most", type=click.IntRange(1), help="Only so many meshes, drawn at random.")
@click.option(
    "--guises",
    type=click.Choice(["mesh", "none"]),
    default="mesh",
    show_default=True,
    help="Meet every mesh again turned, mirrored, smaller and larger; or not.",
)
@click.option(
    "--slicer",
    "profiles",
    multiple=True,
    metavar="PROFILE",
    help="Meet them through this slicer too, such as cura:standard; may be given several times.",
)
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("sliced"),
    show_default=True,
    help="Folder that keeps what was sliced.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def evaluate(
    meshes: Path,
    most: int | None,
    guises: str,
    profiles: tuple[str, ...],
    cache: Path,
    seed: int,
    as_json: bool,
) -> None:
    """Enrol every mesh in the folder MESHES and count how each is found again, and mistaken.

    \b
    $ printwarden reference evaluate parts/ --slicer prusa:standard --most 50
    """
    from classifier.references.evaluation import MESH_GUISES, sliced_guise
    from classifier.references.findings import evaluated, mesh_files
    from dataset_builder.slicers.profiles import PROFILES

    unknown = sorted(set(profiles) - set(PROFILES))
    if unknown:
        raise Refused(f"no profile {unknown[0]!r}; there are: {', '.join(PROFILES)}")
    files = mesh_files(meshes, most, seed)
    if not files:
        raise Refused(f"{meshes} holds no meshes")
    chosen = MESH_GUISES if guises == "mesh" else ()
    ways = (*chosen, *map(sliced_guise, profiles))
    _show_table(evaluated(files, ways, cache, seed), as_json)


@contextmanager
def _refusing(name: str = "") -> Iterator[None]:
    """What can't be done, in one sentence; *name*: the file that a reader speaks of."""
    from classifier.runtime.known.errors import LibraryError
    from dataset_builder.errors import ReadError

    try:
        yield
    except ReadError as problem:
        problem.name = problem.name or name
        raise Refused(str(problem)) from problem
    except LibraryError as problem:
        raise Refused(str(problem)) from problem


def _record(library: Library, index: int) -> dict[str, Any]:
    """A reference as the contract has it."""
    label, terms, row = library.labels[index], library.terms(index), library.rows[index]
    return {
        "name": label.name,
        "kind": terms.kind.value,
        "note": label.note,
        "created": label.created,
        "extent_mm": [round(float(side), 1) for side in row["extent_mm"]],
        "volume_mm3": round(float(row["volume_mm3"]), 1),
        "scale": round(terms.scale, 4),
        "least_overlap": round(terms.least_overlap, 4),
    }


def _show(record: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(record, allow_nan=False))
        return
    x, y, z = record["extent_mm"]
    words = f"{record['kind']:<6} {record['name']:<24} {x:g} x {y:g} x {z:g} mm  {record['note']}"
    click.echo(words.rstrip())


def _show_table(record: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(record, allow_nan=False))
        return
    for key, value in record.items():
        for line in value if isinstance(value, list) else [value]:
            click.echo(f"{key:<22} {line}")
