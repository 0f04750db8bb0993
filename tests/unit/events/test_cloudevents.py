import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.records import Event, Finding, Origin, Phase, Severity
from wayside.domain.time import SystemClock
from wayside.events.cloudevents import to_cloudevent
from wayside.events.lifecycle import Incidents

START = datetime(2026, 5, 4, 10, 0, 0, tzinfo=UTC)


def make(origin: Origin | None = None, **finding: Any) -> Event:
    values: dict[str, Any] = {
        "kind": "traffic.line_crossing",
        "key": "line:L1:4711",
        "phase": Phase.INSTANT,
        "start_s": 12.25,
        "end_s": None,
        "place": "L1",
        "data": {"class": "car", "direction": "forward", "score": 0.9},
    }
    incidents = Incidents(origin or Origin("harbour", "north", "s1"), START, SystemClock(), 41)
    return incidents.events([Finding(**(values | finding))])[-1]


def assert_is_cloudevent(document: dict[str, Any]) -> None:
    """The rules of CloudEvents 1.0.2: context attributes and JSON format."""
    assert document == json.loads(json.dumps(document, allow_nan=False))
    for name in ("specversion", "id", "source", "type"):
        assert isinstance(document[name], str), name
        assert document[name], name
    assert document["specversion"] == "1.0"
    urlsplit(document["source"])
    assert re.fullmatch(r"[!-~]+", document["source"])  # a URI reference is ASCII
    if "subject" in document:
        assert document["subject"]
    if "time" in document:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", document["time"])
    assert document["datacontenttype"] == "application/json"
    assert isinstance(document["data"], dict)
    for name, value in document.items():
        assert re.fullmatch(r"[a-z0-9]{1,20}", name), name  # extension attributes too
        assert value is not None, name
        if name != "data":
            assert isinstance(value, str | bool | int), name


def test_a_crossing_as_the_world_reads_it() -> None:
    event = make()
    document = to_cloudevent(event)
    assert_is_cloudevent(document)
    assert document == {
        "specversion": "1.0",
        "id": str(event.event_id),
        "source": "/sites/harbour/feeds/north",
        "type": "wayside.traffic.line_crossing.v1",
        "subject": "L1",
        "time": "2026-05-04T10:00:12.250Z",
        "sequence": "000000000041",
        "datacontenttype": "application/json",
        "data": {
            "class": "car",
            "direction": "forward",
            "score": 0.9,
            "phase": "instant",
            "incident_id": str(event.incident_id),
            "feed": "north",
            "session": "s1",
            "place": "L1",
            "severity": "info",
            "start": "2026-05-04T10:00:12.250Z",
            "end": "2026-05-04T10:00:12.250Z",
            "start_s": 12.25,
            "end_s": 12.25,
        },
    }


def test_the_time_is_that_of_the_phase() -> None:
    opened = to_cloudevent(make(phase=Phase.OPEN))
    closed = to_cloudevent(make(phase=Phase.CLOSE, end_s=30.0))
    assert opened["time"] == "2026-05-04T10:00:12.250Z"
    assert opened["data"]["end"] is None
    assert closed["time"] == "2026-05-04T10:00:30.000Z"


def test_the_whole_picture_has_no_subject() -> None:
    document = to_cloudevent(make(place=""))
    assert_is_cloudevent(document)
    assert "subject" not in document
    assert document["data"]["place"] == ""


def test_common_fields_win_over_an_analyzers_own() -> None:
    document = to_cloudevent(make(data={"feed": "wrong", "severity": "wrong", "class": "bus"}))
    assert document["data"]["feed"] == "north"
    assert document["data"]["severity"] == "info"
    assert document["data"]["class"] == "bus"


@pytest.mark.parametrize("severity", list(Severity))
def test_severity_is_a_word(severity: Severity) -> None:
    assert to_cloudevent(make(severity=severity))["data"]["severity"] == severity.value


def test_the_source_keeps_names_apart_whatever_they_contain() -> None:
    plain = to_cloudevent(make(Origin("a", "b/c", "s")))["source"]
    other = to_cloudevent(make(Origin("a/feeds/b", "c", "s")))["source"]
    assert plain == "/sites/a/feeds/b%2Fc"
    assert other == "/sites/a%2Ffeeds%2Fb/feeds/c"


@given(
    site=st.text(min_size=1),
    feed=st.text(min_size=1),
    place=st.text(),
    start_s=st.floats(0, 1e8),
    phase=st.sampled_from([Phase.OPEN, Phase.INSTANT]),
)
def test_any_event_is_a_valid_cloudevent(
    site: str, feed: str, place: str, start_s: float, phase: Phase
) -> None:
    event = make(Origin(site, feed, "s"), place=place, start_s=start_s, phase=phase)
    assert_is_cloudevent(to_cloudevent(event))


def test_what_joins_the_phases_inside_is_not_told_outside() -> None:
    text = json.dumps(to_cloudevent(make(key="line:L1:4711")))
    assert "4711" not in text


def test_order_inside_a_session_can_be_read_from_the_sequence() -> None:
    incidents = Incidents(Origin("a", "b", "c"), START, SystemClock(), first_sequence=8)
    finding = Finding("traffic.queue", "k", Phase.INSTANT, 1.0, None, "")
    made = [to_cloudevent(event)["sequence"] for event in incidents.events([finding] * 4)]
    assert made == sorted(made)
