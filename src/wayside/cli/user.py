"""``wayside user``: who may log in, from the machine itself."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from wayside.cli.accounts_in import DATA, Data, accounts_in
from wayside.domain.errors import UsageError
from wayside.serve.roles import Role

user = typer.Typer(help="Users of the page and the API.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the user", show_default=False)]
RoleOption = Annotated[
    Role, typer.Option("--role", help="viewer reads, operator edits scenes, admin does all")
]


@user.command("list")
def list_users(data: Data = DATA) -> None:
    """Show who may log in, and as what."""
    with accounts_in(data) as accounts:
        users = accounts.users()
    table = Table("user", "role", "since")
    for each in users:
        table.add_row(each.name, each.role.value, f"{each.created:%Y-%m-%d}")
    Console().print(table if users else "There are no users yet.")


@user.command("add")
def add(name: Name, role: RoleOption = Role.ADMIN, data: Data = DATA) -> None:
    """Add a user. The password is asked for, or read from standard input."""
    with accounts_in(data) as accounts:
        accounts.add_user(name, _password(), role)
    Console().print(f"{name} may log in as {role.value}.")


@user.command("password")
def password(name: Name, data: Data = DATA) -> None:
    """Set a new password, which ends the user's sessions and API tokens."""
    with accounts_in(data) as accounts:
        if accounts.change_user(name, password=_password()) is None:
            raise _unknown(name)
    Console().print(f"{name} has a new password; sessions and tokens of before are ended.")


@user.command("role")
def change_role(
    name: Name,
    role: Annotated[Role, typer.Argument(help="viewer, operator or admin", show_default=False)],
    data: Data = DATA,
) -> None:
    """Change what a user may do."""
    with accounts_in(data) as accounts:
        if accounts.change_user(name, role=role) is None:
            raise _unknown(name)
    Console().print(f"{name} is {role.value} now.")


@user.command("remove")
def remove(name: Name, data: Data = DATA) -> None:
    """Remove a user and end his sessions."""
    with accounts_in(data) as accounts:
        if not accounts.remove_user(name):
            raise _unknown(name)
    Console().print(f"{name} is removed.")


def _password() -> str:
    """Never an argument: those are seen by every process of the machine."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _unknown(name: str) -> UsageError:
    return UsageError(f"there is no user '{name}'", remedy="`wayside user list` shows them")
