"""Which line may go on: the state of the one job that a printer has, and what changes it.

Pure: bytes and replies come in, events go out. A job is offered when its first line, or the start
of a card's file, waits at the head of the queue; nothing passes from there on until `allow`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from printer_guard.printers.base import Ending, Event, JobEnded, JobOffered, JobStarted, Phase
from printer_guard.printers.marlin.lines import Line
from printer_guard.printers.marlin.replies import Reply, Says
from printer_guard.printers.marlin.words import HARMLESS_AFTER_STOP, QUERIES, only_cools
from printer_guard.printers.serial_proxy.card import CARD_CODES, CardDesk
from printer_guard.printers.serial_proxy.modes import Modes
from printer_guard.printers.serial_proxy.relay import Admission
from printer_guard.printers.serial_proxy.streaming import Prelude, Stream, begins_job
from printer_guard.printers.serial_proxy.uploads import Uploads
from printer_guard.wire import Job, Route

DRAINED_AFTER_S = 30.0  # of quiet: a host that was told to cancel sends no more of that job


class PrintDesk:
    """The desk of printer *name*. *emit* takes events, *tell* a line for the host."""

    def __init__(
        self,
        name: str,
        uploads: Uploads,
        emit: Callable[[Event], None],
        tell: Callable[[bytes], None],
        clock: Callable[[], float],
        *,
        strict: bool = False,
    ) -> None:
        self.name, self.uploads, self.strict = name, uploads, strict
        self.emit, self.tell, self.clock = emit, tell, clock
        self.phase = Phase.IDLE
        self.job: Job | None = None
        self.stream: Stream | None = None
        self.modes = Modes()
        self.card = CardDesk(self)
        self.killed = False
        self.capabilities: dict[str, bool] = {}  # as M115 tells them
        self.started = asyncio.Event()  # set: the firmware has said so since the port was opened
        self._prelude = Prelude()
        self._dropping_since: float | None = None
        self._by_phase: Mapping[Phase, Callable[[Line, bytes], Admission]] = {
            Phase.IDLE: self._while_idle,
            Phase.WAITING: self._while_held,
            Phase.PRINTING: self._while_printing,
            Phase.PAUSED: self._while_held,
            Phase.STOPPING: self._while_held,
            Phase.HALTED: self._while_halted,
        }

    @property
    def dropping(self) -> bool:
        """Is what the host still sends of an ended job thrown away?"""
        return self._dropping_since is not None

    def admit(self, line: Line, code: bytes) -> Admission:
        """See relay.Desk."""
        if self.uploads.writing:
            return Admission.PASS
        if self.dropping:
            return self._while_dropping(line, code)
        if code in CARD_CODES:
            return self.card.admit(line, code)
        return self._by_phase[self.phase](line, code)

    def accepted(self, line: Line, code: bytes) -> None:
        """See relay.Desk."""
        if self.card.accepted(line, code):
            return
        self.modes.accepted(line.command, code)
        if self.stream is None:
            self._prelude.add(line, code)
            return
        self.stream.add(line, code, self.clock())
        if self.stream.full:
            self.tell_stream()

    def heard(self, reply: Reply, raw: bytes) -> None:
        """See relay.Desk."""
        if reply.says is Says.START:
            self.printer_left()
            self.started.set()
        elif reply.says is Says.KILLED:
            self.end(Ending.FAILED)
            self.phase, self.killed = Phase.HALTED, True
        elif reply.says is Says.CAPABILITY and reply.match is not None:
            self.capabilities[reply.match[1].decode()] = reply.match[2] == b"1"
        else:
            self.card.heard(reply, raw)

    def overrun(self) -> None:
        """See relay.Desk."""
        if not self.dropping:
            self.drop(Ending.FAILED)

    def offer(self, job: Job) -> None:
        """*job* waits from now on."""
        self.job, self.phase = job, Phase.WAITING
        self.emit(JobOffered(job))

    def allow(self, job: Job) -> None:
        """Let the offered job begin."""
        self.phase = Phase.PRINTING
        if job.route is Route.STREAM:
            self.stream = Stream(job, self._prelude.take(), self.clock())
        self.emit(JobStarted(job))

    def stopping(self) -> None:
        """The job is being cancelled: throw away what its host still sends of it."""
        self.phase = Phase.STOPPING
        if self.job is None or self.job.route is Route.STREAM:
            self._dropping_since = self.clock()

    def drop(self, how: Ending) -> None:
        """End the job and throw away what its host still sends of it."""
        self.stopping()
        self.end(how)

    def end(self, how: Ending) -> None:
        """The job, if there is one, is over."""
        self.tell_stream()
        job, self.job, self.stream = self.job, None, None
        self.phase = Phase.IDLE
        self._prelude.take()
        if job is not None:
            self.emit(JobEnded(job, how))

    def tell_stream(self) -> None:
        """Tell what has been sent of a stream since the last time."""
        sent = self.stream.told() if self.stream is not None else None
        if sent is not None:
            self.emit(sent)

    def tick(self, *, quiet: bool) -> None:
        """Call it ten times a second; quiet: the printer owes nothing."""
        now = self.clock()
        self.tell_stream()
        if self._dropping_since is not None and now - self._dropping_since > DRAINED_AFTER_S:
            self._dropping_since = None
        over = quiet and self.stream is not None and self.stream.over(now)
        if over and self.phase is Phase.PRINTING:
            self.finish_stream()

    def finish_stream(self) -> None:
        """A streamed job has come to its end, or was left."""
        done = self.stream is not None and self.stream.wound_up
        self.end(Ending.DONE if done else Ending.CANCELLED)

    def host_left(self) -> None:
        """The host program closed the port: what it streamed is over."""
        self._dropping_since = None
        streamed = self.job is not None and self.job.route is Route.STREAM
        if streamed and self.phase is not Phase.STOPPING:
            self.finish_stream()

    def printer_left(self) -> None:
        """The printer was reset or unplugged."""
        self.end(Ending.FAILED)
        self.uploads.abandon()
        self.card.forget()
        self.modes = Modes()
        self.killed, self._dropping_since = False, None
        self.started.clear()

    def _while_dropping(self, line: Line, code: bytes) -> Admission:
        """After a refusal or a stop: cooling and asking may pass, a new count is a new job."""
        if line.sets_number:
            self._dropping_since = None
            return Admission.PASS
        if self.phase is Phase.STOPPING:  # we cool it ourselves; its host is to be idle soon
            return Admission.DROP
        if code in QUERIES or code in HARMLESS_AFTER_STOP or only_cools(code, line.command):
            return Admission.PASS
        self._dropping_since = self.clock()
        return Admission.DROP

    def _while_idle(self, line: Line, code: bytes) -> Admission:
        if not begins_job(line, code, strict=self.strict):
            return Admission.PASS
        self.offer(Job(printer=self.name, name="stream", route=Route.STREAM))
        return Admission.HOLD

    def _while_printing(self, line: Line, code: bytes) -> Admission:
        if self.job is not None and self.job.route is Route.SD:
            return Admission.HOLD if begins_job(line, code) else Admission.PASS
        if line.sets_number:
            self.finish_stream()
        return Admission.PASS

    def _while_held(self, line: Line, code: bytes) -> Admission:
        """Of a job on the card, the host may ask how it is."""
        asks = self.job is not None and self.job.route is Route.SD and code in QUERIES
        return Admission.PASS if asks else Admission.HOLD

    def _while_halted(self, line: Line, code: bytes) -> Admission:
        del line
        return Admission.PASS if code in QUERIES else Admission.DROP
