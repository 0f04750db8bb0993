"""``wayside audit``: who logged in and what was changed, and whether that was tampered with."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from wayside.cli.accounts_in import DATA, Data, accounts_in
from wayside.domain.errors import StoreError, UsageError
from wayside.serve.account_records import time_of
from wayside.serve.audit import Checkpoint

audit = typer.Typer(help="The log of log-ins and changes.", no_args_is_help=True)


@audit.command("list")
def list_entries(
    data: Data = DATA,
    limit: Annotated[int, typer.Option("--limit", min=1, help="So many, the newest")] = 50,
) -> None:
    """Show who logged in and what was changed, newest first."""
    with accounts_in(data) as accounts:
        entries = accounts.newest_audit_entries(None, limit)
    table = Table("number", "at (UTC)", "who", "what", "of what")
    for each in entries:
        who = each.who or "not known"
        table.add_row(
            str(each.number),
            f"{time_of(each.at_us):%Y-%m-%d %H:%M:%S}",
            who,
            each.action,
            each.subject,
        )
    Console().print(table if entries else "Nothing has been noted yet.")


@audit.command("verify")
def verify(
    data: Data = DATA,
    checkpoint: Annotated[
        str, typer.Option("--checkpoint", help="What an earlier check printed, kept elsewhere")
    ] = "",
) -> None:
    """Check that no entry was changed or removed since it was written.

    Each entry carries the hash of the one before. What was cut off the newest end, or a whole log
    written anew, shows only against a checkpoint: keep the one that is printed in another place,
    and give it next time.
    """
    expected = _parsed(checkpoint)
    with accounts_in(data) as accounts:
        check = accounts.checked_audit_log(expected)
    where = str(data / "accounts.db")
    if check.broken is not None:
        raise StoreError(
            f"the audit log was changed: entry {check.broken} is not as it was written, or is gone",
            where=where,
            remedy="Compare with a backup; whoever could write this file may have done it",
        )
    if expected is not None and not check.has_checkpoint:
        raise StoreError(
            f"the audit log is not the one of this checkpoint: it has {check.last} entries, and"
            f" none with number {expected.number} and that hash",
            where=where,
            remedy="Entries were cut off or the log was written anew; compare with a backup",
        )
    console = Console()
    console.print(f"{check.last} entries, none changed.")
    console.print("Keep this elsewhere and give it with --checkpoint next time:")
    console.print(str(check.checkpoint), soft_wrap=True, highlight=False)


def _parsed(text: str) -> Checkpoint | None:
    if not text:
        return None
    try:
        return Checkpoint.parse(text)
    except ValueError as error:
        raise UsageError(
            "this is no checkpoint",
            where="--checkpoint",
            remedy="It is a number, a colon and 64 hexadecimal digits, as `verify` prints them",
        ) from error
