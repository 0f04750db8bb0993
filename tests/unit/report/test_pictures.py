from base64 import b64decode

from wayside.domain.records import Severity
from wayside.report.incidents import fold
from wayside.report.pictures import chosen_stills, data_uri


def incidents(sample, severities):
    events = [
        sample.event(n, "a.b", "", float(n), severity=severity)
        for n, severity in enumerate(severities)
    ]
    return fold(sample.feed(events=events))


def test_a_data_uri_holds_the_bytes():
    uri = data_uri(b"\xff\xd8jpeg", "image/jpeg")
    assert uri.startswith("data:image/jpeg;base64,")
    assert b64decode(uri.partition(",")[2]) == b"\xff\xd8jpeg"
    assert data_uri(b"", "image/jpeg") == ""


def test_all_stills_fit_into_a_large_budget(sample):
    found = incidents(sample, [Severity.INFO] * 5)
    stills = {sample.uuid(n): bytes([n]) * 10 for n in (0, 2, 4)}
    assert chosen_stills(found, stills, 1000) == {0: b"\0" * 10, 2: b"\2" * 10, 4: b"\4" * 10}


def test_severe_events_keep_their_still_and_the_rest_is_spread(sample):
    found = incidents(sample, [Severity.INFO] * 10 + [Severity.WARNING])
    stills = {sample.uuid(n): b"x" * 10 for n in range(11)}
    assert sorted(chosen_stills(found, stills, 40)) == [0, 4, 9, 10]


def test_the_budget_holds_whatever_the_sizes(sample):
    found = incidents(sample, [Severity.CRITICAL] * 3 + [Severity.INFO] * 3)
    stills = {sample.uuid(n): b"x" * (5 * (n + 1)) for n in range(6)}
    assert sum(map(len, chosen_stills(found, stills, 33).values())) <= 33
    assert chosen_stills(found, stills, 0) == {}


def test_the_still_of_any_phase_serves(sample):
    found = fold(sample.feed(events=sample.visit(1, "Z", 1.0, 2.0, "person")))
    assert chosen_stills(found, {sample.uuid(2): b"late"}, 100) == {0: b"late"}
    assert chosen_stills(found, {sample.uuid(2): b""}, 100) == {}
