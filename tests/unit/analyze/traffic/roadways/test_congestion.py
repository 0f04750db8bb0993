from __future__ import annotations

import pytest

from wayside.analyze.traffic.pack import Traffic
from wayside.analyze.traffic.roadways.congestion import CongestionRule
from wayside.analyze.traffic.roadways.traffic import RoadTraffic
from wayside.domain.errors import ConfigError
from wayside.domain.records import Phase


@pytest.fixture
def watched(stage, scene):
    def make(rule, actors, until, **drawn):
        analyzer = Traffic(scene(**drawn), [lambda motion: RoadTraffic(motion, (), (rule,))])
        return stage.told(analyzer, actors, stage.every(0.25, until)), analyzer

    return make


@pytest.fixture
def stream(car):
    """Cars one after another through the whole lane, (start, every, number, m/s)."""

    def make(first, start, every, number, mps):
        return [
            car(first + n, (start + every * n, 0.0), (start + every * n + 100 / mps, 100.0))
            for n in range(number)
        ]

    return make


def test_slow_and_dense_traffic_is_told_from_onset_to_end(watched, stream):
    """Free at 15 m/s, then 300 s at 3 m/s with a car every 4 s, then free again."""
    cars = [*stream(0, 0, 5, 40, 15), *stream(100, 200, 4, 75, 3), *stream(300, 540, 5, 60, 15)]
    found, _ = watched(CongestionRule("lane"), cars, 830.0)
    (at_s, opened), (_, closed) = found
    assert (opened.phase, closed.phase) == (Phase.OPEN, Phase.CLOSE)
    assert opened.start_s == pytest.approx(215, abs=15)
    assert at_s == pytest.approx(opened.start_s + 120, abs=0.3)
    assert closed.end_s == pytest.approx(530, abs=25)
    assert opened.data["free_flow_learned"] is True
    assert opened.data["free_flow"] == pytest.approx(15, abs=0.7)
    assert opened.data["threshold"] == pytest.approx(7.5, abs=0.4)
    assert opened.data["value"] == pytest.approx(3, abs=0.5)
    assert opened.data["density_per_km"] > 60


def test_dense_traffic_that_flows_is_told_only_where_asked(watched, stream):
    """At 12 m/s a car every 2.5 s: 33 a kilometre."""
    cars = stream(0, 0, 2.5, 120, 12)
    assert watched(CongestionRule("lane", free_flow_kmh=50), cars, 300.0)[0] == []
    found, _ = watched(CongestionRule("lane", free_flow_kmh=50, density_above=28), cars, 300.0)
    assert [finding.phase for _, finding in found] == [Phase.OPEN]


def test_a_tractor_is_no_congestion(watched, car):
    slow = [car(n, (100.0 * n, 0.0), (100.0 * n + 60, 100.0)) for n in range(4)]
    assert watched(CongestionRule("lane", free_flow_kmh=50, for_s=30), slow, 420.0)[0] == []


def test_a_signal_that_serves_its_queue_is_no_congestion(watched, car):
    """Cycles of 100 s: seven cars stand for 60 s and then drive off."""
    cars = [
        car(
            100 * cycle + n,
            (100.0 * cycle + n, 0.0),
            (100.0 * cycle + n + 9, 94 - 7.5 * n),
            (100.0 * cycle + 60 + 2 * n, 94 - 7.5 * n),
            (100.0 * cycle + 66 + 2 * n, 140.0 - 7.5 * n),
        )
        for cycle in range(6)
        for n in range(7)
    ]
    assert watched(CongestionRule("lane", free_flow_kmh=50), cars, 600.0)[0] == []


def test_a_blocked_lane_is_congested_and_cut_short_by_the_end(watched, queue_of):
    found, analyzer = watched(CongestionRule("lane"), queue_of(8, until=300.0), 200.0)
    assert [finding.phase for _, finding in found] == [Phase.OPEN]
    assert found[0][1].data["free_flow_learned"] is False
    (closed,) = analyzer.finish(200.0)
    assert (closed.end_s, closed.data["complete"]) == (200.0, False)


def test_without_calibration_speeds_are_in_sizes(watched, stream):
    cars = [*stream(0, 0, 5, 60, 15), *stream(100, 300, 4, 75, 3)]
    found, _ = watched(CongestionRule("lane"), cars, 590.0, control_points=())
    assert [finding.phase for _, finding in found] == [Phase.OPEN]
    assert found[0][1].data["unit"] == "sizes/s"


def test_a_rule_that_cannot_be_followed_is_refused(watched):
    with pytest.raises(ConfigError, match="no lane"):
        watched(CongestionRule("gone"), [], 1.0)
    with pytest.raises(ConfigError, match="not calibrated"):
        watched(CongestionRule("lane", density_above=30), [], 1.0, control_points=())
