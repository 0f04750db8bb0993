import pytest

from wayside.report.contents import Gap
from wayside.report.found import Found
from wayside.report.sections import counts


def test_rows_and_totals_agree(sample):
    found = Found.in_feed(sample.junction())
    built = counts.build(found)
    assert [sum(row.counts) for row in built.rows] == [row.total for row in built.rows]
    assert sum(built.totals) == built.total == 420
    assert sum(panel.total for _, panels in built.panels for panel in panels) == 420
    assert built.slot_rows_left_out == 0
    assert sum(sum(row.counts) for row in built.slot_rows) == 420


def test_hatching_is_named_only_where_it_is(sample):
    event = sample.crossing(1, "L", "forward", 3.0)
    whole = counts.build(Found.in_feed(sample.feed(events=[event])))
    holed = counts.build(
        Found.in_feed(sample.feed(events=[event], gaps=(Gap(10.0, 12.0, "lost"),)))
    )
    assert (whole.is_hatched, holed.is_hatched) == (False, True)
    assert 'class="doubtful"' in holed.panels[0][1][0].chart


def test_the_busiest_interval_is_told_with_its_rate(sample):
    events = [sample.crossing(n, "L", "forward", 31.0 + n / 10) for n in range(4)]
    built = counts.build(Found.in_feed(sample.feed(events=events)))
    assert built.peak == (
        "Busiest: 00:00:30 to 00:00:32 with 4 crossings, a rate of 7,200 an hour."
    )


def test_a_long_table_is_cut_and_says_so(sample, monkeypatch):
    monkeypatch.setattr(counts, "MOST_SLOT_ROWS", 2)
    events = [sample.crossing(n, "L", "forward", n * 10.0) for n in range(5)]
    built = counts.build(Found.in_feed(sample.feed(events=events)))
    assert len(built.slot_rows) == 2
    assert built.slot_rows_left_out == 3


@pytest.mark.parametrize("lines", [True, False])
def test_without_a_line_there_is_no_section(sample, lines):
    feed = sample.feed(geometry=sample.GEOMETRY) if lines else sample.feed()
    built = counts.build(Found.in_feed(feed))
    assert (built is not None) is lines
