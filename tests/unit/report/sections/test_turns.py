from wayside.report.found import Found
from wayside.report.sections import turns


def test_the_matrix_tells_none_watched_from_none_seen(sample):
    events = [
        sample.event(n, "traffic.movement", "north to south", 1.0, class_="car", travel_time_s=7)
        for n in range(3)
    ]
    built = turns.build(Found.in_feed(sample.feed(geometry=sample.GEOMETRY, events=events)))
    assert built.origins == ["north-in", "south-in"]
    assert built.destinations == ["south-in", "east-in"]
    assert built.matrix == [[3, 0], [None, 0]]
    assert built.rows[0].travel == "7.0 s"
    assert "Nothing made this movement" in built.rows[1].travel
    assert turns.build(Found.in_feed(sample.feed())) is None
