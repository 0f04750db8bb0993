"""``wayside user``: who may log in, from the machine itself."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from wayside.cli.accounts_in import DATA, Data, accounts_in
from wayside.domain.errors import UsageError
from wayside.serve.account_records import rights_words, words_of
from wayside.serve.roles import Role, require_unlimited_admin

user = typer.Typer(help="Users of the page and the API.", no_args_is_help=True)

_GROUP = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

Name = Annotated[str, typer.Argument(help="Name of the user", show_default=False)]
RoleOption = Annotated[
    Role, typer.Option("--role", help="viewer reads, operator edits scenes, admin does all")
]
GroupsOption = Annotated[
    str | None,
    typer.Option(
        "--groups",
        help="Groups of feeds that are seen and no others, with commas between them; "
        "without it every feed is",
        show_default=False,
    ),
]


@user.command("list")
def list_users(data: Data = DATA) -> None:
    """Show who may log in, and as what."""
    with accounts_in(data) as accounts:
        users = accounts.users()
    table = Table("user", "role", "feeds", "since")
    for each in users:
        table.add_row(each.name, each.role.value, words_of(each.groups), f"{each.created:%Y-%m-%d}")
    Console().print(table if users else "There are no users yet.")


@user.command("add")
def add(
    name: Name,
    role: RoleOption = Role.ADMIN,
    groups: GroupsOption = None,
    data: Data = DATA,
) -> None:
    """Add a user. The password is asked for, or read from standard input."""
    seen = None if groups is None else _named(groups)
    require_unlimited_admin(role, seen)
    with accounts_in(data) as accounts:
        accounts.add_user(name, _password(), role, groups=seen)
    Console().print(f"{name} may log in as {rights_words(role, seen)}.")


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


@user.command("groups")
def change_groups(
    name: Name,
    groups: Annotated[
        str,
        typer.Argument(
            help="Groups of feeds with commas between them; `all` for every feed of the site, "
            "`none` for no feed",
            show_default=False,
        ),
    ],
    data: Data = DATA,
) -> None:
    """Limit a user to groups of feeds, or lift the limit."""
    seen = None if groups == "all" else _named("" if groups == "none" else groups)
    with accounts_in(data) as accounts:
        if accounts.change_user(name, groups=seen) is None:
            raise _unknown(name)
    Console().print(f"{name} sees {words_of(seen)} now.")


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


def _named(text: str) -> frozenset[str]:
    """Raises UsageError for what is no name of a group."""
    found = frozenset(each.strip() for each in text.split(",") if each.strip())
    for each in found:
        if not _GROUP.fullmatch(each):
            raise UsageError(
                f"'{each}' is not a group's name",
                where="groups",
                remedy="As in site.yaml: a-z, 0-9 and -, at most 63",
            )
    return found


def _unknown(name: str) -> UsageError:
    return UsageError(f"there is no user '{name}'", remedy="`wayside user list` shows them")
