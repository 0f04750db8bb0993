from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from made_media import make_video
from wayside.domain.errors import SourceRefused
from wayside.ingest.probe import Shape, first_shape, parameters, refuse_huge, trusted_rate


@pytest.mark.parametrize(("width", "height"), [(8193, 16), (16, 8193), (8192, 8192)])
def test_huge_pictures_are_refused(width: int, height: int) -> None:
    with pytest.raises(SourceRefused, match=f"{width} x {height}"):
        refuse_huge(width, height, "a.mp4")


def test_large_pictures_are_not() -> None:
    refuse_huge(7680, 4320, "a.mp4")
    refuse_huge(8192, 7000, "a.mp4")


@pytest.mark.parametrize(
    ("rate", "trusted"),
    [
        (None, None),
        (Fraction(0), None),
        (Fraction(30000, 1001), pytest.approx(29.97, abs=0.001)),
        (Fraction(90_000), None),
        (Fraction(1, 60), pytest.approx(1 / 60)),
        (Fraction(1, 86_400), None),
    ],
)
def test_a_rate_is_trusted_within_reason(rate: Fraction | None, trusted: object) -> None:
    assert trusted_rate(rate) == trusted


def test_without_a_picture_the_header_counts(tmp_path: Path) -> None:
    with av.open(str(make_video(tmp_path / "a.mp4"))) as container:
        context = container.streams.video[0].codec_context
        assert first_shape(context, [av.Packet(b"junk" * 9)]) == Shape(64, 48, 0)


def test_parameters_are_what_another_decoder_needs(tmp_path: Path) -> None:
    with av.open(str(make_video(tmp_path / "a.mp4"))) as container:
        context = container.streams.video[0].codec_context
        found = parameters(context)
    assert found["extradata"] == context.extradata
    assert (found["width"], found["height"], found["codec_tag"]) == (64, 48, "avc1")
    with pytest.raises(TypeError):
        found["width"] = 1  # type: ignore[index]
