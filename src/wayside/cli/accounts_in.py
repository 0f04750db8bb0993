"""The accounts in a data folder, for commands that work beside a running server or without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from wayside.domain.errors import UsageError
from wayside.domain.time import SystemClock
from wayside.serve.accounts import Accounts

Data = Annotated[
    Path, typer.Option("--data", help="Data folder of `wayside up`", envvar="WAYSIDE_DATA")
]
DATA = Path("wayside-data")


@contextmanager
def accounts_in(data: Path) -> Iterator[Accounts]:
    """Raises UsageError where there is no data folder."""
    if not data.is_dir():
        raise UsageError(
            "there is no data folder here",
            where=str(data),
            remedy="Name the one of `wayside up` with --data, or start that first",
        )
    accounts = Accounts(data / "accounts.db", SystemClock())
    try:
        yield accounts
    finally:
        accounts.close()
