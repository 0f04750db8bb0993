import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.report import charts

START = datetime(2026, 11, 22, 8, 3, 20, tzinfo=UTC)


def parsed(svg):
    """Well-formed, or this raises. The text is our own."""
    return ET.fromstring(str(svg))


def heights(svg, style):
    return [float(r.get("height")) for r in parsed(svg).iter("rect") if r.get("class") == style]


@given(st.floats(1e-6, 1e9), st.booleans())
def test_ticks_are_1_2_5_steps_from_zero_to_the_top(most, whole):
    found = charts.ticks(most, whole=whole)
    assert found[0] == 0
    assert found[-1] >= most * (1 - 1e-6)
    assert 2 <= len(found) <= 6
    mantissa = float(f"{found[1]:.9e}".partition("e")[0])
    assert round(mantissa, 6) in {1, 2, 5}
    if whole:
        assert found[1] >= 1


@pytest.mark.parametrize(
    ("most", "found"), [(18, [0, 5, 10, 15, 20]), (1, [0, 1]), (0, [0, 1]), (float("nan"), [0, 1])]
)
def test_ticks_of_counts(most, found):
    assert charts.ticks(most, whole=True) == found


def test_time_ticks_stand_at_full_clock_times():
    found = charts.time_ticks(0, 3600, START, start_known=True)
    assert [t.label for t in found] == ["08:15", "08:30", "08:45", "09:00"]
    assert found[0].position == pytest.approx(700 / 3600)


def test_time_ticks_count_from_the_start_where_it_is_a_guess():
    found = charts.time_ticks(0, 60, START, start_known=False)
    assert [t.label for t in found] == ["00:00:00", "00:00:15", "00:00:30", "00:00:45", "00:01:00"]
    assert [t.label for t in charts.time_ticks(0, 7200, START, start_known=False)][:2] == [
        "00:00",
        "00:30",
    ]


def test_bars_sum_to_the_counts():
    car, bus = np.array([3.0, 0.0, 5.0]), np.array([1.0, 0.0, 0.0])
    series = [charts.Series("Car", "fill-car", car), charts.Series("Bus", "fill-bus", bus)]
    svg = charts.stacked_bars(series, ["a", "b", "c"], [], label="x")
    scale = charts.ticks(5, whole=True)[-1]
    drawn = sum(heights(svg, "fill-car")) / charts.PLOT_PX * scale
    assert drawn == pytest.approx(8, abs=0.02)
    assert sum(heights(svg, "fill-bus")) / charts.PLOT_PX * scale == pytest.approx(1, abs=0.02)


def test_stacks_rest_on_each_other_and_on_the_base():
    series = [
        charts.Series("Car", "fill-car", np.array([3.0])),
        charts.Series("Bus", "fill-bus", np.array([1.0])),
    ]
    car, bus = (
        r
        for r in parsed(charts.stacked_bars(series, ["a"], [], label="x")).iter("rect")
        if r.get("class").startswith("fill")
    )
    assert float(car.get("y")) + float(car.get("height")) == pytest.approx(charts.PLOT_PX, abs=0.1)
    assert float(bus.get("y")) + float(bus.get("height")) == pytest.approx(
        float(car.get("y")), abs=0.1
    )


def test_a_shared_scale_keeps_a_small_chart_small():
    series = [charts.Series("Car", "fill-car", np.array([1.0]))]
    (tall,) = heights(charts.stacked_bars(series, ["a"], [], label="x"), "fill-car")
    (small,) = heights(charts.stacked_bars(series, ["a"], [], label="x", top=10), "fill-car")
    assert tall == pytest.approx(charts.PLOT_PX)
    assert small == pytest.approx(charts.PLOT_PX / 10)


def test_each_slot_says_what_it_is():
    series = [charts.Series("Car", "fill-car", np.array([2.0, 0.5, np.nan]))]
    svg = charts.stacked_bars(
        series, ["a", "b", "<c>"], [], label="x", doubtful=np.array([False, False, True])
    )
    titles = [t.text for t in parsed(svg).iter("title")]
    assert titles == ["a\nCar: 2", "b\nCar: 0.50", "<c>\nnot wholly analysed"]
    assert len(heights(svg, "doubtful")) == 1


def test_names_are_escaped():
    svg = charts.stacked_bars([], ["<script>"], [charts.Tick(0.5, "<b>")], label='"><script>')
    assert "<script>" not in svg
    assert "<b>" not in svg


def test_a_chart_of_nothing_is_still_a_chart():
    assert parsed(charts.stacked_bars([], [], [], label="x")).tag == "svg"


def test_a_histogram_counts_every_value_and_marks_the_percentile():
    values = np.array([3.0, 12.0, 13.0, 14.9, 40.0])
    edges = charts.histogram_edges(values)
    assert edges[-1] > 40
    svg = charts.histogram(
        values, edges, unit="km/h", label="x", top=3, mark=20.0, band=(10.0, 999.0)
    )
    scale = charts.ticks(3, whole=True)[-1]
    assert sum(heights(svg, "plain")) / charts.PLOT_PX * scale == pytest.approx(5, abs=0.01)
    (mark,) = [e for e in parsed(svg).iter("line") if e.get("class") == "mark"]
    assert float(mark.get("x1").rstrip("%")) == pytest.approx(20 / edges[-1] * 100, abs=0.01)
    (band,) = [e for e in parsed(svg).iter("rect") if e.get("class") == "band"]
    reach = float(band.get("x").rstrip("%")) + float(band.get("width").rstrip("%"))
    assert reach == pytest.approx(100, abs=0.02)


def test_a_histogram_has_few_bins_of_at_least_5():
    assert list(charts.histogram_edges(np.array([0.0]))) == [0, 5]
    edges = charts.histogram_edges(np.array([1000.0]))
    assert len(edges) <= 26
    assert edges[1] == 50


def test_the_timeline_shows_short_gaps_too():
    svg = charts.timeline([(0.0, 1.0, "lost"), (86_399.0, 86_400.0, "end")], 86_400, [], label="x")
    gaps = [r for r in parsed(svg).iter("rect") if r.get("class") == "gap"]
    assert [float(g.get("width").rstrip("%")) for g in gaps] == [0.3, 0.3]
    assert float(gaps[1].get("x").rstrip("%")) <= 99.7


def test_shares_fill_the_bar():
    svg = charts.composition([("Car", "fill-car", 3.0), ("Bus", "fill-bus", 1.0)], label="x")
    widths = [float(w) for w in re.findall(r'width="([\d.]+)%" height="18', str(svg))]
    assert sum(w for w in widths if w != 100) == pytest.approx(100)
    assert charts.composition([], label="x") == ""


def test_axis_labels_at_the_ends_stay_inside():
    svg = charts.stacked_bars(
        [], ["a"], [charts.Tick(0, "l"), charts.Tick(0.5, "m"), charts.Tick(1, "r")], label="x"
    )
    anchors = [t.get("text-anchor") for t in parsed(svg).iter("text") if t.get("class") == "x"]
    assert anchors == ["start", "middle", "end"]
