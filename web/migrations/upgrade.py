"""Bring a database up to date, or say that it is newer than this program."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from web.db import Database
from web.errors import DatabaseError


def upgrade(database: Database) -> None:
    """Carry out the migrations that are missing. Raises DatabaseError for a newer database."""
    with database.engine.connect() as connection:
        config = configuration(connection)
        known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
        current = MigrationContext.configure(connection).get_current_revision()
        connection.commit()
        if current is not None and current not in known:
            what = f"is of version {current}, newer than this program. Update Printwarden"
            raise DatabaseError(database.url.render_as_string(), what)
        command.upgrade(config, "head")
        connection.commit()


def configuration(connection: Connection) -> Config:
    """Alembic's settings for *connection*."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
