"""The contract between the guard's core and an adapter: what a printer tells, what it can be asked.

An adapter knows a host's words and nothing of policies or models; the core knows policies and no
host's words. `registry.py` says how an adapter is found and made.

Laws an adapter keeps:
- Nothing of an offered job moves before `allow`; an adapter that dies leaves it held.
- "Done" is what the printer's own state says, never that a request was answered.
- `stop` concerns the job it names; if another one is printing by now it does nothing and says so.
- `events` never ends by itself and never raises: a lost printer is `Lost`, and it tries again.
- After a start of the guard it tells anew what it finds: `JobOffered` for a job that still waits,
  `JobStarted` for one that is printing already.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from printer_guard.wire import Job


class Level(IntEnum):
    """How hard to stop; each is worse for the part than the one before."""

    HOLD = 1  # do not start, or send nothing more; nothing else changes
    PAUSE = 2  # park, hotend to standby, bed stays warm: can be resumed
    CANCEL = 3  # end it: retract, lift, heaters off, motors off
    QUICKSTOP = 4  # throw away what the planner holds, then as CANCEL
    EMERGENCY = 5  # the firmware's kill: needs a reset


class Phase(StrEnum):
    """What a printer does, as far as a guard cares."""

    UNKNOWN = "unknown"  # it answers, but not in words that we know
    OFFLINE = "offline"
    IDLE = "idle"
    WAITING = "waiting"  # a job is offered and held before its first line
    PRINTING = "printing"
    PAUSED = "paused"
    STOPPING = "stopping"  # told to pause or cancel; still busy with it
    HALTED = "halted"  # after an emergency stop, or an error that stopped it


STILL = frozenset({Phase.IDLE, Phase.WAITING, Phase.PAUSED, Phase.HALTED})
"""Nothing of a job is being laid down. UNKNOWN and OFFLINE are not here: they prove nothing."""
ENDED = frozenset({Phase.IDLE, Phase.HALTED})
"""No job is left that could go on."""


class Ending(StrEnum):
    """How a job ended."""

    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterState:
    """Read from the printer just now. None: it cannot be told.

    job_name: what it is busy with. heaters_off: no heater has a target. heating: one is colder than
    its target. moving: the planner or the motors still have something to do.
    """

    phase: Phase
    job_name: str | None = None
    heaters_off: bool | None = None
    heating: bool | None = None
    moving: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an adapter can promise.

    hold_start: a job waits for `allow`. sees_file: `fetch` works for stored jobs. sees_stream:
    `Sent` tells every line. stop_levels: those that `stop` knows. lookahead_s: how long the machine
    may move on after the last line went out. reports_stop: `stop` can verify.
    """

    hold_start: bool
    sees_file: bool
    sees_stream: bool
    stop_levels: frozenset[Level]
    lookahead_s: float
    reports_stop: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReport:
    """What came of one `stop`, each moment in seconds of `time.monotonic()`.

    sent_at: when the request left. verified_at: when the printer's own state said that the level
    is reached, None when it has not within the adapter's patience: the core then climbs.
    heaters_off: read back, None when it cannot be told.
    """

    level: Level
    sent_at: float
    verified_at: float | None
    state: PrinterState
    heaters_off: bool | None = None


@dataclass(frozen=True, slots=True)
class JobOffered:
    """A job wants to start and waits for `allow` or `refuse`.

    deadline_s: the host stops waiting after that many seconds and drops the job; None: never.
    """

    job: Job
    deadline_s: float | None = None


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A job is printing. An SD print from the printer's menu starts without having been offered."""

    job: Job


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes of a job that went to the printer, without line numbers or checksums.

    position: offset of *chunk* in the job. Whole lines, each with its line end,
    batched: at most ten events a second.
    """

    job: Job
    chunk: bytes
    position: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, 0..1 of its bytes, where only that is known."""

    job: Job
    share: float


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A job is over; the next one is another job."""

    job: Job
    how: Ending


@dataclass(frozen=True, slots=True)
class Lost:
    """The printer or its host cannot be reached; the adapter keeps trying."""

    reason: str


@dataclass(frozen=True, slots=True)
class Back:
    """It can be reached again."""


Event = JobOffered | JobStarted | Sent | Progress | JobEnded | Lost | Back


class Printer(Protocol):
    """One printer. Each request raises PrinterUnreachable when there is no answer in time."""

    @property
    def name(self) -> str:
        """As the settings call it."""

    @property
    def capabilities(self) -> Capabilities:
        """What can be asked of it."""

    def events(self) -> AsyncIterator[Event]:
        """Connect, and tell what happens until `close`. Called once."""

    async def fetch(self, job: Job) -> Path:
        """A private copy of the bytes exactly as they will run; the core deletes it.

        It lies in the folder that the adapter was made with. Raises CannotFetch.
        """

    async def allow(self, job: Job, sha256: str | None) -> None:
        """Let an offered job start if its bytes still are *sha256* (None: a stream, or overridden).

        Raises PrinterRefused when they are not: that is another job.
        """

    async def refuse(self, job: Job, reason: str) -> None:
        """Drop an offered job; the host is told why and is ready for another."""

    async def stop(self, job: Job, level: Level) -> StopReport:
        """Stop *job* at *level*, then look until the printer's state proves it or patience ends."""

    async def resume(self, job: Job) -> None:
        """Go on with a paused job."""

    async def say(self, text: str) -> None:
        """Show one line on the printer's screen and in the host's interface, as far as it can."""

    async def state(self) -> PrinterState:
        """What the printer says of itself now."""

    async def close(self) -> None:
        """Let go of the connection. What is held stays held."""


@runtime_checkable
class TakesCalls(Protocol):
    """An adapter whose other half, in the host program, calls the guard.

    The control interface hands it POST /v1/printers/NAME/VERB with a JSON object.
    """

    async def call(self, verb: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer, a JSON object. Raises ControlError for a verb or a body it does not know."""
