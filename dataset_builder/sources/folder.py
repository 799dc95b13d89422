"""Any folder of meshes or G-code as origins.

Either the objects lie as label/*.stl (any format that our readers know), or the folder holds
labels.csv, which then decides alone. Where they come from is taken from manifest.csv if it is
there. Files are hashed here and opened later: a broken mesh is found when it is loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dataset_builder.readers.sniff import NOT_READ, SUFFIXES, promised_format
from dataset_builder.sources.aliases import label_of
from dataset_builder.sources.errors import Skipped, SourceError
from dataset_builder.sources.families import family_of, with_duplicates_joined
from dataset_builder.sources.labels import LABEL_NAMES, LABELS
from dataset_builder.sources.origin import Origin
from dataset_builder.sources.tables import Row, read_labels, read_manifest

GCODE_FORMATS = frozenset({"gcode", "gcode.gz", "bgcode", "gcode.3mf", "ufp"})
UNKNOWN = "unknown"
OTHER = "other"


@dataclass(frozen=True, slots=True)
class FolderReading:
    """What a folder gives, in the order of its files' names, and what was left out."""

    origins: tuple[Origin, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class _Listed:
    """file: relative to its folder. stated: what tables say about it, under our column names."""

    file: PurePosixPath
    label: str
    stated: Row


def folder_origins(
    folder: Path,
    known_labels: Collection[str] = LABEL_NAMES,
    aliases: Mapping[str, str] | None = None,
) -> FolderReading:
    """Every object of *folder*, with its label, family, source, licence and hash.

    aliases: folder name -> label, where `parent/name` wins over `name`. Raises UnknownLabel when a
    name means none of *known_labels*, SourceError when the folder holds nothing of use; a single
    file that is missing, empty or not what its manifest says is skipped.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise SourceError(f"{folder}: is no folder. Give one that holds label/*.stl or labels.csv.")
    origins: dict[str, Origin] = {}
    shapes: dict[str, str] = {}
    skipped: list[Skipped] = []
    for listed in sorted(_listed(folder, known_labels, aliases or {}), key=lambda row: row.file):
        outcome = _origin(folder, listed)
        if isinstance(outcome, str):
            skipped.append(Skipped(f"{folder.name}/{listed.file}", outcome))
        elif outcome.name in origins:
            skipped.append(Skipped(f"{folder.name}/{listed.file}", "has the name of another file"))
        else:
            origins[outcome.name] = outcome
            shapes[outcome.name] = listed.stated.get("geom_hash", "")
    if not origins and not skipped:
        raise SourceError(
            f"{folder}: holds no objects. Lay meshes out as label/*.stl, or write labels.csv "
            "(columns file,label) beside the files."
        )
    joined = with_duplicates_joined(list(origins.values()), shapes)
    return FolderReading(tuple(joined), tuple(skipped))


def _listed(
    folder: Path, known: Collection[str], aliases: Mapping[str, str]
) -> Iterator[_Listed]:  # fmt: skip
    manifest, labels = read_manifest(folder), read_labels(folder)
    if labels is None:
        yield from _laid_out(folder, manifest, known, aliases)
        return
    for row in labels:
        file = PurePosixPath(row["file"])
        where = f"{folder.name}/labels.csv, {file}"
        label = label_of([row["label"]], known, aliases, where)
        yield _Listed(file, label, {**manifest.get(row["file"], {}), **row})


def _laid_out(
    folder: Path, manifest: Mapping[str, Row], known: Collection[str], aliases: Mapping[str, str]
) -> Iterator[_Listed]:
    files = [PurePosixPath(path.relative_to(folder)) for path in folder.glob("[!.]*/[!.]*")]
    objects = [file for file in files if promised_format(file.name)]
    labels = {}
    for name in sorted({file.parts[0] for file in objects}):
        where = f"{folder.name}/{name}"
        labels[name] = label_of([where, name], known, aliases, where)
    _refuse_doubtful_other(folder, labels, aliases)
    for file in objects:
        yield _Listed(file, labels[file.parts[0]], manifest.get(str(file), {}))


def _refuse_doubtful_other(
    folder: Path, labels: Mapping[str, str], aliases: Mapping[str, str]
) -> None:
    """Beside nothing but weapon-shaped folders, "other" may well mean other weapons: ask."""
    rest = [label for label in labels.values() if label != OTHER]
    shaped = {label.name for label in LABELS if label.weapon_shaped}
    said = {OTHER, f"{folder.name}/{OTHER}"} & set(aliases)
    if OTHER in labels.values() and rest and shaped.issuperset(rest) and not said:
        raise SourceError(
            f"{folder.name}/{OTHER}: may mean other weapons or everything else, as all folders "
            "beside it are weapon-shaped. Say which in a file given with --labels "
            f"(columns folder,label): {folder.name}/{OTHER},other-weapon-shaped or "
            f"{folder.name}/{OTHER},{OTHER}."
        )


def _origin(folder: Path, listed: _Listed) -> Origin | str:
    """The origin, or why the file is left out."""
    path, stated = folder / listed.file, listed.stated
    job_format = promised_format(listed.file.name)
    if job_format is None or job_format in NOT_READ:
        return NOT_READ[job_format][0] if job_format else "is called like no format we read"
    digest = _digest(folder, path)
    if isinstance(digest, str):
        return digest
    sha256 = digest.hex()
    if stated.get("sha256", sha256).lower() != sha256:
        return "is not the file its manifest describes: the sha256 differs"
    stem = _stem(listed.file.name)
    source = stated.get("source", folder.name)
    return Origin(
        name="-".join([folder.name, *listed.file.parent.parts, stem]),
        family=stated.get("family") or family_of(source, str(listed.file.parent), stem),
        label=listed.label,
        source=source,
        licence=stated.get("licence", UNKNOWN),
        credit=stated.get("credit", UNKNOWN),
        sha256=sha256,
        kind="gcode" if job_format in GCODE_FORMATS else "mesh",
        location=str(path),
    )


def _digest(folder: Path, path: Path) -> bytes | str:
    """SHA-256 of a file that lies in *folder* and holds anything, else what is wrong with it."""
    try:
        if not path.resolve().is_relative_to(folder):
            return "leads out of its folder"
        if not path.is_file():
            return "is not there" if not path.exists() else "is no file"
        with path.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").digest()
            return digest if data.tell() else "is empty"
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError up to 3.12
        return f"cannot be read ({error.__class__.__name__})"


def _stem(name: str) -> str:
    """The name less every suffix that promises a format: `a.gcode.gz` -> `a`."""
    while promised_format(name):
        fitting = max((s for s in SUFFIXES if name.lower().endswith(s)), key=len)
        if len(fitting) == len(name):
            break
        name = name[: -len(fitting)]
    return name
