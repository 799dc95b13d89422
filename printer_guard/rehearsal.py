"""What would become of a job, without a printer: scanned and ruled as in earnest."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from printer_guard.copies import Copies
from printer_guard.database import Database
from printer_guard.halting import Halter
from printer_guard.judging import Judge
from printer_guard.policy import Action
from printer_guard.printers.registry import open_printer
from printer_guard.records import Records
from printer_guard.settings import Settings
from printer_guard.site import Site
from printer_guard.wire import Job, Route


def rehearse(settings: Settings, path: Path) -> dict[str, Any]:
    """{verdict, finding, action, reason, sheet, printers: [{name, would}]}; nothing is kept but the
    picture.
    """
    return asyncio.run(_rehearse(settings, path))


async def _rehearse(settings: Settings, path: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="printwarden-") as folder:
        database = Database(Path(folder))
        try:
            records = Records(database, settings.name, reporting=False)
            judge = Judge(settings.judging, records, settings.state / "evidence")
            site = Site(settings, records, judge, Copies(Path(folder) / "copies"))
            copied = Path(folder) / "job"
            await asyncio.to_thread(lambda: copied.write_bytes(path.read_bytes()))
            job = Job(printer="", name=path.name, route=Route.FILE)
            copy = await site.copies.adopt(job, copied)
            opinion = await judge.judge(copy.path, copy.sha256, path.name)
            ruling = site.rule("", opinion.finding, opinion.reason)
            return {
                "verdict": opinion.record["verdict"] if opinion.record else None,
                "finding": ruling.finding,
                "action": ruling.action,
                "reason": ruling.reason,
                "sheet": opinion.sheet,
                "printers": [_would(site, name, Path(folder)) for name in settings.printers],
            }
        finally:
            database.close()


def _would(site: Site, name: str, folder: Path) -> dict[str, str]:
    """In words, how a running job on printer *name* would be stopped."""
    table = site.settings.printers[name]
    printer = open_printer(table.kind, name, table.options(), folder)
    ruling = site.rule(name, "growing_flagged", "")
    if ruling.action is Action.RELEASE:
        return {"name": name, "would": "not stop a running job"}
    first = site.settings.halting.level("hold" if ruling.action is Action.HOLD else "refuse")
    levels = Halter(printer, site.settings.halting, site.records).levels(first)
    steps = ", then ".join(level.name.lower() for level in levels)
    return {"name": name, "would": f"stop a running job by {steps}"}
