"""Bodies are as large as they say and show the camera their outside."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.testing.town.agents import Kind, Size
from wayside.testing.town.arrivals import SIZES
from wayside.testing.town.figures import strokes_of
from wayside.testing.town.shapes import mesh_of

SOLIDS = [Kind.CAR, Kind.VAN, Kind.LORRY, Kind.BUS]


@pytest.mark.parametrize("kind", SOLIDS)
@pytest.mark.parametrize("look", [0, 5, 16, 33, 1023])
def test_a_body_fills_its_size_and_no_more(kind: Kind, look: int) -> None:
    for size in SIZES[kind]:
        mesh = mesh_of(kind, size, look)
        spread = mesh.points.max(0) - mesh.points.min(0)
        assert spread == pytest.approx([size.length, size.width, size.height], abs=0.06)
        assert mesh.points[:, 2].min() >= -1e-9


@pytest.mark.parametrize("kind", SOLIDS)
def test_faces_look_outwards_and_are_sorted(kind: Kind) -> None:
    mesh = mesh_of(kind, SIZES[kind][0], 7)
    assert np.hypot.reduce(mesh.normals, axis=1) == pytest.approx(1.0)
    tops = mesh.normals[:, 2] > 0.9
    assert tops.any()
    assert not (mesh.normals[:, 2] < -0.5).any()
    assert (np.diff(mesh.part) >= 0).all()
    assert mesh.starts[-1] == len(mesh.points)
    assert (np.diff(mesh.starts) >= 4).all()


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.CYCLIST])
def test_figures_are_the_same_one_by_one_and_all_at_once(kind: Kind) -> None:
    size = SIZES[kind][1]
    travelled, speed = np.linspace(0, 9, 31), np.full(31, 1.4)
    together = strokes_of(kind, size, 99, travelled, speed)
    alone = strokes_of(kind, size, 99, travelled[8:9], speed[8:9])
    assert together.ends[8] == pytest.approx(alone.ends[0])
    assert (together.widths == alone.widths).all()
    assert together.ends[..., 2].max() == pytest.approx(size.height)
    assert together.ends[..., 2].min() >= 0.0


def test_legs_swing_when_walking_and_rest_when_standing() -> None:
    size = Size(0.45, 0.5, 1.75)
    walking = strokes_of(Kind.PERSON, size, 1, np.linspace(0, 3, 40), np.full(40, 1.4))
    standing = strokes_of(Kind.PERSON, size, 1, np.linspace(0, 3, 40), np.zeros(40))
    assert np.ptp(walking.ends[:, 0, 1, 0]) > 0.4
    assert np.ptp(standing.ends[:, 0, 1, 0]) == 0.0
