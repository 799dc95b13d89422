"""What a guard can be told, with bounds and defaults; `settings_file.py` reads it.

Every name carries its unit. Unknown keys are errors. Secrets are paths of files, never values.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from printer_guard.policy import Action, Finding, Mode
from printer_guard.printers.base import Level

PREFIX = "PRINTWARDEN_GUARD__"
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Side = Annotated[float, Field(gt=0, le=5000)]
VIDEO_DEVICE = re.compile(r"/dev/(?:video\d{1,3}|v4l/by-(?:id|path)/[\w.:+-]+)")
StopWord = Literal["pause", "cancel", "quickstop", "emergency"]


class Table(BaseModel):
    """A table of the file; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Judging(Table):
    """[guard.judging]: how a whole job is judged, in a process of its own."""

    bundle: Path | None = Field(
        default=None, description="folder of the model; the one that ships if left out"
    )
    policy: str = Field(
        default="", description="policy of the verdict: a preset's name or a TOML file"
    )
    references: Path | None = Field(default=None, description="folder of known shapes, if any")
    memory_mib: int = Field(
        default=1024, ge=256, le=65536, description="address space of that process"
    )
    seconds: float = Field(
        default=120.0, ge=1, le=3600, description="time until a verdict counts as failed"
    )
    at_once: int = Field(default=1, ge=1, le=8, description="jobs judged at the same time")
    evidence: bool = Field(default=True, description="draw a sheet of every job that is not clear")


class Watch(Table):
    """[guard.watch]: how a running print is watched that nobody could read beforehand."""

    hits: int = Field(
        default=2, ge=1, le=10, description="looks on end that must agree before a stop"
    )
    detector: bool = Field(default=True, description="ask the detector for whole objects too")
    early_at: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="score of the early network that counts; the bundle's if left out",
    )
    interval_s: float = Field(
        default=5.0, ge=0.05, le=600, description="least time between two looks"
    )
    spool_mib: int = Field(
        default=1024, ge=1, le=65536, description="most bytes of one running job kept"
    )
    memory_mib: int = Field(
        default=1024, ge=256, le=65536, description="address space of the watcher"
    )
    look_s: float = Field(
        default=120.0, ge=1, le=3600, description="time until a look counts as failed"
    )


class Halting(Table):
    """[guard.halting]: how a running print is stopped."""

    hold: StopWord = Field(default="pause", description="first means when a running job is held")
    refuse: StopWord = Field(
        default="cancel", description="first means when a running job is refused"
    )
    most: StopWord = Field(default="emergency", description="the hardest means the guard may use")
    step_s: float = Field(
        default=5.0, ge=0.2, le=120, description="time for a means before the next one"
    )
    again_s: float = Field(
        default=10.0, ge=0.1, le=600, description="pause before trying a lost printer again"
    )

    def level(self, word: Literal["hold", "refuse", "most"]) -> Level:
        """The level that the setting *word* names."""
        return Level[getattr(self, word).upper()]


class Control(Table):
    """[guard.control]: how programs on this host speak to the guard."""

    socket: Path | None = Field(
        default=None, description="unix socket; control.sock in runtime if left out"
    )
    port: int = Field(default=0, ge=0, le=65535, description="port on 127.0.0.1; 0 for none")
    token_file: Path | None = Field(
        default=None, description="secret for that port; made when missing"
    )


class Console(Table):
    """[guard.console]: where reports go; left out, nothing leaves this host."""

    url: str | None = Field(
        default=None, pattern=r"^https?://", description="of the review console"
    )
    token_file: Path | None = Field(
        default=None, description="file with the secret the console gave"
    )
    retry_s: float = Field(
        default=5.0, ge=0.05, le=3600, description="first pause after a failure; doubles"
    )
    retry_most_s: float = Field(default=300.0, ge=0.05, le=86400, description="longest pause")
    timeout_s: float = Field(default=10.0, ge=0.1, le=300, description="of one request")


class Updates(Table):
    """[guard.updates]: whose signed policies and models are taken."""

    keys: tuple[str, ...] = Field(
        default=(), description="ed25519 public keys, base64; none: no updates"
    )


