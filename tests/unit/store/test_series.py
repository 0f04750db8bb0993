from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wayside.domain.records import Measurement, Origin, Reading
from wayside.domain.time import SystemClock
from wayside.events.lifecycle import Incidents
from wayside.store import series
from wayside.store.database import Store
from wayside.store.queries import Archive
from wayside.store.records import SessionRecord
from wayside.store.series import SeriesQuery, TooManyPoints

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
Measure = Callable[..., None]


@pytest.fixture
def measure(store: Store) -> Measure:
    session = SessionRecord("s9", "harbour", "north", "x", NOON, True)
    made = Incidents(Origin("harbour", "north", "s9"), NOON, SystemClock())

    def add(
        value: float | None,
        start_s: float,
        *,
        length_s: float = 60.0,
        coverage: float = 1.0,
        metric: str = "count",
        label: str = "",
    ) -> None:
        reading = Reading(metric, value, "u", "line", "L1", label, "forward")
        rows: list[Measurement] = made.measurements(
            [reading], start_s, start_s + length_s, coverage
        )
        store.write(session, measurements=rows)

    return add


def ask(store: Store, minutes: float = 30, step_s: float = 600.0, **more: Any) -> list[list]:
    """Per series its points as (value, coverage)."""
    until = NOON + timedelta(minutes=minutes)
    answer = Archive(store).series(SeriesQuery(NOON, until, step_s, **more))
    return [[(p.value, round(p.coverage, 6)) for p in each.points] for each in answer.series]


def test_counts_are_summed_and_gaps_are_null(store: Store, measure: Measure) -> None:
    for minute in range(10):
        measure(2.0, 60.0 * minute)
    measure(5.0, 1200.0, coverage=0.5)
    assert ask(store) == [[(20.0, 1.0), (None, 0.0), (5.0, 0.05)]]


def test_means_are_weighted_by_what_was_watched(store: Store, measure: Measure) -> None:
    measure(10.0, 0.0, metric="speed_mean")
    measure(20.0, 60.0, metric="speed_mean", coverage=0.5)
    measure(None, 120.0, metric="speed_mean")
    measure(None, 660.0, metric="speed_mean")
    (points,) = ask(store, minutes=20)
    assert points == [(pytest.approx((10 + 20 * 0.5) / 1.5), 0.25), (None, 0.1)]


def test_maxima_are_the_largest(store: Store, measure: Measure) -> None:
    measure(3.0, 0.0, metric="occupancy_max")
    measure(7.0, 60.0, metric="occupancy_max", coverage=0.1)
    assert ask(store, minutes=10) == [[(7.0, 0.11)]]


def test_a_window_belongs_whole_to_the_step_of_its_middle(store: Store, measure: Measure) -> None:
    measure(1.0, 575.0)  # its middle is at 605 s
    measure(2.0, -25.0)  # 5 s
    measure(4.0, -35.0)  # before
    assert ask(store, minutes=20) == [[(2.0, 0.1), (1.0, 0.1)]]


def test_a_class_that_did_not_come_counts_0_where_its_line_was_watched(
    store: Store, measure: Measure
) -> None:
    measure(0.0, 0.0, coverage=0.5)
    measure(1.0, 600.0)
    measure(1.0, 600.0, label="bus")
    assert ask(store, class_label="bus") == [[(0.0, 0.05), (1.0, 0.1), (None, 0.0)]]
    assert len(ask(store)) == 2


def test_steps_are_aligned_and_no_shorter_than_a_window(store: Store, measure: Measure) -> None:
    measure(1.0, 0.0)
    since, until = NOON + timedelta(seconds=50), NOON + timedelta(seconds=130)
    answer = Archive(store).series(SeriesQuery(since, until, 10.0))
    assert answer.series == ()  # the window's middle lies before the range
    measure(1.0, 60.0)
    answer = Archive(store).series(SeriesQuery(since, until, 10.0))
    assert answer.step_s == 60.0
    assert answer.since == NOON
    assert answer.until == NOON + timedelta(seconds=180)
    assert [point.time.second for point in answer.series[0].points] == [0, 0, 0]


