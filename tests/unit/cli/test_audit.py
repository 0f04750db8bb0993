"""``wayside audit``: what happened is shown, and tampering is found."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wayside.cli.app import app
from wayside.domain.errors import StoreError, UsageError
from wayside.domain.time import SystemClock
from wayside.serve.accounts import Accounts
from wayside.serve.roles import Role


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """With three entries."""
    accounts = Accounts(tmp_path / "accounts.db", SystemClock())
    for name in ("ann", "bob", "zoe"):
        accounts.add_user(name, "a quiet road at noon", Role.ADMIN)
    accounts.close()
    return tmp_path


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["audit", *words, "--data", str(data)])


def change(data: Path, statement: str) -> None:
    other = sqlite3.connect(data / "accounts.db", isolation_level=None)
    other.execute(statement)
    other.close()


def checkpoint(data: Path) -> str:
    return run(data, "verify").output.splitlines()[-1]


def test_entries_are_shown_newest_first(data: Path) -> None:
    lines = run(data, "list").output.splitlines()
    rows = [line for line in lines if "user added" in line]
    assert [name in row for name, row in zip(("zoe", "bob", "ann"), rows, strict=True)] == [
        True
    ] * 3
    assert "ann" not in run(data, "list", "--limit", "2").output


def test_nothing_noted_yet_is_said(tmp_path: Path) -> None:
    assert "Nothing" in run(tmp_path, "list").output
    assert "0 entries" in run(tmp_path, "verify").output
    assert run(tmp_path, "verify", "--checkpoint", checkpoint(tmp_path)).exit_code == 0


def test_a_sound_log_gives_a_checkpoint_that_holds_later(data: Path) -> None:
    kept = checkpoint(data)
    assert kept.startswith("3:")
    accounts = Accounts(data / "accounts.db", SystemClock())
    accounts.add_user("eve", "a quiet road at noon", Role.VIEWER)
    accounts.close()
    result = run(data, "verify", "--checkpoint", kept)
    assert result.exit_code == 0
    assert "4 entries" in result.output


def test_a_changed_entry_is_named(data: Path) -> None:
    change(data, "UPDATE audit SET subject = 'x' WHERE number = 2")
    error = run(data, "verify").exception
    assert isinstance(error, StoreError)
    assert "entry 2" in str(error)


def test_entries_cut_off_show_against_a_checkpoint_alone(data: Path) -> None:
    kept = checkpoint(data)
    change(data, "DELETE FROM audit WHERE number = 3")
    assert run(data, "verify").exit_code == 0
    assert isinstance(run(data, "verify", "--checkpoint", kept).exception, StoreError)


def test_a_log_written_anew_shows_against_a_checkpoint(data: Path, tmp_path: Path) -> None:
    kept = checkpoint(data)
    other = tmp_path / "other"
    other.mkdir()
    accounts = Accounts(other / "accounts.db", SystemClock())
    for name in ("ann", "bob", "zoe", "eve"):
        accounts.add_user(name, "a quiet road at noon", Role.ADMIN)
    accounts.close()
    assert isinstance(run(other, "verify", "--checkpoint", kept).exception, StoreError)


@pytest.mark.parametrize("text", ["x", "3", "3:12", ":" + "a" * 64, "3:" + "g" * 64])
def test_what_is_no_checkpoint_is_refused(data: Path, text: str) -> None:
    assert isinstance(run(data, "verify", "--checkpoint", text).exception, UsageError)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert isinstance(run(tmp_path / "absent", "verify").exception, UsageError)


def test_who_was_not_known_is_not_said_to_be_anybody(data: Path) -> None:
    accounts = Accounts(data / "accounts.db", SystemClock())
    assert accounts.log_in("ann", "not her password", "192.0.2.7") is None
    accounts.close()
    lines = run(data, "list").output.splitlines()
    (refused,) = [line for line in lines if "login refused" in line]
    assert "not known" in refused
