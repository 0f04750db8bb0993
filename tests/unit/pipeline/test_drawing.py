"""What a viewer is shown: objects, trails, and the counts that events give."""

from __future__ import annotations

import numpy as np
import pytest

from made_pictures import media_time, tracks_of
from wayside.domain.classes import ObjectClass
from wayside.domain.records import Finding, Phase
from wayside.domain.scene import Direction, Line, SceneGeometry, Zone
from wayside.domain.tracks import Tracks
from wayside.pipeline import drawing
from wayside.pipeline.drawing import CROSSING, PRESENCE, STOPPED, Drawing, clock_text
from wayside.redact.frame import RedactedFrame, seal
from wayside.redact.overlay import Overlay, draw

LINE = Line("L", (0.5, 1.0), (0.5, 0.0))
ZONE = Zone("Z", ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8)))
CAR = ObjectClass.CAR


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Overlay]:
    """The overlays that were drawn, in order."""
    overlays: list[Overlay] = []

    def noted(picture: RedactedFrame, overlay: Overlay) -> RedactedFrame:
        overlays.append(overlay)
        return draw(picture, overlay)

    monkeypatch.setattr(drawing, "draw", noted)
    return overlays


def picture(t_s: float = 0.0) -> RedactedFrame:
    return seal(np.full((120, 160, 3), 90, np.uint8), media_time(t_s))


def finding(kind: str, place: str, phase: Phase = Phase.INSTANT, **told: str) -> Finding:
    return Finding(kind, f"{kind}:{place}", phase, 0.0, None, place, data=told)


def crossing(direction: Direction) -> Finding:
    return finding(CROSSING, "L", direction=direction.value)


def scene() -> Drawing:
    return Drawing(SceneGeometry(lines=(LINE,), zones=(ZONE,)), "north")


def test_objects_are_drawn_and_tentative_tracks_are_not(drawn: list[Overlay]) -> None:
    tracks = tracks_of(
        [[0.1, 0.1, 0.3, 0.3], [0.5, 0.5, 0.8, 0.8]],
        [CAR, ObjectClass.PERSON],
        75.0,
        confirmed=[True, False],
    )
    before = picture(75.0)
    after = scene().draw(before, tracks, {1: [(0.1, 0.2), (0.2, 0.2)], 2: [(0.5, 0.5), (0.6, 0.6)]})
    [overlay] = drawn
    np.testing.assert_allclose(overlay.boxes, [[0.1, 0.1, 0.3, 0.3]])
    assert list(overlay.labels) == ["car"]
    assert [trail.class_id for trail in overlay.trails] == [CAR]
    assert (overlay.feed, overlay.clock) == ("north", "0:01:15")
    assert (after.pixels != before.pixels).any()


def test_lines_show_how_many_crossed_each_way(drawn: list[Overlay]) -> None:
    view = scene()
    view.note([crossing(Direction.FORWARD), crossing(Direction.BACKWARD)])
    view.note([crossing(Direction.FORWARD)])
    view.draw(picture(), Tracks.none(0.0), {})
    [mark] = drawn[0].lines
    assert (mark.line, mark.forward, mark.backward) == (LINE, 2, 1)


def test_zones_show_how_many_are_inside_now(drawn: list[Overlay]) -> None:
    view = scene()
    for phase in (Phase.OPEN, Phase.OPEN, Phase.UPDATE, Phase.CLOSE, Phase.CLOSE):
        view.note([finding(PRESENCE, "Z", phase)])
        view.draw(picture(), Tracks.none(0.0), {})
    assert [overlay.zones[0].text for overlay in drawn] == ["1", "2", "2", "1", ""]
    assert not any(overlay.zones[0].is_alert for overlay in drawn)


def test_a_zone_is_marked_while_something_stands_in_it(drawn: list[Overlay]) -> None:
    view = scene()
    for phase in (Phase.OPEN, Phase.CLOSE):
        view.note([finding(STOPPED, "Z", phase)])
        view.draw(picture(), Tracks.none(0.0), {})
    assert [overlay.zones[0].is_alert for overlay in drawn] == [True, False]


def test_other_findings_change_nothing(drawn: list[Overlay]) -> None:
    view = scene()
    view.note([finding("traffic.movement", "L"), finding("venue.queue", "Z", Phase.OPEN)])
    view.draw(picture(), Tracks.none(0.0), {})
    assert (drawn[0].lines[0].forward, drawn[0].zones[0].text) == (0, "")


@pytest.mark.parametrize(
    ("t_s", "text"),
    [
        (0.0, "0:00:00"),
        (59.99, "0:00:59"),
        (3600.0, "1:00:00"),
        (90061.0, "25:01:01"),
        (-1, "0:00:00"),
    ],
)
def test_the_clock_counts_media_time(t_s: float, text: str) -> None:
    assert clock_text(t_s) == text
