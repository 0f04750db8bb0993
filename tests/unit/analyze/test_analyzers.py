import pytest

from wayside.analyze.analyzers import analyzers_for
from wayside.analyze.rules import Rules
from wayside.analyze.traffic.passages import CrossingSettings
from wayside.analyze.traffic.stopped import StoppedRule
from wayside.domain.errors import ConfigError
from wayside.domain.scene import Movement

PATH = ((0.0, 0.5, 0.1), (8.0, 0.5, 0.9))


def _full_scene(stage):
    return stage.scene(
        lines=(stage.across(0.4, "A"), stage.across(0.6, "B")),
        zones=(stage.box(),),
        movements=(Movement("through", "A", "B"),),
    )


def test_everything_drawn_is_measured(stage):
    analyzers = analyzers_for(_full_scene(stage), Rules((StoppedRule(zone="Z"),)))
    kinds, metrics = set(), set()
    for analyzer in analyzers:
        assert analyzer.settling_s >= 0
        kinds |= {f.kind for f in stage.play(analyzer, [stage.Actor(1, PATH)], stage.every(0.1, 9))}
        metrics |= {row.metric for row in analyzer.readings(0, 10)}
    assert kinds == {"traffic.line_crossing", "traffic.movement", "venue.zone_presence"}
    assert metrics >= {"count", "flow", "speed_mean", "travel_time_mean", "occupancy_mean"}
    assert "stopped" in metrics


def test_nothing_drawn_nothing_measured(stage):
    assert analyzers_for(stage.scene()) == []


def test_stopped_objects_only_where_a_rule_asks(stage):
    metrics = {
        row.metric
        for analyzer in analyzers_for(_full_scene(stage))
        for row in analyzer.readings(0, 10)
    }
    assert "stopped" not in metrics


def test_rules_reach_their_analyzers(stage):
    rules = Rules(crossing=CrossingSettings(settling_s=7.0))
    assert max(a.settling_s for a in analyzers_for(_full_scene(stage), rules)) == 7.0


def test_two_feeds_share_nothing(stage):
    scene = _full_scene(stage)
    first, second = analyzers_for(scene), analyzers_for(scene)
    stage.play(first[0], [stage.Actor(1, PATH)], stage.every(0.1, 9))
    rows = second[0].readings(0, 10)
    assert all(row.value in {0, None} for row in rows)


def test_a_rule_for_nowhere_is_refused(stage):
    with pytest.raises(ConfigError):
        analyzers_for(stage.scene(), Rules((StoppedRule(zone="gone"),)))
