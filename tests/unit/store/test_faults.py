import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from wayside.domain.errors import StoreError
from wayside.store.database_faults import store_faults
from wayside.store.faults import primary_code, store_error

PATH = Path("/data/wayside.db")


def fault(code: int, name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as sqlite says")
    error.sqlite_errorcode = code
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("code", "name", "what"),
    [
        (13, "SQLITE_FULL", "disk is full"),
        (5, "SQLITE_BUSY", "locked"),
        (517, "SQLITE_BUSY_SNAPSHOT", "locked"),
        (6, "SQLITE_LOCKED", "locked"),
        (8, "SQLITE_READONLY", "cannot be written"),
        (3, "SQLITE_PERM", "cannot be written"),
        (14, "SQLITE_CANTOPEN", "cannot be opened"),
        (26, "SQLITE_NOTADB", "not a wayside database"),
        (11, "SQLITE_CORRUPT", "damaged"),
        (778, "SQLITE_IOERR_WRITE", "refused to read or write"),
        (787, "SQLITE_CONSTRAINT_FOREIGNKEY", "does not know"),
        (1, "SQLITE_ERROR", "as sqlite says"),
    ],
)
def test_each_fault_says_what_where_and_what_to_do(code: int, name: str, what: str) -> None:
    error = store_error(fault(code, name), PATH)
    assert what in error.what
    assert name in error.what
    assert error.where == str(PATH)
    assert error.remedy


def test_an_error_without_a_code_is_still_a_store_error() -> None:
    error = store_error(sqlite3.ProgrammingError("Cannot operate on a closed database."), PATH)
    assert "closed database" in error.what
    assert primary_code(sqlite3.ProgrammingError("x")) == -1


def test_both_drivers_errors_are_turned_and_keep_their_cause() -> None:
    full = fault(13, "SQLITE_FULL")
    wrapped = sa.exc.OperationalError("INSERT", {}, full)
    for raised in (full, wrapped):
        with pytest.raises(StoreError, match="full") as caught, store_faults(PATH):
            raise raised
        assert caught.value.__cause__ is raised


def test_other_errors_pass_unchanged() -> None:
    foreign = sa.exc.OperationalError("SELECT", {}, RuntimeError("not sqlite"))
    for raised in (KeyError("k"), foreign):
        with pytest.raises(type(raised)) as caught, store_faults(PATH):
            raise raised
        assert caught.value is raised
