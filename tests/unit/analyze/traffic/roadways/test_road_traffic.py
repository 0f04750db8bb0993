from __future__ import annotations

from functools import partial

import pytest

from wayside.analyze.traffic.pack import Traffic
from wayside.analyze.traffic.roadways.traffic import RoadTraffic
from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Zone, ZoneUse


@pytest.fixture
def measured(stage):
    """The values of a window after these actors have played."""

    def make(scene, actors, until, window=None):
        analyzer = Traffic(scene, [RoadTraffic])
        stage.play(analyzer, actors, stage.every(0.2, until))
        return partial(stage.value, analyzer.readings(*(window or (0.0, until))))

    return make


def test_nobody_is_no_queue_and_no_density(measured, scene):
    value = measured(scene(), [], 10.0)
    assert value("density") == 0
    assert value("queue_vehicles_max") == value("queue_length_max") == 0
    assert value("time_in_queue_mean") is None
    assert value("level_of_service") == 1


def test_density_is_the_time_spent_over_length_and_time(measured, scene, car):
    """Two cars cross 100 m at 10 m/s in 20 s: 2 × 10 s / (100 m × 20 s) is 10 a kilometre."""
    through = [car(n, (4.0 * n, 0.5), (4.0 * n + 9.9, 99.5)) for n in (0, 1)]
    assert measured(scene(), through, 20.0)("density") == pytest.approx(10, rel=0.03)


def test_a_queue_is_counted_from_the_stop_line_to_its_last_rear(measured, scene, queue_of):
    value = measured(scene(), queue_of(5), 60.0, (10.0, 60.0))
    assert [value("queue_vehicles_max"), value("queue_vehicles_mean")] == pytest.approx([5, 5])
    # The last one's middle is at 94 - 4 × 7.5 = 64 m, its rear 2.25 m behind.
    assert value("queue_length_max") == pytest.approx(100 - 64 + 2.25, abs=0.5)
    assert value("queue_length_mean") == pytest.approx(100 - 64 + 2.25, abs=0.5)
    assert value("queue_overflow") == 0


def test_vehicles_that_move_are_no_queue(measured, scene, car):
    flowing = [car(n, (0.0, 5.0 + 8 * n), (20.0, 45.0 + 8 * n)) for n in range(6)]
    assert measured(scene(), flowing, 20.0)("queue_vehicles_max") == 0


def test_creeping_is_queueing(measured, scene, car):
    creeping = [car(n, (0.0, 5.0 + 8 * n), (20.0, 20.0 + 8 * n)) for n in range(6)]
    assert measured(scene(), creeping, 20.0)("queue_vehicles_max") == 6


def test_a_wide_gap_ends_the_queue(measured, scene, car, queue_of):
    cars = [*queue_of(3), car(9, (0.0, 40.0), (2.0, 50.0), (60.0, 50.0))]
    assert measured(scene(), cars, 60.0, (10.0, 60.0))("queue_vehicles_max") == 3


def test_a_queue_behind_a_breakdown_is_measured_from_its_head(measured, scene, queue_of):
    value = measured(scene(), queue_of(3, head=60.0), 60.0, (10.0, 60.0))
    assert value("queue_vehicles_max") == 3
    assert value("queue_length_max") == pytest.approx(2 * 7.5 + 4.5, abs=0.5)


def test_a_queue_that_fills_the_lane_may_be_longer(measured, scene, queue_of):
    value = measured(scene(), queue_of(12), 60.0, (10.0, 60.0))
    assert value("queue_vehicles_max") == 12
    assert value("queue_overflow") == pytest.approx(0)
    value = measured(scene(), queue_of(13), 60.0, (10.0, 60.0))
    assert value("queue_overflow") == pytest.approx(100)


def test_time_in_queue_is_told_when_they_have_left(measured, scene, car):
    """It stands from 4 s to 34 s."""
    one = car(1, (0.0, 52.0), (4.0, 92.0), (34.0, 92.0), (36.0, 105.0))
    assert measured(scene(), [one], 60.0)("time_in_queue_mean") == pytest.approx(30, abs=2.5)


