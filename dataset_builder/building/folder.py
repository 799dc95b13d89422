"""The folder a dataset grows in: claimed once, never overwritten by another dataset.

While a build is unfinished, `.build/` holds its plan and its journal. A manifest is written last:
its presence says that the dataset is whole.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from dataset_builder.building.errors import FolderTaken, ShardDamaged
from dataset_builder.building.journal import Done, Journal, Unit
from dataset_builder.building.plan import Plan
from dataset_builder.output.dataset import MANIFEST, WORK
from dataset_builder.output.files import file_sha256, write_whole

Shard = dict[str, Any]
"""path below the folder, rows, bytes, sha256: as a journal and a manifest hold it."""


def plan_path(folder: Path) -> Path:
    """Where a growing dataset keeps its plan."""
    return folder / WORK / "plan.json"


def journal_of(folder: Path) -> Journal:
    """What is done of a growing dataset."""
    return Journal(folder / WORK / "journal.jsonl")


@cache
def load_plan(folder: Path) -> Plan:
    """The plan of a growing dataset, read once a process."""
    return Plan.from_json(json.loads(plan_path(folder).read_text(encoding="utf-8")))


def finished_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a dataset that is whole."""
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FolderTaken(f"{path} cannot be read ({error}). Choose another folder.") from error
    return manifest


def claim(folder: Path, plan: Plan, *, resume: bool) -> None:
    """Make *folder* ready for *plan*. Raises FolderTaken when it holds anything else."""
    if plan_path(folder).exists():
        theirs = load_plan(folder)
        if theirs.digest != plan.digest:
            raise FolderTaken(
                f"{folder} holds another unfinished dataset ({_about(theirs, plan)}). "
                "Choose another folder, or give the same options again."
            )
        if not resume:
            raise FolderTaken(f"{folder} holds an unfinished dataset. Complete it with --resume.")
        _sweep(folder)
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderTaken(f"{folder} is not empty and holds no dataset. Choose another folder.")
    write_plan(folder, plan)


def write_plan(folder: Path, plan: Plan) -> None:
    """Note down what is being built, for every process that takes part."""
    load_plan.cache_clear()
    write_whole(plan_path(folder), json.dumps(plan.to_json()).encode())


def finished_units(folder: Path) -> dict[Unit, Done]:
    """What the journal says is done and the disk confirms.

    A unit whose shard is gone is forgotten. Raises ShardDamaged for one that has other bytes.
    """
    journal = journal_of(folder)
    known = {unit: done for unit, done in journal.read().items() if not gone(folder, done.shards)}
    for done in known.values():
        check(folder, done.shards)
    journal.rewrite(known)
    return known


def gone(folder: Path, shards: Iterable[Shard]) -> list[Shard]:
    """Those of *shards* that are not there."""
    return [shard for shard in shards if not (folder / shard["path"]).exists()]


def check(folder: Path, shards: Iterable[Shard]) -> None:
    """Raises ShardDamaged unless each file holds the bytes that its row describes."""
    for shard in shards:
        path = folder / shard["path"]
        if path.stat().st_size != shard["bytes"] or file_sha256(path) != shard["sha256"]:
            raise ShardDamaged(
                f"{path} is not what was written: its digest differs. Restore it, or delete it "
                "and draw it again with --resume."
            )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one build at a time; the lock goes with the process, however that ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise FolderTaken(f"{folder} is a file. Choose another folder.") from error
    handle = os.open(folder, os.O_RDONLY)  # a folder can be locked like a file
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise FolderTaken(f"{folder} is being built by another process. Wait for it.") from error
    finally:
        os.close(handle)


def tidy(folder: Path) -> None:
    """Remove what only a growing dataset needs."""
    shutil.rmtree(folder / WORK, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Half-written files of a build that was killed."""
    for path in folder.rglob("*.tmp"):
        path.unlink(missing_ok=True)


def _about(theirs: Plan, ours: Plan) -> str:
    """What differs, in words."""
    names = ("preset", "seed", "size_px", "frames", "kind", "routes", "versions")
    changed = [
        f"{name.replace('_', ' ')} {getattr(theirs, name)} there, {getattr(ours, name)} here"
        for name in names
        if getattr(theirs, name) != getattr(ours, name)
    ]
    return "; ".join(changed) or "its sources are not the same"
