"""People, riders and things where only vehicles drive."""

import json

import pytest

from wayside.analyze.traffic.lying_objects import ObjectsOnCarriageway
from wayside.analyze.traffic.on_carriageway import OnCarriagewayRule, PeopleOnCarriageway
from wayside.analyze.traffic.pack import Traffic
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.records import Phase, Severity
from wayside.domain.scene import ControlPoint, Zone, ZoneUse

ABOVE = (
    ControlPoint((0.1, 0.2), (0.0, 40.0)),
    ControlPoint((0.9, 0.2), (80.0, 40.0)),
    ControlPoint((0.9, 0.9), (80.0, 0.0)),
    ControlPoint((0.1, 0.9), (0.0, 0.0)),
)
"""100 m a picture width, 57 m a height: the road is 17 m wide."""
ROAD = Zone("road", ((0.02, 0.4), (0.98, 0.4), (0.98, 0.7), (0.02, 0.7)), ZoneUse.CARRIAGEWAY)
ZEBRA = Zone("zebra", ((0.45, 0.35), (0.55, 0.35), (0.55, 0.75), (0.45, 0.75)), ZoneUse.CROSSING)
PERSON, CAR = (0.008, 0.015), (0.045, 0.045)
"""From above somebody is no taller than wide."""


@pytest.fixture(params=["calibrated", "in own sizes"])
def scene(request, stage):
    points = ABOVE if request.param == "calibrated" else ()
    return stage.scene(zones=(ROAD, ZEBRA), control_points=points)


@pytest.fixture
def people(scene):
    def make(**rule):
        return Traffic(scene, [lambda m: PeopleOnCarriageway(m, (OnCarriagewayRule(**rule),))])

    return make


def walker(stage, track, *path, kind=ObjectClass.PERSON, share=0.9, **kwargs):
    votes = ((-1.0, kind, share),)
    return stage.Actor(
        track, path, **{"size": PERSON, "votes": votes, "jitter": 0.03, "seed": track, **kwargs}
    )


@pytest.mark.parametrize("step_s", [0.2, 0.33])
def test_somebody_on_the_road_is_told_once(stage, people, step_s):
    walks = walker(stage, 1, (0.0, 0.2, 0.3), (10.0, 0.2, 0.55), (30.0, 0.3, 0.55))
    joins = walker(stage, 2, (5.0, 0.2, 0.3), (15.0, 0.22, 0.56), (30.0, 0.3, 0.56))
    rows = stage.told(people(), [walks, joins], stage.every(step_s, 40))
    assert [f.phase for _, f in rows] == [Phase.OPEN, Phase.UPDATE, Phase.CLOSE]
    told_s, opened = rows[0]
    assert (opened.kind, opened.place, opened.severity) == (
        "traffic.person_on_carriageway",
        "road",
        Severity.CRITICAL,
    )
    assert opened.start_s == pytest.approx(4.3, abs=1.0)
    assert told_s == pytest.approx(opened.start_s + 2, abs=1.0)
    assert rows[-1][1].data["objects"] == 2
    assert rows[-1][1].end_s == pytest.approx(30, abs=0.5)
    json.dumps(dict(rows[-1][1].data))


def test_along_the_kerb_is_none(stage, people):
    """A quarter of a metre over it, with boxes that swing."""
    along = walker(stage, 1, (0.0, 0.05, 0.404), (60.0, 0.9, 0.404), jitter=0.05)
    assert stage.play(people(), [along], stage.every(0.2, 60)) == []


def test_on_the_crossing_and_beside_it_is_none(stage, people):
    over = walker(stage, 1, (0.0, 0.5, 0.3), (12.0, 0.5, 0.75))
    beside = walker(stage, 2, (0.0, 0.556, 0.3), (12.0, 0.556, 0.75))
    assert stage.play(people(), [over, beside], stage.every(0.2, 15)) == []


def test_a_moment_is_none(stage, people):
    brief = walker(stage, 1, (0.0, 0.2, 0.38), (1.5, 0.2, 0.46), (3.0, 0.2, 0.38), (9.0, 0.2, 0.3))
    assert stage.play(people(), [brief], stage.every(0.2, 9)) == []


