"""When a feed was watched, and who crossed, as publication asks for it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from wayside.domain.records import Event, Measurement, Origin, Phase, Reading, Severity
from wayside.store.crossings import StoredCrossing, each_crossing
from wayside.store.database import Store
from wayside.store.records import Gap, SessionRecord
from wayside.store.rows import to_microseconds
from wayside.store.watched import was_connected, watched

BEGIN = datetime(2026, 5, 4, 10, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def session(name: str, begin: float, feed: str = "north") -> SessionRecord:
    return SessionRecord(name, "here", feed, "rtsp", at(begin), True)


def windows(name: str, first: int, last: int, feed: str = "north") -> list[Measurement]:
    return [
        Measurement(
            uuid.uuid4(), Origin("here", feed, name), minute, at(minute), at(minute + 1),
            0.0, 60.0, Reading("count", 0.0, "objects", "line", "a", "", "forward"), 1.0,
        )
        for minute in range(first, last)
    ]  # fmt: skip


@pytest.fixture
def filled(store: Store) -> Store:
    gaps = [Gap("north", "s1", 60.0, 90.0, "late"), Gap("north", "s1", 80.0, 150.0, "corrupt")]
    store.write(session("s1", 0), measurements=windows("s1", 0, 10), gaps=gaps)
    store.write(session("outage", 10))
    store.write(session("s2", 20), measurements=windows("s2", 20, 30))
    store.write(session("s3", 0, "south"), measurements=windows("s3", 0, 60, "south"))
    return store


def spans(store: Store, first: float, last: float) -> list[tuple[float, float]]:
    begin_us = to_microseconds(BEGIN)
    found = watched(store, "north", at(first), at(last))
    return [((a - begin_us) / 60e6, (b - begin_us) / 60e6) for a, b in found]


def test_sessions_without_their_gaps(filled: Store) -> None:
    assert spans(filled, -60, 60) == [(0, 1), (2.5, 10), (20, 30)]


def test_only_the_range(filled: Store) -> None:
    assert spans(filled, 2, 21) == [(2.5, 10), (20, 21)]
    assert spans(filled, 11, 20) == []
    assert not was_connected(filled, "north", at(11), at(20))
    assert was_connected(filled, "north", at(1.2), at(1.4))
    assert not was_connected(filled, "nobody", at(0), at(60))


def test_crossings_come_in_their_order_day_by_day(store: Store) -> None:
    store.write(session("s1", 0))
    minutes = [3000.0, 0.0, 10.0, 1440.0, 4000.0, -1.0]
    events = [
        Event(
            uuid.uuid4(), uuid.uuid4(), Origin("here", "north", "s1"), number,
            "traffic.line_crossing", Phase.INSTANT, at(minute), at(minute), 0.0, 0.0, "a",
            Severity.INFO, {"class": "car", "direction": "forward"},
        )
        for number, minute in enumerate(minutes)
    ]  # fmt: skip
    store.write(events=events)
    found = list(each_crossing(store, "north", at(0), at(4000)))
    assert found[0] == StoredCrossing(to_microseconds(BEGIN), "a", "forward", "car")
    assert [each.at_us for each in found] == [
        to_microseconds(at(minute)) for minute in (0, 10, 1440, 3000)
    ]
    assert list(each_crossing(store, "south", at(0), at(4000))) == []
