"""``wayside user``: users are made, changed and removed, and no password is an argument."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wayside.cli.app import app
from wayside.domain.errors import UsageError
from wayside.domain.time import SystemClock
from wayside.serve.accounts import Accounts

GOOD = "a quiet road at noon"


def run(data: Path, *words: str, password: str = "") -> Result:
    return CliRunner().invoke(app, ["user", *words, "--data", str(data)], input=f"{password}\n")


def test_a_user_is_added_listed_changed_and_removed(tmp_path: Path) -> None:
    assert "no users yet" in run(tmp_path, "list").output
    assert run(tmp_path, "add", "ann", password=GOOD).exit_code == 0
    assert run(tmp_path, "add", "bob", "--role", "viewer", password=GOOD).exit_code == 0
    assert run(tmp_path, "role", "bob", "operator").exit_code == 0
    listed = run(tmp_path, "list").output
    assert "ann" in listed
    assert "operator" in listed
    assert run(tmp_path, "remove", "bob").exit_code == 0
    assert "bob" not in run(tmp_path, "list").output


def test_a_new_password_replaces_the_old_one(tmp_path: Path) -> None:
    run(tmp_path, "add", "ann", password=GOOD)
    assert run(tmp_path, "password", "ann", password="another road at night").exit_code == 0
    accounts = Accounts(tmp_path / "accounts.db", SystemClock())
    try:
        assert accounts.log_in("ann", GOOD, "127.0.0.1") is None
        assert accounts.log_in("ann", "another road at night", "127.0.0.1") is not None
    finally:
        accounts.close()


@pytest.mark.parametrize(
    "words", [("password", "zoe"), ("role", "zoe", "viewer"), ("remove", "zoe")]
)
def test_an_unknown_user_is_said(tmp_path: Path, words: tuple[str, ...]) -> None:
    run(tmp_path, "add", "ann", password=GOOD)
    error = run(tmp_path, *words, password=GOOD).exception
    assert isinstance(error, UsageError)
    assert "zoe" in str(error)


def test_the_last_admin_stays(tmp_path: Path) -> None:
    run(tmp_path, "add", "ann", password=GOOD)
    assert isinstance(run(tmp_path, "remove", "ann").exception, UsageError)
    assert "ann" in run(tmp_path, "list").output


def test_a_poor_password_makes_no_user(tmp_path: Path) -> None:
    assert isinstance(run(tmp_path, "add", "ann", password="ann").exception, UsageError)
    assert "no users yet" in run(tmp_path, "list").output


def test_without_a_data_folder_nothing_is_made(tmp_path: Path) -> None:
    assert isinstance(run(tmp_path / "absent", "list").exception, UsageError)
    assert not (tmp_path / "absent").exists()


def test_a_user_is_limited_to_groups_of_feeds(tmp_path: Path) -> None:
    def groups() -> frozenset[str] | None:
        accounts = Accounts(tmp_path / "accounts.db", SystemClock())
        try:
            return next(each.groups for each in accounts.users() if each.name == "bob")
        finally:
            accounts.close()

    run(tmp_path, "add", "ann", password=GOOD)
    added = run(tmp_path, "add", "bob", "--role", "viewer", "--groups", "quay, pier", password=GOOD)
    assert "viewer of groups pier quay" in added.output
    assert groups() == {"quay", "pier"}
    for words, expected in (("bridge", {"bridge"}), ("none", set()), ("all", None)):
        assert run(tmp_path, "groups", "bob", words).exit_code == 0
        assert groups() == expected
    assert "every feed" in run(tmp_path, "list").output


@pytest.mark.parametrize(
    "words",
    [
        ("add", "bob", "--groups", "quay"),
        ("add", "bob", "--role", "viewer", "--groups", "The Quay"),
        ("groups", "ann", "quay"),
        ("groups", "zoe", "quay"),
    ],
)
def test_what_cannot_be_limited_is_said(tmp_path: Path, words: tuple[str, ...]) -> None:
    run(tmp_path, "add", "ann", password=GOOD)
    assert isinstance(run(tmp_path, *words, password=GOOD).exception, UsageError)
    assert "bob" not in run(tmp_path, "list").output
