"""What a console can be told, with bounds and defaults.

Order: options of the command > environment (`PRINTWARDEN_WEB__SESSION_IDLE_MIN=15`) > the table
`[web]` of a TOML file > defaults. Unknown keys are errors. Secrets are read from files.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from web.errors import SettingsError

PREFIX = "PRINTWARDEN_WEB__"
MIB = 1024 * 1024
DEFAULT_URL = "http://127.0.0.1:8080"


class Oidc(BaseModel):
    """[web.oidc]: sign-in by somebody else; left out, there is none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="single sign-on", description="on the button")
    issuer: str = Field(pattern=r"^https://", description="its address before /.well-known")
    client_id: str = Field(description="what the issuer calls this console")
    client_secret_file: Path = Field(description="file with the secret that the issuer gave")


class Settings(BaseSettings):
    """[web] and the tables below it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    state: Path = Field(
        default=Path("~/.local/share/printwarden"), description="folder of database and secrets"
    )
    database: str = Field(default="", description="SQLAlchemy URL; SQLite in `state` if empty")
    public_url: str = Field(
        default=DEFAULT_URL,
        pattern=r"^https?://[^/]+$",
        description="how browsers reach the console; https makes cookies secure",
    )
    proxies: int = Field(
        default=0, ge=0, le=3, description="reverse proxies whose X-Forwarded headers are believed"
    )
    session_idle_min: float = Field(default=30, ge=1, le=1440, description="until a sign-in ends")
    session_most_h: float = Field(default=12, ge=0.1, le=720, description="until any sign-in ends")
    require_second_factor: bool = Field(
        default=False, description="reviewers and administrators need one"
    )
    keep_evidence_days: float = Field(
        default=30, ge=0, le=3650, description="pictures of a job, after its decision"
    )
    keep_passed_days: float = Field(
        default=30, ge=0, le=3650, description="rows of jobs that were let pass at once"
    )
    keep_decided_days: float = Field(
        default=365, ge=1, le=3650, description="rows of jobs that a person decided"
    )
    keep_sign_ins_days: float = Field(default=90, ge=1, le=3650, description="who signed in when")
    upload_mib: int = Field(default=512, ge=1, le=4096, description="largest file to scan by hand")
    scan_seconds: float = Field(default=120, ge=1, le=3600, description="until a scan has failed")
    rate_limits: bool = Field(default=True, description="off for load tests only")
    webhooks_to_private: bool = Field(
        default=False, description="webhooks may go to this network's own addresses"
    )
    notify: tuple[str, ...] = Field(default=(), description="Apprise URLs told of held jobs")
    metrics_open: bool = Field(
        default=False, description="/metrics without a key (it is always open to this host)"
    )
    oidc: Oidc | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment is above the file, whose table comes in as keyword arguments."""
        return env_settings, init_settings

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return self.database or f"sqlite:///{self.state.expanduser() / 'console.db'}"

    @property
    def upload_bytes(self) -> int:
        """The largest body of a request that carries a file."""
        return self.upload_mib * MIB


def read_settings(file: Path | None = None, **options: Any) -> Settings:
    """The settings. options: those of the command that were given. Raises SettingsError."""
    table = _table(file) if file else {}
    try:
        found = Settings(**table)
        return found.model_copy(update={k: v for k, v in options.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise SettingsError(file or "settings", f"[web] {key}: {first['msg']}") from error


def _table(file: Path) -> dict[str, Any]:
    try:
        body = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(file, f"cannot be read ({error})") from error
    table = body.get("web", {})
    if not isinstance(table, dict):
        raise SettingsError(file, "[web] is not a table")
    return table
