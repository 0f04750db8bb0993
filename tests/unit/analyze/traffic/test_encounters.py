"""Near misses and collisions, and the many things that only look like them."""

import json

import numpy as np
import pytest

from wayside.analyze.traffic import collision
from wayside.analyze.traffic.collision import CollisionRule
from wayside.analyze.traffic.encounters import Encounters
from wayside.analyze.traffic.near_miss import NearMissRule
from wayside.analyze.traffic.pack import Traffic
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.records import Phase, Severity
from wayside.domain.scene import Anchor, ControlPoint

M_X, M_Y = 1 / 100, 16 / 9 / 100
"""A metre in the picture, seen from straight above."""
GROUND = tuple(
    ControlPoint((0.5 + x * M_X, 0.5 - y * M_Y), (x, y))
    for x, y in ((-40.0, -22.0), (40.0, -22.0), (40.0, 22.0), (-40.0, 22.0))
)
SIZES = {
    ObjectClass.CAR: (4.5, 1.8),
    ObjectClass.PERSON: (0.5, 0.5),
    ObjectClass.BICYCLE: (1.8, 0.6),
}


@pytest.fixture
def scene(stage):
    return stage.scene(anchor=Anchor.CENTRE, control_points=GROUND)


@pytest.fixture
def traffic(scene):
    rules = (NearMissRule(),), (CollisionRule(),)
    return Traffic(scene, [lambda motion: Encounters(motion, *rules)])


@pytest.fixture
def thing(stage):
    def make(track, places, *, along="x", kind=ObjectClass.CAR, **kwargs):
        """places: (t_s, x, y) in metres, of the centre."""
        length, width = SIZES[kind]
        across = (length, width) if along == "x" else (width, length)
        size = across[0] * M_X, across[1] * M_Y
        path = tuple((t, 0.5 + x * M_X, 0.5 - y * M_Y + size[1] / 2) for t, x, y in places)
        votes = ((-1.0, kind, 0.95),)
        return stage.Actor(track, path, size=size, votes=votes, jitter=0.02, seed=track, **kwargs)

    return make


def slowing(start, speed, at_s, by, until_s, to=0.0):
    """(t_s, x) of one who drives at ``speed`` and slows down to ``to`` from at_s on."""
    t_s = np.arange(0.0, until_s + 0.05, 0.1)
    braked = np.clip(t_s - at_s, 0.0, (speed - to) / by)
    after = np.clip(t_s - at_s, 0.0, None) - braked
    x = start + speed * np.minimum(t_s, at_s) + speed * braked - by * braked**2 / 2 + to * after
    return list(zip(t_s.tolist(), x.tolist(), strict=True))


def of(found, kind):
    return [finding for finding in found if finding.kind == f"traffic.{kind}"]


def test_a_follower_who_brakes_late(stage, traffic, thing):
    leader = thing(1, [(0.0, -10.0, 0.0), (8.0, 38.0, 0.0)])
    follower = thing(2, [(t, x, 0.0) for t, x in slowing(-38.0, 15.0, 1.5, 6.0, 8.0, to=6.0)])
    found = stage.play(traffic, [leader, follower], stage.every(0.2, 8.0))
    (miss,) = of(found, "near_miss")
    assert not of(found, "collision")
    assert miss.phase is Phase.INSTANT
    # gap 10 when it begins to brake, closing at 9 m/s
    assert miss.data["ttc_s"] == pytest.approx(1.1, abs=0.25)
    assert miss.data["pet_s"] is None
    assert "ttc" in miss.data["reasons"]
    assert miss.data["classes"] == ["car", "car"]
    json.dumps(dict(miss.data))


@pytest.mark.parametrize(("later_s", "told"), [(0.5, 1), (2.0, 0)])
def test_one_who_crosses_right_behind_another(stage, traffic, thing, later_s, told):
    first = thing(1, [(0.0, -38.0, 0.0), (7.0, 32.0, 0.0)])
    # The first leaves the other's way when its centre is 3.15 m beyond it, at 10 m/s.
    at_s = (38.0 + 3.15) / 10 + later_s
    y = -3.15 - 8.0 * at_s
    second = thing(2, [(1.5, 0.0, y + 12.0), (7.0, 0.0, y + 56.0)], along="y")
    found = stage.play(traffic, [first, second], stage.every(0.2, 8.0))
    misses = of(found, "near_miss")
    assert len(misses) == told
    for miss in misses:
        assert miss.data["pet_s"] == pytest.approx(later_s, abs=0.2)
        assert miss.severity in (Severity.INFO, Severity.WARNING)
    assert stage.value(traffic.readings(0.0, 60.0), "near_misses") == told


