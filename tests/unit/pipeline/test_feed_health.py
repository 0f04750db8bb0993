"""The meter and the watch of one feed together: a view that has moved, and somebody says so."""

from __future__ import annotations

from feed_health import noisy, street
from made_pictures import raw_frame
from wayside.domain.records import Finding, Phase
from wayside.pipeline.feed_health import PictureHealth


def watched(health: PictureHealth, place: int, since_s: int, until_s: int) -> list[Finding]:
    """A picture a second of that place."""
    picture = street(place)
    found: list[Finding] = []
    for t_s in range(since_s, until_s):
        found += health.picture(raw_frame(noisy(picture, t_s), float(t_s)))
    return found


def test_a_confirmed_view_is_learned_and_its_geometry_holds() -> None:
    health = PictureHealth()
    watched(health, 1, 0, 60)
    told = watched(health, 2, 60, 120)
    assert ("health.view_moved", Phase.OPEN) in [(one.kind, one.phase) for one in told]
    assert health.geometry_suspended
    closed = health.confirm_view(120.0)
    assert [(one.kind, one.phase) for one in closed] == [("health.view_moved", Phase.CLOSE)]
    assert watched(health, 2, 120, 240) == []
    assert not health.geometry_suspended
    assert health.conditions == frozenset()
    back = watched(health, 1, 240, 300)  # what it showed before is now the wrong view
    assert ("health.view_moved", Phase.OPEN) in [(one.kind, one.phase) for one in back]
