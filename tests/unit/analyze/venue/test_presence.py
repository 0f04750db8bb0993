import json
from dataclasses import replace

import numpy as np
import pytest

from wayside.analyze.venue.presence import PresenceSettings, ZonePresence
from wayside.domain.classes import ObjectClass
from wayside.domain.records import Phase
from wayside.domain.scene import ZoneUse

PERSON = ((-1.0, ObjectClass.PERSON, 0.9),)
THROUGH = ((0.0, 0.5, 0.1), (8.0, 0.5, 0.9))
"""In at y = 0.3, 2.0 s; out at y = 0.7, 6.0 s."""


@pytest.fixture
def presence(stage):
    return ZonePresence(stage.scene(zones=(stage.box(),)))


def _phases(found):
    return [(f.phase, pytest.approx(f.start_s, abs=0.03)) for f in found]


def test_a_stay_opens_at_entry_and_closes_at_exit(stage, presence):
    walker = stage.Actor(9, THROUGH, votes=PERSON)
    opened, closed = stage.play(presence, [walker], stage.every(0.1, 9))
    assert (opened.kind, opened.phase, closed.phase) == (
        "venue.zone_presence",
        Phase.OPEN,
        Phase.CLOSE,
    )
    assert opened.key == closed.key
    assert opened.place == "Z"
    assert opened.start_s == pytest.approx(2.0, abs=0.01)
    assert opened.end_s is None
    assert closed.start_s == opened.start_s
    assert closed.end_s == pytest.approx(6.0, abs=0.01)
    assert closed.data["dwell_s"] == pytest.approx(4.0, abs=0.01)
    assert closed.data["complete"] is True
    assert closed.data["class"] == "person"
    json.dumps(dict(closed.data))


def test_times_are_interpolated_under_irregular_sampling(stage, presence):
    times = np.cumsum(np.random.default_rng(2).uniform(0.1, 0.9, 20)).tolist()
    opened, closed = stage.play(presence, [stage.Actor(9, THROUGH)], times)
    assert opened.start_s == pytest.approx(2.0, abs=0.03)
    assert closed.end_s == pytest.approx(6.0, abs=0.03)


@pytest.mark.parametrize("seed", range(6))
def test_swinging_over_the_border_is_one_stay(stage, seed):
    presence = ZonePresence(stage.scene(zones=(stage.box(),)))
    lingers = ((0.0, 0.5, 0.1), (2.0, 0.5, 0.305), (12.0, 0.5, 0.305), (14.0, 0.5, 0.1))
    actor = stage.Actor(1, lingers, jitter=0.03, seed=seed)
    found = stage.play(presence, [actor], stage.every(0.1, 16))
    assert [f.phase for f in found] == [Phase.OPEN, Phase.CLOSE]
    assert found[1].data["dwell_s"] == pytest.approx(10.1, abs=0.8)


def test_a_real_absence_makes_two_stays(stage, presence):
    path = ((0.0, 0.5, 0.5), (2.0, 0.5, 0.5), (2.5, 0.5, 0.2), (4.0, 0.5, 0.2), (4.5, 0.5, 0.5))
    actor = stage.Actor(1, (*path, (8.0, 0.5, 0.5)))
    found = stage.play(presence, [actor], stage.every(0.1, 9))
    assert [f.phase for f in found] == [Phase.OPEN, Phase.CLOSE] * 2
    assert found[0].key != found[2].key


def test_a_swing_of_somebody_outside_is_no_stay(stage, presence):
    path = ((0.0, 0.5, 0.29), (2.0, 0.5, 0.29), (2.1, 0.5, 0.31), (2.2, 0.5, 0.29))
    actor = stage.Actor(1, (*path, (5.0, 0.5, 0.29)))
    assert stage.play(presence, [actor], stage.every(0.1, 6)) == []


def test_who_is_there_from_the_start_enters_at_first_sight(stage, presence):
    actor = stage.Actor(1, ((0.0, 0.5, 0.5), (5.0, 0.5, 0.5)))
    opened, closed = stage.play(presence, [actor], stage.every(0.1, 8))
    assert opened.start_s == 0.0
    assert closed.end_s == 5.0
    assert closed.data["complete"] is True


