"""The printer's card: files written through us, files selected, prints started from it.

Content that was written here is known by its digest; all else on a card was never seen. A print
that nobody asked for over the line was started at the printer's screen, or by an autostart file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from printer_guard.printers.base import Ending, Phase, Progress
from printer_guard.printers.marlin.lines import Line
from printer_guard.printers.marlin.replies import Reply, Says
from printer_guard.printers.marlin.words import card_name, text_of
from printer_guard.printers.serial_proxy.relay import Admission
from printer_guard.wire import Job, Route

if TYPE_CHECKING:
    from printer_guard.printers.serial_proxy.desk import PrintDesk

STARTS = frozenset({b"M24", b"M32"})
OPENS = frozenset({b"M23", b"M32"})
CARD_CODES = STARTS | OPENS | {b"M26", b"M28", b"M29", b"M30", b"M928"}
UNKNOWN = "a file on the card"


class CardDesk:
    """The part of a desk that knows the card. at_screen: called when a print starts by itself."""

    def __init__(self, desk: PrintDesk) -> None:
        self._desk = desk
        self.at_screen: Callable[[], None] = lambda: None
        self.by_screen = False  # the job was started there: no line of the host waits for it
        self.forget()

    def forget(self) -> None:
        """The printer has started anew."""
        self.selected: tuple[str, int | None] | None = None
        self.refused = False  # the start that the host waits for
        self._starting = False  # an allowed start that the printer has not taken yet
        self._opening: str | None = None
        self._asked_by = b""  # the command under way that opens a file
        self._byte = -1

    def admit(self, line: Line, code: bytes) -> Admission:
        """Whether a command for the card may go on."""
        if self._desk.phase not in (Phase.IDLE, Phase.PRINTING):
            return Admission.HOLD
        if code in STARTS:
            return self._start(line, code)
        if code == b"M28" and b"B1" in text_of(line.command).upper().split():
            self._desk.tell(
                b'echo:Unknown command: "M28 B1"'
            )  # the binary protocol: not through us
            return Admission.DROP
        self._asked_by = code if code in OPENS else b""
        return Admission.PASS

    def accepted(self, line: Line, code: bytes) -> bool:
        """Keep a line that went to the card; True when that is all it did."""
        uploads = self._desk.uploads
        self._asked_by = b""
        self._starting = self._starting and code not in STARTS
        if uploads.writing:
            if code == b"M29":
                uploads.end()
            else:
                uploads.add(line.command)
            return True
        if code == b"M28" and self._opening is not None:
            uploads.begin(self._opening)
            self._opening = None
        elif code == b"M30":
            uploads.removed(_name(line))
        elif code == b"M524" and self._printing:
            self._desk.end(Ending.CANCELLED)
        return code in CARD_CODES

    def heard(self, reply: Reply, raw: bytes) -> None:
        """What the printer says of its card."""
        del raw
        match = reply.match
        if match is None:
            return
        if reply.says is Says.FILE_OPENED:
            self._opened(match[1].decode("latin-1"), int(match[2]))
        elif reply.says is Says.WRITING:
            self._opening = match[1].decode("latin-1").strip()
        elif reply.says is Says.WRITTEN:
            self._desk.uploads.end()
        elif reply.says is Says.SD_PRINTING:
            self._at_byte(int(match[1]), int(match[2]))
        elif reply.says in (Says.SD_DONE, Says.SD_IDLE):
            self._byte = -1
            if self._printing and not self._starting:
                self._desk.end(Ending.DONE)

    def job_of(self, name: str, size: int | None) -> Job:
        """The job of a file, with its digest where its content was seen."""
        upload = self._desk.uploads.find(name, size)
        sha256 = upload.sha256 if upload else None
        size = upload.size if upload else size
        return Job(
            printer=self._desk.name, name=name, route=Route.SD, sha256=sha256, size_bytes=size
        )

    def allowed(self) -> None:
        """The start that waits may go out."""
        self._starting = not self.by_screen

    @property
    def _printing(self) -> bool:
        desk = self._desk
        sd = desk.job is not None and desk.job.route is Route.SD
        return sd and desk.phase is Phase.PRINTING

    def _start(self, line: Line, code: bytes) -> Admission:
        if self.refused:
            self.refused = False
            return Admission.DROP
        if self._printing and (self._starting or code == b"M24"):
            self._asked_by = code if code in OPENS else b""
            return Admission.PASS
        if self._desk.job is not None:
            self._desk.tell(b"echo:Printwarden: one job at a time")
            return Admission.DROP
        name, size = (_name(line), None) if code == b"M32" else self.selected or (UNKNOWN, None)
        self.by_screen = False
        self._desk.offer(self.job_of(name, size))
        return Admission.HOLD

    def _opened(self, name: str, size: int) -> None:
        """A file was opened to be printed."""
        self.selected, self._byte = (name, size), -1
        job = self._desk.job
        if not self._asked_by:
            self._found(name, size)
        elif self._printing and job is not None and self._is_another(job, name, size):
            if self._asked_by == b"M23":
                self._desk.end(Ending.CANCELLED)
            else:  # it runs already, and is not the file that was allowed
                self._found(name, size)

    def _is_another(self, job: Job, name: str, size: int) -> bool:
        if card_name(job.name) != card_name(name):
            return True
        return job.sha256 is not None and self._desk.uploads.find(name, size) is None

    def _at_byte(self, byte: int, size: int) -> None:
        """How far a print is; one that nobody knows of and that advances was started elsewhere."""
        before, self._byte = self._byte, byte
        desk = self._desk
        if self._printing and desk.job is not None:
            desk.emit(Progress(desk.job, byte / max(size, 1)))
        elif 0 <= before < byte and (desk.job is None or desk.job.route is not Route.SD):
            self._found(*(self.selected or (UNKNOWN, size)))

    def _found(self, name: str, size: int | None) -> None:
        """The printer prints by itself: hold it."""
        desk = self._desk
        if desk.job is not None and desk.job.route is Route.SD:
            desk.end(Ending.CANCELLED)
        self.at_screen()
        if desk.job is None:
            self.by_screen = True
            desk.offer(self.job_of(name, size))


def _name(line: Line) -> str:
    """The file that a command names; `M32 !path#` encloses it."""
    text = text_of(line.command)
    if b"!" in text:
        text = text.partition(b"!")[2].partition(b"#")[0]
    return text.decode("latin-1").strip()
