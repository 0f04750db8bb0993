import math
from datetime import timedelta

import pytest

from wayside.domain.records import Reading
from wayside.report.found import Found
from wayside.report.measured import measured


def rows(sample, metric, values, *, label="", unit="s", coverage=None):
    """One window of a minute for each value."""
    found = []
    for n, value in enumerate(values):
        start, end = sample.START + timedelta(minutes=n), sample.START + timedelta(minutes=n + 1)
        reading = Reading(metric, value, unit, "line", "north", label, "forward")
        found.append(
            sample.measurement(
                n, reading=reading, window_start=start, window_end=end, window_start_s=60.0 * n,
                window_end_s=60.0 * n + 60, coverage=coverage[n] if coverage else 1.0,
            )
        )  # fmt: skip
    return found


def test_means_are_weighted_and_numbers_added_and_maxima_the_largest(sample):
    minutes = [
        *rows(sample, "headway_mean", [2.0, 8.0, None], coverage=[1.0, 0.5, 1.0]),
        *rows(sample, "near_misses", [1.0, 0.0, 2.0]),
        *rows(sample, "queue_vehicles_max", [3.0, 7.0, 5.0]),
        *rows(sample, "headway_mean", [99.0], label="car"),
    ]
    feed = sample.feed(duration_s=180.0, measurements=minutes)
    intervals = Found.in_feed(feed).intervals
    found = measured(feed, ["headway_mean", "near_misses", "queue_vehicles_max"], intervals)
    (headway,), (misses,), (queue,) = (
        found["headway_mean"],
        found["near_misses"],
        found["queue_vehicles_max"],
    )
    assert headway.whole == pytest.approx((2 * 60 + 8 * 30) / 90)
    assert queue.whole == 7.0
    assert headway.place.name == "north forward"
    assert len(queue.values) == len(intervals)
    known = [value for value in headway.values.tolist() if not math.isnan(value)]
    assert sorted(known) == [2.0, 8.0]
    assert misses.whole is not None


def test_what_was_not_measured_is_not_there(sample):
    feed = sample.feed(measurements=rows(sample, "flow", [1.0]))
    assert measured(feed, ["headway_mean"], Found.in_feed(feed).intervals) == {}
