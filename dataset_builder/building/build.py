"""The build itself: solids, then pictures, then the description; resumable at every shard."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dataset_builder.building.engines import ENGINES, Work
from dataset_builder.building.errors import BuildError, BuildStopped, FolderTaken
from dataset_builder.building.folder import (
    check,
    claim,
    finished_manifest,
    finished_units,
    gone,
    journal_of,
    load_plan,
    locked,
    tidy,
    write_plan,
)
from dataset_builder.building.journal import Done, Unit
from dataset_builder.building.manifest import manifest_of
from dataset_builder.building.pictures import draw_pictures
from dataset_builder.building.plan import Plan
from dataset_builder.building.solids import FULL_DISK, make_solids, solids_path
from dataset_builder.output.card import write_card
from dataset_builder.output.croissant import write_croissant
from dataset_builder.output.dataset import MANIFEST
from dataset_builder.output.files import write_whole
from dataset_builder.terminal import Progress


@dataclass(frozen=True, slots=True)
class Settings:
    """What changes how fast a dataset is built, and never what is built.

    cache: folder of sliced G-code, kept from build to build.
    """

    cache: Path
    workers: int = 1
    engine: str = "local"
    resume: bool = False


def build(
    plan: Plan, folder: Path, settings: Settings, progress: Progress = lambda *_: lambda _: None
) -> dict[str, Any]:
    """Fill *folder* by *plan* and return the manifest. Raises BuildError.

    Whatever stops it, finished shards stay, and the same call with resume gives the same bytes.
    """
    folder = folder.resolve()
    with locked(folder):
        try:
            manifest = _already_there(folder, plan, resume=settings.resume)
            if manifest is not None:
                return _repaired(plan, folder, manifest, settings, progress)
            claim(folder, plan, resume=settings.resume)
            return _grow(plan, folder, settings, progress)
        except OSError as error:
            if error.errno not in FULL_DISK:
                raise
            raise BuildStopped(
                f"{folder} has no room left ({error.strerror}). Free some, then go on with "
                "--resume: what is drawn is kept."
            ) from error


def _already_there(folder: Path, plan: Plan, *, resume: bool) -> dict[str, Any] | None:
    """The manifest of a whole dataset. Raises FolderTaken for another one, or without *resume*."""
    manifest = finished_manifest(folder)
    if manifest is None:
        return None
    if manifest.get("plan_sha256") != plan.digest:
        raise FolderTaken(
            f"{folder} holds another dataset ({manifest.get('name')}, seed "
            f"{manifest.get('seed')}). Choose another folder."
        )
    if not resume:
        raise FolderTaken(
            f"{folder} holds this dataset already. Check it with --resume, or choose another "
            "folder."
        )
    return manifest


def _repaired(
    plan: Plan, folder: Path, manifest: dict[str, Any], settings: Settings, progress: Progress
) -> dict[str, Any]:
    """A whole dataset, every shard checked; those that are gone are drawn again."""
    lost = gone(folder, manifest["shards"])
    check(folder, [shard for shard in manifest["shards"] if shard not in lost])
    missing = frozenset(skip["location"] for skip in manifest["skipped"])
    works: dict[str, Work] = {
        "solids": partial(_solids, folder, settings.cache),
        "pictures": partial(_pictures, folder, missing),
    }
    if lost:
        write_plan(folder, plan)
    units = sorted({_unit(shard["path"]) for shard in lost}, reverse=True)  # solids come first
    advance = progress("Drawing again", len(units))
    for unit in units:
        works[unit.kind](unit)
        advance(1)
    check(folder, lost)
    tidy(folder)
    return manifest


def _unit(path: str) -> Unit:
    """The unit whose shard lies at *path*."""
    kind = "solids" if path == solids_path(_number(path)) else "pictures"
    return Unit(kind, _number(path))


def _number(path: str) -> int:
    return int(Path(path).stem.rpartition("-")[2])


def _grow(plan: Plan, folder: Path, settings: Settings, progress: Progress) -> dict[str, Any]:
    known = finished_units(folder)
    solids, pictures = (
        [Unit(kind, number) for number in range(plan.units[kind])]
        for kind in ("solids", "pictures")
    )

    advance = progress("Slicing", len(plan.solids))
    work: Work = partial(_solids, folder, settings.cache)
    for done in _outcomes(work, solids, known, settings, folder):
        advance(_rows(done, "solids") + len(done.skipped))

    missing = frozenset(where for unit in solids for where, _ in known[unit].skipped)
    advance = progress("Drawing", plan.jobs * plan.pictures_a_job)
    work = partial(_pictures, folder, missing)
    for done in _outcomes(work, pictures, known, settings, folder):
        advance(_rows(done, "projections") + _rows(done, "sequences"))
    return _describe(plan, folder, known)


def _outcomes(
    work: Work, units: Sequence[Unit], known: dict[Unit, Done], settings: Settings, folder: Path
) -> Iterator[Done]:
    """Each unit's outcome: first what is known, then the rest as it is drawn and noted down."""
    yield from (known[unit] for unit in units if unit in known)
    journal = journal_of(folder)
    waiting = [unit for unit in units if unit not in known]
    for done in ENGINES[settings.engine](work, waiting, settings.workers):
        journal.append(done)
        known[done.unit] = done
        yield done


def _solids(folder: Path, cache: Path, unit: Unit) -> Done:
    return make_solids(load_plan(folder), folder, unit.number, cache)


def _pictures(folder: Path, missing: frozenset[str], unit: Unit) -> Done:
    return draw_pictures(load_plan(folder), folder, unit.number, missing)


def _rows(done: Done, subset: str) -> int:
    return sum(shard["rows"] for shard in done.shards if f"/{subset}/" in shard["path"])


def _describe(plan: Plan, folder: Path, known: dict[Unit, Done]) -> dict[str, Any]:
    """Card and Croissant, then the manifest, by which the dataset counts as whole."""
    manifest = manifest_of(plan, known)
    if not manifest["counts"]["projections"]:
        reasons = "; ".join(sorted({skip["reason"] for skip in manifest["skipped"]})[:3])
        raise BuildError(f"Nothing could be drawn: {reasons}.")
    write_card(folder, manifest)
    write_croissant(folder, manifest)
    write_whole(folder / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
    tidy(folder)
    return manifest
