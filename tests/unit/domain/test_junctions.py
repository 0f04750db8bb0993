from wayside.domain.junctions import junction_of_feed
from wayside.domain.scene import Line, Movement, SceneGeometry


def test_a_feeds_own_movements_make_a_junction_whose_arms_lie_as_the_picture_shows() -> None:
    lines = (
        Line("north-in", (0.4, 0.1), (0.5, 0.1)),
        Line("north-out", (0.5, 0.1), (0.6, 0.1)),
        Line("east-out", (0.9, 0.4), (0.9, 0.6)),
        Line("unused", (0.0, 0.0), (0.1, 0.1)),
    )
    movements = (Movement("turn", "north-in", "east-out"), Movement("u", "north-in", "north-out"))
    found = junction_of_feed("mast", SceneGeometry(lines=lines, movements=movements))
    assert [arm.id for arm in found.approaches] == ["north", "east"]
    north, east = (arm.bearing_deg for arm in found.approaches)
    assert north is not None
    assert north > 270  # above and left of the middle of the three
    assert east is not None
    assert 90 < east < 180
    ends = [(m.id, m.origin, m.destination, m.feed) for m in found.movements]
    assert ends == [("turn", "north", "east", "mast"), ("u", "north", "north", "mast")]
    assert not found.is_compass


def test_a_feed_without_movements_has_an_empty_one() -> None:
    found = junction_of_feed("mast", SceneGeometry(lines=(Line("a", (0, 0), (1, 1)),)))
    assert (found.approaches, found.movements, found.feeds) == ((), (), ())
