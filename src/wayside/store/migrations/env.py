"""Run by Alembic: upgrades on the connection that ``schema_upgrade`` hands over."""

from __future__ import annotations

from alembic import context

from wayside.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can roll DDL back, though Alembic assumes that it cannot. Our
    # connection begins its transaction itself, so a kill in the middle of an
    # upgrade leaves the old schema whole.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
