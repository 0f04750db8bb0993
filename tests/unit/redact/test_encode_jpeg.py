"""JPEG of redacted frames only, at the size asked for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from made_pictures import media_time, noise, raw_frame
from wayside.domain.errors import PrivacyError
from wayside.redact.encode_jpeg import jpeg
from wayside.redact.frame import blank, seal


def decoded(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def test_picture_comes_back_in_its_colours() -> None:
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[:, :40] = (200, 30, 60)
    back = decoded(jpeg(seal(pixels, media_time(0)), quality=95))
    assert np.abs(back.astype(int) - pixels)[:, 5:35].max() < 12


@pytest.mark.parametrize(
    ("width", "expected"), [(None, (60, 80)), (40, (30, 40)), (200, (60, 80)), (1, (1, 1))]
)
def test_width_shrinks_and_never_enlarges(width: int | None, expected: tuple[int, int]) -> None:
    frame = blank(80, 60, media_time(0))
    assert decoded(jpeg(frame, width=width)).shape[:2] == expected


def test_quality_costs_bytes() -> None:
    frame = seal(noise(80, 60), media_time(0))
    assert len(jpeg(frame, quality=30)) < len(jpeg(frame, quality=90))


@pytest.mark.parametrize("impostor", [raw_frame(noise(80, 60)), noise(80, 60), None])
def test_nothing_but_redacted_frames(impostor: object) -> None:
    with pytest.raises(PrivacyError):
        jpeg(impostor)  # type: ignore[arg-type]
    with pytest.raises(PrivacyError):
        jpeg(impostor, width=40)  # type: ignore[arg-type]
