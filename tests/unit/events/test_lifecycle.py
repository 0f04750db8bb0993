import math
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.records import Event, Finding, Origin, Phase, Reading, Severity
from wayside.domain.time import SystemClock
from wayside.events.identifiers import Identifiers
from wayside.events.lifecycle import CUT_SHORT, Incidents

START = datetime(2026, 5, 4, 10, 0, 0, tzinfo=UTC)
ORIGIN = Origin("harbour", "north", "s1", shard=3, epoch=9)


@pytest.fixture
def incidents() -> Incidents:
    return Incidents(ORIGIN, START, SystemClock())


def finding(phase: Phase, start_s: float = 1.0, end_s: float | None = None, **more: Any) -> Finding:
    values: dict[str, Any] = {"kind": "traffic.stopped_object", "key": "zone:Z1:7", "place": "Z1"}
    return Finding(phase=phase, start_s=start_s, end_s=end_s, **(values | more))


def phases(events: list[Event]) -> list[Phase]:
    return [event.phase for event in events]


def test_one_incident_from_open_to_close(incidents: Incidents) -> None:
    events = incidents.events([finding(Phase.OPEN, 2.5), finding(Phase.UPDATE, 2.5)])
    assert incidents.open_count == 1
    events += incidents.events([finding(Phase.CLOSE, 2.5, 14.0)])
    assert phases(events) == [Phase.OPEN, Phase.UPDATE, Phase.CLOSE]
    assert len({event.incident_id for event in events}) == 1
    assert len({event.event_id for event in events}) == 3
    assert [event.sequence for event in events] == [0, 1, 2]
    assert [event.end_s for event in events] == [None, None, 14.0]
    assert incidents.open_count == 0
    assert set(incidents.counters.totals().values()) == {0}


def test_an_event_carries_all_that_was_found_and_utc(incidents: Incidents) -> None:
    given_ = finding(Phase.INSTANT, 12.25, severity=Severity.WARNING, data={"class": "car"})
    (event,) = incidents.events([given_])
    assert (event.origin, event.kind, event.place) == (ORIGIN, "traffic.stopped_object", "Z1")
    assert (event.severity, event.data) == (Severity.WARNING, {"class": "car"})
    assert event.start == START + timedelta(seconds=12.25)
    assert (event.start_s, event.end_s, event.end) == (12.25, 12.25, event.start)


def test_data_is_a_copy(incidents: Incidents) -> None:
    data = {"count": 1}
    (event,) = incidents.events([finding(Phase.INSTANT, data=data)])
    data["count"] = 2
    assert event.data == {"count": 1}


def test_every_instant_is_an_incident_of_its_own(incidents: Incidents) -> None:
    events = incidents.events([finding(Phase.OPEN), *[finding(Phase.INSTANT)] * 3])
    assert len({event.incident_id for event in events}) == 4
    assert incidents.open_count == 1


def test_a_key_used_again_is_a_new_incident(incidents: Incidents) -> None:
    twice = [finding(Phase.OPEN), finding(Phase.CLOSE, 1.0, 2.0)] * 2
    first_open, first_close, second_open, second_close = incidents.events(twice)
    assert first_open.incident_id == first_close.incident_id
    assert second_open.incident_id == second_close.incident_id != first_open.incident_id


def test_kinds_do_not_share_keys(incidents: Incidents) -> None:
    a, b = incidents.events(
        [finding(Phase.OPEN, kind="traffic.queue"), finding(Phase.OPEN, kind="venue.crowd")]
    )
    assert a.incident_id != b.incident_id
    assert incidents.counters["opens_while_open"] == 0


def test_an_update_of_nothing_opens(incidents: Incidents) -> None:
    events = incidents.events([finding(Phase.UPDATE), finding(Phase.CLOSE, 1.0, 4.0)])
    assert phases(events) == [Phase.OPEN, Phase.CLOSE]
    assert incidents.counters["updates_without_open"] == 1


def test_a_close_of_nothing_opens_and_closes(incidents: Incidents) -> None:
    events = incidents.events([finding(Phase.CLOSE, 1.0, 4.0)])
    assert phases(events) == [Phase.OPEN, Phase.CLOSE]
    assert events[0].incident_id == events[1].incident_id
    assert (events[0].end, events[0].end_s, events[1].end_s) == (None, None, 4.0)
    assert incidents.counters["closes_without_open"] == 1
    assert incidents.open_count == 0


def test_a_second_open_is_an_update(incidents: Incidents) -> None:
    events = incidents.events([finding(Phase.OPEN), finding(Phase.OPEN, data={"n": 2})])
    assert phases(events) == [Phase.OPEN, Phase.UPDATE]
    assert events[0].incident_id == events[1].incident_id
    assert events[1].data == {"n": 2}
    assert incidents.counters["opens_while_open"] == 1


def test_the_end_of_the_stream_closes_what_is_open_and_says_so(incidents: Incidents) -> None:
    opened = incidents.events(
        [
            finding(Phase.OPEN, 3.0),
            finding(Phase.UPDATE, 3.0, data={"n": 2}),
            finding(Phase.OPEN, 8.0, key="b"),
        ]
    )
    closed = incidents.close_all(20.0)
    assert phases(closed) == [Phase.CLOSE, Phase.CLOSE]
    assert [event.incident_id for event in closed] == [
        opened[0].incident_id,
        opened[2].incident_id,
    ]
    assert closed[0].data == {"n": 2, CUT_SHORT: True}
    assert closed[0].end == START + timedelta(seconds=20)
    assert incidents.open_count == 0
    assert incidents.close_all(21.0) == []


