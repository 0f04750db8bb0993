from wayside.domain.records import Severity
from wayside.report.found import Found
from wayside.report.sections import happenings


def build(feed, **limits):
    return happenings.build(
        Found.in_feed(feed), **{"most_rows": 1000, "stills_bytes": 1000, **limits}
    )


def test_a_row_points_into_the_lists(sample):
    feed = sample.feed(
        events=[
            sample.crossing(1, "B", "forward", 5.0),
            sample.event(2, "health.frozen", "", 9.0, severity=Severity.WARNING),
        ],
        event_stills={sample.uuid(2): b"jpeg"},
    )
    built = build(feed)
    time, text, kind, place, class_, direction, severity, still = built.rows[0]
    assert (time, text) == ("00:00:05", "A car crossed line B forward")
    assert (built.kinds[kind], built.places[place]) == ("Line crossing", "B")
    assert built.classes[class_] == ("car", "Car")
    assert (direction, severity, still) == ("forward", "", -1)
    assert built.rows[1][6:] == ["warning", 0]
    assert built.stills == ["data:image/jpeg;base64,anBlZw=="]
    assert built.captions == ["Frozen at 00:00:09"]


def test_rows_left_out_are_counted(sample):
    events = [sample.crossing(n, "L", "forward", float(n)) for n in range(60)]
    built = build(sample.feed(events=events), most_rows=55)
    assert (built.total, built.left_out, len(built.rows)) == (60, 5, 55)
    assert len(built.first_rows) == happenings.FIRST_ROWS
