"""Standing on a road is told where traffic does not explain it."""

import pytest

from wayside.analyze.traffic.pack import Traffic
from wayside.analyze.traffic.stopped import StoppedObjects, StoppedRule
from wayside.domain.classes import ObjectClass
from wayside.domain.records import Phase
from wayside.domain.scene import ControlPoint, Zone, ZoneUse

ABOVE = (
    ControlPoint((0.1, 0.2), (0.0, 80.0)),
    ControlPoint((0.9, 0.2), (40.0, 80.0)),
    ControlPoint((0.9, 0.9), (40.0, 0.0)),
    ControlPoint((0.1, 0.9), (0.0, 0.0)),
)
"""Seen from straight above: 50 m a picture width, 114 m a height."""
LANE = Zone(
    "lane",
    ((0.46, 0.02), (0.54, 0.02), (0.54, 0.9), (0.46, 0.9)),
    ZoneUse.LANE,
    ((0.5, 0.05), (0.5, 0.88)),
)
CAR = (0.036, 0.04)
"""1.8 m by 4.5 m."""


@pytest.fixture(params=["calibrated", "in own sizes"])
def stopped(request, stage):
    def make(*zones, rule=StoppedRule()):  # noqa: B008
        points = ABOVE if request.param == "calibrated" else ()
        scene = stage.scene(zones=zones or (LANE,), control_points=points)
        return Traffic(scene, [lambda motion: StoppedObjects(motion, (rule,))])

    return make


@pytest.fixture
def car(stage):
    """Drives down the lane, stands at y from arrives_s to leaves_s, and drives on."""

    def make(track, y, arrives_s, leaves_s, x=0.5, **kwargs):
        way = (
            (arrives_s - 6.0, x, y - 0.5 if y > 0.55 else 0.0),
            (arrives_s, x, y),
            (leaves_s, x, y),
            (leaves_s + 4.0, x, 1.0),
        )
        return stage.Actor(track, way, size=CAR, jitter=0.03, seed=track, **kwargs)

    return make


def opened(found):
    return [f for f in found if f.phase is Phase.OPEN]


@pytest.mark.parametrize("step_s", [0.2, 0.33])
def test_a_queue_at_a_red_light_is_none(stage, stopped, car, step_s):
    queue = [car(i, 0.85 - 0.06 * i, 6 + 2 * i, 70 + 2 * i) for i in range(6)]
    assert stage.play(stopped(), queue, stage.every(step_s, 90)) == []


@pytest.mark.parametrize("step_s", [0.2, 0.33])
def test_a_breakdown_in_the_lane_is_told_soon_and_once(stage, stopped, car, step_s):
    actors = [car(i, 0.45 - 0.06 * i, 6 + 2 * i, 70 + 2 * i) for i in range(5)]
    rows = stage.told(stopped(), actors, stage.every(step_s, 60))
    (told_s, first), *others = rows
    assert others == []
    assert first.data["track"] == 0
    assert first.data["reason"] == "free_road"
    assert first.start_s == pytest.approx(6, abs=1)
    assert 15 <= told_s <= 20


def test_who_stays_when_the_queue_has_gone_is_told(stage, stopped, car):
    actors = [car(i, 0.85 - 0.06 * i, 6 + 2 * i, 50 + 2 * i) for i in range(4)]
    actors.append(car(9, 0.55, 16, 150))
    rows = [row for row in stage.told(stopped(), actors, stage.every(0.2, 110)) if row[1].data]
    (told_s, first), *others = rows
    assert others == []
    assert first.data["track"] == 9
    assert first.data["reason"] == "queue_gone"
    assert 60 <= told_s <= 75


def test_a_lone_car_at_the_stop_line_has_the_longest_red(stage, stopped, car):
    at_line = [car(1, 0.85, 6, 300)]
    rows = stage.told(stopped(), at_line, stage.every(0.33, 150))
    assert [round(t_s - 6, -1) for t_s, _ in rows] == [120]
    assert rows[0][1].data["reason"] == "longer_than_usual"
    none = stopped(rule=StoppedRule(longest_red_s=0))
    assert [round(t_s - 6, -1) for t_s, _ in stage.told(none, at_line, stage.every(0.33, 40))] == [
        10
    ]


def test_the_head_of_a_jam_is_none(stage, stopped, car):
    jam = [car(i, 0.85 - 0.06 * i, 6 + 2 * i, 400) for i in range(6)]
    assert stage.play(stopped(), jam, stage.every(0.33, 200), finish=False) == []


