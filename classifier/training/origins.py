"""What is learned from: every parametric model, and every mesh of the folders that are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset_builder.readers.sniff import promised_format
from dataset_builder.sources.errors import Skipped, SourceError
from dataset_builder.sources.families import with_duplicates_joined
from dataset_builder.sources.folder import folder_origins
from dataset_builder.sources.origin import Origin
from dataset_builder.sources.parametric import parametric_origins
from dataset_builder.sources.solids import SOLIDS
from dataset_builder.sources.tables import LABELS_CSV


@dataclass(frozen=True, slots=True)
class Found:
    """Origins, parametric models first, each by a name of its own; and what was left out."""

    origins: tuple[Origin, ...]
    skipped: tuple[Skipped, ...] = ()


def training_origins(
    folders: Sequence[Path] = (),
    aliases: Mapping[str, str] | None = None,
    *,
    seed: int,
    models: Sequence[str] = tuple(SOLIDS),
) -> Found:
    """One origin for each of *models*, whatever the number of its draws, and one a mesh file.

    folders: label/*.stl or labels.csv, or folders of such folders. Raises SourceError.
    """
    meshes: list[Origin] = []
    skipped: list[Skipped] = []
    for folder in (part for given in folders for part in _parts(given)):
        found = folder_origins(folder, aliases=aliases)
        skipped += found.skipped
        for origin in found.origins:
            if origin.kind == "mesh":
                meshes.append(origin)
            else:
                skipped.append(Skipped(origin.location, "is G-code; training wants meshes"))
    # the same file in two folders is one family too
    together = (*parametric_origins(models, 1, seed), *with_duplicates_joined(meshes))
    _refuse_twins(together)
    return Found(together, tuple(skipped))


def _parts(folder: Path) -> list[Path]:
    """*folder*, or the folders in it when those are what holds the objects."""
    if _holds_objects(folder) or not folder.is_dir():
        return [folder]
    parts = sorted(part for part in folder.iterdir() if part.is_dir() and _holds_objects(part))
    return parts or [folder]


def _holds_objects(folder: Path) -> bool:
    return (folder / LABELS_CSV).is_file() or any(
        promised_format(path.name) for path in folder.glob("[!.]*/[!.]*")
    )


def _refuse_twins(origins: Sequence[Origin]) -> None:
    seen: set[str] = set()
    for origin in origins:
        if origin.name in seen:
            raise SourceError(
                f"{origin.name} is there twice. Give each folder once, and each file a name of its "
                "own."
            )
        seen.add(origin.name)
