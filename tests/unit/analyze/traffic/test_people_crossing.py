"""A crossing of 20 m by 5 m over the middle of a picture of 100 m by 56.25 m."""

from __future__ import annotations

from functools import partial

import pytest

from wayside.analyze.traffic.pack import Traffic
from wayside.analyze.traffic.people_crossing import PeopleCrossing
from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Anchor, ControlPoint, Zone, ZoneUse

WIDE, HIGH = 100.0, 56.25
CORNERS = tuple(
    ControlPoint((x, y), (x * WIDE, y * HIGH)) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))
)


def placed(x, y):
    return x / WIDE, y / HIGH


ZEBRA = Zone(
    "zebra",
    (placed(40, 20), placed(60, 20), placed(60, 25), placed(40, 25)),
    ZoneUse.CROSSING,
)
LONG_WAY = ((0.0, 30.0), (8.0, 39.5))


@pytest.fixture
def walker(stage):
    """Somebody 0.5 m by 1.7 m at x metres of the zebra's middle line at these seconds."""

    def make(track, *path, y=22.5, kind=ObjectClass.PERSON, **more):
        height = 1.7 / HIGH
        points = tuple((t, x / WIDE, y / HIGH + height / 2) for t, x in path)
        votes = ((-1.0, kind, 0.9),)
        return stage.Actor(track, points, size=(0.5 / WIDE, height), votes=votes, **more)

    return make


@pytest.fixture
def measured(stage):
    def make(actors, until, **scene):
        drawn = {"anchor": Anchor.CENTRE, "zones": (ZEBRA,), "control_points": CORNERS, **scene}
        analyzer = Traffic(stage.scene(**drawn), [PeopleCrossing])
        stage.play(analyzer, actors, stage.every(0.25, until))
        return partial(stage.value, analyzer.readings(0.0, until))

    return make


def test_nobody_crosses(measured):
    value = measured([], 10.0)
    assert value("people_crossed", class_label="") == 0
    assert value("waiting_mean") is None


@pytest.mark.parametrize("scene", [{}, {"control_points": ()}])
def test_who_waits_and_walks_over_is_counted_and_timed(measured, walker, scene):
    """20 s at the kerb, 1 m before the crossing."""
    value = measured([walker(1, (0.0, 34.0), (4.0, 39.0), (24.0, 39.0), (42.0, 64.0))], 50, **scene)
    assert value("people_crossed", class_label="person") == 1
    assert value("waiting_mean", class_label="") == pytest.approx(20, abs=1.5)
    assert value("waiting_max", class_label="") == pytest.approx(20, abs=1.5)


def test_who_walks_on_has_not_waited(measured, walker):
    value = measured([walker(1, (0.0, 34.0), (24.0, 66.0))], 30.0)
    assert value("people_crossed", class_label="") == 1
    assert value("waiting_mean", class_label="") == 0


def test_who_turns_back_has_not_crossed(measured, walker):
    value = measured([walker(1, (0.0, 34.0), (9.0, 47.0), (18.0, 34.0))], 30.0)
    assert value("people_crossed", class_label="") == 0


def test_who_passes_along_the_kerb_has_not_crossed(measured, stage):
    size = (0.5 / WIDE, 1.7 / HIGH)
    person = ((-1.0, ObjectClass.PERSON, 0.9),)
    along = stage.Actor(1, ((0.0, 0.41, 0.2), (20.0, 0.41, 0.7)), size=size, votes=person)
    assert measured([along], 30.0)("people_crossed", class_label="") == 0


def test_cars_are_not_people(measured, walker):
    car = walker(1, (0.0, 34.0), (24.0, 66.0), kind=ObjectClass.CAR)
    assert measured([car], 30.0)("people_crossed", class_label="") == 0


def test_classes_are_told_apart(measured, walker):
    people = [
        walker(1, (0.0, 34.0), (24.0, 66.0), y=21.5),
        walker(2, (0.0, 66.0), (8.0, 34.0), y=23.5, kind=ObjectClass.BICYCLE),
    ]
    value = measured(people, 30.0)
    assert value("people_crossed", class_label="") == 2
    assert value("people_crossed", class_label="bicycle") == 1


def test_a_lost_track_is_carried_on(measured, walker):
    """Hidden by a bus for 3 s while waiting, and once more half way over."""
    parts = [
        walker(1, (0.0, 34.0), (4.0, 39.0), (14.0, 39.0)),
        walker(2, (17.0, 39.0), (24.0, 39.0), (32.0, 50.0)),
        walker(3, (32.8, 51.0), (42.0, 64.0)),
    ]
    value = measured(parts, 60.0)
    assert value("people_crossed", class_label="") == 1
    assert value("waiting_max", class_label="") == pytest.approx(17, abs=3.5)


def test_a_heading_says_how_people_walk(measured, stage):
    """Over the shorter side, 5 m."""
    size = (0.5 / WIDE, 1.7 / HIGH)
    person = ((-1.0, ObjectClass.PERSON, 0.9),)
    over = stage.Actor(1, ((0.0, 0.5, 0.3), (12.0, 0.5, 0.6)), size=size, votes=person)
    way = (placed(50, 20), placed(50, 25))
    drawn = Zone("zebra", ZEBRA.polygon, ZoneUse.CROSSING, way)
    assert measured([over], 30.0)("people_crossed", class_label="") == 0
    assert measured([over], 30.0, zones=(drawn,))("people_crossed", class_label="") == 1
