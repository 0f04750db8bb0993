"""SQLAlchemy's faults in the reader's words, where they come from SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from wayside.store.faults import file_faults, store_error


@contextmanager
def store_faults(path: Path) -> Iterator[None]:
    """Turn what SQLite or SQLAlchemy raise inside the block into StoreError."""
    try:
        with file_faults(path):
            yield
    except sa.exc.DBAPIError as error:
        if not isinstance(error.orig, sqlite3.Error):
            raise
        raise store_error(error.orig, path) from error
