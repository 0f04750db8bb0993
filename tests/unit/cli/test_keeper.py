"""What a chain yields reaches the store in time, the video at once, the report within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import av
import numpy as np
import pytest

from made_pictures import media_time
from wayside.cli.keeper import COMMIT_EVERY_S, Keeper
from wayside.cli.results import Results
from wayside.domain.records import Event, Measurement, Origin, Phase, Reading, Severity
from wayside.domain.time import utc_at
from wayside.domain.tracks import Trajectory
from wayside.observe.stages import StageTimer
from wayside.pipeline.chain import EventStill, Yield
from wayside.pipeline.coverage import Gap
from wayside.redact.frame import seal
from wayside.store.records import SessionRecord, SessionStatus
from wayside.testing.scripted import DEFAULT_START, ScriptedSession, steps

PICTURE = np.zeros((48, 64, 3), np.uint8)
RECORD = SessionRecord("s1", "test", "north", "north.mp4", DEFAULT_START, True)
ORIGIN = Origin("test", "north", "s1")
JPEG = b"\xff\xd8\xff a picture \xff\xd9"


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    with Results(tmp_path / "out") as opened:
        yield opened


def keeper_of(results: Results, video: str | None = "tagged.mp4") -> Keeper:
    session = ScriptedSession(steps([PICTURE]))
    return Keeper(results, RECORD, video, session, StageTimer())  # type: ignore[arg-type]


def event(number: int) -> Event:
    moment = utc_at(DEFAULT_START, number)
    return Event(
        UUID(int=number),
        UUID(int=number),
        ORIGIN,
        number,
        "traffic.line_crossing",
        Phase.INSTANT,
        moment,
        moment,
        float(number),
        float(number),
        "L",
        Severity.INFO,
        {},
    )


def measurement(number: int) -> Measurement:
    start, end = utc_at(DEFAULT_START, number), utc_at(DEFAULT_START, number + 1)
    reading = Reading("count", 1.0, "objects", "line", "L")
    return Measurement(
        UUID(int=number), ORIGIN, number, start, end, number, number + 1.0, reading, 1.0
    )


def trajectory(track: int) -> Trajectory:
    return Trajectory(track, 4, np.array([0.0, 1.0]), np.zeros((2, 2), np.float32), None)


def given(number: int) -> Yield:
    """The yield of second ``number``: one of everything."""
    return Yield(
        picture=seal(PICTURE, media_time(float(number))),
        events=[event(number)],
        measurements=[measurement(number)],
        trajectories=[trajectory(number)],
        stills=[EventStill(UUID(int=number), JPEG, 64, 48)],
    )


def test_records_are_committed_every_few_seconds(results: Results) -> None:
    keeper = keeper_of(results)
    stored = []
    for n in range(12):
        keeper.take(given(n), float(n))
        stored.append(len(results.store.events()))
    every = int(COMMIT_EVERY_S)
    assert stored == [0] * every + [every + 1] * every + [2 * every + 1] * 2
    keeper.abort()


def test_all_is_kept_at_the_end(results: Results) -> None:
    keeper = keeper_of(results)
    for n in range(3):
        keeper.take(given(n), float(n))
    gaps = [Gap(1.0, 2.0, "corrupt pictures")]
    keeper.close(gaps, {"packets": 3}, 3.0, 2 / 3, was_stopped=False)
    store = results.store
    assert store.events() == keeper.events == [event(n) for n in range(3)]
    assert store.measurements() == keeper.measurements == [measurement(n) for n in range(3)]
    assert [t.track for t in store.trajectories()] == [t.track for t in keeper.trajectories]
    assert store.stills(keeper.stills).keys() == keeper.stills.keys()
    assert [(gap.start_s, gap.end_s, gap.reason) for gap in store.gaps()] == [
        (1.0, 2.0, "corrupt pictures")
    ]
    [session] = store.sessions()
    assert session.status is SessionStatus.FINISHED
    assert (session.duration_s, session.coverage) == (3.0, pytest.approx(2 / 3))
    assert session.counters == {"packets": 3}
    with av.open(str(results.path("tagged.mp4"))) as video:
        assert sum(1 for _ in video.decode(video=0)) == 3


def test_a_session_is_in_the_store_from_its_start(results: Results) -> None:
    keeper = keeper_of(results, video=None)
    assert [s.status for s in results.store.sessions()] == [SessionStatus.RUNNING]
    keeper.close([], {}, 0.0, 1.0, was_stopped=True)
    assert [s.status for s in results.store.sessions()] == [SessionStatus.INTERRUPTED]


def test_no_picture_is_kept_once_it_is_written(results: Results) -> None:
    keeper = keeper_of(results)
    one = given(0)
    keeper.take(one, 0.0)
    assert one.picture is None
    keeper.abort()


def test_what_the_report_draws_is_bounded_and_the_store_has_it_all(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keeper, "MAX_TRAJECTORIES", 2)
    monkeypatch.setattr(Keeper, "MAX_STILLS", 1)
    keeper = keeper_of(results, video=None)
    for n in range(4):
        keeper.take(given(n), float(n))
    keeper.close([], {}, 4.0, 1.0, was_stopped=False)
    assert [t.track for t in keeper.trajectories] == [0, 1]
    assert list(keeper.stills) == [UUID(int=0)]
    assert len(keeper.events) == 4
    assert len(results.store.trajectories()) == 4
    assert len(results.store.stills(UUID(int=n) for n in range(4))) == 4


def test_an_unfinished_video_is_removed(results: Results) -> None:
    keeper = keeper_of(results)
    keeper.take(given(0), 0.0)
    keeper.abort()
    assert not list(results.path("").glob("*.mp4*"))
    keeper_of(results, video=None).abort()  # nothing to remove


def test_a_store_that_fails_is_not_silenced(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = keeper_of(results)

    def write(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError("disk")

    monkeypatch.setattr(results.store, "write", write)
    with pytest.raises(OSError, match="disk"):
        keeper.take(given(0), COMMIT_EVERY_S)
    keeper.abort()