def test_a_step_before_1970_is_aligned_too(store: Store) -> None:
    early = datetime(1969, 12, 31, 23, 59, 30, tzinfo=UTC)
    answer = Archive(store).series(SeriesQuery(early, early + timedelta(seconds=60), 60.0))
    assert answer.since == datetime(1969, 12, 31, 23, 59, tzinfo=UTC)


def test_other_feeds_places_and_directions_stay_out(store: Store, measure: Measure) -> None:
    measure(1.0, 0.0)
    assert ask(store, feed="north", place="L1", direction="forward", metric="count") != []
    for more in ({"feed": "x"}, {"place": "x"}, {"direction": "backward"}, {"metric": "flow"}):
        assert ask(store, **more) == []
    some, many = frozenset({"north", "x"}), frozenset(f"f{n}" for n in range(40_000))
    assert ask(store, feeds=some) == ask(store, feeds=many | some) == ask(store)
    for feeds in (frozenset(), frozenset({"x"}), many):
        assert ask(store, feeds=feeds) == ask(store, feeds=feeds, feed="north") == []


@pytest.mark.parametrize(("hours", "step_s"), [(0.0, 60.0), (-1.0, 60.0), (1.0, 0.0), (9e3, 60.0)])
def test_a_series_of_nothing_or_too_much_is_refused(
    store: Store, hours: float, step_s: float
) -> None:
    with pytest.raises(ValueError, match=r"series|steps"):
        Archive(store).series(SeriesQuery(NOON, NOON + timedelta(hours=hours), step_s))


def test_more_points_than_wanted_are_refused(store: Store, measure: Measure) -> None:
    for label in ("", "car", "bus"):
        measure(1.0, 0.0, label=label)
    whole = ask(store, most=9)
    assert [len(points) for points in whole] == [3, 3, 3]
    with pytest.raises(TooManyPoints):
        ask(store, most=8)
    with pytest.raises(TooManyPoints):
        ask(store, most=8, feed="north")
    assert ask(store, most=8, feed="south") == []


def test_many_feeds_are_refused_before_anything_is_summed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading("count", 1.0, "u", "line", "L1", "", "forward")
    for feed in ("north", "south", "west"):
        made = Incidents(Origin("harbour", feed, "s9"), NOON, SystemClock())
        session = SessionRecord("s9", "harbour", feed, "x", NOON, True)
        store.write(session, measurements=made.measurements([reading], 0.0, 60.0, 1.0))
    assert len(ask(store, most=9)) == 3
    monkeypatch.setattr(series, "_cells", lambda *_: pytest.fail("it was summed"))
    for more in ({}, {"metric": "count"}, {"feeds": frozenset({"north", "south", "west"})}):
        with pytest.raises(TooManyPoints):
            ask(store, most=8, **more)
    monkeypatch.undo()
    assert len(ask(store, most=8, feeds=frozenset({"north", "west"}))) == 2
    assert ask(store, most=8, metric="speed_mean") == []


def test_counts_have_the_coverage_of_the_range(store: Store, measure: Measure) -> None:
    for minute in range(6):
        measure(2.0, 60.0 * minute, coverage=0.5)
        measure(4.0, 60.0 * minute, metric="flow")
    measure(1.0, 0.0, label="bus", coverage=0.5)
    rows = Archive(store).counts(NOON, NOON + timedelta(minutes=10))
    assert [(row.class_label, row.count, round(row.coverage, 6)) for row in rows] == [
        ("", 12.0, 0.3),
        ("bus", 1.0, 0.3),
    ]
    assert Archive(store).counts(NOON, NOON + timedelta(minutes=10), feed="south") == []


def test_the_metrics_that_are_there(store: Store, measure: Measure) -> None:
    for metric in ("flow", "count", "crowd_max"):
        measure(1.0, 0.0, metric=metric)
    found = Archive(store).metrics()
    assert [each.name for each in found] == ["count", "crowd_max", "flow"]
    assert found[0].words.startswith("Objects that crossed the line")
    assert found[1].words == "Crowd max"
    assert Archive(store).metrics(frozenset({"x", "north"})) == found
    assert Archive(store).metrics(frozenset({"x"})) == []
    assert Archive(store).metrics(frozenset()) == []
