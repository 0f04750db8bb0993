"""RedactedFrame: one door in, and nothing else counts as one."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

import wayside
from made_pictures import media_time, noise, raw_frame
from wayside.domain.errors import PrivacyError
from wayside.redact.frame import BLANK, RedactedFrame, blank, require_redacted, scaled, seal


def test_nobody_else_makes_one() -> None:
    pixels = noise(8, 6)
    with pytest.raises(PrivacyError):
        RedactedFrame(pixels, media_time(0))
    with pytest.raises(PrivacyError):
        RedactedFrame(pixels, media_time(0), False, object())
    with pytest.raises((PrivacyError, TypeError, ValueError)):
        dataclasses.replace(seal(pixels, media_time(0)), pixels=noise(8, 6, 1))


def test_only_redact_names_the_doors() -> None:
    source = Path(wayside.__file__).parent
    doors = re.compile(r"RedactedFrame\(|_SEAL|import .*\b(seal|blank)\b|frame\.(seal|blank)\(")
    users = {
        path.relative_to(source).parts[0]
        for path in source.rglob("*.py")
        if doors.search(path.read_text("utf-8"))
    }
    assert users == {"redact"}


def test_its_pixels_cannot_be_changed() -> None:
    frame = seal(noise(8, 6), media_time(0))
    with pytest.raises(ValueError, match="read-only"):
        frame.pixels[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame.pixels = noise(8, 6)  # type: ignore[misc]


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)])
def test_what_is_no_picture_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(PrivacyError):
        seal(pixels, media_time(0))


@pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("make", [raw_frame, lambda pixels: seal(pixels, media_time(0))])
def test_frames_do_not_travel_as_objects(leave: object, make: object) -> None:
    with pytest.raises(PrivacyError):
        leave(make(noise(8, 6)))  # type: ignore[operator]


def test_blank_is_uniform_and_says_so() -> None:
    frame = blank(10, 6, media_time(2))
    assert frame.is_blank
    assert (frame.width, frame.height) == (10, 6)
    assert (frame.pixels == BLANK).all()
    assert repr(frame) == "RedactedFrame(blank 10x6 at 2.000 s)"


def test_scaled_keeps_time_and_blankness() -> None:
    frame = scaled(blank(40, 20, media_time(3)), 10, 5)
    assert (frame.width, frame.height, frame.is_blank) == (10, 5, True)
    assert frame.time == media_time(3)
    same = seal(noise(8, 6), media_time(0))
    assert scaled(same, 8, 6) is same
    assert scaled(same, 16, 12).width == 16


@pytest.mark.parametrize(
    "impostor",
    [raw_frame(noise(8, 6)), noise(8, 6), None, Mock(spec=RedactedFrame)],
    ids=["raw", "array", "none", "mock"],
)
def test_impostors_are_refused(impostor: object) -> None:
    with pytest.raises(PrivacyError):
        require_redacted(impostor)
    with pytest.raises(PrivacyError):
        scaled(impostor, 4, 4)  # type: ignore[arg-type]