def test_the_end_of_the_stream_cuts_a_stay_and_says_so(stage, presence):
    actor = stage.Actor(1, ((1.0, 0.5, 0.5), (50.0, 0.5, 0.5)))
    _, closed = stage.play(presence, [actor], stage.every(0.1, 6))
    assert closed.end_s == 6.0
    assert closed.data["complete"] is False
    rows = presence.readings(0, 7)
    assert stage.value(rows, "exits", class_label="") == 0
    assert stage.value(rows, "dwell_mean", class_label="") is None
    assert stage.value(rows, "occupancy_mean", class_label="") == pytest.approx(5 / 7)


def test_a_tracker_that_ends_its_tracks_with_the_stream_cuts_the_stay_too(stage, presence):
    actor = stage.Actor(1, ((1.0, 0.5, 0.5), (50.0, 0.5, 0.5)))
    stage.play(presence, [actor], stage.every(0.1, 6), finish=False)
    assert presence.update(stage.tracks_at(6.1, [], ended=[1])) == []
    (closed,) = presence.finish(6.1)
    assert closed.end_s == 6.1
    assert closed.data["complete"] is False
    assert stage.value(presence.readings(0, 6.1), "exits", class_label="") == 0


def test_the_end_of_the_stream_just_after_an_exit_is_a_complete_stay(stage, presence):
    _, closed = stage.play(presence, [stage.Actor(1, THROUGH)], stage.every(0.1, 6.3))
    assert closed.end_s == pytest.approx(6.0, abs=0.01)
    assert closed.data["complete"] is True


def test_the_end_of_the_stream_tells_a_stay_that_just_became_long_enough(stage):
    presence = ZonePresence(stage.scene(zones=(stage.box(),)), PresenceSettings(0.5, 1.0))
    actor = stage.Actor(1, ((1.0, 0.5, 0.5), (50.0, 0.5, 0.5)), hidden=((1.5, 50.0),))
    found = stage.play(presence, [actor], stage.every(0.1, 2.5))
    assert [f.phase for f in found] == [Phase.OPEN, Phase.CLOSE]


def test_a_tentative_track_opens_when_confirmed_with_its_true_entry(stage, presence):
    actor = stage.Actor(1, THROUGH, confirmed_s=4.0)
    rows = stage.told(presence, [actor], stage.every(0.1, 9))
    assert rows[0][0] == pytest.approx(4.0)
    assert rows[0][1].start_s == pytest.approx(2.0, abs=0.01)


def test_a_stay_already_over_when_the_track_is_confirmed_is_told_whole(stage, presence):
    actor = stage.Actor(1, THROUGH, confirmed_s=7.5)
    rows = stage.told(presence, [actor], stage.every(0.1, 9))
    assert [f.phase for _, f in rows] == [Phase.OPEN, Phase.CLOSE]
    assert rows[0][0] == rows[1][0] == pytest.approx(7.5)
    assert rows[1][1].end_s == pytest.approx(6.0, abs=0.01)


def test_a_track_never_confirmed_makes_no_stay(stage, presence):
    ghost = stage.Actor(1, ((0.0, 0.5, 0.5), (3.0, 0.5, 0.5)), confirmed_s=99)
    assert stage.play(presence, [ghost], stage.every(0.1, 6)) == []
    assert stage.value(presence.readings(0, 6), "entries", class_label="") == 0


@pytest.mark.parametrize("reported_s", [5.0, 6.0, 6.8])
def test_a_new_track_on_the_spot_carries_the_stay_on(stage, presence, reported_s):
    """Whether the tracker gives the old one up before the new one is there or after."""
    old = stage.Actor(
        1, ((0.0, 0.5, 0.5), (5.0, 0.5, 0.5)), ends_s=reported_s, hidden=((5.05, 99),)
    )
    new = stage.Actor(2, ((6.0, 0.51, 0.51), (12.0, 0.51, 0.51)), confirmed_s=6.4)
    found = stage.play(presence, [old, new], stage.every(0.1, 15))
    assert [f.phase for f in found] == [Phase.OPEN, Phase.CLOSE]
    assert found[1].data["dwell_s"] == pytest.approx(12.0, abs=0.01)
    assert stage.value(presence.readings(0, 15), "entries", class_label="") == 1


def test_found_again_outside_it_had_left(stage, presence):
    old = stage.Actor(1, ((0.0, 0.5, 0.69), (5.0, 0.5, 0.69)))
    new = stage.Actor(2, ((5.5, 0.5, 0.72), (9.0, 0.5, 0.95)))
    found = stage.play(presence, [old, new], stage.every(0.1, 9))
    assert [f.phase for f in found] == [Phase.OPEN, Phase.CLOSE]
    assert found[1].end_s == pytest.approx(5.5)


