import sqlite3
from pathlib import Path

import pytest

from wayside.domain.errors import StoreError
from wayside.store import opening
from wayside.store.database import Store
from wayside.store.schema import APPLICATION_ID


@pytest.mark.parametrize("content", [b"hello", b"a text file\n" * 400, b"\x00" * 8192])
def test_another_kind_of_file_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"not a .*database") as raised:
        Store.open(path)
    assert raised.value.where == str(path)
    assert raised.value.remedy
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store.open(path)
    assert path.read_bytes() == before


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder") as raised:
        Store.open(tmp_path / "nowhere" / "wayside.db")
    assert raised.value.where == str(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a file"):
        Store.open(tmp_path)


def test_a_place_that_cannot_be_written_is_said() -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(Path("/proc/wayside.db"))


@pytest.mark.parametrize("made", ["empty", "header only"])
def test_a_file_whose_making_was_cut_short_is_made_whole(path: Path, made: str) -> None:
    path.touch()
    if made == "header only":
        opening.prepare(path, 1.0, APPLICATION_ID)
    with Store.open(path) as store:
        assert store.sessions() == []


def test_a_locked_file_cannot_be_opened_and_is_not_set_aside(path: Path) -> None:
    Store.open(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked"):
        Store.open(path, busy_timeout_s=0.05)
    other.execute("ROLLBACK")
    other.close()
    assert path.exists()


def test_names_set_aside_do_not_overwrite_each_other(path: Path) -> None:
    names = []
    for content in (b"first", b"second"):
        path.write_bytes(content)
        path.with_name(path.name + "-wal").write_bytes(content + b" log")
        names.append(opening.set_aside(path))
    assert [name.read_bytes() for name in names] == [b"first", b"second"]
    logs = [name.with_name(name.name + "-wal").read_bytes() for name in names]
    assert logs == [b"first log", b"second log"]
    assert not path.exists()


def test_what_cannot_be_set_aside_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(b"damaged")

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StoreError, match=r"Permission denied.*by hand"):
        opening.set_aside(path)
    assert path.read_bytes() == b"damaged"
