from datetime import UTC, datetime, timedelta, timezone

import pytest

from wayside.domain.classes import ObjectClass
from wayside.domain.records import Phase
from wayside.report import words
from wayside.report.incidents import fold


def told(sample, *events):
    (incident,) = fold(sample.feed(events=list(events)))
    return words.sentence(incident)


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "100 %"), (0.99999, "99.9 %"), (0.982, "98.2 %"), (0.0, "0 %"), (1.2, "100 %")],
)
def test_only_the_whole_is_100_percent(share, text):
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (8.44, "8.4 s"),
        (59.97, "1 min"),
        (65, "1 min 05 s"),
        (7200, "2 h"),
        (7620.4, "2 h 07 min"),
    ],
)
def test_spans(seconds, text):
    assert words.span(seconds) == text


def test_tenths_line_up_below_a_minute():
    assert [words.tenths(9.0), words.tenths(125.0)] == ["9.0 s", "2 min 05 s"]


def test_the_clock_rounds_down_and_goes_past_a_day():
    assert words.clock(83.999) == "00:01:23"
    assert words.clock(90_000) == "25:00:00"
    assert words.clock(-3) == "00:00:00"


def test_times_are_in_utc_whatever_zone_they_come_in():
    moment = datetime(2026, 7, 1, 1, 30, 5, tzinfo=timezone(timedelta(hours=2)))
    assert words.time_of_day(moment) == "23:30:05"
    assert words.date_and_time(moment) == "30 June 2026, 23:30:05 UTC"


def test_an_instant_is_elapsed_time_where_the_start_is_a_guess():
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert words.instant(start, 90, start_known=False) == "00:01:30"
    assert words.instant(start, 90, start_known=True) == "12:01:30"


def test_a_speed_rounds_its_band_up():
    assert words.speed(12.0) == "43 km/h"
    assert words.speed(12.0, 0.6) == "43 ± 3 km/h"


def test_a_crossing_in_words(sample):
    event = sample.crossing(1, "north-in", "forward", 83.0)
    (incident,) = fold(sample.feed(events=[event]))
    assert words.timed_sentence(incident, "00:01:23") == (
        "A car crossed line north-in forward at 00:01:23"
    )


def test_a_crossing_with_speed_in_words(sample):
    event = sample.crossing(1, "A", "", 3.0, "unknown", speed_mps=10.0, speed_error_mps=0.9)
    assert told(sample, event) == "An object crossed line A, 36 ± 4 km/h"


def test_other_kinds_in_words(sample):
    kind = "traffic.movement"
    turn = sample.event(1, kind, "N to E", 5.0, class_="bus", travel_time_s=8.0)
    assert told(sample, turn) == "A bus made the movement N to E in 8 s"
    visit = sample.visit(1, "hall", 5.0, 17.5, "person")
    assert told(sample, *visit) == "A person was in zone hall for 12.5 s"
    stay = sample.visit(1, "hall", 5.0, None, "person")
    assert told(sample, *stay) == "A person was in zone hall, not over when the analysis ended"
    stop = sample.event(
        1, "traffic.stopped_object", "", 5.0, end_s=70.0, phase=Phase.CLOSE, class_="car"
    )
    assert told(sample, stop) == "A car stood still for 1 min 05 s"


def test_a_kind_nobody_wrote_words_for_still_reads(sample):
    assert told(sample, sample.event(1, "health.view_changed", "", 5.0)) == "View changed"
    event = sample.event(1, "crowd.surge", "gate", 5.0, class_="person")
    assert told(sample, event) == "Surge in gate: person"
    assert words.kind_name("") == "Event"


def test_undefined_says_why_and_escapes_it():
    assert words.undefined('no "speed" <here>') == (
        '<abbr class="undefined" title="no &#34;speed&#34; &lt;here&gt;">\N{EN DASH}</abbr>'
    )


def test_unknown_is_named_as_what_it_is():
    assert words.class_name(ObjectClass.UNKNOWN) == "Unknown object"