def test_an_heir_that_has_already_left_closes_the_stay(stage, presence):
    old = stage.Actor(1, ((0.0, 0.5, 0.66), (5.0, 0.5, 0.66)))
    new = stage.Actor(2, ((5.5, 0.5, 0.67), (6.0, 0.5, 0.9), (9.0, 0.5, 0.95)), confirmed_s=5.9)
    found = stage.play(presence, [old, new], stage.every(0.1, 9))
    assert [f.phase for f in found] == [Phase.OPEN, Phase.CLOSE]
    assert 5.5 < found[1].end_s < 5.7


@pytest.mark.parametrize(
    "other",
    [
        ((8.0, 0.5, 0.5), (12.0, 0.5, 0.5)),
        ((5.5, 0.35, 0.5), (12.0, 0.35, 0.5)),
        ((4.0, 0.5, 0.5), (12.0, 0.5, 0.5)),
    ],
)
def test_too_late_too_far_or_there_before_is_another_stay(stage, presence, other):
    old = stage.Actor(1, ((0.0, 0.5, 0.5), (5.0, 0.5, 0.5)))
    found = stage.play(presence, [old, stage.Actor(2, other)], stage.every(0.1, 15))
    assert len([f for f in found if f.phase is Phase.OPEN]) == 2
    assert stage.value(presence.readings(0, 15), "entries", class_label="") == 2


def test_somebody_else_does_not_inherit_across_kinds(stage, presence):
    old = stage.Actor(1, ((0.0, 0.5, 0.5), (5.0, 0.5, 0.5)), votes=PERSON)
    car = stage.Actor(2, ((5.5, 0.5, 0.5), (9.0, 0.5, 0.5)))
    found = stage.play(presence, [old, car], stage.every(0.1, 12))
    assert len([f for f in found if f.phase is Phase.OPEN]) == 2


def test_whoever_was_hidden_behind_the_heir_has_a_stay_of_his_own(stage, presence):
    hidden = stage.Actor(1, ((0.0, 0.5, 0.5), (12.0, 0.5, 0.5)), hidden=((3.0, 6.0),))
    newcomer = stage.Actor(2, ((3.5, 0.51, 0.5), (12.0, 0.51, 0.5)))
    found = stage.play(presence, [hidden, newcomer], stage.every(0.1, 15))
    assert len([f for f in found if f.phase is Phase.OPEN]) == 2
    assert len([f for f in found if f.phase is Phase.CLOSE]) == 2


def test_an_object_held_at_rest_unobserved_stays(stage, presence):
    held = stage.Actor(1, ((0.0, 0.5, 0.5), (60.0, 0.5, 0.5)), hidden=((2.0, 61.0),))
    _, closed = stage.play(presence, [held], stage.every(0.5, 70))
    assert closed.data["dwell_s"] == pytest.approx(60.5)


def test_a_passage_through_a_zone_by_the_border_of_the_picture_counts(stage):
    """It ends half a second after leaving the zone, before the exit is settled."""
    presence = ZonePresence(stage.scene(zones=(stage.box(bottom=0.95),)))
    actor = stage.Actor(1, ((0.0, 0.5, 0.2), (8.0, 0.5, 1.0)))
    opened, closed = stage.play(presence, [actor], stage.every(0.1, 11), finish=False)
    assert (opened.start_s, closed.end_s) == (
        pytest.approx(1.0, abs=0.01),
        pytest.approx(7.5, abs=0.01),
    )


def test_zones_are_independent(stage):
    zones = (stage.box("top", top=0.2, bottom=0.5), stage.box("bottom", top=0.5, bottom=0.8))
    presence = ZonePresence(stage.scene(zones=zones))
    found = stage.play(presence, [stage.Actor(1, THROUGH)], stage.every(0.1, 9))
    assert [(f.place, f.phase) for f in found] == [
        ("top", Phase.OPEN),
        ("bottom", Phase.OPEN),
        ("top", Phase.CLOSE),
        ("bottom", Phase.CLOSE),
    ]


