"""Hard braking that runs back through a lane, and braking that does not."""

import numpy as np
import pytest

from wayside.analyze.traffic.braking_wave import BrakingWave, BrakingWaveRule
from wayside.analyze.traffic.pack import Traffic
from wayside.domain.errors import ConfigError
from wayside.domain.records import Phase
from wayside.domain.scene import Anchor, ControlPoint, Zone, ZoneUse

M_X, M_Y = 1 / 320, 16 / 9 / 320
"""A metre in the picture, seen from straight above."""
GROUND = tuple(
    ControlPoint((0.5 + x * M_X, 0.5 - y * M_Y), (x, y))
    for x, y in ((-140.0, -70.0), (140.0, -70.0), (140.0, 70.0), (-140.0, 70.0))
)
LANE = Zone(
    "lane-1",
    ((0.01, 0.48), (0.99, 0.48), (0.99, 0.52), (0.01, 0.52)),
    ZoneUse.LANE,
    ((0.02, 0.5), (0.98, 0.5)),
)


@pytest.fixture
def scene(stage):
    return stage.scene(anchor=Anchor.CENTRE, zones=(LANE,), control_points=GROUND)


@pytest.fixture
def traffic(scene):
    return Traffic(scene, [lambda motion: BrakingWave(motion, (BrakingWaveRule(),))])


def vehicle(stage, track, start, at_s, *, speed=20.0, by=5.0, to=4.0):
    """Drives at ``speed`` from ``start`` and brakes from at_s on."""
    t_s = np.arange(0.0, 12.05, 0.1)
    braked = np.clip(t_s - at_s, 0.0, (speed - to) / by)
    after = np.clip(t_s - at_s, 0.0, None) - braked
    x = start + speed * np.minimum(t_s, at_s) + speed * braked - by * braked**2 / 2 + to * after
    size = 4.5 * M_X, 1.8 * M_Y
    path = tuple((t, 0.5 + m * M_X, 0.5 + size[1] / 2) for t, m in zip(t_s, x, strict=True))
    return stage.Actor(track, path, size=size, jitter=0.02, seed=track)


def wave(stage, number, **kwargs):
    """Each 35 m behind the one before, and braking 1.4 s after it."""
    return [vehicle(stage, i, 20.0 - 35.0 * i, 3.0 + 1.4 * i, **kwargs) for i in range(number)]


@pytest.mark.parametrize("step_s", [0.2, 0.33])
def test_three_that_brake_one_behind_the_other_are_one_wave(stage, traffic, step_s):
    rows = stage.told(traffic, wave(stage, 4), stage.every(step_s, 12.0))
    phases = [finding.phase for _, finding in rows]
    assert phases[0] is Phase.OPEN
    assert phases.count(Phase.OPEN) == 1
    opened = rows[0][1]
    assert rows[0][0] < 3.0 + 2 * 1.4 + 3.0
    assert opened.place == "lane-1"
    assert opened.data["vehicles"] == 3
    # 1.4 s later and 35 - 1.4 · 20 m further back
    assert opened.data["speed_mps"] == pytest.approx(-5.0, abs=2.5)
    (closed,) = traffic.finish(12.0)
    assert closed.phase is Phase.CLOSE
    assert closed.data["complete"] is False
    assert closed.data["vehicles"] == 4


@pytest.mark.parametrize(
    "changed", [{"by": 1.0}, {"speed": 13.0}, {"to": 17.0}], ids=["gently", "in town", "a little"]
)
def test_other_braking_is_none(stage, traffic, changed):
    assert stage.play(traffic, wave(stage, 4, **changed), stage.every(0.2, 12.0)) == []


def test_all_braking_at_one_place_is_a_bend_and_no_wave(stage, traffic):
    """Each begins 35 m / 20 m/s later than the one before: where that one began."""
    actors = [vehicle(stage, i, 20.0 - 35.0 * i, 3.0 + 1.75 * i) for i in range(4)]
    assert stage.play(traffic, actors, stage.every(0.2, 12.0)) == []


def test_who_brakes_softly_is_noticed_late_and_belongs_to_it(stage, traffic):
    """The first loses speed at 2 m/s²; the hard braking behind him is told before his is."""
    pulls = [2.0, 6.0, 6.0]
    actors = [
        vehicle(stage, i, 20.0 - 35.0 * i, 3.0 + 0.9 * i, by=by) for i, by in enumerate(pulls)
    ]
    opened = next(f for _, f in stage.told(traffic, actors, stage.every(0.2, 12.0)))
    assert opened.data["vehicles"] == 3
    assert opened.start_s == pytest.approx(3.0, abs=0.7)


def test_faster_than_tyres_can_is_no_braking(stage, traffic):
    """Tracks that jump from one car to the next lose all speed at once."""
    assert stage.play(traffic, wave(stage, 4, by=40.0), stage.every(0.2, 12.0)) == []


def test_two_are_not_enough(stage, traffic):
    assert stage.play(traffic, wave(stage, 2), stage.every(0.2, 12.0)) == []


def test_a_zone_that_is_no_road_is_refused(scene):
    with pytest.raises(ConfigError, match="'nowhere'"):
        Traffic(scene, [lambda m: BrakingWave(m, (BrakingWaveRule(zone="nowhere"),))])
