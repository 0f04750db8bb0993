from wayside.report.found import Found
from wayside.report.sections import stays


def test_a_zone_with_visits_and_one_without(sample):
    feed = sample.feed(
        geometry=sample.GEOMETRY, events=sample.visit(1, "door", 1.0, None, "person")
    )
    crossing, door = stays.build(Found.in_feed(feed)).panels
    assert (crossing.zone, crossing.rows) == ("crossing", [])
    assert crossing.empty == "Nothing was in crossing in these 1 min."
    assert door.most_at_once == 1
    assert "No visit was over" in door.rows[0].mean
    assert stays.build(Found.in_feed(sample.feed())) is None
