from __future__ import annotations

import os
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from made_media import make_picture
from wayside.domain.errors import SourceMissing, SourceUnreadable
from wayside.ingest.pictures import PictureFolderSource, natural_order


def test_pictures_come_in_natural_order(tmp_path: Path) -> None:
    names = ["img10.png", "img2.png", "IMG1.png", "img2b.png", "7.png", "a.png"]
    ordered = sorted((tmp_path / name for name in names), key=natural_order)
    assert [p.name for p in ordered] == [
        "7.png", "a.png", "IMG1.png", "img2.png", "img2b.png", "img10.png",
    ]  # fmt: skip


def test_each_picture_is_a_keyframe_at_its_moment(tmp_path: Path) -> None:
    for index in range(3):
        make_picture(tmp_path / f"{index}.jpg", index)
    with PictureFolderSource(tmp_path, rate=0.5).open() as session:
        packets = list(session.packets())
        assert session.format.time_base == Fraction(2)
        assert session.format.duration_s == 6.0
        assert session.format.rate == 0.5
    assert [(p.pts, p.dts, p.is_keyframe) for p in packets] == [(i, i, True) for i in range(3)]


def test_unreadable_pictures_are_counted_and_keep_their_moment(tmp_path: Path) -> None:
    (tmp_path / "0.jpg").write_text("no picture")
    (tmp_path / "1.jpg").write_bytes(b"\xff\xd8\xff only a beginning")
    make_picture(tmp_path / "2.png")
    (tmp_path / "3.png").touch()
    (tmp_path / "4.jpg").mkdir()
    (tmp_path / "5.jpg").symlink_to(tmp_path / "nowhere")
    make_picture(tmp_path / "6.png")
    with PictureFolderSource(tmp_path).open() as session:
        assert [p.pts for p in session.packets()] == [1, 2, 6]
        assert session.unreadable_pictures == 4
        assert session.position == 1.0


def test_a_picture_that_vanishes_is_counted(tmp_path: Path) -> None:
    for index in range(3):
        make_picture(tmp_path / f"{index}.png", index)
    with PictureFolderSource(tmp_path).open() as session:
        (tmp_path / "1.png").unlink()
        assert [p.pts for p in session.packets()] == [0, 2]
        assert session.unreadable_pictures == 1


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.jpg")
    make_picture(tmp_path / "b.png").rename(tmp_path / "b.PNG")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "._a.jpg").write_text("left by a Mac")
    with PictureFolderSource(tmp_path).open() as session:
        assert len(list(session.packets())) == 2
        assert session.unreadable_pictures == 0


def test_the_start_is_given_or_the_first_files_age(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    os.utime(make_picture(tmp_path / "a.jpg"), (moment.timestamp(), moment.timestamp()))
    with PictureFolderSource(tmp_path).open() as guessed:
        assert (guessed.start, guessed.start_is_known) == (moment, False)
    given = datetime(2020, 1, 1, tzinfo=UTC)
    with PictureFolderSource(tmp_path, start=given).open() as known:
        assert (known.start, known.start_is_known) == (given, True)


def test_values_without_meaning_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        PictureFolderSource(tmp_path, rate=0)
    with pytest.raises(ValueError, match="time zone"):
        PictureFolderSource(tmp_path, start=datetime(2026, 1, 1))


def test_folders_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing):
        PictureFolderSource(tmp_path / "none").open()
    (tmp_path / "file").touch()
    with pytest.raises(SourceUnreadable, match="cannot be read"):
        PictureFolderSource(tmp_path / "file").open()
    with pytest.raises(SourceUnreadable, match="without pictures"):
        PictureFolderSource(tmp_path).open()


def test_a_folder_of_broken_pictures_only_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0.jpg").write_text("no picture")
    (tmp_path / "1.jpg").write_bytes(b"\xff\xd8\xff only a beginning")
    with pytest.raises(SourceUnreadable, match="none of its 2 pictures"):
        PictureFolderSource(tmp_path).open()
