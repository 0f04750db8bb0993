from __future__ import annotations

import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Anchor, ControlPoint, SceneGeometry
from wayside.domain.tracks import Tracks
from wayside.scene.naming import SizeNamer
from wayside.scene.scene import Scene

# Seen from straight above: the picture is 64 m wide and 36 m high.
METRES = 64.0
ASPECT = 16 / 9
CORNERS = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
POINTS = tuple(ControlPoint((x, y), (x * METRES, -y * METRES / ASPECT)) for x, y in CORNERS)
CALIBRATED = Scene(SceneGeometry(anchor=Anchor.GROUND, control_points=POINTS), ASPECT)


def tracks_at(
    t_s: float,
    size: tuple[float, float],
    speed_mps: float,
    *,
    class_id: ObjectClass = ObjectClass.UNKNOWN,
    x: float = 0.3,
) -> Tracks:
    """One confirmed object of ``size`` metres that drives to the right."""
    width, height = size[0] / METRES, size[1] * ASPECT / METRES
    x += speed_mps / METRES * t_s
    box = np.array([[x, 0.5, x + width, 0.5 + height]], np.float32)
    one = np.ones(1, np.float32)
    return Tracks(
        t_s,
        np.array([7]),
        box,
        np.array([class_id], np.int8),
        one,
        one,
        np.array([[speed_mps / METRES, 0.0]], np.float32),
        np.array([True]),
        np.array([True]),
        one * (t_s + 1),
        np.empty(0, np.int64),
    )


def name_after(scene: Scene, size: tuple[float, float], speed_mps: float) -> ObjectClass:
    namer = SizeNamer(scene)
    for step in range(12):
        named = namer.named(tracks_at(step * 0.1, size, speed_mps))
    assert 0 < named.class_shares[0] <= 1
    return ObjectClass(int(named.class_ids[0]))


@pytest.mark.parametrize(
    ("size", "speed_mps", "expected"),
    [
        ((0.7, 1.0), 1.4, ObjectClass.PERSON),
        ((1.8, 1.2), 4.8, ObjectClass.BICYCLE),
        ((4.5, 2.2), 9.0, ObjectClass.CAR),
        ((8.5, 3.2), 8.0, ObjectClass.TRUCK),
        ((12.0, 4.4), 8.0, ObjectClass.BUS),
    ],
)
def test_size_and_speed_name_the_typical(
    size: tuple[float, float], speed_mps: float, expected: ObjectClass
) -> None:
    assert name_after(CALIBRATED, size, speed_mps) is expected


def test_a_waiting_car_is_a_car_by_its_size() -> None:
    assert name_after(CALIBRATED, (4.5, 2.2), 0.0) is ObjectClass.CAR


def test_without_calibration_nothing_is_named() -> None:
    bare = Scene(SceneGeometry(), ASPECT)
    assert name_after(bare, (4.5, 2.2), 9.0) is ObjectClass.UNKNOWN


def test_a_name_given_by_a_network_stays() -> None:
    namer = SizeNamer(CALIBRATED)
    for step in range(12):
        tracks = tracks_at(step * 0.1, (0.7, 1.0), 1.4, class_id=ObjectClass.TRUCK)
        named = namer.named(tracks)
    assert named.class_ids.tolist() == [ObjectClass.TRUCK]


def test_one_sighting_is_not_enough() -> None:
    named = SizeNamer(CALIBRATED).named(tracks_at(0.0, (4.5, 2.2), 9.0))
    assert named.class_ids.tolist() == [ObjectClass.UNKNOWN]


def test_what_the_edge_cuts_is_not_measured() -> None:
    namer = SizeNamer(CALIBRATED)
    for step in range(6):
        named = namer.named(tracks_at(step * 0.1, (0.5, 1.0), 1.4, x=0.0))
    assert named.class_ids.tolist() == [ObjectClass.UNKNOWN]


def test_a_track_that_ended_is_forgotten() -> None:
    namer = SizeNamer(CALIBRATED)
    for step in range(6):
        namer.named(tracks_at(step * 0.1, (4.5, 2.2), 9.0))
    namer.named(Tracks.none(1.0))
    named = namer.named(tracks_at(1.1, (0.7, 1.0), 1.4))
    assert named.class_ids.tolist() == [ObjectClass.UNKNOWN]
