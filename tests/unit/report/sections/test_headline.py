from wayside.report.found import Found
from wayside.report.sections import headline


def figures(feed):
    return [(f.value, f.label, f.note) for f in headline.build(Found.in_feed(feed)).figures]


def test_a_road_leads_with_its_crossings(sample):
    events = [
        sample.crossing(1, "L", "forward", 1.0, "unknown"),
        sample.crossing(2, "L", "backward", 2.0),
    ]
    found = figures(sample.feed(events=events))
    assert found[0] == ("2", "line crossings", "1 of unknown class")
    assert found[-1] == ("100 %", "of it analysed", "")


def test_a_shop_leads_with_its_visits(sample):
    feed = sample.feed(events=sample.visit(1, "Z", 0.0, 5.0, "person"))
    built = headline.build(Found.in_feed(feed))
    assert built.figures[0].label == "zone visits"
    assert built.mix_of == "zone visits"
    assert built.legend == [("person", "Person", 1)]


def test_a_feed_without_lines_and_zones_leads_with_its_events(sample):
    assert figures(sample.feed())[0] == ("0", "events", "")


def test_low_coverage_warns_and_full_coverage_does_not(sample):
    assert headline.build(Found.in_feed(sample.feed(coverage=0.99))).warning == ""
    low = headline.build(Found.in_feed(sample.feed(coverage=0.5)))
    assert "Only 50 %" in low.warning
    assert "About 30 s is missing" in low.warning


def test_lines_are_totalled_over_both_directions(sample):
    built = headline.build(Found.in_feed(sample.junction()))
    assert sum(count for _, count in built.lines) == 420
