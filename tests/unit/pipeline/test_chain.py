"""A chain turns pictures into events, measurements with coverage, and covered pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import simplejpeg

from made_pictures import detections_of, raw_frame, tracks_of
from wayside.analyze.analyzers import analyzers_for
from wayside.detect.motion import Motion
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.looks import WHOLE, Look
from wayside.domain.media import RawFrame
from wayside.domain.records import Event, Measurement, Origin, Phase
from wayside.domain.scene import Line, SceneGeometry, Zone
from wayside.domain.tracks import Tracks
from wayside.events.lifecycle import Incidents
from wayside.pipeline.chain import ChainSettings, FeedChain, Yield
from wayside.pipeline.coverage import CoverageMeter
from wayside.pipeline.drawing import Drawing
from wayside.pipeline.perception import Pending, Sight
from wayside.redact.redactor import Redactor
from wayside.scene.scene import Scene
from wayside.testing.clock import FakeClock
from wayside.testing.scripted import DEFAULT_START

SIZE = 160, 120
GEOMETRY = SceneGeometry(
    lines=(Line("L", (0.5, 1.0), (0.5, 0.0)),),
    zones=(Zone("Z", ((0.3, 0.2), (0.7, 0.2), (0.7, 0.9), (0.3, 0.9))),),
)
CAR = ObjectClass.CAR


class ScriptedPerception:
    """A car that drives from left to right between second 2 and second 6, and 0.1 s of looks."""

    def begin(self, frame: RawFrame) -> Pending:
        motion = Motion.none(np.zeros((1, 1), np.uint8))
        return Pending(frame, motion, (Look(WHOLE, (32, 20)),), None)

    def look(self, pending: Pending) -> Detections:
        return Detections.empty()

    def complete(self, pending: Pending, named: Detections) -> Sight:
        t_s = pending.frame.time.t_s
        tracks = Tracks.none(t_s, self._ended(t_s))
        detections = Detections.empty()
        if 2.0 <= t_s <= 6.0:
            x = 0.1 + 0.2 * (t_s - 2.0)
            box = [x - 0.08, 0.4, x + 0.08, 0.6]
            tracks = tracks_of(box, [CAR], t_s, velocities=[[0.2, 0.0]], ages_s=[t_s - 2.0])
            detections = detections_of(box, [CAR])
        return Sight(tracks, detections, detections, pending.looks, flooded=False)

    def finish(self, t_s: float) -> Tracks:
        return Tracks.none(t_s, np.array([1], np.int64))

    def _ended(self, t_s: float) -> np.ndarray:
        return np.array([1] if 6.0 < t_s < 6.2 else [], np.int64)


def chain_of(
    settings: ChainSettings | None = None, geometry: SceneGeometry = GEOMETRY
) -> FeedChain:
    scene = Scene(geometry, SIZE[0] / SIZE[1])
    return FeedChain(
        ScriptedPerception(),  # type: ignore[arg-type]
        scene,
        analyzers_for(scene),
        incidents=Incidents(Origin("test", "north", "s1"), DEFAULT_START, FakeClock()),
        redactor=Redactor(),
        coverage=CoverageMeter(1.0),
        drawing=Drawing(geometry, "north"),
        settings=settings,
    )


def frames(end_s: float, corrupt: tuple[float, float] = (0.0, 0.0)) -> Iterator[RawFrame]:
    for n in range(round(end_s * 10)):
        t_s = n / 10
        pixels = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
        yield raw_frame(pixels, t_s, is_corrupt=corrupt[0] <= t_s < corrupt[1])


def played(
    chain: FeedChain, end_s: float, corrupt: tuple[float, float] = (0.0, 0.0)
) -> list[Yield]:
    return [*(chain.step(frame) for frame in frames(end_s, corrupt)), chain.finish(end_s)]


def events_of(yields: Sequence[Yield], kind: str) -> list[Event]:
    return [event for given in yields for event in given.events if event.kind == kind]


def counts_of(yields: Sequence[Yield]) -> list[Measurement]:
    return [
        m
        for given in yields
        for m in given.measurements
        if m.reading.metric == "count"
        and (m.reading.class_label, m.reading.direction) == ("", "forward")
    ]


def test_a_crossing_becomes_one_event_at_its_time() -> None:
    [event] = events_of(played(chain_of(), 10.0), "traffic.line_crossing")
    assert event.phase is Phase.INSTANT
    assert event.start_s == pytest.approx(4.0, abs=0.06)
    assert (event.place, event.data["direction"], event.data["class"]) == ("L", "forward", "car")
    assert event.origin == Origin("test", "north", "s1")


def test_windows_follow_each_other_and_the_last_may_be_short() -> None:
    yields = played(chain_of(ChainSettings(window_s=3.0)), 10.0)
    counts = counts_of(yields)
    windows = [(m.window_start_s, m.window_end_s) for m in counts]
    assert windows == [(0.0, 3.0), (3.0, 6.0), (6.0, 9.0), (9.0, 10.0)]
    assert [m.reading.value for m in counts] == [0, 1, 0, 0]
    assert all(m.coverage == 1.0 for m in counts)


def test_a_window_is_measured_only_when_its_numbers_are_settled() -> None:
    chain = chain_of(ChainSettings(window_s=3.0))
    for frame in frames(10.0):
        for m in chain.step(frame).measurements:
            assert frame.time.t_s > m.window_end_s


def test_the_end_on_a_windows_border_makes_no_empty_window() -> None:
    counts = counts_of(played(chain_of(ChainSettings(window_s=5.0)), 10.0))
    assert [(m.window_start_s, m.window_end_s) for m in counts] == [(0.0, 5.0), (5.0, 10.0)]


def test_what_is_open_at_the_end_is_closed() -> None:
    yields = played(chain_of(), 4.5)
    phases = [event.phase for event in events_of(yields, "venue.zone_presence")]
    assert phases == [Phase.OPEN, Phase.CLOSE]
    assert [t.track for given in yields for t in given.trajectories] == [1]


def test_corrupt_pictures_are_not_analysed_not_shown_and_a_gap() -> None:
    chain = chain_of(ChainSettings(window_s=2.0))
    yields = played(chain, 10.0, corrupt=(7.0, 9.5))
    assert [given.picture is None for given in yields[70:95]] == [True] * 25
    assert chain.analysed == 75
    [gap] = chain.coverage.gaps
    assert gap.reason == "corrupt pictures"
    assert (gap.start_s, gap.end_s) == pytest.approx((6.9, 9.5))
    shares = [m.coverage for m in counts_of(yields)]
    # The windows from 6 s and 8 s close while pictures are still corrupt, or after.
    assert shares == pytest.approx([1.0, 1.0, 1.0, 0.45, 0.25])


def test_an_event_has_a_covered_still_of_its_moment() -> None:
    yields = played(chain_of(), 10.0)
    stills = {still.event_id: still for given in yields for still in given.stills}
    begun = [
        event
        for given in yields
        for event in given.events
        if event.phase in (Phase.OPEN, Phase.INSTANT)
    ]
    assert stills.keys() == {event.event_id for event in begun}
    for event in begun:
        still = stills[event.event_id]
        picture = simplejpeg.decode_jpeg(still.jpeg, colorspace="GRAY")[:, :, 0]
        assert picture.shape == (still.height, still.width) == SIZE[::-1]
        # The car is at 0.1 + 0.2 (t - 2); solid cover there, bare street elsewhere.
        x = round((0.1 + 0.2 * (event.start_s - 2.0)) * SIZE[0])
        assert abs(int(picture[60, x]) - 60) > 8
        assert abs(int(picture[60, (x + 80) % SIZE[0]]) - 60) < 8


def test_pictures_are_made_only_where_they_are_asked_for() -> None:
    for pictures in (True, False):
        for stills in (True, False):
            yields = played(chain_of(ChainSettings(pictures=pictures, stills=stills)), 10.0)
            assert any(given.picture for given in yields) is pictures
            assert any(given.stills for given in yields) is stills
            assert len(events_of(yields, "traffic.line_crossing")) == 1


def test_the_emptiest_picture_stands_for_the_place() -> None:
    chain = chain_of()
    given = iter(frames(10.0))
    for frame in given:
        if frame.time.t_s >= 2.0:
            break
    chain.step(frame)
    assert chain.cover is not None
    assert chain.cover.time.t_s == 2.0  # there was none better yet
    for frame in given:
        chain.step(frame)
    assert chain.cover.time.t_s == pytest.approx(6.1)


def test_a_scene_with_nothing_drawn_still_gives_pictures_and_paths() -> None:
    yields = played(chain_of(geometry=SceneGeometry()), 10.0)
    assert not any(given.events or given.measurements for given in yields)
    assert len([t for given in yields for t in given.trajectories]) == 1
    assert yields[0].picture is not None


def test_a_chain_that_saw_nothing_can_be_finished() -> None:
    chain = chain_of()
    given = chain.finish(0.0)
    assert (given.events, given.measurements, chain.analysed) == ([], [], 0)
    assert chain.cover is None


def test_looks_are_counted() -> None:
    chain = chain_of()
    played(chain, 3.0)
    assert (chain.looks, chain.analysed) == (30, 30)
    assert chain.looked_pixels == 30 * 32 * 20


def test_a_step_in_two_halves_is_the_same_step() -> None:
    chain = chain_of()
    yields = []
    for frame in frames(10.0, corrupt=(8.0, 8.5)):
        given = chain.begin(frame)
        if not isinstance(given, Yield):
            assert given.frame is frame
            assert len(given.looks) == 1
            given = chain.complete(given, Detections.empty())
        yields.append(given)
    yields.append(chain.finish(10.0))
    whole = played(chain_of(), 10.0, corrupt=(8.0, 8.5))
    assert [[e.start_s for e in given.events] for given in yields] == [
        [e.start_s for e in given.events] for given in whole
    ]
    assert [given.sight is None for given in yields] == [given.sight is None for given in whole]


def test_the_first_window_may_be_short() -> None:
    chain = chain_of(ChainSettings(window_s=4.0, first_window_s=1.5))
    windows = [(m.window_start_s, m.window_end_s) for m in counts_of(played(chain, 10.0))]
    assert windows == [(0.0, 1.5), (1.5, 5.5), (5.5, 9.5), (9.5, 10.0)]


def test_while_paused_nothing_is_counted_and_the_time_is_a_gap() -> None:
    chain = chain_of()
    yields = [
        chain.step(frame, paused="frozen" if 3.0 <= frame.time.t_s < 7.0 else "")
        for frame in frames(10.0)
    ]
    yields.append(chain.finish(10.0))
    assert events_of(yields, "traffic.line_crossing") == []  # it crossed at second 4
    [gap] = chain.coverage.gaps
    assert gap.reason == "frozen"
    assert (gap.start_s, gap.end_s) == pytest.approx((2.9, 7.0))
    assert all(given.sight is not None for given in yields[:-1])
