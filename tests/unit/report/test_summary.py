import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.report import summary
from wayside.report.contents import Gap
from wayside.report.incidents import fold, of_kind
from wayside.report.intervals import intervals_of


def test_every_line_drawn_has_both_directions_even_when_nothing_crossed(sample):
    rows = summary.line_counts(sample.GEOMETRY, [])
    assert [(r.line, r.direction, r.total) for r in rows] == [
        (line, way, 0)
        for line in ("north-in", "east-in", "south-in")
        for way in ("forward", "backward")
    ]


def test_crossings_without_direction_or_of_an_undrawn_line_are_not_lost(sample):
    events = [sample.crossing(1, "old", "", 1.0), sample.crossing(2, "old", "forward", 2.0)]
    rows = summary.line_counts(sample.GEOMETRY, fold(sample.feed(events=events)))
    assert [(r.direction, r.total) for r in rows if r.line == "old"] == [
        ("forward", 1),
        ("backward", 0),
        ("", 1),
    ]


def test_line_counts_sum_to_the_crossings(sample):
    found = of_kind(fold(sample.junction()), "traffic.line_crossing")
    rows = summary.line_counts(sample.GEOMETRY, found)
    assert sum(row.total for row in rows) == len(found) == 420
    assert sum(sum(row.holds(c) for c in found) for row in rows) == 420


def test_counts_over_time_sum_to_the_incidents(sample):
    feed = sample.junction()
    found = of_kind(fold(feed), "traffic.line_crossing")
    series = summary.over_time(found, intervals_of(feed))
    assert sum(int(values.sum()) for values in series.values()) == len(found)
    assert int(series[ObjectClass.CAR].sum()) == summary.by_class(found)[ObjectClass.CAR]


def test_classes_come_in_display_order(sample):
    events = [sample.crossing(n, "L", "forward", 1.0, c) for n, c in enumerate(("truck", "person"))]
    counts = summary.by_class(fold(sample.feed(events=events)))
    assert list(counts) == [ObjectClass.PERSON, ObjectClass.TRUCK]
    assert summary.classes_seen([counts, {}]) == list(counts)


def test_the_peak_is_in_a_wholly_analysed_interval(sample):
    times = [1.0, 1.2, 1.4, 11.0, 12.0, 25.0]
    events = [sample.crossing(n, "L", "forward", t) for n, t in enumerate(times)]
    feed = sample.feed(events=events, duration_s=400.0, gaps=(Gap(5.0, 6.0, "lost"),))
    peak = summary.peak(fold(feed), intervals_of(feed))
    assert peak is not None
    assert (peak.start_s, peak.end_s, peak.count) == (10.0, 20.0, 2)
    assert peak.per_hour == pytest.approx(720.0)


def test_there_is_no_peak_of_nothing(sample):
    feed = sample.feed()
    assert summary.peak([], intervals_of(feed)) is None
    unseen = sample.feed(
        gaps=(Gap(0.0, 60.0, "lost"),), events=[sample.crossing(1, "L", "forward", 3.0)]
    )
    assert summary.peak(fold(unseen), intervals_of(unseen)) is None


def test_movements_drawn_and_made_are_counted_with_their_travel_time(sample):
    def made(n, place, **data):
        return sample.event(n, "traffic.movement", place, 1.0, class_="bus", **data)

    events = [
        made(1, "north to south", travel_time_s=8.0),
        made(2, "north to south", travel_time_s=10.0),
        made(3, "odd", origin="a", destination="b"),
    ]
    rows = summary.movement_counts(sample.GEOMETRY, fold(sample.feed(events=events)))
    by_name = {row.movement: row for row in rows}
    assert by_name["north to south"].travel_s == pytest.approx(9.0)
    assert by_name["north to south"].total == 2
    assert by_name["north to east"].total == 0
    assert by_name["north to east"].travel_s is None
    assert (by_name["odd"].origin, by_name["odd"].destination) == ("a", "b")
    assert np.sum([row.total for row in rows]) == 3
