"""From packets of a live feed to a clip that the store serves and a player plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_feeds import Film, PlayedSession, Stage, spec, until
from made_clips import RATE, RedFilm, crossing, red_film, red_pixels, shown
from wayside.attend.budget import Budget
from wayside.cli.served_archive import ServedArchive
from wayside.cli.worker_journal import JournalRecorder
from wayside.domain.errors import StoreError
from wayside.domain.media import Packet, RawFrame
from wayside.domain.records import Finding, Phase, Severity
from wayside.ingest.buffer import Opened
from wayside.pipeline.clip_making import BETWEEN_S, EventClip
from wayside.pipeline.clips import ClipMaker
from wayside.pipeline.outgoing import CommitGroup, CommitSettings
from wayside.pipeline.worker import Worker
from wayside.store.database import Store
from wayside.store.journal import Journal, journal_path
from wayside.store.writer import StoreWriter

TOLD_S = 7.0


class Tells:
    """A watch of a feed that finds it covered at second 7, or at another."""

    conditions: frozenset[str] = frozenset()
    counting_paused = False
    geometry_suspended = False
    clock_drift_s = None
    is_suspicious = False

    def __init__(self, at_s: float = TOLD_S) -> None:
        self._at_s = at_s
        self._has_told = False

    def new_session(self) -> None: ...

    def picture(self, frame: RawFrame) -> list[Finding]:
        if self._has_told or frame.time.t_s < self._at_s:
            return []
        self._has_told = True
        severity = Severity.CRITICAL
        return [Finding("health.covered", "c", Phase.OPEN, self._at_s, None, "", severity)]

    def vitals(self, vitals: Any) -> list[Finding]:
        return []

    def finish(self, t_s: float) -> list[Finding]:
        return []


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> RedFilm:
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    return red_film(path, 13.0, lambda t_s: crossing(t_s - 4.0), size=(320, 192))


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    clips = ClipMaker(made.house.journal.clip, made.house.timer)
    made.house = replace(made.house, health=Tells, clips=clips)
    return made


def journalled(stage: Stage, journal: Journal) -> None:
    group = CommitGroup(JournalRecorder(journal, {}), stage.clock)
    stage.house = replace(stage.house, journal=group, clips=ClipMaker(group.clip))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(journal_path(tmp_path, 3)) as opened:
        yield opened


def play(
    stage: Stage, worker: Worker, film: RedFilm, note: Callable[[], None] = lambda: None
) -> None:
    stage.inputs["north"].buffer.put(
        Opened(PlayedSession(Film(film.format, film.packets), "s1"))  # type: ignore[arg-type]
    )
    for packet in film.packets:
        stage.put("north", packet)
        until(worker.turn, lambda: worker.is_idle)
        note()
        stage.clock.advance(1 / RATE)


def idle(stage: Stage, worker: Worker, turns: int = 200) -> None:
    for _ in range(turns):
        if not stage.house.clips.step():
            break
    stage.clock.advance(1.0)
    worker.turn()


def test_a_live_feeds_incident_has_a_clip_in_the_store_that_plays(
    stage: Stage, played: RedFilm, journal: Journal, tmp_path: Path
) -> None:
    journalled(stage, journal)
    worker = Worker(stage.house, stage.open)
    worker.add(spec(), 1)
    worker.turn()
    play(stage, worker, played)
    with Store.open(tmp_path / "wayside.db") as store:
        writer = StoreWriter(store, tmp_path, stage.clock)
        writer.step()  # the event is there before its clip
        [told] = [each for each in store.events() if each.kind == "health.covered"]
        idle(stage, worker)
        writer.step()
        archive = ServedArchive(store, lag_s=lambda: 0.0, sinks=list)
        assert (found := archive.incident(told.incident_id)) is not None
        assert found.has_clip
        clip = archive.clip(told.incident_id)
        writer.close()
    assert clip is not None
    pictures = shown(clip.data)
    assert len(pictures) == pytest.approx(8 * 8, abs=3)
    assert pictures[-1][0] == pytest.approx(8.0, abs=0.3)
    assert [red_pixels(picture) for _, picture in pictures] == [0] * len(pictures)


class Glances(Budget):
    """Leaves keyframes only."""

    def rate(self, feed: str, wanted: float) -> None:
        return None


def test_keyframes_alone_make_a_clip_of_keyframes(stage: Stage, played: RedFilm) -> None:
    worker = Worker(stage.house, stage.open, budget=Glances())
    worker.add(spec(), 1)
    worker.turn()
    play(stage, worker, played)
    idle(stage, worker)
    [clip] = [clip for commit in stage.kept.commits for clip in commit.clips]
    moments = [t_s for t_s, _ in shown(clip.mp4)]
    keyframes = sum(packet.is_keyframe for packet in played.packets)
    assert 8 <= len(moments) < keyframes
    assert min(b - a for a, b in pairwise(moments)) > BETWEEN_S


class Sizes:
    """Sizes of packets that tell of a change once: at their second 30."""

    may_sleep = is_telling = True

    def learn(self, packets: Sequence[Packet], *, is_still: bool) -> None: ...

    def fell_asleep(self) -> None: ...

    def wakes(self, packets: Sequence[Packet]) -> bool:
        seconds = [float((packet.pts or 0) * packet.time_base) for packet in packets]
        return any(30.0 <= t_s < 30.3 for t_s in seconds)

    def glanced(self, is_still: bool) -> None: ...


def test_a_sleeping_feeds_clip_shows_its_glances_and_all_from_its_waking(
    stage: Stage, tmp_path: Path
) -> None:
    film = red_film(tmp_path / "a.mp4", 37.0, lambda t_s: crossing(t_s - 28.3), size=(320, 192))
    stage.house = replace(stage.house, health=lambda: Tells(31.0), size_watch=Sizes)
    worker = Worker(stage.house, stage.open)
    worker.add(spec(), 1)
    worker.turn()
    slept: list[bool] = []

    def note() -> None:
        session = worker._slots["north"].feed._session  # type: ignore[union-attr]
        slept.append(session is not None and session.is_asleep)

    play(stage, worker, film, note)
    session = worker._slots["north"].feed._session  # type: ignore[union-attr]
    assert session is not None
    assert any(slept)
    assert not slept[round(30.7 * RATE)]
    assert session._clips.recent.breaks == 0  # what was taken again is there once
    idle(stage, worker)
    [clip] = [clip for commit in stage.kept.commits for clip in commit.clips]
    pictures = shown(clip.mp4)
    moments = np.array([t_s for t_s, _ in pictures]) + 31.0 - (pictures[-1][0] - 4.0)
    assert (moments < 30.0).sum() <= 3  # a keyframe now and then
    assert ((moments > 31.0) & (moments < 32.0)).sum() >= 6
    assert [red_pixels(picture) for _, picture in pictures] == [0] * len(pictures)


class Busy(ClipMaker):
    """Counts how often it was asked, and has always something to do."""

    asked = 0

    def step(self) -> bool:
        self.asked += 1
        return self.asked < 10


def test_it_is_asked_only_when_no_feed_waits_and_then_nobody_sleeps(
    stage: Stage, played: RedFilm, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = Busy(lambda _clip: None)
    stage.house = replace(stage.house, clips=busy)
    worker = Worker(stage.house, stage.open)
    worker.add(spec(), 1)
    worker.turn()
    asked = busy.asked
    stage.inputs["north"].buffer.put(
        Opened(PlayedSession(Film(played.format, played.packets), "s1"))  # type: ignore[arg-type]
    )
    for packet in played.packets[:20]:
        stage.put("north", packet)
    assert not worker.is_idle
    while not worker.is_idle:
        worker.turn()
    assert busy.asked == asked
    slept: list[float] = []
    monkeypatch.setattr(worker._wake, "wait", slept.append)
    while busy.asked < 9:
        worker.turn()
    assert slept == []
    worker.turn()
    assert slept == [0.1]


def test_a_clip_waits_for_room_on_the_disk_but_not_many(stage: Stage) -> None:
    settings = CommitSettings(most_clips=2)
    group = CommitGroup(stage.kept, stage.clock, settings)
    stage.kept.refuse = StoreError("the disk is full", where="x", remedy="y")
    clips = [EventClip(stage.house.identifiers.new(), b"") for _ in range(5)]
    for clip in clips:
        group.clip(clip)
        stage.clock.advance(2.0)
        group.commit()
    assert group.failures == 5
    stage.kept.refuse = None
    stage.clock.advance(2.0)
    group.commit()
    [commit] = stage.kept.commits
    assert commit.clips == clips[-2:]
    assert group.lost == 3
