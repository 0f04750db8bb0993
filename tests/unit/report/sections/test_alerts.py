from wayside.report.found import Found
from wayside.report.sections import alerts


def test_incidents_are_told_apart_from_what_is_only_counted(sample):
    events = [
        sample.event(1, "traffic.line_crossing", "a", 1.0, class_="car"),
        sample.event(2, "traffic.movement", "turn", 2.0, class_="car", travel_time_s=4),
        sample.event(3, "traffic.near_miss", "box", 3.0, class_="car", ttc_s=0.84),
        sample.event(4, "traffic.near_miss", "box", 9.0, class_="car"),
        sample.event(5, "venue.zone_presence", "box", 9.0, class_="car"),
        sample.event(6, "traffic.stopped_object", "lane", 5.0, class_="car"),
        sample.event(
            7, "traffic.queue", "lane", 11.0, class_="", value=92.5, threshold=60, unit="m"
        ),
    ]
    built = alerts.build(Found.in_feed(sample.feed(events=events)))
    assert built.kinds == [("Near miss", 2), ("Queue", 1), ("Stopped object", 1)]
    assert built.rows[0].evidence == "time to collision 0.8 s"
    assert "No measure of it" in built.rows[2].evidence
    assert built.rows[3].evidence == "92.5 m (threshold 60)"
    assert len(built.rows) == 4


def test_without_incidents_there_is_no_section(sample):
    events = [sample.event(1, "traffic.line_crossing", "a", 1.0, class_="car")]
    assert alerts.build(Found.in_feed(sample.feed(events=events))) is None
