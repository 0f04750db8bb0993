from __future__ import annotations

import av
import numpy as np
import pytest

from made_media import scene
from wayside.decode.pixels import DecodedPicture, PixelConverter


def picture(rotation: int = 0, pixels: str = "yuv420p") -> DecodedPicture:
    frame = av.VideoFrame.from_ndarray(scene(0), format="bgr24").reformat(format=pixels)
    return DecodedPicture(frame, rotation, PixelConverter())


def test_shapes_and_types_are_as_asked() -> None:
    seen = picture()
    assert (seen.width, seen.height) == (64, 48)
    assert seen.bgr(40, 30).shape == (30, 40, 3)
    assert seen.luma(32, 16).shape == (16, 32)
    assert seen.bgr(40, 30).dtype == seen.luma(32, 16).dtype == np.uint8


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "nv12", "yuv420p10le", "gray", "rgb24"])
def test_every_pixel_format_keeps_its_brightness(pixels: str) -> None:
    expected = picture().luma(64, 48)
    assert np.abs(picture(pixels=pixels).luma(64, 48).astype(int) - expected).mean() < 2


@pytest.mark.parametrize(("matrix", "colour_range"), [(3, 1), (8, 1), (16, 2), (91, 1), (1, 7)])
def test_colours_that_nothing_converts_are_taken_for_the_usual(
    matrix: int, colour_range: int
) -> None:
    frame = av.VideoFrame.from_ndarray(scene(0), format="bgr24").reformat(format="yuv420p")
    frame.colorspace, frame.color_range = matrix, colour_range
    seen = DecodedPicture(frame, 0, PixelConverter())
    assert np.abs(seen.luma(64, 48).astype(int) - picture().luma(64, 48)).mean() < 24
    assert seen.bgr(40, 30).shape == (30, 40, 3)
    assert seen.planes(32, 24).shape == (3, 24, 32)


def test_luma_uses_the_full_range() -> None:
    frame = av.VideoFrame.from_ndarray(np.full((16, 16, 3), 255, np.uint8), format="bgr24")
    limited = frame.reformat(format="yuv420p")
    assert DecodedPicture(limited, 0, PixelConverter()).luma(8, 8).min() >= 254


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))]
)
def test_rotation_is_clockwise(rotation: int, corner: tuple[int, int]) -> None:
    seen = picture(rotation)
    lying = rotation % 180 == 90
    assert (seen.width, seen.height) == ((48, 64) if lying else (64, 48))
    full = seen.bgr(seen.width, seen.height)
    assert full.shape == (seen.height, seen.width, 3)
    assert full.flags.c_contiguous
    reds = {
        (row, column): int(full[row, column, 2]) - int(full[row, column, 0])
        for row in (0, -1)
        for column in (0, -1)
    }
    assert max(reds, key=reds.__getitem__) == corner


def test_the_same_size_is_converted_once() -> None:
    seen = picture()
    assert seen.luma(32, 24) is seen.luma(32, 24)
    assert seen.luma(32, 24) is not seen.luma(24, 32)


def test_averaging_does_not_alias() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    frame = av.VideoFrame.from_ndarray(stripes, format="bgr24").reformat(format="yuv444p")
    small = DecodedPicture(frame, 0, PixelConverter()).luma(16, 16)
    assert np.abs(small.astype(int) - 128).max() < 12


def test_a_converter_keeps_few_scalers() -> None:
    converter = PixelConverter()
    frame = av.VideoFrame.from_ndarray(scene(0), format="bgr24")
    for width in range(16, 48):
        assert converter.convert(frame, width, 16, "gray").shape == (16, width)
    assert len(converter._scalers) <= 8


def test_a_converter_follows_a_change_of_size() -> None:
    converter = PixelConverter()
    for size in ((64, 48), (128, 96), (64, 48)):
        frame = av.VideoFrame.from_ndarray(scene(0, *size), format="bgr24")
        small = converter.convert(frame, 32, 24, "bgr24")
        assert small[2, 2, 2] > 200
        assert small[-2, -2, 0] > 140


def coded(pixels: str, colorspace: int = 0) -> DecodedPicture:
    """A smooth coloured picture of 64x48."""
    rows, columns = np.mgrid[0:48, 0:64]
    smooth = np.stack([columns * 3, rows * 4, 200 - columns * 2], 2).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(smooth, format="bgr24").reformat(format=pixels)
    frame.colorspace = colorspace
    return DecodedPicture(frame, 0, PixelConverter())


@pytest.mark.parametrize("colorspace", [1, 2, 5, 6])
@pytest.mark.parametrize("size", [(32, 24), (64, 48), (20, 16)])
def test_planes_are_the_same_colours_apart(size: tuple[int, int], colorspace: int) -> None:
    seen = coded("yuv420p", colorspace)
    planes = seen.planes(*size)
    assert planes.shape == (3, size[1], size[0])
    assert planes.dtype == np.uint8
    away = np.abs(planes.transpose(1, 2, 0).astype(int) - seen.bgr(*size))
    assert away.mean() < 3  # swscale cuts off where this rounds
    assert away.max() < 9


@pytest.mark.parametrize("pixels", ["yuvj420p", "nv12", "yuv420p10le", "gray", "rgb24"])
def test_planes_of_every_pixel_format(pixels: str) -> None:
    seen = coded(pixels)
    away = np.abs(seen.planes(32, 24).transpose(1, 2, 0).astype(int) - seen.bgr(32, 24))
    assert away.max() < 9


def test_planes_turn_with_the_picture() -> None:
    seen = picture(90)
    away = np.abs(seen.planes(24, 32).transpose(1, 2, 0).astype(int) - seen.bgr(24, 32))
    assert away.mean() < 6
