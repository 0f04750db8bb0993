"""The place itself, from pictures in which something always stands somewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from made_media import make_video
from wayside.domain.media import Picture
from wayside.ingest.sources import source_for
from wayside.pipeline.typical import APART_S, LEAST, MOST, keyframes, typical
from wayside.testing.scripted import ScriptedSession, steps

ROAD = 90


def queue(count: int, busy: int) -> list[Picture]:
    """Grey pictures; in the first ``busy`` of them cars of ever other colours stand at the left."""
    random = np.random.default_rng(3)
    pictures = []
    for n in range(count):
        picture = np.full((12, 16, 3), ROAD, np.int16) + random.integers(-2, 3, (12, 16, 1))
        if n < busy:
            picture[4:8, :6] = 20 + 200 * n // count
        pictures.append(picture.astype(np.uint8))
    return pictures


def test_what_stands_there_for_half_the_time_is_not_the_place() -> None:
    place = typical(queue(24, busy=12))
    assert place is not None
    assert place.dtype == np.uint8
    assert np.abs(place.astype(int) - ROAD).max() <= 5


def test_too_few_pictures_tell_nothing() -> None:
    assert typical(queue(LEAST - 1, busy=0)) is None
    assert typical(queue(LEAST, busy=0)) is not None


@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [
        ("mp4", "libx264", {"g": "25", "bf": "2", "sc_threshold": "0"}),
        ("avi", "mpeg4", {"g": "25"}),
        ("ts", "libx264", {"g": "25", "sc_threshold": "0"}),
    ],
)
def test_keyframes_are_apart_and_of_the_size_asked_for(
    container: str, codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    path = make_video(tmp_path / f"a.{container}", codec=codec, frames=25 * 21, options=options)
    session = source_for(path).open()
    found = keyframes(session, 32, 24)
    session.close()
    assert len(found) == 1 + int(20 / APART_S)
    assert {picture.shape for picture in found} == {(24, 32, 3)}


def test_no_more_are_taken_than_needed(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", frames=25 * 10, rate=1, options={"g": "4"})
    session = source_for(path).open()
    assert len(keyframes(session, 32, 24)) == MOST
    assert session.position < 0.7
    session.close()


def test_an_empty_recording_has_none() -> None:
    session = ScriptedSession(steps([np.zeros((8, 8, 3), np.uint8)]))
    session._script = ()
    format_ = session.format
    session.format = type(format_)("mjpeg", 8, 8, 0, format_.time_base, format_.rate, None, {})
    assert keyframes(session, 8, 8) == []  # type: ignore[arg-type]
