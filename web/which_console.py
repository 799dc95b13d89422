"""Which console a command means: the options that all of them share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from web.db import Database
    from web.settings import Settings


def options(command: Any) -> Any:
    """What says which console is meant."""
    for option in reversed(
        (
            click.option("--database", metavar="URL", help="SQLAlchemy URL; SQLite unless given."),
            click.option("--state", type=click.Path(path_type=Path), help="Folder of its records."),
            click.option(
                "--config",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                help="TOML file with a table [web].",
            ),
        )
    ):
        command = option(command)
    return command


def settings_of(config: Path | None, *, bind: str = "", **options: Any) -> Settings:
    """The settings. bind: where the console listens, if that is known. Raises UsageError."""
    from web.errors import SettingsError
    from web.settings import DEFAULT_URL, read_settings

    try:
        found = read_settings(config, **options)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    if bind and found.public_url == DEFAULT_URL:
        found = found.model_copy(update={"public_url": f"http://{bind}"})
    return found


def open_database(settings: Settings) -> Database:
    """The database of those settings."""
    from web.db import Database

    return Database(settings.database_url)


def ready_database(settings: Settings) -> Database:
    """The database with its tables."""
    from web.migrations.upgrade import upgrade

    base = open_database(settings)
    upgrade(base)
    return base
