"""What Alembic runs around each migration: the connection is that of whoever opens the catalogue."""

from __future__ import annotations

from alembic import context

from smtjlab.procedures.wafer.schema import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