def test_being_passed_in_its_own_lane_tells_at_the_stop_line_too(stage, stopped, car):
    dead = car(1, 0.80, 6, 300)
    around = [
        stage.Actor(
            10 + i,
            (
                (20.0 + 6 * i, 0.5, 0.1),
                (24.0 + 6 * i, 0.5, 0.6),
                (26.0 + 6 * i, 0.6, 0.8),
                (28.0 + 6 * i, 0.5, 1.0),
            ),
            size=CAR,
        )
        for i in range(5)
    ]
    rows = stage.told(stopped(), [dead, *around], stage.every(0.2, 70))
    assert [f.data["track"] for _, f in rows] == [1]
    assert rows[0][1].data["reason"] == "passed"
    assert rows[0][0] < 50


def test_a_bus_may_stand_at_its_stop(stage, stopped, car):
    bus = {"votes": ((-1.0, ObjectClass.BUS, 0.95),)}
    assert stage.play(stopped(), [car(1, 0.4, 6, 60, **bus)], stage.every(0.33, 70)) == []
    rows = stage.told(stopped(), [car(1, 0.4, 6, 200, **bus)], stage.every(0.33, 120))
    assert [round(t_s - 6, -1) for t_s, _ in rows] == [90]


def test_parking_is_none_and_people_are_none(stage, stopped, car):
    bays = Zone("bays", ((0.55, 0.0), (0.7, 0.0), (0.7, 1.0), (0.55, 1.0)), ZoneUse.PARKING)
    parked = car(1, 0.4, 6, 100, x=0.6)
    person = car(2, 0.4, 6, 100, votes=((-1.0, ObjectClass.PERSON, 0.9),))
    assert (
        stage.play(stopped(LANE, bays), [parked, person], stage.every(0.33, 80), finish=False) == []
    )


def test_what_is_usual_at_a_place_is_learned(stage, stopped, car):
    """Deliveries of 20 s: the first few are told, the later ones are not, a long one is."""
    usual = [car(i, 0.4, 10 + 60 * i, 36 + 60 * i) for i in range(6)]
    long = car(99, 0.4, 400, 700)
    rows = stage.told(stopped(), [*usual, long], stage.every(0.33, 500))
    told = [f.data["track"] for _, f in rows if f.phase is Phase.OPEN]
    assert told == [0, 1, 2, 99]


def test_a_lorry_that_hides_it_for_seconds_does_not_end_it(stage, stopped, car):
    whole = car(1, 0.4, 6, 300)
    before = whole.moved(path=(*whole.path[:2], (12.0, 0.5, 0.4)))
    after = whole.moved(track=2, path=((17.0, 0.5, 0.401), (80.0, 0.5, 0.401)))
    rows = stage.told(stopped(), [before, after], stage.every(0.33, 60))
    assert [f.phase for _, f in rows] == [Phase.OPEN]
    assert rows[0][1].start_s == pytest.approx(6, abs=1)


def test_a_track_that_broke_as_it_braked_counts_and_what_stood_from_the_start_does_not(
    stage, stopped
):
    parked = stage.Actor(1, ((0.0, 0.5, 0.2), (30.0, 0.5, 0.2)), size=CAR)
    again = parked.moved(track=2, path=((31.0, 0.5, 0.2), (90.0, 0.5, 0.2)))
    found = stage.play(stopped(), [parked, again], stage.every(0.33, 80), finish=False)
    assert opened(found) == []
    braked = stage.Actor(3, ((40.0, 0.5, 0.5), (90.0, 0.5, 0.5)), size=CAR)
    rows = stage.told(stopped(), [parked, braked], stage.every(0.33, 80))
    assert [f.data["track"] for _, f in rows] == [3]
    assert rows[0][0] == pytest.approx(50, abs=3)


def test_before_a_crossing_it_may_wait(stage, stopped, car):
    zebra = Zone("zebra", ((0.4, 0.46), (0.6, 0.46), (0.6, 0.5), (0.4, 0.5)), ZoneUse.CROSSING)
    waits = car(1, 0.44, 6, 40)
    assert stage.play(stopped(LANE, zebra), [waits], stage.every(0.33, 60)) == []
    assert stage.play(stopped(), [waits], stage.every(0.33, 60)) != []
