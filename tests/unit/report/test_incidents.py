from dataclasses import replace

from wayside.domain.classes import ObjectClass
from wayside.domain.records import Phase, Severity
from wayside.report.incidents import fold, of_kind


def test_the_phases_of_an_incident_become_one(sample):
    kind = "traffic.stopped_object"
    events = [
        sample.event(3, kind, "Z", 4.0, end_s=30.0, phase=Phase.CLOSE, incident=1, stopped_s=26.0),
        sample.event(1, kind, "Z", 4.0, phase=Phase.OPEN, incident=1, class_="unknown"),
        sample.event(
            2,
            kind,
            "Z",
            4.0,
            phase=Phase.UPDATE,
            incident=1,
            class_="truck",
            severity=Severity.CRITICAL,
        ),
    ]
    (incident,) = fold(sample.feed(events=events))
    assert (incident.start_s, incident.end_s, incident.lasted_s) == (4.0, 30.0, 26.0)
    assert not incident.is_open
    assert incident.severity is Severity.CRITICAL
    assert incident.object_class is ObjectClass.TRUCK
    assert incident.event_ids == (sample.uuid(1), sample.uuid(2), sample.uuid(3))


def test_an_incident_that_never_closed_has_no_length(sample):
    (incident,) = fold(sample.feed(events=sample.visit(1, "Z", 5.0, None, "person")))
    assert incident.is_open
    assert incident.end_s is None
    assert incident.lasted_s is None


def test_an_incident_cut_off_by_the_end_of_the_analysis_is_not_over(sample):
    opened, closed = sample.visit(1, "Z", 5.0, 60.0, "person")
    cut = replace(closed, data={**closed.data, "complete": False})
    (incident,) = fold(sample.feed(events=[opened, cut]))
    assert incident.is_open
    assert incident.lasted_s is None
    assert incident.end_s == 60.0


def test_incidents_of_two_sessions_are_ordered_by_utc(sample):
    late = sample.crossing(1, "L", "forward", 50.0)
    early = sample.crossing(2, "L", "forward", 10.0)
    assert [i.start_s for i in fold(sample.feed(events=[late, early]))] == [10.0, 50.0]


def test_a_class_outside_the_taxonomy_counts_as_unknown(sample):
    events = [
        sample.crossing(1, "L", "forward", 1.0, "hovercraft"),
        sample.event(2, "health.frozen", "", 2.0),
    ]
    assert {i.object_class for i in fold(sample.feed(events=events))} == {ObjectClass.UNKNOWN}


def test_a_direction_that_is_none_is_left_empty(sample):
    events = [sample.crossing(1, "L", "<b>sideways", 1.0), sample.crossing(2, "L", "backward", 2.0)]
    assert [i.direction for i in fold(sample.feed(events=events))] == ["", "backward"]


def test_only_finite_numbers_are_quantities(sample):
    data = {"ok": 3, "text": "3", "flag": True, "nan": float("nan")}
    (incident,) = fold(sample.feed(events=[sample.event(1, "a.b", "", 0.0, **data)]))
    assert [incident.quantity(k) for k in ("ok", "text", "flag", "nan", "absent")] == [
        3.0,
        None,
        None,
        None,
        None,
    ]


def test_of_kind_keeps_one_kind(sample):
    events = [sample.crossing(1, "L", "forward", 1.0), sample.event(2, "health.frozen", "", 2.0)]
    found = of_kind(fold(sample.feed(events=events)), "health.frozen")
    assert [i.kind for i in found] == ["health.frozen"]
