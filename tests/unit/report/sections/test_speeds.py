from dataclasses import replace

from wayside.report.found import Found
from wayside.report.sections import speeds


def test_people_on_foot_do_not_lower_the_speed_of_cars(sample):
    events = [
        sample.crossing(n, "L", "forward", 1.0 + n, label, speed_mps=mps)
        for n, (label, mps) in enumerate([("car", 10.0), ("car", 10.0), ("person", 1.0)])
    ]
    built = speeds.build(Found.in_feed(sample.feed(events=events)))
    assert built.of == "motor vehicles"
    assert [(r.n, r.mean) for r in built.rows] == [(2, "36.0")]
    assert [(r.name, r.mean) for r in built.class_rows] == [("Person", "3.6"), ("Car", "36.0")]
    assert "too few for a band" in built.rows[0].v85_band
    assert "No error was estimated" in built.rows[0].error


def test_where_only_people_go_their_speed_is_shown(sample):
    event = sample.crossing(1, "L", "forward", 1.0, "person", speed_mps=1.5, speed_error_mps=0.1)
    built = speeds.build(Found.in_feed(sample.feed(events=[event])))
    assert built.of == "all objects"
    assert built.rows[0].error == "± 0.4"


def test_the_panels_share_their_scales(sample):
    built = speeds.build(Found.in_feed(sample.junction()))
    axes = {
        panel.chart.partition('class="slot"')[0].count('class="grid"') for panel in built.panels
    }
    assert len(built.panels) == 6
    assert len(axes) == 1


def test_reasons_for_no_speeds(sample):
    event = sample.crossing(1, "L", "forward", 1.0)
    calibrated = sample.junction(crossings=0).geometry

    def reason(**changes):
        return speeds.build(Found.in_feed(sample.feed(**changes))).reason

    assert reason(geometry=sample.GEOMETRY).startswith("Nothing crossed")
    assert "not calibrated" in reason(events=[event])
    assert "no object was seen long enough" in reason(events=[event], geometry=calibrated)
    assert speeds.build(Found.in_feed(sample.feed())) is None


def test_a_calibration_without_an_error_is_not_called_exact(sample):
    feed = replace(sample.junction(crossings=5), calibration_error_m=None)
    assert (
        "no error of the calibration was estimated" in speeds.build(Found.in_feed(feed)).calibration
    )
