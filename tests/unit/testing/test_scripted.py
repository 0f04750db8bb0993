"""Scripted feeds keep the contracts of domain/media.py."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from wayside.domain.errors import SourceError, SourceMissing
from wayside.domain.media import PixelAccess, Session, Source
from wayside.testing.scripted import (
    TIME_BASE,
    ArrayPixels,
    ScriptedSession,
    ScriptedSource,
    Step,
    raw_frame,
    steps,
)


def picture(value: int, width: int = 8, height: int = 4) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_pixels_are_averaged_over_area() -> None:
    checker = np.zeros((4, 8, 3), np.uint8)
    checker[::2, ::2] = 200
    checker[1::2, 1::2] = 200
    pixels: PixelAccess = ArrayPixels(checker)
    assert (pixels.width, pixels.height) == (8, 4)
    assert pixels.bgr(8, 4) is checker
    assert pixels.bgr(4, 2).shape == (2, 4, 3)
    assert (pixels.bgr(4, 2) == 100).all()
    assert pixels.luma(2, 1).tolist() == [[100, 100]]


def test_a_luma_picture_becomes_grey_in_colour() -> None:
    pixels = ArrayPixels(np.arange(32, dtype=np.uint8).reshape(4, 8))
    bgr = pixels.bgr(8, 4)
    assert bgr.shape == (4, 8, 3)
    assert (bgr[..., 0] == bgr[..., 2]).all()
    assert pixels.luma(8, 4)[3, 7] == 31


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 4), np.uint8), np.zeros(4, np.uint8)],
)
def test_what_is_no_picture_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="picture"):
        ArrayPixels(wrong)


def test_steps_carry_time_keyframes_and_corruption() -> None:
    script = steps(
        [picture(i) for i in range(5)], rate=10, keyframe_every=2, corrupt=frozenset({3})
    )
    packets = list(ScriptedSession(script).packets())
    assert [packet.pts for packet in packets] == [0, 9000, 18000, 27000, 36000]
    assert [packet.is_keyframe for packet in packets] == [True, False, True, False, True]
    assert [packet.is_corrupt for packet in packets] == [False, False, False, True, False]
    frame = raw_frame(packets[3])
    assert frame.is_corrupt
    assert frame.time.t_s == pytest.approx(0.3)
    assert frame.bgr()[0, 0, 0] == 3


def test_a_packet_without_pts_is_no_frame() -> None:
    packet = Step(picture(1), None, size=17).packet()
    assert packet.size == 17
    assert packet.time_base == TIME_BASE == Fraction(1, 90_000)
    with pytest.raises(ValueError, match="pts"):
        raw_frame(packet)


def test_a_session_declares_its_pictures_and_stops_when_closed() -> None:
    session: Session = ScriptedSession(steps([picture(1), picture(2)]), identity="a")
    assert (session.id, session.format.width, session.format.height) == ("a", 8, 4)
    packets = session.packets()
    next(packets)
    session.close()
    assert list(packets) == []


def test_a_session_fails_on_cue_after_its_last_packet() -> None:
    session = ScriptedSession(steps([picture(1)]), failure=SourceError("the cable was pulled"))
    packets = session.packets()
    assert next(packets).pts == 0
    with pytest.raises(SourceError, match="cable"):
        next(packets)


def test_a_source_opens_its_sessions_in_order_and_then_fails() -> None:
    first, last = ScriptedSession(()), ScriptedSession(steps([picture(1)]))
    script = ScriptedSource("yard", [first, SourceMissing("gone"), last])
    source: Source = script
    assert source.open() is first
    with pytest.raises(SourceMissing):
        source.open()
    assert source.open() is last
    with pytest.raises(SourceError, match="no further session"):
        source.open()
    assert script.opened == 4
