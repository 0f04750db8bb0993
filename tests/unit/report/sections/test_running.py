from dataclasses import replace

import pytest

from wayside.report.found import Found
from wayside.report.sections import running


def test_cpu_is_given_for_a_second_of_video(sample):
    built = running.build(
        Found.in_feed(sample.feed(stage_cpu_s={"decode": 3.0, "detect": 9.0}, duration_s=60.0))
    )
    assert [(s.cpu, s.per_second, s.share) for s in built.stages] == [
        ("3.00 s", "50.0 ms", 0.25),
        ("9.00 s", "150.0 ms", 0.75),
    ]
    assert built.cpu_total == "12.00 s"


def test_no_time_at_all_divides_by_nothing(sample):
    built = running.build(Found.in_feed(sample.feed(stage_cpu_s={"decode": 0.0}, duration_s=0.0)))
    assert built.stages[0].share == 0
    assert "no length" in built.stages[0].per_second


def test_measurements_keep_unit_band_and_coverage(sample):
    plain = sample.measurement(1, coverage=0.4267)
    row = running.build(Found.in_feed(sample.feed(measurements=[plain]))).measurements[0]
    assert (row.value, row.unit, row.coverage) == ("312 ± 12", "objects/h", "42.6 %")
    assert (row.window, row.of) == ("00:00:00 to 00:01:00", "car, forward")


@pytest.mark.parametrize("value", [None, float("nan")])
def test_an_undefined_measurement_is_a_dash(sample, value):
    plain = sample.measurement(1)
    odd = replace(plain, reading=replace(plain.reading, value=value))
    row = running.build(Found.in_feed(sample.feed(measurements=[odd]))).measurements[0]
    assert "\N{EN DASH}" in row.value


def test_very_many_measurements_are_cut_and_counted(sample, monkeypatch):
    monkeypatch.setattr(running, "MOST_MEASUREMENTS", 2)
    many = [sample.measurement(n) for n in range(5)]
    built = running.build(Found.in_feed(sample.feed(measurements=many)))
    assert (len(built.measurements), built.measurements_left_out) == (2, 3)


def test_without_anything_recorded_there_is_no_section(sample):
    assert running.build(Found.in_feed(sample.feed())) is None
