import struct
import zlib

import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.report.heatmap import heat_png, object_seconds, png


def test_the_cells_hold_the_time_of_all_steps(sample):
    path = sample.trajectory(
        1, ObjectClass.CAR, [(0.05, 0.5), (0.95, 0.5), (0.95, 0.5)], [0.0, 2.0, 7.0]
    )
    seconds = object_seconds([path], 10, 4)
    assert seconds.sum() == pytest.approx(7.0)
    assert np.count_nonzero(seconds) == 10
    assert seconds[2, 9] == pytest.approx(5.0 + 1.0 / 9)
    assert seconds[2, 4] == pytest.approx(2.0 / 9)


def test_a_fast_object_leaves_a_line_without_holes(sample):
    path = sample.trajectory(1, ObjectClass.CAR, [(0.0, 0.1), (1.0, 0.1)], [0.0, 1.0])
    assert (object_seconds([path], 96, 54)[5] > 0).all()


def test_what_is_not_in_the_picture_is_left_out(sample):
    nan = float("nan")
    paths = [
        sample.trajectory(1, ObjectClass.CAR, [(nan, 0.1), (0.5, 0.1)], [0.0, 1.0]),
        sample.trajectory(2, ObjectClass.CAR, [(1.4, 0.1), (0.5, 0.1)], [0.0, 1.0]),
        sample.trajectory(3, ObjectClass.CAR, [(0.5, 0.5)], [0.0]),
        sample.trajectory(4, ObjectClass.CAR, [(0.5, 0.5), (0.6, 0.5)], [1.0, 1.0]),
    ]
    assert object_seconds(paths, 10, 10).sum() == 0


def test_a_png_decodes_to_its_pixels():
    rgba = np.random.default_rng(1).integers(0, 256, (3, 5, 4), np.uint8)
    file = png(rgba)
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(file):
        (length,) = struct.unpack(">I", file[at : at + 4])
        kind, body = file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        assert struct.unpack(">I", file[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            kind + body
        )
        chunks[kind] = body
        at += 12 + length
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (5, 3)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(3, 21)
    assert (lines[:, 0] == 0).all()
    assert (lines[:, 1:].reshape(3, 5, 4) == rgba).all()


def test_heat_is_clear_where_nothing_was_and_brightest_at_the_most():
    seconds = np.array([[0.0, 1.0], [4.0, 16.0]])
    file = heat_png(seconds)
    body = file[file.index(b"IDAT") + 4 :]
    pixels = np.frombuffer(zlib.decompressobj().decompress(body), np.uint8).reshape(2, 9)[:, 1:]
    pixels = pixels.reshape(4, 4).astype(int)
    assert list(pixels[0]) == [0, 0, 0, 0]
    lightness = pixels[1:, :3].sum(1)
    assert lightness[0] < lightness[1] < lightness[2]
    assert (pixels[1:, 3] > 0).all()


def test_heat_of_nothing_is_a_clear_picture():
    assert heat_png(np.zeros((2, 2))).startswith(b"\x89PNG")
