import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.report import zones
from wayside.report.incidents import fold
from wayside.report.intervals import intervals_of


@pytest.fixture
def visits(sample):
    events = [
        *sample.visit(10, "Z", 0.0, 10.0, "person"),
        *sample.visit(20, "Z", 5.0, 25.0, "person"),
        *sample.visit(30, "Z", 10.0, 13.0, "bicycle"),
        *sample.visit(40, "Z", 50.0, None, "person"),
    ]
    return fold(sample.feed(events=events))


def test_dwell_is_of_finished_visits_by_class_and_together(visits):
    people, bicycles, together = zones.dwell_times("Z", visits)
    assert people.object_class is ObjectClass.PERSON
    assert (people.visits, people.unfinished) == (3, 1)
    assert (people.mean_s, people.median_s, people.longest_s) == (15.0, 15.0, 20.0)
    assert bicycles.mean_s == 3.0
    assert together.object_class is None
    assert together.mean_s == pytest.approx(11.0)


def test_dwell_is_undefined_where_no_visit_is_over(sample):
    visits = fold(sample.feed(events=sample.visit(1, "Z", 1.0, None, "person")))
    (row,) = zones.dwell_times("Z", visits)
    assert (row.mean_s, row.median_s, row.longest_s) == (None, None, None)
    assert (row.visits, row.unfinished) == (1, 1)


def test_occupancy_times_length_is_the_object_seconds(sample, visits):
    intervals = intervals_of(sample.feed(duration_s=60.0))
    mean = zones.occupancy("Z", visits, intervals, 60.0)
    assert float((mean * intervals.overlaps(0.0, 60.0)).sum()) == pytest.approx(10 + 20 + 3 + 10)
    assert mean[0] == 1.0
    assert mean[3] == 2.0


def test_occupancy_has_no_number_where_the_feed_does_not_reach(sample, visits):
    intervals = intervals_of(sample.feed(duration_s=60.0), last_event_s=90.0)
    assert np.isnan(zones.occupancy("Z", visits, intervals, 60.0)[-1])


def test_one_who_leaves_as_another_comes_makes_no_two(visits):
    # At 10.0 the first leaves and the bicycle comes: two are there, not three.
    assert zones.most_at_once("Z", visits) == 2
    assert zones.most_at_once("nowhere", visits) == 0


def test_zones_drawn_come_first(sample, visits):
    assert zones.zone_names(sample.GEOMETRY, visits) == ["crossing", "Z"]
