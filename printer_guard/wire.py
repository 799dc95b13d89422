"""Job, Report and Decision: what a guard and a console say to each other, as JSON.

Standard library only, so that a console can import it alone. A message names its schema; unknown
schemas and unknown or missing keys raise `WireError`: a message half understood is not obeyed.

    text = to_json(Report(...))
    report = from_json(Report, text)
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, TypeVar

from printer_guard.errors import WireError as WireError  # noqa: PLC0414  for who reads messages

SCHEMA = "printwarden.wire/1"
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
LONGEST_TEXT = 4096  # characters of a name or a reason: more is no message of ours


class Route(StrEnum):
    """How the bytes of a job come to the printer."""

    FILE = "file"  # the host program has the file and sends it
    STREAM = "stream"  # lines come one by one; nobody has the whole
    SD = "sd"  # the printer reads its own card


class Choice(StrEnum):
    """What a person decides about a job."""

    RELEASE = "release"
    KEEP_HELD = "keep-held"
    CANCEL = "cancel"


def new_id() -> str:
    """128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attempt to print some bytes on one printer. A changed byte is a new job.

    name: as the host program shows it. sha256, size_bytes: of the bytes exactly as they will run;
    None while nobody can know them, as of a stream. id: of this attempt, so that a stop for one
    job never touches the next. submitter: who sent it, as the host program says, if it does.
    """

    printer: str
    name: str
    route: Route
    sha256: str | None = None
    size_bytes: int | None = None
    submitter: str | None = None
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        """Raise WireError for what no printer could mean."""
        if self.sha256 is not None and not SHA256.fullmatch(self.sha256):
            raise WireError("job", f"sha256 is {self.sha256!r}, which is no digest")
        if self.size_bytes is not None and self.size_bytes < 0:
            raise WireError("job", f"size_bytes is {self.size_bytes}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a guard tells its console about one job, once for each change of its state.

    guard: name of the guard. sequence: counts up by one for each report of a guard, so a console
    finds gaps and knows repeats. at: UTC seconds since 1970 by the guard's clock. event: a word of
    the journal. verdict: clear, review, flagged, unreadable or None before there is one. action:
    what the guard did. verified: the printer's own state agreed. bundle, policy: who judged.
    chain: the journal's hash at this entry.
    """

    guard: str
    sequence: int
    at: float
    event: str
    job: Job
    verdict: str | None = None
    weapon_score: float | None = None
    reason: str = ""
    action: str | None = None
    verified: bool | None = None
    bundle: str | None = None
    policy: str | None = None
    chain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided about the bytes of a job; it holds for that printer and digest only.

    job_id: the attempt it was taken on. at: UTC seconds since 1970. id: so that it counts once.
    """

    job_id: str
    printer: str
    sha256: str | None
    choice: Choice
    by: str
    why: str
    at: float
    id: str = field(default_factory=new_id)


Message = Job | Report | Decision
M = TypeVar("M", Job, Report, Decision)


def to_json(message: Message) -> str:
    """One line, keys in order, no NaN: the same message is always the same text."""
    return json.dumps(to_mapping(message), sort_keys=True, separators=(",", ":"), allow_nan=False)


def to_mapping(message: Message) -> dict[str, Any]:
    """The same as an object of JSON."""
    return {"schema": SCHEMA, "kind": type(message).__name__.lower(), **asdict(message)}


def from_json(kind: type[M], text: str | bytes) -> M:
    """The message in *text*. Raises WireError naming what is not of the schema."""
    try:
        body = json.loads(text)
    except ValueError as error:
        raise WireError(kind.__name__, f"not JSON ({error})") from error
    if not isinstance(body, dict):
        raise WireError(kind.__name__, "not a JSON object")
    if body.pop("schema", None) != SCHEMA:
        raise WireError(kind.__name__, f"the schema is not {SCHEMA!r}", "Update the older side")
    if body.pop("kind", None) != kind.__name__.lower():
        raise WireError(kind.__name__, "a message of another kind")
    return from_mapping(kind, body)


def from_mapping(kind: type[M], body: Mapping[str, Any]) -> M:
    """The message with the fields in *body*. Raises WireError naming the field."""
    known = {entry.name: str(entry.type) for entry in fields(kind)}
    for key in body:
        if key not in known:
            raise WireError(kind.__name__, f"no field {key!r}")
    try:
        return kind(**{key: _checked(key, known[key], value) for key, value in body.items()})
    except TypeError as error:  # a field is missing: Python's words name it
        raise WireError(kind.__name__, str(error)) from error


def _checked(key: str, declared: str, value: Any) -> Any:
    """*value* as the field's declared type. Raises WireError."""
    name, _, optional = declared.partition(" | ")
    if value is None and optional:
        return None
    read = READERS[name]
    try:
        return read(value)
    except (TypeError, ValueError) as error:
        raise WireError(key, f"{value!r:.80} is no {name}") from error


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(value)
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(value)
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(value)
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


READERS: Mapping[str, Any] = {
    "str": _text,
    "float": _number,
    "int": _whole,
    "bool": _truth,
    "Route": Route,
    "Choice": Choice,
    "Job": lambda value: from_mapping(Job, value),
}
"""The declared type of a field -> what reads it from JSON."""
