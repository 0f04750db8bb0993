"""The same picture again, or a quiet place?"""

from __future__ import annotations

import io
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from feed_health import noisy, street
from wayside.detect.stillness import Stillness
from wayside.domain.media import Picture
from wayside.testing.degraded import write_clock


def still_s(pictures: list[Picture]) -> list[float]:
    """Of grey or colour pictures in full size, one a second."""
    stillness = Stillness()
    seconds = []
    for t_s, picture in enumerate(pictures):
        full = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        small = cv2.resize(full, (320, 180), interpolation=cv2.INTER_AREA)
        seconds.append(stillness.update(float(t_s), small, lambda full=full: full)[0])
    return seconds


def coded(pictures: list[Picture], rate: int, **options: str) -> list[Picture]:
    """(H, W) luma of one picture a second, after x264."""
    av.logging.set_level(None)
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(rate))
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.gop_size = "yuv420p", 4 * rate
        stream.options = {"preset": "veryfast", **options}
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        decoded = [f.reformat(format="gray").to_ndarray() for f in container.decode(video=0)]
    return decoded[::rate]


def test_the_same_picture_is_still() -> None:
    assert still_s([street()] * 30) == list(range(30))


def test_a_running_clock_hides_nothing() -> None:
    assert still_s([write_clock(street(), 50.0 + t_s) for t_s in range(30)])[-1] == 29


@pytest.mark.parametrize("dark", [1.0, 0.2])
@pytest.mark.parametrize("sigma", [0.5, 1.0, 3.0])
def test_noise_is_life_with_and_without_a_clock(dark: float, sigma: float) -> None:
    place = (street() * dark).astype(np.uint8)
    live = [noisy(place, t_s, sigma) for t_s in range(60)]
    assert max(still_s(live)) < 20
    assert max(still_s([write_clock(one, t_s) for t_s, one in enumerate(live)])) < 20


def test_something_small_that_moves_is_life() -> None:
    pictures = []
    for t_s in range(60):
        picture = street()
        cv2.circle(picture, (20 + 10 * t_s, 200), 9, (255, 255, 255), -1)
        pictures.append(picture)
    assert max(still_s(pictures)) < 3


def test_another_size_begins_anew() -> None:
    stillness = Stillness()
    for t_s in range(10):
        stillness.update(t_s, np.zeros((180, 320), np.uint8), lambda: np.zeros(1, np.uint8))
    small = np.zeros((240, 320), np.uint8)
    assert stillness.update(10, small, lambda: small) == (0.0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("dark", [1.0, 0.25])
@pytest.mark.parametrize("crf", ["23", "33"])
def test_a_quiet_place_under_strong_compression_is_not_still(dark: float, crf: str) -> None:
    # Texture, as every real place has: of flat colour such compression leaves nothing at all.
    place = (noisy(street(), 9, 8.0) * dark).astype(np.uint8)
    live = [noisy(place, number) for number in range(6 * 40)]
    assert max(still_s(coded(live, 6, crf=crf))) < 20


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"crf": "23"}, {"crf": "33"}, {"b": "1500k"}])
def test_a_frozen_picture_that_is_coded_on_is_still(options: dict[str, str]) -> None:
    live = [noisy(street(), number) for number in range(6 * 12)]
    assert max(still_s(coded(live + [live[-1]] * (6 * 30), 6, **options))) >= 20
