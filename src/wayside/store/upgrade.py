"""Bring the tables of an open database to the present schema, all or nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from wayside.domain.errors import StoreError
from wayside.store.schema import APPLICATION_ID

# Alembic's context is one for the whole process: two stores must not upgrade at once.
_ONE_AT_A_TIME = threading.Lock()


def upgrade(connection: sa.Connection, path: Path) -> None:
    """Run the missing migrations in the connection's transaction.

    Raises StoreError for a database that a newer wayside has made.
    """
    config = Config()
    config.set_main_option("script_location", "wayside.store:migrations")
    with _ONE_AT_A_TIME:
        script = ScriptDirectory.from_config(config)
        present = MigrationContext.configure(connection).get_current_revision()
        if present == script.get_current_head():
            return
        if present is not None and present not in {r.revision for r in script.walk_revisions()}:
            raise StoreError(
                f"the database was made by a newer wayside (its schema is {present!r})",
                where=str(path),
                remedy="Upgrade wayside, or choose another path",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