def test_what_is_everyday_is_no_near_miss(stage, traffic, thing):
    person = ObjectClass.PERSON
    actors = [
        # oncoming in the next lane
        thing(1, [(0.0, -38.0, 0.0), (7.0, 32.0, 0.0)]),
        thing(2, [(0.0, 38.0, 3.3), (7.0, -32.0, 3.3)]),
        # side by side
        thing(3, [(0.0, -10.0, 10.0), (8.0, 2.0, 10.0)], kind=person),
        thing(4, [(0.0, -10.0, 10.7), (8.0, 2.0, 10.7)], kind=person),
        # a rider and his bicycle
        thing(5, [(0.0, -30.0, -10.0), (8.0, 10.0, -10.0)], kind=ObjectClass.BICYCLE),
        thing(6, [(0.0, -30.0, -10.0), (8.0, 10.0, -10.0)], kind=person),
        # a queue that creeps
        thing(7, [(0.0, -20.0, -16.0), (8.0, -10.0, -16.0)]),
        thing(8, [(0.0, -27.0, -16.0), (8.0, -16.5, -16.0)]),
        # one vehicle that two tracks show
        thing(9, [(0.0, -38.0, 16.0), (7.0, 32.0, 16.0)]),
        thing(10, [(0.0, -37.0, 16.0), (7.0, 33.0, 16.0)]),
    ]
    assert stage.play(traffic, actors, stage.every(0.2, 8.0)) == []
    rows = traffic.readings(0.0, 60.0)
    assert stage.value(rows, "near_misses") == stage.value(rows, "collisions") == 0


@pytest.mark.parametrize("step_s", [0.2, 0.33])
def test_a_rear_end_collision_is_told_within_five_seconds(stage, traffic, thing, step_s):
    leader = thing(1, [(0.0, -8.0, 0.0), (1.8, 10.0, 0.0), (16.0, 10.0, 0.0)])
    # Its front touches at x = 5.5, at second 2.9; half a metre of it is crushed.
    hitting = thing(2, [(0.0, -37.0, 0.0), (2.9, 5.5, 0.0), (3.0, 6.0, 0.0), (16.0, 6.0, 0.0)])
    rows = stage.told(traffic, [leader, hitting], stage.every(step_s, 15.0))
    opened = [(t_s, f) for t_s, f in rows if f.kind == "traffic.collision"]
    assert [f.phase for _, f in opened] == [Phase.OPEN]
    t_s, collision = opened[0]
    assert t_s < 2.9 + 5.0
    assert collision.start_s == pytest.approx(2.9, abs=0.6)
    assert collision.severity is Severity.CRITICAL
    assert sorted(collision.data["tracks"]) == [1, 2]
    assert not of([f for _, f in rows], "near_miss")


def test_stopping_hard_right_behind_another_is_none(stage, traffic, thing):
    leader = thing(1, [(0.0, -8.0, 0.0), (1.8, 10.0, 0.0), (16.0, 10.0, 0.0)])
    places = slowing(-38.0, 14.0, 1.55, 4.5, 16.0)
    behind = thing(2, [(t, x - 0.5, 0.0) for t, x in places])
    assert places[-1][1] - 0.5 < 10.0 - 4.5 - 0.5
    found = stage.play(traffic, [leader, behind], stage.every(0.2, 15.0))
    assert of(found, "collision") == []


def test_a_feed_without_calibration_tells_none_and_says_so(stage, thing):
    rules = (NearMissRule(),), (CollisionRule(),)
    traffic = Traffic(
        stage.scene(anchor=Anchor.CENTRE), [lambda motion: Encounters(motion, *rules)]
    )
    actors = [thing(1, [(0.0, 10.0, 0.0), (8.0, 10.0, 0.0)])]
    actors.append(thing(2, [(0.0, -37.0, 0.0), (2.9, 5.5, 0.0), (8.0, 6.0, 0.0)]))
    assert stage.play(traffic, actors, stage.every(0.2, 8.0)) == []
    assert stage.value(traffic.readings(0.0, 60.0), "collisions") is None


def test_a_zone_that_is_not_drawn_is_refused(scene):
    with pytest.raises(ConfigError, match="'nowhere'"):
        Traffic(scene, [lambda m: Encounters(m, (NearMissRule(zone="nowhere"),), ())])


@pytest.mark.parametrize("is_noticed", [True, False])
def test_tracks_that_change_objects_do_not_collide(stage, traffic, thing, monkeypatch, is_noticed):
    """One passes another that stands in the next lane; then each has the other's track."""
    if not is_noticed:
        monkeypatch.setattr(collision, "is_exchange", lambda *_: False)
    t_s = np.arange(0.0, 8.0, 1 / 3)
    passing = [(t, -38.0 + 11.0 * t, 0.0) for t in t_s]
    x_of = dict(slowing(-20.0, 6.0, 1.5, 3.0, 8.0))
    stands = [(t, x_of[min(x_of, key=lambda u, t=t: abs(u - t))], 3.2) for t in t_s]
    change = next(n for n, (_, x, _) in enumerate(passing) if x > stands[n][1] - 3.0)
    actors = [
        thing(1, passing[:change] + stands[change:]),
        thing(2, stands[:change] + passing[change:]),
    ]
    found = stage.play(traffic, actors, stage.every(1 / 3, 7.6))
    assert bool(of(found, "collision")) is not is_noticed
