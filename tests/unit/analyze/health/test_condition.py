"""From doubt to finding to all clear."""

from __future__ import annotations

from wayside.analyze.health.condition import FINE, UNKNOWN, Condition, Verdict
from wayside.domain.records import Phase, Severity

BAD = Verdict(0.9, 0.5, "share", hold_s=5.0)


def condition() -> Condition:
    return Condition("health.test", clear_s=4.0)


def test_opens_once_after_it_was_bad_long_enough_and_from_when_it_was() -> None:
    one = condition()
    found = [finding for t_s in range(10, 20) for finding in one.judge(t_s, BAD)]
    assert [(f.phase, f.start_s) for f in found] == [(Phase.OPEN, 10)]
    assert found[0].data == {"value": 0.9, "threshold": 0.5, "unit": "share"}


def test_a_short_fault_is_not_told() -> None:
    one = condition()
    found = [f for t_s in range(5) for f in one.judge(t_s, BAD)]
    found += one.judge(5, FINE)
    found += [f for t_s in range(6, 10) for f in one.judge(t_s, BAD)]
    assert found == []


def test_what_cannot_tell_stops_no_clock() -> None:
    one = condition()
    verdicts = [BAD, UNKNOWN, BAD, UNKNOWN, UNKNOWN, BAD]
    found = [f for t_s, verdict in enumerate(verdicts) for f in one.judge(t_s, verdict)]
    assert [f.phase for f in found] == [Phase.OPEN]


def test_one_sample_after_a_long_gap_is_not_enough() -> None:
    one = condition()
    assert one.judge(0, BAD) == []
    assert one.judge(500, BAD) == []
    assert [f.phase for f in one.judge(501, BAD)] == [Phase.OPEN]


def test_closes_where_it_became_fine_once_it_stayed_so() -> None:
    one = condition()
    for t_s in range(6):
        one.judge(t_s, BAD)
    assert one.judge(6, FINE) == []
    assert one.judge(7, BAD) == []  # a flicker: the same incident
    found = [f for t_s in range(8, 14) for f in one.judge(t_s, FINE)]
    assert [(f.phase, f.start_s, f.end_s) for f in found] == [(Phase.CLOSE, 0, 8)]
    assert found[0].data["lasted_s"] == 8
    assert found[0].data["complete"] is True


def test_the_next_incident_has_another_key() -> None:
    one = condition()
    keys = []
    for begin in (0, 100):
        keys += [f.key for t_s in range(begin, begin + 6) for f in one.judge(t_s, BAD)]
        for t_s in range(begin + 6, begin + 20):
            one.judge(t_s, FINE)
    assert len(set(keys)) == 2


def test_only_more_severe_is_an_update() -> None:
    one = condition()
    for t_s in range(6):
        one.judge(t_s, BAD)
    worse = Verdict(0.99, 0.5, "share", Severity.CRITICAL)
    assert one.judge(6, Verdict(0.95, 0.5, "share")) == []
    assert [f.phase for f in one.judge(7, worse)] == [Phase.UPDATE]
    assert one.judge(8, worse) == []
    assert one.judge(9, BAD) == []


def test_the_end_of_a_session_cuts_it_short() -> None:
    one = condition()
    for t_s in range(6):
        one.judge(t_s, BAD)
    (closed,) = one.finish(5.5)
    assert (closed.phase, closed.end_s) == (Phase.CLOSE, 5.5)
    assert closed.data["complete"] is False
    assert one.finish(6) == []
