import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wayside.domain.tracks import Trajectory
from wayside.store import points


def same(a: Trajectory, b: Trajectory) -> bool:
    def kept(of: Trajectory) -> list[bytes | None]:
        return [None if c is None else c.tobytes() for c in (of.ground, of.sizes)]

    return (
        (a.track, a.class_id) == (b.track, b.class_id)
        and a.t_s.tobytes() == b.t_s.tobytes()
        and a.image.tobytes() == b.image.tobytes()
        and kept(a) == kept(b)
    )


@given(st.data(), st.integers(1, 40), st.booleans(), st.booleans())
def test_points_come_back_bit_for_bit(
    data: st.DataObject, count: int, grounded: bool, sized: bool
) -> None:
    pairs = arrays(np.float32, (count, 2), elements=st.floats(width=32))
    trajectory = Trajectory(
        track=9,
        class_id=2,
        t_s=data.draw(arrays(np.float64, count, elements=st.floats(0, 1e6))),
        image=data.draw(pairs),
        ground=data.draw(pairs) if grounded else None,
        sizes=data.draw(pairs) if sized else None,
    )
    back = points.unpack(9, 2, points.pack(trajectory))
    assert same(trajectory, back)
    assert (back.t_s.dtype, back.image.dtype) == (np.float64, np.float32)


def test_a_blob_is_smaller_than_its_columns() -> None:
    generator = np.random.default_rng(1)
    walk = (np.cumsum(generator.normal(0, 0.004, (100, 2)), axis=0) + 0.5).astype(np.float32)
    trajectory = Trajectory(1, 4, np.arange(100) * 0.2 + 31.4, walk, walk * 30)
    columns = trajectory.t_s.nbytes + 2 * walk.nbytes
    assert len(points.pack(trajectory)) < 0.8 * columns


def test_the_layout_is_the_documented_one() -> None:
    trajectory = Trajectory(
        1, 4, np.array([1.5]), np.array([[0.25, 0.5]], np.float32), np.zeros((1, 2), np.float32)
    )
    blob = points.pack(trajectory)
    assert blob[:6] == bytes([2, 1]) + struct.pack("<I", 1)
    columns = zlib.decompress(blob[6:])
    assert columns[:8] == struct.pack("<d", 1.5)
    assert columns[8:16] == bytes(b for pair in zip(*_floats(0.25, 0.5), strict=True) for b in pair)


def test_points_of_the_first_version_are_read() -> None:
    trajectory = Trajectory(1, 4, np.arange(3.0), np.ones((3, 2), np.float32), None)
    blob = points.pack(trajectory)
    back = points.unpack(1, 4, b"\x01" + blob[1:])
    assert same(trajectory, back)
    assert back.sizes is None


def _floats(*values: float) -> list[bytes]:
    return [struct.pack("<f", value) for value in values]


@pytest.mark.parametrize(
    ("times", "image"), [(0, 0), (3, 2), (2, 3)], ids=["no point", "short", "long"]
)
def test_columns_must_match(times: int, image: int) -> None:
    trajectory = Trajectory(7, 4, np.zeros(times), np.zeros((image, 2), np.float32), None)
    with pytest.raises(ValueError, match="track 7"):
        points.pack(trajectory)


GOOD = points.pack(Trajectory(1, 4, np.arange(9.0), np.ones((9, 2), np.float32), None))


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        GOOD[:5],
        GOOD[:-4],
        b"\x03" + GOOD[1:],
        GOOD[:1] + b"\x04" + GOOD[2:],
        GOOD[:2] + struct.pack("<I", 8) + GOOD[6:],
        GOOD[:2] + struct.pack("<I", 2**32 - 1) + GOOD[6:],
        GOOD[:8] + b"\x00" * 20,
    ],
    ids=["empty", "header", "cut", "version", "flags", "fewer", "more", "noise"],
)
def test_a_damaged_blob_is_noticed(blob: bytes) -> None:
    with pytest.raises(ValueError, match="track 1"):
        points.unpack(1, 4, blob)
