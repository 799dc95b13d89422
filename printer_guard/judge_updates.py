"""The judge that holds now: what the settings say, with the newest signed updates over it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from printer_guard import journal, store
from printer_guard.child import Child
from printer_guard.errors import JudgingFailed, UpdateRefused
from printer_guard.judging import MODULE, START_S, request_of
from printer_guard.settings import Judging, Settings
from printer_guard.site import Site
from printer_guard.updates import (
    KINDS,
    Update,
    check_installed,
    installed,
    judging_with,
    read_update,
    take_update,
)


async def judging_now(site: Site) -> Judging:
    """The settings of the judge with the updates taken so far.

    One that was altered on the disk is not passed over: nothing can be judged then, and jobs wait.
    """
    settings = site.settings
    judging = settings.judging
    taken = await site.records.call(versions) if settings.updates.keys else {}
    for kind, version in taken.items():
        folder = installed(_home(settings), kind, version)
        try:
            await asyncio.to_thread(check_installed, folder, settings.updates.keys)
        except UpdateRefused as error:
            await site.records.event("update_altered", kind=kind, version=version, why=str(error))
            return judging.model_copy(update={"bundle": folder / "altered"})
        judging = judging_with(judging, kind, folder)
    return judging


async def take(site: Site, folder: Path) -> Update:
    """Take the update in *folder*, and judge by it from now on. Raises UpdateRefused, RecordsError.

    It counts once a child process has loaded it and the records have it; killed before, the old one
    holds.
    """
    settings = site.settings
    update = await asyncio.to_thread(read_update, folder, settings.updates.keys)
    newest = (await site.records.call(versions)).get(update.kind, 0)
    if update.version <= newest:
        what = f"is version {update.version} of the {update.kind}, {newest} is in use"
        raise UpdateRefused(folder, what, "Sign it with a higher version")
    try:
        taken = await asyncio.to_thread(take_update, folder, update, _home(settings))
    except OSError as error:
        raise UpdateRefused(folder, f"cannot be kept ({error.strerror})") from error
    judging = judging_with(site.judge.settings, update.kind, taken)
    await _loads(judging, folder)
    await site.records.call(lambda connection: _count(connection, update))
    site.judge.settings = judging
    return update


async def _loads(judging: Judging, folder: Path) -> None:
    try:
        async with Child(MODULE, {**request_of(judging), "path": None}) as child:
            answer = await child.answer(START_S + judging.seconds)
    except JudgingFailed as error:
        raise UpdateRefused(folder, str(error)) from error
    if "fault" in answer:
        raise UpdateRefused(folder, f"cannot be used: {answer['reason']}")


def _home(settings: Settings) -> Path:
    return settings.state / "updates"


def versions(connection: sqlite3.Connection) -> Mapping[str, int]:
    """Kind -> version of the newest update that was taken, for kinds that had one."""
    found = {kind: store.get_fact(connection, f"update {kind}") for kind in KINDS}
    return {kind: int(version) for kind, version in found.items() if version is not None}


def _count(connection: sqlite3.Connection, update: Update) -> None:
    store.put_fact(connection, f"update {update.kind}", str(update.version))
    journal.append(connection, "updated", kind=update.kind, version=update.version)
