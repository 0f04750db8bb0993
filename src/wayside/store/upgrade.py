"""Bring the tables of an open database to the present schema, all or nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import sqlalchemy as sa

from wayside.domain.errors import StoreError
from wayside.store.schema import APPLICATION_ID, REVISION, metadata

# Alembic's context is one for the whole process: two stores must not upgrade at once.
_ONE_AT_A_TIME = threading.Lock()

_version = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def upgrade(connection: sa.Connection, path: Path) -> None:
    """Make the tables, or run the missing migrations, in the connection's transaction.

    A new database gets the present schema at once and Alembic, which takes
    0.2 s to import, is left alone: ``wayside tag`` makes one at every run.
    Raises StoreError for a database that a newer wayside has made.
    """
    present = _present(connection)
    if present == REVISION:
        return
    if present is None:
        metadata.create_all(connection)
        _version.create(connection)
        connection.execute(sa.insert(_version).values(version_num=REVISION))
    else:
        _migrate(connection, path, present)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def _present(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_version.name):
        return None
    revision: str | None = connection.scalar(sa.select(_version.c.version_num))
    return revision


def _migrate(connection: sa.Connection, path: Path, present: str) -> None:
    from alembic import command  # noqa: PLC0415 - see ``upgrade``
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "wayside.store:migrations")
    with _ONE_AT_A_TIME:
        script = ScriptDirectory.from_config(config)
        if present not in {each.revision for each in script.walk_revisions()}:
            raise StoreError(
                f"the database was made by a newer wayside (its schema is {present!r})",
                where=str(path),
                remedy="Upgrade wayside, or choose another path",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, REVISION)