def test_an_incident_never_ends_before_it_starts(incidents: Incidents) -> None:
    incidents.events([finding(Phase.OPEN, 8.0)])
    (closed,) = incidents.close_all(5.0)
    assert (closed.start_s, closed.end_s) == (8.0, 8.0)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Phase)), st.sampled_from("abc"), st.floats(0, 100)),
        max_size=40,
    )
)
def test_whatever_comes_each_incident_has_one_whole_life(
    steps: list[tuple[Phase, str, float]],
) -> None:
    incidents = Incidents(ORIGIN, START, SystemClock())
    events = incidents.events(
        finding(phase, t_s, t_s if phase is Phase.CLOSE else None, key=key)
        for phase, key, t_s in steps
    )
    events += incidents.close_all(100.0)
    lives: dict[UUID, list[Phase]] = {}
    for event in events:
        lives.setdefault(event.incident_id, []).append(event.phase)
    for life in lives.values():
        if life != [Phase.INSTANT]:
            assert (life[0], life[-1]) == (Phase.OPEN, Phase.CLOSE)
            assert set(life[1:-1]) <= {Phase.UPDATE}
    assert [event.sequence for event in events] == list(range(len(events)))
    assert sorted(event.event_id for event in events) == [event.event_id for event in events]


@pytest.mark.parametrize(
    "wrong",
    [
        finding(Phase.OPEN, math.nan),
        finding(Phase.OPEN, math.inf),
        finding(Phase.OPEN, 1e14),
        finding(Phase.CLOSE, 5.0),
        finding(Phase.CLOSE, 5.0, 4.0),
        finding(Phase.CLOSE, 5.0, math.nan),
        finding(Phase.INSTANT, data={"speed_mps": math.nan}),
        finding(Phase.INSTANT, data={"speed_mps": np.float32(2.0)}),
    ],
)
def test_what_cannot_be_right_is_refused_and_changes_nothing(
    incidents: Incidents, wrong: Finding
) -> None:
    with pytest.raises(ValueError, match="stopped_object"):
        incidents.events([finding(Phase.OPEN, key="good"), wrong])
    assert incidents.open_count == 0
    assert incidents.next_sequence == 0


def test_a_stream_cannot_end_at_no_time(incidents: Incidents) -> None:
    with pytest.raises(ValueError, match="nan"):
        incidents.close_all(math.nan)


def test_a_session_needs_a_zoned_start() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Incidents(ORIGIN, datetime(2026, 5, 4), SystemClock())


def reading(value: float | None = 3.0, error: float | None = None) -> Reading:
    return Reading("count", value, "objects", "line", "L1", "car", "forward", error)


def test_measurements_get_window_coverage_and_the_next_numbers(incidents: Incidents) -> None:
    incidents.events([finding(Phase.INSTANT)])
    first, second = incidents.measurements([reading(), reading(4.0)], 60.0, 120.0, 0.75)
    assert (first.sequence, second.sequence, incidents.next_sequence) == (1, 2, 3)
    assert first.reading == reading()
    assert (first.origin, first.coverage) == (ORIGIN, 0.75)
    assert first.window_start == START + timedelta(minutes=1)
    assert first.window_end == START + timedelta(minutes=2)
    assert (first.window_start_s, first.window_end_s) == (60.0, 120.0)
    assert first.measurement_id < second.measurement_id


def test_a_value_that_is_no_number_is_undefined_and_counted(incidents: Incidents) -> None:
    made = incidents.measurements(
        [reading(math.nan, 1.0), reading(math.inf), reading(2.0, math.nan), reading(None)], 0, 1, 1
    )
    got = [(each.reading.value, each.reading.error) for each in made]
    assert got == [(None, None), (None, None), (2.0, None), (None, None)]
    assert incidents.counters["values_not_finite"] == 3


@pytest.mark.parametrize(
    ("start_s", "end_s", "coverage"),
    [
        (1.0, 1.0, 1.0),
        (2.0, 1.0, 1.0),
        (math.nan, 1.0, 1.0),
        (0.0, math.inf, 1.0),
        (0.0, 1.0, -0.1),
        (0.0, 1.0, 1.1),
        (0.0, 1.0, math.nan),
    ],
)
def test_a_window_must_be_one_and_coverage_a_share(
    incidents: Incidents, start_s: float, end_s: float, coverage: float
) -> None:
    with pytest.raises(ValueError, match=r"window|coverage"):
        incidents.measurements([reading()], start_s, end_s, coverage)


def test_numbering_goes_on_where_it_is_told() -> None:
    incidents = Incidents(ORIGIN, START, SystemClock(), first_sequence=500)
    (event,) = incidents.events([finding(Phase.INSTANT)])
    assert event.sequence == 500


def test_sessions_that_share_identifiers_sort_together() -> None:
    shared = Identifiers(SystemClock())
    a = Incidents(ORIGIN, START, SystemClock(), identifiers=shared)
    b = Incidents(Origin("harbour", "south", "s2"), START, SystemClock(), identifiers=shared)
    made = [each.events([finding(Phase.INSTANT)])[0] for each in (a, b, a, b)]
    assert sorted(event.event_id for event in made) == [event.event_id for event in made]


def test_the_same_scene_on_two_feeds_shares_no_identity() -> None:
    life = [finding(Phase.OPEN), finding(Phase.CLOSE, 1.0, 3.0), finding(Phase.INSTANT)]
    made = [
        Incidents(Origin("harbour", feed, f"s-{feed}"), START, SystemClock()).events(life)
        for feed in ("north", "south")
    ]
    north, south = ({e.event_id for e in es} | {e.incident_id for e in es} for es in made)
    assert not north & south