class Log(Table):
    """[guard.log]: messages for people; the journal is the record."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    file: Path | None = Field(default=None, description="instead of standard error; rotated")
    file_mib: int = Field(default=2, ge=1, le=1024, description="size at which a file is rotated")
    files: int = Field(default=5, ge=1, le=100, description="old ones kept")


class Camera(Table):
    """[guard.printers.NAME.camera]: a camera that looks at what grows on the bed."""

    source: str = Field(description="/dev/videoN, or the URL of an MJPEG stream or a JPEG picture")
    hosts: tuple[str, ...] = Field(
        default=("127.0.0.1", "localhost", "::1"),
        description="the only hosts that a URL may name; no other one is ever asked",
    )
    bed_mm: tuple[Side, Side] = Field(
        default=(220.0, 220.0), description="width (x) and depth (y) of the calibrated rectangle"
    )
    origin_mm: tuple[float, float] = Field(
        default=(0.0, 0.0), description="the printer's x and y of its front left corner"
    )
    interval_s: float = Field(default=20.0, ge=0.05, le=3600, description="between two looks")
    frames: int = Field(default=5, ge=3, le=15, description="pictures of a look; their median")
    frame_gap_s: float = Field(default=0.4, ge=0, le=10, description="between those pictures")
    looks: int = Field(default=3, ge=1, le=20, description="looks on end that must agree")
    tolerance_mm: float = Field(
        default=2.5, ge=0.5, le=50, description="how far an outline may be off"
    )
    keep: int = Field(default=20, ge=0, le=1000, description="newest pictures kept of differences")
    memory_mib: int = Field(
        default=1024, ge=256, le=65536, description="address space of that process"
    )
    look_s: float = Field(
        default=60.0, ge=1, le=600, description="time until a look counts as failed"
    )

    @model_validator(mode="after")
    def _only_listed(self) -> Self:
        """A source that is no device of this host must name a listed one."""
        if VIDEO_DEVICE.fullmatch(self.source):
            return self
        parts = urlsplit(self.source)
        if parts.scheme not in {"http", "https"} or parts.hostname is None:
            raise ValueError(f"source = {self.source!r} is neither /dev/videoN nor an http URL")
        if parts.hostname not in self.hosts:
            raise ValueError(f"the host of source, {parts.hostname!r}, is not listed in hosts")
        return self


class PrinterTable(BaseModel):
    """[guard.printers.NAME]: one printer. Keys beside these belong to its kind."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str
    actions: dict[Finding, Action] = Field(default_factory=dict)
    camera: Camera | None = None

    def options(self) -> dict[str, Any]:
        """What its adapter is given."""
        return dict(self.model_extra or {})


class Settings(BaseSettings):
    """[guard] and the tables below it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    name: Name = Field(default="guard", description="of this guard, in reports")
    state: Path = Field(
        default=Path("/var/lib/printwarden"), description="folder of records and copies"
    )
    runtime: Path = Field(
        default=Path("/run/printwarden"), description="folder of the control socket"
    )
    mode: Mode = Mode.ENFORCE
    actions: dict[Finding, Action] = Field(default_factory=dict)
    offer_s: float = Field(
        default=0.0,
        ge=0,
        le=604800,
        description="time until a held job that nobody decides is refused; 0: never",
    )
    judging: Judging = Judging()
    watch: Watch = Watch()
    halting: Halting = Halting()
    control: Control = Control()
    console: Console = Console()
    updates: Updates = Updates()
    log: Log = Log()
    printers: dict[Name, PrinterTable] = Field(default_factory=dict)

    @field_validator("state", "runtime")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @property
    def socket(self) -> Path:
        """Where the control interface listens."""
        return self.control.socket or self.runtime / "control.sock"

    def actions_for(self, printer: str) -> dict[Finding, Action]:
        """The site's actions with those of *printer* over them."""
        own = self.printers[printer].actions if printer in self.printers else {}
        return {**self.actions, **own}