def test_readings_of_a_window(stage, presence):
    actors = [
        stage.Actor(1, ((0.0, 0.4, 0.5), (4.0, 0.4, 0.5)), votes=PERSON),
        stage.Actor(2, ((2.0, 0.6, 0.5), (9.0, 0.6, 0.5))),
    ]
    stage.play(presence, actors, stage.every(0.1, 13), finish=False)
    rows = presence.readings(0, 5)
    total = {"class_label": ""}
    assert stage.value(rows, "occupancy_mean", **total) == pytest.approx(7 / 5)
    assert stage.value(rows, "occupancy_max", **total) == 2
    assert stage.value(rows, "occupancy_max", class_label="person") == 1
    assert stage.value(rows, "entries", **total) == 2
    assert stage.value(rows, "exits", **total) == 1
    assert stage.value(rows, "dwell_max", class_label="person") == pytest.approx(4)
    assert stage.value(rows, "dwell_median", class_label="car") is None
    later = presence.readings(5, 10)
    assert stage.value(later, "entries", **total) == 0
    assert stage.value(later, "exits", class_label="car") == 1
    assert stage.value(later, "dwell_mean", class_label="car") == pytest.approx(7)
    assert stage.value(later, "exits", class_label="person") == 0
    assert stage.value(later, "occupancy_mean", class_label="car") == pytest.approx(4 / 5)


def test_littles_law_holds(stage, presence):
    """L = λ W over a span that begins and ends empty, in any mix of stays."""
    rng = np.random.default_rng(7)
    actors = []
    for track in range(40):
        start = 1 + rng.uniform(0, 80)
        stop = start + rng.uniform(3, 15)
        x = 0.32 + 0.009 * track
        actors.append(stage.Actor(track, ((start, x, 0.1), (stop, x, 0.9)), size=(0.004, 0.05)))
    stage.play(presence, actors, stage.every(0.2, 110), finish=False)
    rows = presence.readings(0, 105)
    which = {"class_label": ""}
    occupancy = stage.value(rows, "occupancy_mean", **which)
    rate = stage.value(rows, "entries", **which) / 105
    dwell = stage.value(rows, "dwell_mean", **which)
    assert stage.value(rows, "exits", **which) == stage.value(rows, "entries", **which) == 40
    assert occupancy == pytest.approx(rate * dwell, rel=1e-9)
    true = np.mean([(a.path[1][0] - a.path[0][0]) / 2 for a in actors])
    assert dwell == pytest.approx(true, rel=0.01)


def test_nobody_is_nobody_not_nothing(stage, presence):
    rows = presence.readings(0, 60)
    assert stage.value(rows, "occupancy_mean") == 0
    assert stage.value(rows, "dwell_mean") is None
    assert {row.place_kind for row in rows} == {"zone"}


def test_a_scene_without_zones_tells_nothing(stage):
    nothing = ZonePresence(stage.scene())
    assert stage.play(nothing, [stage.Actor(1, THROUGH)], stage.every(0.1, 9)) == []
    assert nothing.readings(0, 9) == []


def test_windows_are_final_after_settling(stage, presence):
    actors = [
        stage.Actor(i, tuple((t + 1.31 * i, 0.35 + 0.01 * i, y) for t, _, y in THROUGH))
        for i in range(12)
    ]
    entries, exits, window, was = [], [], 0, set()
    for t_s in stage.every(0.1, 35):
        now = {a.track for a in actors if a.start_s <= t_s <= a.end_s}
        presence.update(stage.tracks_at(t_s, actors, sorted(was - now)))
        was = now
        while t_s >= (window + 1) * 3.0 + presence.settling_s:
            rows = presence.readings(window * 3.0, (window + 1) * 3.0)
            entries.append(stage.value(rows, "entries", class_label=""))
            exits.append(stage.value(rows, "exits", class_label=""))
            window += 1
    true = [2.0 + 1.31 * i for i in range(12)]
    assert entries == [sum(3 * w <= t < 3 * w + 3 for t in true) for w in range(window)]
    assert exits == [sum(3 * w <= t + 4 < 3 * w + 3 for t in true) for w in range(window)]


@pytest.mark.parametrize("use", [use for use in ZoneUse if use.is_road])
def test_driving_through_a_lane_is_no_stay(stage, use):
    road = replace(stage.box("road"), use=use, heading=((0.5, 0.3), (0.5, 0.7)))
    presence = ZonePresence(stage.scene(zones=(road, stage.box("corner"))))
    found = stage.play(presence, [stage.Actor(1, THROUGH)], stage.every(0.1, 9))
    assert {finding.place for finding in found} == {"corner"}
    assert {row.place for row in presence.readings(0, 10)} == {"corner"}
