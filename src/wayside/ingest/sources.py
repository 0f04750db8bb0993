"""Which kind of source a path is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from wayside.domain.media import Source
from wayside.ingest.file import FileSource
from wayside.ingest.pictures import PictureFolderSource


def source_for(
    path: str | Path, *, start: datetime | None = None, rate: float | None = None
) -> Source:
    """A folder of pictures or a video file. Nothing is opened yet.

    start: UTC of the first picture, where it is known better than the file
    knows. rate: pictures a second of a folder (1 where not given), or of a
    file without times.
    """
    if Path(path).is_dir():
        return PictureFolderSource(path, 1.0 if rate is None else rate, start=start)
    return FileSource(path, start=start, rate=rate)
