"""The ring of small redacted pictures: the last seconds, the nearest moment, no more."""

from __future__ import annotations

import numpy as np
import pytest
import simplejpeg

from made_pictures import media_time, noise, raw_frame
from wayside.domain.errors import PrivacyError
from wayside.pipeline.stills import StillRing
from wayside.redact.frame import RedactedFrame, seal


def picture(t_s: float, grey: int = 0, size: tuple[int, int] = (64, 48)) -> RedactedFrame:
    return seal(np.full((size[1], size[0], 3), grey, np.uint8), media_time(t_s))


def grey_at(ring: StillRing, t_s: float) -> int:
    found = ring.at(t_s)
    assert found is not None
    return round(float(simplejpeg.decode_jpeg(found[0]).mean()))


def test_an_empty_ring_has_no_picture() -> None:
    assert StillRing().at(0.0) is None


def test_the_nearest_moment_is_given() -> None:
    ring = StillRing()
    for n in range(4):
        ring.add(picture(float(n), grey=50 * n))
    assert grey_at(ring, 1.2) == pytest.approx(50, abs=2)
    assert grey_at(ring, 1.8) == pytest.approx(100, abs=2)
    assert grey_at(ring, 99.0) == pytest.approx(150, abs=2)


def test_what_is_older_is_forgotten() -> None:
    ring = StillRing(seconds=2.0)
    for n in range(6):
        ring.add(picture(float(n), grey=40 * n))
    assert grey_at(ring, 0.0) == pytest.approx(120, abs=2)  # of second 3


def test_wide_pictures_are_made_small_and_small_ones_stay() -> None:
    ring = StillRing(width=100)
    ring.add(picture(0.0, size=(400, 300)))
    ring.add(picture(1.0, size=(64, 48)))
    assert [found[1:] for t_s in (0.0, 1.0) if (found := ring.at(t_s))] == [(100, 75), (64, 48)]


def test_a_raw_picture_does_not_come_in() -> None:
    with pytest.raises(PrivacyError):
        StillRing(width=32).add(raw_frame(noise(64, 48)))  # type: ignore[arg-type]
