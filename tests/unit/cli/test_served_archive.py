"""The store behind the server: what was kept is what is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from wayside.cli.served_archive import ServedArchive
from wayside.domain.records import Finding, Origin, Phase, Reading, Severity
from wayside.domain.time import SystemClock
from wayside.domain.tracks import Trajectory
from wayside.events.lifecycle import Incidents
from wayside.serve.records import Acknowledgement, IncidentQuery, SeriesQuery
from wayside.store.crossings import CrossingCount, crossings
from wayside.store.database import Store
from wayside.store.dispatch import SinkStatus
from wayside.store.journal import Journal, journal_path
from wayside.store.records import SessionRecord, SessionStatus, Still
from wayside.store.writer import StoreWriter

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0 covered \xff\xd9"
END = START + timedelta(minutes=5)
SESSION = SessionRecord(
    id="s1",
    site="harbour",
    feed="north",
    source="north",
    start=START,
    start_is_known=True,
    status=SessionStatus.RUNNING,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Three crossings of one line, one stop that lasts, one window, one path, one still."""
    incidents = Incidents(Origin("harbour", "north", "s1"), START, SystemClock())
    crossing = Finding(
        kind="traffic.line_crossing",
        key="k",
        phase=Phase.INSTANT,
        start_s=10.0,
        end_s=None,
        place="L1",
        data={"class": "car", "direction": "forward", "track": 7},
    )
    events = incidents.events(
        [
            crossing,
            replace(crossing, start_s=20.0),
            replace(
                crossing, start_s=30.0, data={"class": "bus", "direction": "backward", "track": 8}
            ),
            Finding("traffic.stopped_object", "s", Phase.OPEN, 40.0, None, "Z1", Severity.WARNING),
        ]
    )
    count = Reading("count", 2.0, "objects", "line", "L1", "car", "forward")
    measurements = incidents.measurements([count], 0.0, 60.0, 0.5)
    path = Trajectory(
        track=7,
        class_id=4,
        t_s=np.array([9.0, 10.0, 11.5]),
        image=np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], np.float32),
        ground=None,
    )
    folder = tmp_path / "journals"
    folder.mkdir()
    journal = Journal.open(journal_path(folder, 0))
    still = Still(events[0].event_id, JPEG, 64, 36)
    journal.commit(
        SESSION, events=events, measurements=measurements, trajectories=[path], stills=[still]
    )
    journal.close()
    with Store.open(tmp_path / "wayside.db") as opened:
        writer = StoreWriter(opened, folder)
        while writer.step():
            pass
        writer.close()
        yield opened


@pytest.fixture
def archive(store: Store) -> ServedArchive:
    status = SinkStatus("hook", delivered=3, dead_letters=1, behind=2, problem="no answer")
    return ServedArchive(store, lag_s=lambda: 1.5, sinks=lambda: [status])


def test_pages_of_incidents_newest_first(archive: ServedArchive) -> None:
    first = archive.incidents(IncidentQuery(), 3, None)
    assert [each.kind for each in first.items] == ["traffic.stopped_object"] + [
        "traffic.line_crossing"
    ] * 2
    rest = archive.incidents(IncidentQuery(), 3, first.next)
    assert len(rest.items) == 1
    assert rest.next is None
    (stop,) = archive.incidents(IncidentQuery(severity=Severity.WARNING), 9, None).items
    assert stop.is_open
    assert stop.lasted_s is None
    buses = archive.incidents(IncidentQuery(class_label="bus", feed="north"), 9, None).items
    assert [each.data["direction"] for each in buses] == ["backward"]


def test_a_foreign_cursor_is_a_value_error(archive: ServedArchive) -> None:
    with pytest.raises(ValueError, match=r"cursor|page"):
        archive.incidents(IncidentQuery(), 3, "nonsense")


def test_one_incident_with_its_picture_and_path(archive: ServedArchive) -> None:
    first = archive.incidents(IncidentQuery(kind="traffic.line_crossing"), 9, None).items[-1]
    assert archive.incident(first.incident_id) == first
    assert first.has_still
    still = archive.still(first.incident_id)
    assert still is not None
    assert still.data == JPEG
    assert archive.clip(first.incident_id) is None
    assert archive.path(first.incident_id)[0] == pytest.approx((0.1, 0.2))
    assert [event.phase for event in archive.phases(first.incident_id)] == [Phase.INSTANT]


def test_what_is_not_there(archive: ServedArchive) -> None:
    nobody = uuid4()
    assert archive.incident(nobody) is None
    assert archive.still(nobody) is None
    assert archive.path(nobody) == ()
    assert archive.phases(nobody) == []
    assert not archive.acknowledge(nobody, Acknowledgement("ada", END))


def test_an_acknowledgement_and_its_end(archive: ServedArchive) -> None:
    incident = archive.incidents(IncidentQuery(), 1, None).items[0].incident_id
    assert archive.acknowledge(incident, Acknowledgement("ada", END, "seen"))
    found = archive.incident(incident)
    assert found is not None
    assert found.acknowledged == Acknowledgement("ada", END, "seen")
    assert archive.acknowledge(incident, None)
    found = archive.incident(incident)
    assert found is not None
    assert found.acknowledged is None


def test_series_totals_and_metrics(archive: ServedArchive) -> None:
    (series,) = archive.series(SeriesQuery(START, END, 60, metric="count"))
    assert (series.feed, series.place, series.class_label) == ("north", "L1", "car")
    assert [(point.value, point.coverage) for point in series.points][:2] == [(2.0, 0.5), (None, 0)]
    (total,) = archive.totals("", START, END)
    assert (total.count, total.direction, total.coverage) == (2.0, "forward", pytest.approx(0.1))
    assert archive.totals("south", START, END) == []
    assert [(each.metric, each.unit) for each in archive.metrics()] == [("count", "objects")]


def test_paths_say_how_something_went_and_not_what_it_was_called(archive: ServedArchive) -> None:
    (path,) = archive.paths("north", START, END, 10)
    assert path.class_label == "car"
    assert path.offsets_s == (0.0, 1.0, 2.5)
    assert path.points[-1] == pytest.approx((0.5, 0.6))
    assert not hasattr(path, "track")


def test_arrivals_go_on_after_the_last_one_seen(archive: ServedArchive) -> None:
    all_of_them = archive.arrivals(0, 10)
    assert len(all_of_them) == 4
    assert all(each.event.incident_id == each.incident.incident_id for each in all_of_them)
    assert [a.number for a in archive.arrivals(all_of_them[1].number, 10)] == [
        a.number for a in all_of_them[2:]
    ]
    assert archive.last_arrival() >= all_of_them[-1].number


def test_its_own_state(archive: ServedArchive) -> None:
    assert archive.is_writable()
    assert archive.lag_s() == 1.5
    (sink,) = archive.sinks()
    assert (sink.name, sink.waiting, sink.delivered, sink.failed) == ("hook", 2, 3, 1)


def test_crossings_event_by_event(store: Store) -> None:
    assert crossings(store, START, END) == [
        CrossingCount("north", "L1", "backward", "bus", 1),
        CrossingCount("north", "L1", "forward", "car", 2),
    ]
    assert crossings(store, START, START + timedelta(seconds=15)) == [
        CrossingCount("north", "L1", "forward", "car", 1)
    ]
