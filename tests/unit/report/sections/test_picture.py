from wayside.report import overlay
from wayside.report.found import Found
from wayside.report.sections import picture


def test_labels_carry_the_totals(sample):
    events = [
        sample.crossing(1, "north-in", "forward", 1.0),
        *sample.visit(5, "crossing", 1.0, 2.0, "person"),
    ]
    built = picture.build(Found.in_feed(sample.feed(geometry=sample.GEOMETRY, events=events)))
    details = {label.name: label.detail for label in built.labels}
    assert details["north-in"] == "1 forward, 0 backward"
    assert details["crossing"] == "1 visit"
    assert built.heat == ""


def test_the_heat_map_says_what_its_brightest_is(sample):
    built = picture.build(Found.in_feed(sample.junction(still=b"jpeg")))
    assert built.still.startswith("data:image/jpeg;base64,")
    assert built.heat.startswith("data:image/png;base64,")
    assert built.heat_note.endswith("s in one cell")
    assert ("car", "Car") in built.legend


def test_the_note_counts_the_paths(sample, monkeypatch):
    junction = sample.junction(crossings=0)
    assert picture.build(Found.in_feed(junction)).path_note == "260 paths"
    monkeypatch.setattr(overlay, "MOST_PATHS", 100)
    assert picture.build(Found.in_feed(junction)).path_note == "100 of 260 paths drawn"
    assert picture.build(Found.in_feed(sample.feed())).path_note == "No paths were recorded"
