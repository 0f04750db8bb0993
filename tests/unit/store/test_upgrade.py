import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from wayside.domain.errors import StoreError
from wayside.store.database import Store
from wayside.store.schema import APPLICATION_ID, REVISION, metadata


@pytest.fixture
def migrated() -> Iterator[sa.Connection]:
    """A database that grew through all migrations, as one of an older wayside has."""
    engine = sa.create_engine("sqlite://")
    config = Config()
    config.set_main_option("script_location", "wayside.store:migrations")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        yield connection
    engine.dispose()


def shape_of(connection: sa.Connection) -> set[tuple[str, str]]:
    """Every table and index as SQL, whatever its white space and the order of its columns."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {(name, str(sorted(re.findall(r"[^\s,()]+", sql)))) for name, sql in rows}


def test_a_new_database_is_what_migrations_would_have_made(
    store: Store, migrated: sa.Connection
) -> None:
    with store.transaction() as connection:
        assert shape_of(connection) == shape_of(migrated)
        assert MigrationContext.configure(connection).get_current_revision() == REVISION
    assert MigrationContext.configure(migrated).get_current_revision() == REVISION


def test_the_migrated_schema_is_the_schema(migrated: sa.Connection) -> None:
    context = MigrationContext.configure(
        migrated, opts={"compare_type": True, "compare_server_default": True}
    )
    assert compare_metadata(context, metadata) == []


def test_a_difference_would_be_noticed(store: Store) -> None:
    with store.transaction() as connection:
        connection.exec_driver_sql("DROP INDEX ix_gaps_feed")
        connection.exec_driver_sql("ALTER TABLE stills ADD COLUMN who TEXT")
        context = MigrationContext.configure(connection)
        assert {change[0] for change in compare_metadata(context, metadata)} == {
            "add_index",
            "remove_column",
        }


def test_no_column_can_say_who(store: Store) -> None:
    """The names of all columns: a new one must be added here by someone who thought about it."""
    with store.transaction() as connection:
        inspector = sa.inspect(connection)
        columns = {
            column["name"] for table in metadata.tables for column in inspector.get_columns(table)
        }
    assert columns == {
        *("id", "site", "feed", "source", "start_us", "start_is_known", "duration_s", "status"),
        *("coverage", "format", "settings", "model", "versions", "counters"),
        *("event_id", "incident_id", "session", "shard", "epoch", "sequence", "kind", "phase"),
        *("end_us", "start_s", "end_s", "place", "severity", "data"),
        *("measurement_id", "window_start_us", "window_end_us", "window_start_s", "window_end_s"),
        *("place_kind", "metric", "class_label", "direction", "value", "unit", "error"),
        *("track", "class_id", "points", "width", "height", "jpeg", "reason", "mp4"),
        *("total", "weighted", "weight", "largest", "watched_s", "longest_us"),
        *("by", "at_us", "note"),  # of who looked at the page, not of who was seen
        *("arrival", "record_kind", "record_id", "journal", "sink", "refusal"),
    }


def test_a_database_of_a_newer_wayside_is_refused_and_left_alone(path: Path) -> None:
    Store.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer wayside.*9999.*Upgrade wayside"):
        Store.open(path)
    assert path.read_bytes() == before


def test_the_file_says_whose_it_is(path: Path) -> None:
    Store.open(path).close()
    assert path.read_bytes()[68:72] == APPLICATION_ID.to_bytes(4, "big") == b"WAYS"


def power_cut(*_arguments: object, **_options: object) -> None:
    raise OSError("power cut")


def test_a_database_that_could_not_be_made_leaves_nothing_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sqlalchemy.sql.ddl.SchemaGenerator.visit_index", power_cut)
        with pytest.raises(OSError, match="power cut"):
            Store.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    with Store.open(path) as store:
        assert store.events() == []


def test_a_failed_migration_leaves_the_older_schema(
    path: Path, older: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    older("0001")
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT * FROM sqlite_schema").fetchall()
    with monkeypatch.context() as patch:
        patch.setattr("alembic.ddl.impl.schema.CreateIndex", power_cut)
        with pytest.raises(OSError, match="power cut"):
            Store.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM sqlite_schema").fetchall() == before
    with Store.open(path) as store:
        assert store.events() == []


def test_the_migrations_are_part_of_the_package() -> None:
    versions = resources.files("wayside.store") / "migrations" / "versions"
    assert (versions / "v0001_first_tables.py").is_file()
    assert (resources.files("wayside.store") / "migrations" / "env.py").is_file()
