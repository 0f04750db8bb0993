"""One feed across its sessions: windows on the clock, losses, outages, overload."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from live_feeds import RATE, START, Film, Stage, film, spec
from wayside.domain.errors import ConfigError, SourceChanged, SourceLost, StoreError
from wayside.domain.feeds import FeedState
from wayside.domain.health import Vitals
from wayside.domain.media import RawFrame
from wayside.domain.records import Finding, Measurement, Phase, Severity
from wayside.pipeline.covering import Covering
from wayside.pipeline.live_feed import BACKLOG_S, LiveFeed
from wayside.pipeline.live_session import to_boundary_s
from wayside.pipeline.wiring import Eyes

LOST = SourceLost("the connection broke", where="rtsp://camera", remedy="wait")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return film(tmp_path_factory.mktemp("film") / "a.mp4", 25.0)


def feed_on(stage: Stage) -> LiveFeed:
    given = spec()
    return LiveFeed(given, stage.open(given), stage.house)


def drained(feed: LiveFeed, rate: float | None = 12.5, why: str = "") -> None:
    while feed.waiting_since_s is not None:
        feed.step(rate, why)


def play(
    stage: Stage, feed: LiveFeed, played: Film, seconds: float, rate: float | None = 12.5
) -> None:
    for packet in played.packets[: round(seconds * RATE)]:
        stage.put("north", packet)
        drained(feed, rate)
        stage.clock.advance(1 / RATE)
        stage.house.journal.commit()


def measured(stage: Stage) -> list[Measurement]:
    return [
        m
        for commit in stage.kept.commits
        for m in commit.measurements
        if m.reading.metric == "count"
        and (m.reading.class_label, m.reading.direction) == ("", "forward")
    ]


def test_windows_end_on_whole_intervals_of_utc_the_first_and_last_are_short(played: Film) -> None:
    stage = Stage(window_s=10.0)
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    play(stage, feed, played, 25.0)
    stage.lose("north", LOST, "s1")
    drained(feed)
    stage.house.journal.commit(at_once=True)
    windows = [(m.window_start, m.window_end) for m in measured(stage)]
    assert windows[0][0] == START
    assert [(end.second, end.microsecond) for _, end in windows[:-1]] == [(10, 0), (20, 0), (30, 0)]
    assert [start for start, _ in windows[1:]] == [end for _, end in windows[:-1]]
    assert all(m.coverage == 1.0 for m in measured(stage))
    assert {(m.origin.shard, m.origin.epoch) for m in measured(stage)} == {(3, 7)}


def test_a_start_on_a_boundary_has_a_whole_first_window() -> None:
    assert to_boundary_s(START.replace(second=10, microsecond=0), 10.0) == 10.0
    assert to_boundary_s(START, 10.0) == 2.5


def test_a_loss_opens_an_outage_and_the_next_picture_closes_it(played: Film) -> None:
    stage = Stage()
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    play(stage, feed, played, 4.0)
    stage.lose("north", LOST, "s1")
    drained(feed)
    stage.clock.advance(3.0)
    stage.lose("north", LOST, None)  # tried again, still lost: no second incident
    drained(feed)
    stage.house.journal.commit()
    stage.begin("north", played, "s2")
    drained(feed)
    assert [phase for _, kind, phase in stage.kept.events() if "signal" in kind] == ["open"]
    play(stage, feed, played, 2.0)
    signal = [event for event in stage.kept.events() if event[1] == "health.signal_lost"]
    assert [phase for _, _, phase in signal] == ["open", "close"]
    assert signal[0][0] == signal[1][0]
    assert signal[0][0] not in ("s1", "s2")
    # The store takes what follows in a feed for its next life: an outage ends before that.
    outage = signal[0][0]
    assert stage.kept.sessions() == [
        ("s1", "running"),
        ("s1", "failed"),
        (outage, "running"),
        (outage, "finished"),
        ("s2", "running"),
    ]
    assert not [m for m in measured(stage) if m.origin.session == outage]


def test_another_size_is_another_session_and_no_outage(played: Film) -> None:
    stage = Stage()
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    play(stage, feed, played, 2.0)
    stage.lose("north", SourceChanged("another size"), "s1")
    stage.begin("north", played, "s2")
    drained(feed)
    play(stage, feed, played, 2.0)
    assert stage.kept.sessions() == [("s1", "running"), ("s1", "failed"), ("s2", "running")]
    assert stage.kept.events() == []


def test_time_lost_inside_a_session_is_a_gap(played: Film) -> None:
    stage = Stage(window_s=100.0)
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    for packet in [*played.packets[:20], *played.packets[50:100]]:  # 6 s never came
        stage.put("north", packet)
        drained(feed)
        stage.clock.advance(1 / RATE)
    feed.close()
    stage.house.journal.commit(at_once=True)
    [(_, gap)] = [each for commit in stage.kept.commits for each in commit.gaps]
    assert gap.reason == "no pictures"
    assert gap.end_s - gap.start_s == pytest.approx(6.2, abs=0.01)
    assert measured(stage)[-1].coverage == pytest.approx(1 - 6.2 / 19.8, abs=0.02)


def test_far_behind_it_goes_on_at_the_newest_keyframe_and_counts(played: Film) -> None:
    stage = Stage(window_s=100.0)
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    play(stage, feed, played, 2.0)
    for packet in played.packets[2 * RATE : 8 * RATE + 3]:
        stage.put("north", packet)
        stage.clock.advance(1 / RATE)
    assert feed.behind_s > BACKLOG_S
    drained(feed)
    assert feed.dropped == 6 * RATE
    feed.close()
    stage.house.journal.commit(at_once=True)
    [(_, gap)] = [each for commit in stage.kept.commits for each in commit.gaps]
    assert gap.reason == "the worker was too slow"
    assert feed.tick().dropped == 6 * RATE


def test_a_glance_decodes_keyframes_only_and_says_so(played: Film) -> None:
    stage = Stage(window_s=100.0)
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    for packet in played.packets[: 10 * RATE]:
        stage.put("north", packet)
        drained(feed, None, "the worker is too slow")
        stage.clock.advance(1 / RATE)
    feed.close()
    stage.house.journal.commit(at_once=True)
    [end] = [f for c in stage.kept.commits for f in c.sessions.values() if f.duration_s]
    assert end.counters["analysed"] == 5
    assert end.coverage == pytest.approx(0.0, abs=0.01)
    gaps = [gap.reason for commit in stage.kept.commits for _, gap in commit.gaps]
    assert set(gaps) == {"the worker is too slow"}


def test_a_lower_rate_within_reach_costs_no_coverage(played: Film) -> None:
    stage = Stage(window_s=100.0)
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    play(stage, feed, played, 10.0, rate=1.25)
    feed.close()
    stage.house.journal.commit(at_once=True)
    assert [c.gaps for c in stage.kept.commits if c.gaps] == []
    [end] = [f for c in stage.kept.commits for f in c.sessions.values() if f.duration_s]
    assert end.counters["analysed"] in (12, 13)
    assert end.coverage == 1.0


def test_status_tells_rates_lag_and_coverage(played: Film) -> None:
    stage = Stage()
    feed = feed_on(stage)
    assert feed.tick().state is FeedState.CONNECTING
    stage.begin("north", played, "s1")
    for second in range(6):
        for packet in played.packets[second * RATE : (second + 1) * RATE]:
            stage.put("north", packet)
            drained(feed)
            stage.clock.advance(1 / RATE)
        reader = stage.inputs["north"].reader.given  # type: ignore[attr-defined]
        reader.received += RATE
        reader.size += 1000
        status = feed.tick()
    assert (status.state, status.session, status.codec) == (FeedState.LIVE, "s1", "h264")
    assert status.fps_in == pytest.approx(RATE)
    assert status.fps_analysed == pytest.approx(RATE)
    assert status.bitrate_kbps == pytest.approx(8.0)
    assert status.lag_s == 0.0
    assert status.coverage == 1.0
    assert status.worker == 3
    stage.clock.advance(6.0)
    assert feed.tick().coverage == pytest.approx(0.5, abs=0.02)


def test_pictures_only_while_somebody_watches(played: Film) -> None:
    stage = Stage()
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    play(stage, feed, played, 2.0)
    assert stage.pictures == []
    feed.watch(32, 2.0)
    play(stage, feed, Film(played.format, played.packets[10:]), 3.0)
    assert len(stage.pictures) in (5, 6)
    assert (stage.pictures[0].width, stage.pictures[0].height) == (32, 24)
    feed.unwatch()
    before = len(stage.pictures)
    play(stage, feed, Film(played.format, played.packets[25:]), 2.0)
    assert len(stage.pictures) == before


class BrokenFinder:
    """A search for faces that fails: then nothing may be shown."""

    def find(self, bgr: object, regions: object = None) -> object:
        raise RuntimeError("injected")


def test_pictures_that_cannot_be_covered_are_blank_and_counted_by_the_worker(
    played: Film,
) -> None:
    stage = Stage()
    eyes = Eyes(faces=BrokenFinder())  # type: ignore[arg-type]
    stage.house = replace(stage.house, eyes=eyes)
    for name in ("s1", "s2"):  # its redactors end with their sessions, the count does not
        feed = feed_on(stage)
        feed.watch(32, 2.0)
        stage.begin("north", played, name)
        play(stage, feed, played, 2.0)
        feed.close()
    assert len(stage.pictures) in (8, 9, 10)
    assert {picture.markings for picture in stage.pictures} == {()}
    assert eyes.blanked.count == len(stage.pictures)


class ToldHealth:
    """A FeedHealth that finds one thing in the first picture."""

    conditions: frozenset[str] = frozenset()
    counting_paused = geometry_suspended = is_suspicious = False
    clock_drift_s = None

    def __init__(self) -> None:
        self.found = [Finding("health.black", "black:1", Phase.OPEN, 0.0, None, "")]

    def new_session(self) -> None: ...

    def picture(self, frame: RawFrame) -> list[Finding]:
        found, self.found = self.found, []
        return found

    def confirm_view(self, t_s: float) -> list[Finding]:
        return []

    def vitals(self, vitals: Vitals) -> list[Finding]:
        return []

    def finish(self, t_s: float) -> list[Finding]:
        return []


@pytest.mark.parametrize("stills", [True, False])
def test_stills_of_events_are_kept_only_where_they_are_wanted(played: Film, stills: bool) -> None:
    stage = Stage()
    stage.house = replace(stage.house, health=ToldHealth, stills=stills)
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    play(stage, feed, played, 2.0)
    assert stage.kept.events() == [("s1", "health.black", "open")]
    assert sum(len(commit.stills) for commit in stage.kept.commits) == stills


def test_of_what_is_only_counted_a_still_is_kept_now_and_then(played: Film) -> None:
    stage = Stage()
    room: list[bool] = []
    stage.house = replace(stage.house, health=ToldHealth, has_room=lambda: bool(room))
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    play(stage, feed, played, 2.0)
    [told] = [event for commit in stage.kept.commits for event in commit.events]
    incident = replace(told, severity=Severity.WARNING)
    session = feed._session
    assert session is not None
    counted = [
        replace(told, severity=Severity.INFO, phase=Phase.INSTANT, start_s=t_s)
        for t_s in (21.0, 24.0, 30.9, 31.5, 33.0)
    ]
    assert [len(session._stills([event])) for event in counted] == [1, 0, 0, 1, 0]
    assert len(session._stills([incident, incident])) == 2
    room.append(True)  # the worker has time for more
    assert [len(session._stills([event])) for event in counted] == [1] * 5


def test_events_of_one_moment_share_what_was_covered(
    played: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage()
    stage.house = replace(stage.house, health=ToldHealth)
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    play(stage, feed, played, 3.0)
    [told] = [event for commit in stage.kept.commits for event in commit.events]
    session = feed._session
    assert session is not None
    covered: list[float] = []
    whole = Covering.at
    monkeypatch.setattr(Covering, "at", lambda self, t_s: covered.append(t_s) or whole(self, t_s))
    moments = (2.0, 2.0, 2.05, 0.9)
    events = [replace(told, event_id=uuid4(), start_s=t_s) for t_s in moments]
    stills = session._stills(events)
    assert covered == [2.0, 0.9]
    assert [still.event_id for still in stills] == [event.event_id for event in events]
    assert stills[0].jpeg == stills[2].jpeg != stills[3].jpeg


def test_a_rule_that_is_none_is_refused() -> None:
    stage = Stage()
    given = spec()
    wrong = type(given)(given.id, given.source, given.geometry, ({"kind": "faces"},))
    with pytest.raises(ConfigError, match="no rule of kind"):
        LiveFeed(wrong, stage.open(given), stage.house)


def test_what_a_full_disk_refuses_is_committed_later(played: Film) -> None:
    stage = Stage(window_s=2.0)
    feed = feed_on(stage)
    stage.begin("north", played, "s1")
    stage.kept.refuse = StoreError("the disk is full")
    play(stage, feed, played, 8.0)
    assert stage.kept.commits == []
    assert stage.house.journal.failures > 0
    stage.kept.refuse = None
    stage.clock.advance(1.0)
    stage.house.journal.commit()
    assert stage.kept.sessions() == [("s1", "running")]
    assert len(measured(stage)) >= 3