def test_a_car_hidden_in_the_queue_is_still_there(measured, scene, car, queue_of):
    """The third of five is lost at 15 s and found as another track at 30 s."""
    cars = queue_of(5)
    place = 94 - 2 * 7.5
    cars[2] = car(2, (0.0, place - 10), (2.0, place), (15.0, place))
    cars.append(car(77, (30.0, place), (60.0, place)))
    value = measured(scene(), cars, 60.0, (10.0, 60.0))
    assert [value("queue_vehicles_max"), value("queue_vehicles_mean")] == pytest.approx([5, 5])


def test_a_hidden_car_leaves_with_the_queue(measured, scene, car):
    cars = [
        car(n, (0.0, 84 - n * 7.5), (2.0, 94 - n * 7.5), (20.0 + n, 94 - n * 7.5), (22.0 + n, 110))
        for n in range(3)
    ]
    cars[1] = car(1, (0.0, 76.5), (2.0, 86.5), (10.0, 86.5))
    value = measured(scene(), cars, 60.0, (15.0, 19.0))
    assert value("queue_vehicles_mean") == pytest.approx(3)
    value = measured(scene(), cars, 60.0, (32.0, 60.0))
    assert value("queue_vehicles_max") == value("density") == 0


def test_two_boxes_of_one_car_are_one(measured, scene, car, queue_of):
    cars = [*queue_of(3), car(9, (0.0, 85.0), (2.0, 95.0), (60.0, 95.0))]
    assert measured(scene(), cars, 60.0, (10.0, 60.0))("queue_vehicles_max") == 3


def test_people_are_no_traffic(measured, scene, car):
    votes = ((-1.0, ObjectClass.PERSON, 0.9),)
    value = measured(scene(), [car(1, (0.0, 50.0), (20.0, 50.5), votes=votes)], 20.0)
    assert value("density") == value("queue_vehicles_max") == 0


def test_without_calibration_vehicles_are_still_counted(measured, scene, queue_of):
    value = measured(scene(control_points=()), queue_of(4), 60.0, (10.0, 60.0))
    assert value("queue_vehicles_max") == 4
    for metric in ("density", "queue_length_max", "queue_length_mean", "level_of_service"):
        assert value(metric) is None


def test_the_lane_may_bend(measured, stage, scene):
    bent = Zone(
        "lane",
        ((0.0, 0.4), (0.6, 0.4), (0.6, 1.0), (0.4, 1.0), (0.4, 0.6), (0.0, 0.6)),
        ZoneUse.LANE,
        ((0.0, 0.5), (0.5, 0.5), (0.5, 1.0)),
    )
    down = stage.Actor(1, ((0, 0.5, 0.7), (2, 0.5, 0.9), (60, 0.5, 0.9)), (0.02, 0.08))
    behind = stage.Actor(2, ((0, 0.3, 0.516), (2, 0.4, 0.516), (60, 0.4, 0.516)), (0.045, 0.032))
    value = measured(scene(zones=(bent,)), [down, behind], 60.0, (10.0, 60.0))
    assert value("queue_vehicles_max") == 1
    # 50 m along the picture's width, then half of its 56.25 m of height.
    assert value("density") == pytest.approx(2 / (50 + 56.25 / 2) * 1000, rel=0.02)


def test_level_of_service_of_a_lane_follows_the_delay(measured, scene, car):
    """30 s of standing on the way through: HCM's level C."""
    one = car(1, (0.0, 2.0), (9.0, 92.0), (39.0, 92.0), (40.0, 110.0))
    assert measured(scene(), [one], 60.0)("level_of_service") == 3


def test_a_blocked_lane_is_the_worst(measured, scene, queue_of):
    cars = queue_of(4, until=120.0)
    assert measured(scene(), cars, 120.0, (20.0, 120.0))("level_of_service") == 6


def test_windows_share_out_what_was_seen(stage, scene, queue_of):
    analyzer = Traffic(scene(), [RoadTraffic])
    stage.play(analyzer, queue_of(2, until=40.0), stage.every(0.2, 40.0))
    first, second = analyzer.readings(0, 20), analyzer.readings(20, 40)
    assert stage.value(second, "queue_vehicles_mean") == pytest.approx(2)
    assert 1.5 < stage.value(first, "queue_vehicles_mean") < 1.9
