"""The jobs that OctoPrint's plugin tells of -> events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from printer_guard.errors import ControlError
from printer_guard.printers.base import (
    Back,
    Ending,
    Event,
    JobEnded,
    JobOffered,
    JobStarted,
    Lost,
    Sent,
)
from printer_guard.printers.octoprint.follower import Follower
from printer_guard.printers.octoprint.link import Body, PluginLink
from printer_guard.printers.octoprint.streams import DRAWS, Streams
from printer_guard.wire import Job, Route

WAITS_FOR_HEAT = re.compile(r"M(?:109|190|191)\b")
SD_GRACE_S = 2.0  # a start that the plugin caught is offered within that time


@dataclass(slots=True)
class Known:
    """file: None where nobody has the bytes. started: it was allowed, and is printing.

    last: the line of it that went out last.
    """

    job: Job
    upload: bool = False
    started: bool = False
    file: Follower | None = None
    last: str = ""


class Jobs:
    """*tell* takes each event. at_rest: set when the printer answered that nothing moves."""

    def __init__(self, printer: str, link: PluginLink, tell: Callable[[Event], None]) -> None:
        self._printer, self._link, self._tell = printer, link, tell
        self._known: dict[str, Known] = {}
        self._streams = Streams(printer)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.at_rest = asyncio.Event()
        link.begun_anew = self.all_gone
        for verb, handler in (
            ("offer", self._offered),
            ("running", self._running),
            ("sent", self._sent),
        ):
            link.on(verb, handler)

    @property
    def waiting(self) -> bool:
        """Whether a job is held before its first line."""
        return any(not known.started and not known.upload for known in self._known.values())

    @property
    def streaming(self) -> bool:
        """Whether what prints is no job of OctoPrint's."""
        return self._streams.job is not None

    def current(self, job: Job) -> bool:
        """Whether that job is still there to be stopped."""
        return job.id in self._known

    def waits_for_heat(self, job: Job) -> bool:
        """Whether what went out last of it waits: nothing behind it is carried out meanwhile."""
        known = self._known.get(job.id)
        return known is not None and WAITS_FOR_HEAT.match(known.last) is not None

    def allowed(self, job: Job) -> bool:
        """The plugin let it go; whether it prints now, which an upload does not."""
        known = self._known.get(job.id)
        if known is None or known.upload or known.started:
            return False
        known.started = True
        return True

    def tend(self) -> None:
        """What only time tells."""
        job = self._streams.ended()
        if job is not None:
            self._end(job.id, Ending.DONE)

    def all_gone(self) -> None:
        """OctoPrint has started anew."""
        self._streams.ended(now=True)
        for job in list(self._known):
            self._end(job, Ending.FAILED)

    async def _offered(self, body: Body) -> None:
        known = self._read(body, upload=body.get("purpose") == "upload")
        if known is not None:
            self._tell(JobOffered(known.job, body.get("wait_s")))

    async def _running(self, body: Body) -> None:
        known = self._read(body, late=True)
        if known is not None:
            known.started = True
            self._tell(JobStarted(known.job))

    def _read(self, body: Body, *, upload: bool = False, late: bool = False) -> Known | None:
        """The job in *body*; None when it is known already."""
        number, route = str(body["job"]), Route(body["route"])
        if number in self._known:
            return None
        job = Job(
            printer=self._printer,
            name=str(body["name"]),
            route=route,
            sha256=body.get("sha256"),
            size_bytes=body.get("size_bytes"),
            id=number,
        )
        if route is Route.FILE and not self._link.whole(number, job.sha256):
            raise ControlError(number, "its bytes are not those of its digest", "Begin anew")
        path = self._link.bytes_of(number)
        file = Follower(path, late=late) if route is Route.FILE else None
        if not upload:
            self._end_stream()
        known = self._known[number] = Known(job, upload, False, file)
        return known

    async def _sent(self, body: Body) -> None:
        if self._link.repeated(body):
            return
        for run in body["runs"]:
            if run["source"] == "other":
                self._beside(run["lines"])
            else:
                self._printed(run)
        for news in body["news"]:
            self._news(news)

    def _printed(self, run: Mapping[str, Any]) -> None:
        known = self._known.get(str(run["job"]))
        if known is None or known.file is None:
            return
        lines = run["lines"]
        known.last = lines[-1]
        added = run["source"] == "added"
        taken = known.file.add(lines) if added else known.file.take(int(run["first"]), lines)
        if taken.chunk:
            self._tell(Sent(known.job, taken.chunk, taken.position))

    def _beside(self, lines: list[str]) -> None:
        """Lines of no file. Beside a job, what lays material down is part of what is made."""
        jobs = [known for known in self._known.values() if known.started]
        running = next((known for known in jobs if known.job.route is not Route.STREAM), None)
        if running is None:
            self._streamed(lines)
        elif running.file is not None and (drawn := list(filter(DRAWS.match, lines))):
            taken = running.file.add(drawn)
            self._tell(Sent(running.job, taken.chunk, taken.position))

    def _streamed(self, lines: list[str]) -> None:
        began, chunk = self._streams.take(lines)
        job = self._streams.job
        if job is None:
            return
        if began:
            self._known[job.id] = Known(job, started=True)
            self._order("adopt", job.id, name=job.name, route=job.route.value)
            self._tell(JobStarted(job))
        self._tell(Sent(job, chunk, self._streams.position))
        self._streams.position += len(chunk)

    def _news(self, news: Mapping[str, Any]) -> None:
        job = str(news.get("job") or "")
        match news["event"]:
            case "obeyed":
                self._link.obeyed(int(news["seq"]), done=bool(news["done"]))
            case "ended":
                self._end(job, Ending(news["how"]))
            case "withdrawn":
                self._end(job, Ending.CANCELLED)
            case "at_rest" if news.get("reason") is None:
                self.at_rest.set()
            case "disconnected":
                self._end_stream(Ending.FAILED)
                self._tell(Lost("OctoPrint is not connected to the printer"))
            case "connected":
                self._tell(Back())
            case "sd" if not job:
                self._background(self._sd_runs(str(news.get("name"))))

    async def _sd_runs(self, name: str) -> None:
        """An SD print that nobody offered: it was started at the printer."""
        await asyncio.sleep(SD_GRACE_S)
        if self._known:
            return
        job = Job(printer=self._printer, name=name, route=Route.SD)
        self._known[job.id] = Known(job, started=True)
        self._order("adopt", job.id, name=name, route=job.route.value)
        self._tell(JobStarted(job))

    def _end_stream(self, how: Ending = Ending.DONE) -> None:
        job = self._streams.ended(now=True)
        if job is not None:
            self._end(job.id, how)

    def _end(self, job: str, how: Ending) -> None:
        known = self._known.pop(job, None)
        if known is not None:
            self._link.forget(job)
            self._tell(JobEnded(known.job, how))

    def _order(self, verb: str, job: str, **more: Any) -> None:
        self._background(self._link.order(verb, job, within_s=5.0, **more))

    def _background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
