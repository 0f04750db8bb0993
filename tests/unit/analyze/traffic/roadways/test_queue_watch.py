from __future__ import annotations

import pytest

from wayside.analyze.traffic.pack import Traffic
from wayside.analyze.traffic.roadways.queue_watch import QueueRule
from wayside.analyze.traffic.roadways.traffic import RoadTraffic
from wayside.domain.errors import ConfigError
from wayside.domain.records import Phase, Severity
from wayside.domain.scene import Line


@pytest.fixture
def watched(stage, scene):
    """Findings of a rule for these actors."""

    def make(rule, actors, until=200.0, **drawn):
        analyzer = Traffic(scene(**drawn), [lambda motion: RoadTraffic(motion, (rule,))])
        return stage.told(analyzer, actors, stage.every(0.25, until)), analyzer

    return make


@pytest.mark.parametrize(
    ("rule", "unit"),
    [
        (QueueRule("lane", longer_than_m=30), "m"),
        (QueueRule("lane", more_than=3), "vehicles"),
        (QueueRule("lane", line="end"), "m"),
    ],
)
def test_a_long_queue_is_told_once_and_closed_when_it_has_gone(watched, queue_of, rule, unit):
    """Five cars, 38 m, from 3 s to 60 s."""
    end = Line("end", (0.7, 0.3), (0.7, 0.7))
    found, _ = watched(rule, queue_of(5), lines=(end,))
    (at_s, opened), (closed_s, closed) = found
    assert (opened.phase, closed.phase) == (Phase.OPEN, Phase.CLOSE)
    assert opened.key == closed.key
    assert at_s == pytest.approx(opened.start_s + 30, abs=0.3)
    assert (opened.place, opened.severity) == ("lane", Severity.WARNING)
    assert opened.data["unit"] == unit
    assert opened.data["value"] > opened.data["threshold"]
    assert (opened.data["vehicles"], opened.data["at_stop_line"]) == (5, True)
    assert opened.data["at_least"] is False
    assert closed.data["length_max_m"] == pytest.approx(38.25, abs=0.5)
    assert closed.data["complete"] is True
    assert closed_s == pytest.approx(closed.end_s + 90, abs=0.3)
    assert closed.data["lasted_s"] == pytest.approx(closed.end_s - closed.start_s)


def test_a_queue_of_allowed_length_is_not_told(watched, queue_of):
    assert watched(QueueRule("lane", longer_than_m=40), queue_of(5))[0] == []


def test_a_queue_that_goes_soon_is_not_told(watched, queue_of):
    assert watched(QueueRule("lane", longer_than_m=30), queue_of(5, until=25.0))[0] == []


def test_the_queues_of_three_reds_are_one(watched, car):
    cars = [
        car(
            10 * cycle + n,
            (60.0 * cycle, 84 - 7.5 * n),
            (60.0 * cycle + 2, 94 - 7.5 * n),
            (60.0 * cycle + 40 + n, 94 - 7.5 * n),
            (60.0 * cycle + 46 + n, 125.0),
        )
        for cycle in range(3)
        for n in range(5)
    ]
    found, _ = watched(QueueRule("lane", longer_than_m=30), cars, 350.0)
    assert [finding.phase for _, finding in found] == [Phase.OPEN, Phase.CLOSE]


def test_a_growing_queue_is_updated_now_and_then(watched, car):
    cars = [
        car(n, (10.0 * n, 0.5 * (94 - 7.5 * n)), (10.0 * n + 5, 94 - 7.5 * n), (190, 94 - 7.5 * n))
        for n in range(10)
    ]
    found, analyzer = watched(QueueRule("lane", more_than=2), cars, 180.0)
    phases = [finding.phase for _, finding in found]
    assert phases[0] is Phase.OPEN
    assert 1 <= phases.count(Phase.UPDATE) <= 3
    assert found[-1][1].data["vehicles_max"] > 5
    (closed,) = analyzer.finish(180.0)
    assert (closed.phase, closed.data["complete"], closed.end_s) == (Phase.CLOSE, False, 180.0)


def test_without_calibration_vehicles_are_told_and_metres_refused(watched, queue_of):
    found, _ = watched(QueueRule("lane", more_than=3), queue_of(5), control_points=())
    assert [finding.phase for _, finding in found] == [Phase.OPEN, Phase.CLOSE]
    assert "length_m" not in found[0][1].data
    with pytest.raises(ConfigError, match="not calibrated"):
        watched(QueueRule("lane", longer_than_m=30), [], control_points=())


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (QueueRule("lane"), "how long is too long"),
        (QueueRule("lane", longer_than_m=3, more_than=3), "how long is too long"),
        (QueueRule("gone", more_than=3), "no lane"),
        (QueueRule("lane", line="gone"), "not drawn"),
        (QueueRule("lane", line="after"), "across the way"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(watched, rule, words):
    with pytest.raises(ConfigError, match=words):
        watched(rule, [], 1.0, lines=(Line("after", (1.0, 0.3), (1.0, 0.7)),))
