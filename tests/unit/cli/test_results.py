"""The output folder is the old one or the whole new one, whatever happens in between."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import sqlite3
from pathlib import Path
from typing import NoReturn

import pytest

from wayside.cli.jobs import Plan
from wayside.cli.results import PARTIAL_PREFIX, Results, is_result_name
from wayside.domain.errors import OutputError, StoreError, UsageError
from wayside.store.database import Store


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def built(folder: Path, **files: str) -> list[Path]:
    """Commits these files, each named by its stem."""
    with Results(folder) as results:
        for stem, text in files.items():
            results.path(f"{stem}.mp4").write_text(text)
        return results.commit()


def failing(code: int) -> object:
    def fail(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    return fail


def test_nothing_is_in_place_before_the_commit(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with Results(out) as results:
        results.path("tagged.mp4").write_text("new")
        assert not (out / "tagged.mp4").exists()
        assert results.commit() == [out / "tagged.mp4"]
    assert names(out) == {"tagged.mp4"}


def test_leaving_without_a_commit_leaves_what_was_there(tmp_path: Path) -> None:
    built(tmp_path, tagged="old")
    with pytest.raises(UsageError, match="some"), Results(tmp_path) as results:  # noqa: PT012
        results.path("tagged.mp4").write_text("new")
        raise UsageError("some")
    assert (tmp_path / "tagged.mp4").read_text() == "old"
    assert names(tmp_path) == {"tagged.mp4"}


def test_folders_made_for_nothing_go_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with Results(tmp_path / "there" / "a" / "b"):
        assert (tmp_path / "there" / "a" / "b").is_dir()
    assert names(tmp_path) == {"there"}
    assert names(tmp_path / "there") == set()


def test_a_folder_that_others_wrote_into_meanwhile_stays(tmp_path: Path) -> None:
    with Results(tmp_path / "a" / "b"):
        (tmp_path / "a" / "notes.txt").touch()
    assert names(tmp_path / "a") == {"notes.txt"}


def test_results_of_the_run_before_go_and_other_files_stay(tmp_path: Path) -> None:
    old = ("tagged.mp4", "tagged-012-north-2.mp4", "events.jsonl", "wayside.db-wal")
    others = ("notes.txt", "tagged-me.mp4", "wayside.db.damaged-1", "tagged-1-x.mp4")
    for name in (*old, *others):
        (tmp_path / name).write_text("old")
    with Results(tmp_path) as results:
        results.store.sessions()
        results.export([], [])
        results.commit()
    assert names(tmp_path) == {*others, "wayside.db", "events.jsonl", "measurements.csv"}
    assert (tmp_path / "events.jsonl").read_text() == ""


def test_the_log_of_an_old_database_is_not_replayed_into_the_new_one(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "wayside.db")
    old.execute("PRAGMA journal_mode = WAL")
    old.execute("PRAGMA wal_autocheckpoint = 0")
    old.execute("CREATE TABLE old (x)")
    assert (tmp_path / "wayside.db-wal").stat().st_size > 0
    with Results(tmp_path) as results:
        results.store.sessions()
        results.commit()
    old.close()
    with Store.open(tmp_path / "wayside.db") as store:
        assert store.sessions() == []


def test_a_report_is_written_beside_the_rest(tmp_path: Path) -> None:
    with Results(tmp_path) as results:
        results.report(Plan("harbour", ()), [], settings={}, model={}, versions={})
        results.commit()
    assert "harbour" in (tmp_path / "report.html").read_text()


def test_a_path_outside_the_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not open"):
        Results(tmp_path).path("tagged.mp4")


@pytest.mark.parametrize("name", ["wayside.db", "tagged-001-north.mp4"])
def test_a_folder_in_the_place_of_a_result_is_refused_at_the_door(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(OutputError, match="in the place of a result") as refusal, Results(tmp_path):
        pytest.fail("the run began")
    assert refusal.value.where == str(tmp_path / name)
    assert names(tmp_path) == {name}


def test_a_folder_put_there_during_the_run_stops_the_commit_whole(tmp_path: Path) -> None:
    built(tmp_path, tagged="old")
    with pytest.raises(OutputError, match="place"), Results(tmp_path) as results:  # noqa: PT012
        results.path("tagged.mp4").write_text("new")
        (tmp_path / "wayside.db").mkdir()
        results.commit()
    assert (tmp_path / "tagged.mp4").read_text() == "old"


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    abandoned = tmp_path / f"{PARTIAL_PREFIX}abandoned"
    abandoned.mkdir()
    (abandoned / "tagged.mp4.partial").touch()
    with Results(tmp_path):
        assert not abandoned.exists()


def test_a_run_that_lives_is_not_disturbed(tmp_path: Path) -> None:
    with Results(tmp_path) as first:
        first.path("tagged.mp4").write_text("first")
        with pytest.raises(OutputError, match="another wayside"), Results(tmp_path):
            pytest.fail("the second run began")
        first.commit()
    assert (tmp_path / "tagged.mp4").read_text() == "first"


def test_a_disk_without_locks_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", failing(errno.ENOLCK))
    assert built(tmp_path, tagged="new") == [tmp_path / "tagged.mp4"]


@pytest.mark.parametrize(
    ("code", "says"), [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "Permission denied")]
)
def test_a_folder_that_cannot_be_written(
    code: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", failing(code))
    with pytest.raises(OutputError, match=says) as refusal, Results(tmp_path / "out"):
        pytest.fail("the run began")
    assert refusal.value.where == str(tmp_path / "out")
    assert refusal.value.remedy
    assert names(tmp_path) == set()


def test_a_move_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", failing(errno.EIO))
    with pytest.raises(OutputError, match="cannot be written"):
        built(tmp_path, tagged="new")
    assert names(tmp_path) == set()


def test_an_error_names_the_folder_and_not_the_hidden_one(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as error, Results(tmp_path) as results:
        raise OutputError("the disk is full", where=str(results.path("wayside.db")))
    assert error.value.where == str(tmp_path / "wayside.db")


def test_a_database_that_cannot_be_closed_is_told_after_all_is_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(_store: Store) -> NoReturn:
        raise StoreError("the disk is full")

    out = tmp_path / "out"
    with pytest.raises(StoreError, match="full"), Results(out) as results:  # noqa: PT012
        results.store.sessions()
        monkeypatch.setattr(Store, "close", close)
    assert names(tmp_path) == set()
    monkeypatch.undo()
    with pytest.raises(UsageError, match="first"), Results(out) as results:  # noqa: PT012
        results.store.sessions()
        monkeypatch.setattr(Store, "close", close)
        raise UsageError("first")  # what went wrong first is what is told
    assert names(tmp_path) == set()


def test_ctrl_c_waits_until_the_commit_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = []
    replace = Path.replace

    def noted(path: Path, target: Path) -> Path:
        blocked.append(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", noted)
    built(tmp_path, tagged="new")
    assert blocked == [blocked[0] | {signal.SIGINT, signal.SIGTERM}]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("tagged.mp4", True),
        ("tagged-001-north-2.mp4", True),
        ("tagged-1234-x.mp4", True),
        ("wayside.db", True),
        ("tagged-01-x.mp4", False),
        ("my-tagged.mp4", False),
        ("events.jsonl.bak", False),
        ("site.yaml", False),
    ],
)
def test_which_names_are_ours(name: str, is_ours: bool) -> None:
    assert is_result_name(name) is is_ours