def test_who_rides_drives_or_is_hardly_a_person_is_none(stage, people):
    path = ((0.0, 0.1, 0.55), (20.0, 0.4, 0.55))
    rider = walker(stage, 1, *path)
    cycle = walker(stage, 2, *path, kind=ObjectClass.BICYCLE, size=(0.012, 0.03))
    driver = walker(stage, 3, *((t, x, y - 0.02) for t, x, y in path), size=(0.006, 0.015))
    car = walker(stage, 4, *path, kind=ObjectClass.CAR, size=CAR)
    doubtful = walker(stage, 5, (0.0, 0.6, 0.5), (20.0, 0.9, 0.5), share=0.5)
    wide = walker(stage, 6, (0.0, 0.6, 0.6), (20.0, 0.9, 0.6), size=CAR)
    fast = walker(stage, 7, (0.0, 0.6, 0.65), (3.0, 0.98, 0.65))
    actors = [rider, cycle, driver, car, doubtful, wide, fast]
    assert stage.play(people(), actors, stage.every(0.2, 20)) == []


def test_riders_are_told_where_asked_for(stage, people):
    rides = walker(
        stage, 1, (0.0, 0.05, 0.55), (10.0, 0.4, 0.55), kind=ObjectClass.BICYCLE, size=(0.02, 0.03)
    )
    found = stage.play(people(classes=("bicycle",)), [rides], stage.every(0.33, 10))
    assert [(f.data["class"], f.severity) for f in found[:1]] == [("bicycle", Severity.WARNING)]


def test_a_rule_for_what_is_no_road_is_refused(stage, people):
    with pytest.raises(ConfigError, match="'zebra'"):
        people(zone="zebra")


class TestThings:
    @pytest.fixture
    def things(self, scene):
        return Traffic(scene, [lambda m: ObjectsOnCarriageway(m, (OnCarriagewayRule(),))])

    @pytest.fixture
    def traffic(self, stage):
        return [
            walker(
                stage,
                100 + i,
                (2.0 * i, 0.05, 0.6),
                (2.0 * i + 8, 0.95, 0.6),
                kind=ObjectClass.CAR,
                size=CAR,
            )
            for i in range(20)
        ]

    def thing(self, stage, *path, **kwargs):
        return walker(
            stage, 1, *path, kind=ObjectClass.UNKNOWN, **{"size": (0.01, 0.016), **kwargs}
        )

    def test_what_fell_and_lies_is_told_once(self, stage, things, traffic):
        lies = self.thing(stage, (20.0, 0.3, 0.6), (23.0, 0.4, 0.6), (70.0, 0.4, 0.6))
        rows = stage.told(things, [*traffic, lies], stage.every(0.33, 90))
        assert [f.phase for _, f in rows] == [Phase.OPEN, Phase.CLOSE]
        assert rows[0][1].kind == "traffic.object_on_carriageway"
        assert 32 <= rows[0][0] <= 37
        assert rows[1][1].end_s == pytest.approx(70, abs=0.5)

    def test_what_is_large_or_came_driving_or_moves_is_none(self, stage, things, traffic):
        large = self.thing(stage, (20.0, 0.3, 0.5), (60.0, 0.3, 0.5), size=CAR)
        drove = self.thing(stage, (20.0, 0.01, 0.5), (30.0, 0.4, 0.5), (60.0, 0.4, 0.5))
        moves = self.thing(stage, (20.0, 0.3, 0.65), (60.0, 0.9, 0.65))
        beside = self.thing(stage, (20.0, 0.3, 0.3), (60.0, 0.3, 0.3))
        actors = [
            *traffic,
            *(each.moved(track=i) for i, each in enumerate((large, drove, moves, beside))),
        ]
        assert stage.play(things, actors, stage.every(0.33, 60)) == []

    def test_what_a_standing_car_leaves_behind_is_none(self, stage, things, traffic):
        stands = walker(
            stage,
            50,
            (0.0, 0.05, 0.5),
            (5.0, 0.3, 0.5),
            (20.0, 0.3, 0.5),
            (26.0, 0.95, 0.5),
            kind=ObjectClass.CAR,
            size=CAR,
        )
        ghost = self.thing(stage, (21.0, 0.305, 0.5), (70.0, 0.305, 0.5))
        assert stage.play(things, [*traffic, stands, ghost], stage.every(0.33, 70)) == []
