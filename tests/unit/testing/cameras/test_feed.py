"""One feed: bytes that FFmpeg reads, clients that come, lag and go, a connection that breaks."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import av
import pytest

from made_film import short_place, write_film
from wayside.testing.cameras.channel import BACKLOG_BYTES
from wayside.testing.cameras.feed import Feed
from wayside.testing.cameras.films import FilmFolder
from wayside.testing.cameras.playhead import Breaks
from wayside.testing.clock import FakeClock


class Recorder:
    """A client that keeps everything, or takes nothing."""

    def __init__(self, *, is_slow: bool = False) -> None:
        self.taken = b""
        self.is_aborted = False
        self._is_slow, self._waiting = is_slow, 0

    def write(self, chunk: bytes) -> None:
        self.taken += chunk
        self._waiting += len(chunk) if self._is_slow else 0

    def backlog(self) -> int:
        return self._waiting

    def abort(self) -> None:
        self.is_aborted = True


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    write_film(folder, short_place())
    return folder


def feed_of(films: Path, clock: FakeClock, breaks: Breaks | None = None) -> Feed:
    place = short_place()
    return Feed(place, FilmFolder.of(films, place), clock, breaks)


def play(feed: Feed, clock: FakeClock, seconds: float) -> list[dict[str, object]]:
    rows = []
    for _ in range(round(seconds / 0.08)):
        rows += feed.step()
        clock.advance(0.08)
    return rows


def timestamps(stream: bytes) -> tuple[list[int], bool]:
    with av.open(io.BytesIO(stream), format="mpegts") as container:
        packets = [one for one in container.demux(video=0) if one.pts is not None]
    return [int(one.pts or 0) for one in packets], bool(packets[0].is_keyframe)


def test_timestamps_go_on_over_the_seam(films: Path) -> None:
    clock, client = FakeClock(), Recorder()
    feed = feed_of(films, clock)
    feed.admit(client)
    play(feed, clock, 30.0)
    feed.close()
    pts, begins_with_a_keyframe = timestamps(client.taken)
    assert begins_with_a_keyframe
    assert len(pts) > 340
    assert {b - a for a, b in pairwise(pts)} == {7200}


def test_who_joins_later_begins_at_a_keyframe_and_can_decode(films: Path) -> None:
    clock = FakeClock()
    feed = feed_of(films, clock)
    play(feed, clock, 5.0)
    client = Recorder()
    feed.admit(client)
    play(feed, clock, 1.0)
    feed.close()
    with av.open(io.BytesIO(client.taken), format="mpegts") as container:
        pictures = list(container.decode(video=0))
    assert pictures[0].key_frame
    assert (pictures[0].width, pictures[0].height) == (640, 360)
    assert 12 <= len(pictures) <= 2 * 25 + 12


def test_a_slow_client_is_dropped_and_others_are_not(films: Path) -> None:
    clock, slow, quick = FakeClock(), Recorder(is_slow=True), Recorder()
    feed = feed_of(films, clock)
    feed.admit(slow)
    feed.admit(quick)
    play(feed, clock, 1.0)
    slow.write(bytes(BACKLOG_BYTES))
    before = len(slow.taken)
    play(feed, clock, 1.0)
    feed_dropped = feed.channel.dropped
    assert feed_dropped == 1
    assert slow.is_aborted
    assert not quick.is_aborted
    assert len(slow.taken) == before
    feed.close()


def test_the_connection_breaks_and_heals_while_the_town_goes_on(films: Path) -> None:
    clock, client = FakeClock(), Recorder()
    feed = feed_of(films, clock, Breaks(every_s=24.0, after_s=12.0, lasts_s=12.0))
    feed.admit(client)
    first = play(feed, clock, 11.5)
    assert not client.is_aborted
    play(feed, clock, 1.5)
    assert client.is_aborted
    refused = Recorder()
    feed.admit(refused)
    assert refused.is_aborted
    assert refused.taken == b""
    second = play(feed, clock, 10.5)
    assert {row["seen"] for row in first} == {True}
    assert {row["seen"] for row in second} == {False}
    play(feed, clock, 1.5)
    back = Recorder()
    feed.admit(back)
    play(feed, clock, 1.0)
    feed.close()
    assert timestamps(back.taken)[0]


def test_truth_is_unseen_before_anybody_has_connected(films: Path) -> None:
    clock = FakeClock()
    feed = feed_of(films, clock)
    rows = play(feed, clock, 12.0)
    feed.close()
    assert rows
    assert {row["seen"] for row in rows} == {False}


def test_a_feed_waits_for_its_film(tmp_path: Path) -> None:
    clock, client = FakeClock(), Recorder()
    feed = feed_of(tmp_path, clock)
    feed.admit(client)
    play(feed, clock, 2.0)
    assert not feed.is_on_air
    assert not feed.is_complete
    assert client.taken == b""
    write_film(tmp_path, short_place())
    play(feed, clock, 2.0)
    assert feed.is_on_air
    assert feed.is_complete
    assert client.taken
    feed.close()
