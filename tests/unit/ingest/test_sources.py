from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from made_media import make_picture, make_video
from wayside.domain.errors import SourceMissing
from wayside.ingest.file import FileSource
from wayside.ingest.pictures import PictureFolderSource
from wayside.ingest.sources import source_for


def test_a_file_is_a_video_and_a_folder_is_pictures(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.jpg")
    assert isinstance(source_for(tmp_path), PictureFolderSource)
    assert isinstance(source_for(make_video(tmp_path / "a.mp4")), FileSource)


def test_choosing_opens_nothing(tmp_path: Path) -> None:
    source = source_for(str(tmp_path / "later.mp4"))
    with pytest.raises(SourceMissing):
        source.open()


def test_start_and_rate_reach_the_session(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.jpg")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    session = source_for(tmp_path, start=start, rate=4.0).open()
    assert (session.start, session.format.rate) == (start, 4.0)
    assert source_for(tmp_path).open().format.rate == 1.0
