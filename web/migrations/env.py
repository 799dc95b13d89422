"""Alembic's entry: it is given an open connection by `upgrade.py` and uses no file of its own."""

from __future__ import annotations

from alembic import context

from web.models.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a column by copying the table
)
with context.begin_transaction():
    context.run_migrations()
