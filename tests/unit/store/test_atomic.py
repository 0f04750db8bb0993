import errno
import os
import stat
from pathlib import Path

import pytest

from wayside.domain.errors import OutputError
from wayside.store.atomic import replacing


def test_the_new_file_takes_the_old_ones_place(tmp_path: Path) -> None:
    out = tmp_path / "a.txt"
    out.write_text("old")
    with replacing(out) as file:
        file.write("new é\n")
        file.flush()
        assert out.read_text() == "old"
    assert out.read_bytes() == "new é\n".encode()
    assert list(tmp_path.iterdir()) == [out]


def test_it_has_the_rights_of_an_ordinary_file(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        with replacing(tmp_path / "a.txt") as file:
            file.write("x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "Check the disk"),
    ],
)
def test_a_disk_that_refuses_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    out = tmp_path / "a.txt"
    out.write_text("old")

    def refuse(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    def attempt() -> None:
        with replacing(out) as file:
            file.write("new")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError, match=remedy) as raised:
        attempt()
    assert os.strerror(number) in raised.value.what
    assert raised.value.where == str(out)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_missing_folder_and_a_folder_in_the_way_are_said(tmp_path: Path) -> None:
    def write(path: Path) -> None:
        with replacing(path) as file:
            file.write("x")

    with pytest.raises(OutputError, match="Make the folder"):
        write(tmp_path / "nowhere" / "a.txt")
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OutputError, match="folder of that name"):
        write(tmp_path / "a.txt")
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]
