from datetime import timedelta

from wayside.domain.records import Reading
from wayside.report.found import Found
from wayside.report.sections import flow


def windows(sample, *readings):
    minute = timedelta(minutes=1)
    return [
        sample.measurement(
            n, reading=reading, window_start=sample.START, window_end=sample.START + minute
        )
        for n, reading in enumerate(readings)
    ]


def test_groups_have_a_row_for_each_place_and_a_column_for_each_metric(sample):
    made = windows(
        sample,
        Reading("headway_mean", 2.5, "s", "line", "a", "", "forward"),
        Reading("time_occupancy", 12.0, "%", "line", "a", "", "forward"),
        Reading("time_occupancy", None, "%", "line", "b", "", "forward"),
        Reading("speed_space_mean", 10.0, "m/s", "line", "a", "", "forward"),
        Reading("level_of_service", 3.0, "", "zone", "lane"),
    )
    built = flow.build(Found.in_feed(sample.feed(measurements=made)))
    lines, queues = built.groups
    assert [unit for _, unit in lines.columns] == ["km/h", "s", "%"]
    assert [row.place for row in lines.rows] == ["a forward", "b forward"]
    assert lines.rows[0].cells == ["36.0", "2.5", "12"]
    assert "not measured at this place" in lines.rows[1].cells[0]
    assert "defined at no time" in lines.rows[1].cells[2]
    assert [panel.place for panel in lines.panels] == ["a forward"]
    assert queues.rows[0].cells == ["C"]


def test_without_such_measurements_there_is_no_section(sample):
    made = windows(sample, Reading("flow", 2.0, "objects/h", "line", "a"))
    assert flow.build(Found.in_feed(sample.feed(measurements=made))) is None
