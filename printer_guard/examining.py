"""A job -> what was found of it, and the private copy that this was found of."""

from __future__ import annotations

from typing import NamedTuple

from printer_guard.copies import Copies, Copy
from printer_guard.errors import PrinterError
from printer_guard.judging import Judge, Opinion
from printer_guard.policy import Finding
from printer_guard.printers.base import Printer
from printer_guard.wire import Job, Route


class Found(NamedTuple):
    """copy: None when the bytes could not be had."""

    opinion: Opinion
    copy: Copy | None


async def examine(printer: Printer, job: Job, copies: Copies, judge: Judge) -> Found:
    """Fetch *job*, hash it and have it judged. Raises RecordsError."""
    if job.route is Route.STREAM:
        reason = "It comes line by line: nobody has the whole of it"
        return Found(Opinion(Finding.UNSEEN_STREAM, reason), None)
    try:
        copy = await copies.adopt(job, await printer.fetch(job))
    except PrinterError as error:
        return Found(Opinion(Finding.CANNOT_FETCH, str(error)), None)
    return Found(await judge.judge(copy.path, copy.sha256, job.name), copy)
