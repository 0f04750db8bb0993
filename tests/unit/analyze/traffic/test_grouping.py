"""One incident for many alerts."""

import pytest

from wayside.analyze.traffic.grouping import FOLLOWS, Grouping
from wayside.domain.records import Finding, Phase, Severity


@pytest.fixture
def grouping(stage):
    return Grouping(stage.scene(zones=(stage.box("box"),)))


def finding(kind, key, phase, start_s, end_s=None, *, place="", **data):
    return Finding(
        f"traffic.{kind}", key, phase, start_s, end_s, place, Severity.WARNING, dict(data)
    )


CRASH = finding("collision", "c", Phase.OPEN, 10.0, tracks=[1, 2], x=0.5, y=0.5)


def told(grouping, *findings):
    return [(f.kind.partition(".")[2], f.phase) for f in grouping.told(list(findings))]


def test_what_a_collision_leaves_is_told_within_it(grouping):
    assert told(grouping, CRASH) == [("collision", Phase.OPEN)]
    stopped = finding("stopped_object", "s", Phase.OPEN, 14.0, track=2, x=0.9, y=0.9)
    (update,) = grouping.told([stopped])
    assert (update.kind, update.key, update.phase) == ("traffic.collision", "c", Phase.UPDATE)
    assert update.data["also"] == ["traffic.stopped_object"]
    again = finding("stopped_object", "t", Phase.OPEN, 20.0, track=7, x=0.51, y=0.5)
    assert grouping.told([again]) == []
    queue = finding("queue", "q", Phase.OPEN, 100.0, place="box")
    (update,) = grouping.told([queue])
    assert update.data["also"] == ["traffic.stopped_object", "traffic.queue"]


def test_it_ends_with_the_last_of_what_follows_from_it(grouping):
    grouping.told([CRASH, finding("queue", "q", Phase.OPEN, 50.0, place="box")])
    close = finding("collision", "c", Phase.CLOSE, 10.0, 60.0, tracks=[1, 2], lasted_s=50.0)
    assert grouping.told([close]) == []
    assert grouping.told([finding("queue", "q", Phase.UPDATE, 50.0, place="box")]) == []
    (closed,) = grouping.told([finding("queue", "q", Phase.CLOSE, 50.0, 200.0, place="box")])
    assert (closed.kind, closed.phase, closed.end_s) == ("traffic.collision", Phase.CLOSE, 200.0)
    assert closed.data["also"] == ["traffic.queue"]
    assert closed.data["lasted_s"] == 190.0


def test_the_end_of_the_stream_closes_it(grouping):
    grouping.told([CRASH, finding("queue", "q", Phase.OPEN, 50.0, place="box")])
    ends = [
        finding("collision", "c", Phase.CLOSE, 10.0, 60.0, tracks=[1, 2]),
        finding("queue", "q", Phase.CLOSE, 50.0, 60.0, place="box"),
    ]
    assert [f.key for f in grouping.finish(ends)] == ["c"]


@pytest.mark.parametrize(
    "other",
    [
        finding("stopped_object", "s", Phase.OPEN, 14.0, track=9, x=0.9, y=0.9),
        finding("stopped_object", "s", Phase.OPEN, 400.0, track=2, x=0.5, y=0.5),
        finding("queue", "q", Phase.OPEN, 50.0, place="elsewhere"),
        finding("wrong_way", "w", Phase.OPEN, 12.0, track=2, x=0.5, y=0.5),
        finding("line_crossing", "", Phase.INSTANT, 12.0, 12.0, track=2),
    ],
    ids=["far away", "much later", "another zone", "no consequence", "no incident"],
)
def test_what_does_not_follow_is_told_by_itself(grouping, other):
    grouping.told([CRASH])
    assert grouping.told([other]) == [other]


def test_what_was_told_before_stays_and_is_named(grouping):
    stopped = finding("stopped_object", "s", Phase.OPEN, 6.0, track=1, x=0.5, y=0.5)
    assert grouping.told([stopped]) == [stopped]
    (opened,) = grouping.told([CRASH])
    assert opened.data["also"] == ["traffic.stopped_object"]
    moved = finding("stopped_object", "s", Phase.CLOSE, 6.0, 30.0, track=1)
    assert told(grouping, moved) == [("stopped_object", Phase.CLOSE)]
    end = finding("collision", "c", Phase.CLOSE, 10.0, 60.0)
    assert told(grouping, end) == [("collision", Phase.CLOSE)]


def test_an_encounter_of_a_wrong_way_driver_is_named_in_his_incident(grouping):
    grouping.told([finding("wrong_way", "w", Phase.OPEN, 5.0, track=4, x=0.2, y=0.2)])
    miss = finding("near_miss", "n", Phase.INSTANT, 8.0, 8.0, tracks=[4, 5], x=0.6, y=0.6)
    assert told(grouping, miss) == [("wrong_way", Phase.UPDATE)]


def test_nothing_follows_from_itself():
    order = list(FOLLOWS)
    for rank, kind in enumerate(order):
        assert not FOLLOWS[kind] & set(order[: rank + 1])
