"""The reader's life, with sources that play a script and a clock that stands still."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from wayside.domain.errors import SourceChanged, SourceLost, SourceUnauthorized
from wayside.domain.feeds import FeedState
from wayside.domain.media import Packet, StreamFormat
from wayside.ingest.buffer import Item, Lost, PacketBuffer
from wayside.ingest.halt import Halt
from wayside.ingest.reader import FeedReader
from wayside.ingest.retry import Retry
from wayside.testing.clock import FakeClock

TB = Fraction(1, 10)


class ScriptedSession:
    """Hands out so many packets, then raises ``end``, ends (None), or waits for the stop."""

    def __init__(
        self, number: int, packets: int, end: BaseException | str | None, halt: Halt
    ) -> None:
        self.id = f"s{number}"
        self.start, self.start_is_known = datetime(2026, 5, 4, tzinfo=UTC), False
        self.corrupt_packets = 1
        self.clock_offset_s = 0.25
        self.position = 0.0
        self.closed = False
        duration_s = 1.0 if end == "file" else None
        self.format = StreamFormat("h264", 64, 48, 0, TB, 10.0, duration_s, None)
        self._script = packets, end
        self._halt = halt

    def packets(self) -> Iterator[Packet]:
        count, end = self._script
        for n in range(count):
            yield Packet(n, n, TB, 7, n == 0, False, None, n * 0.1)
        if isinstance(end, BaseException):
            raise end
        if end == "wait":
            self._halt.wait(60)

    def close(self) -> None:
        self.closed = True


class ScriptedSource:
    """Each open() plays the next scene; after the last it waits to be stopped."""

    name = "scripted"

    def __init__(self, *scenes: tuple[int, BaseException | str | None] | BaseException) -> None:
        self.sessions: list[ScriptedSession] = []
        self._scenes = list(scenes)
        self._halt = Halt()

    def open(self) -> ScriptedSession:
        scene = self._scenes.pop(0) if self._scenes else (1, "wait")
        if isinstance(scene, BaseException):
            raise scene
        self.sessions.append(ScriptedSession(len(self.sessions), *scene, self._halt))
        return self.sessions[-1]

    def interrupt(self) -> None:
        self._halt.set()


class Run:
    """A reader that has been started; ``until`` waits for what it has put."""

    def __init__(self, source: ScriptedSource) -> None:
        self.source = source
        self.clock = FakeClock()
        self.items: list[Item] = []
        self._put = threading.Condition()
        self.buffer = PacketBuffer()
        self.buffer.set_listener(self._heard)
        # Dice of 0: every delay is the least one, so the tests wait for a tenth of a second.
        self.reader = FeedReader(source, self.buffer, clock=self.clock, retry=Retry(lambda: 0.0))  # type: ignore[arg-type]
        self.reader.start()

    def until(self, count: int) -> list[Item]:
        with self._put:
            assert self._put.wait_for(lambda: len(self.items) >= count, 10), self.items
        return self.items

    def _heard(self) -> None:
        with self._put:
            self.items += self.buffer.take(100)
            self._put.notify_all()


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    run = Run(ScriptedSource(*request.param))
    yield run
    assert run.reader.stop()
    assert all(session.closed for session in run.source.sessions)
    assert run.reader.status().state is FeedState.STOPPED


LOST = SourceLost("gone")


@pytest.mark.parametrize("run", [((3, LOST), (2, "wait"))], indirect=True)
def test_a_loss_is_said_and_a_new_session_follows(run: Run) -> None:
    items = run.until(8)
    kinds = [type(item).__name__ for item in items]
    assert kinds == ["Opened", *["Packet"] * 3, "Lost", "Opened", *["Packet"] * 2]
    lost = items[4]
    assert isinstance(lost, Lost)
    assert (lost.error, lost.session_id, lost.retry_in_s) == (LOST, "s0", 0.1)
    status = run.reader.status()
    assert (status.state, status.session, status.reconnects) == (FeedState.LIVE, "s1", 1)
    assert (status.received, status.size, status.corrupt) == (5, 35, 2)
    assert (status.codec, status.width, status.height) == ("h264", 64, 48)
    assert status.clock_offset_s == 0.25
    assert status.error is None


@pytest.mark.parametrize("run", [(SourceUnauthorized("no"),)], indirect=True)
def test_wrong_credentials_are_their_own_state(run: Run) -> None:
    (lost,) = run.until(1)
    assert isinstance(lost, Lost)
    assert lost.session_id is None
    assert lost.retry_in_s >= 60
    status = run.reader.status()
    assert (status.state, status.attempt) == (FeedState.REFUSED, 1)
    assert isinstance(status.error, SourceUnauthorized)
    run.clock.advance(20)
    assert run.reader.status().next_try_s == pytest.approx(lost.retry_in_s - 20)


@pytest.mark.parametrize("run", [((1, SourceChanged("size")), (1, "wait"))], indirect=True)
def test_a_change_is_followed_at_once(run: Run) -> None:
    items = run.until(5)
    assert isinstance(items[2], Lost)
    assert items[2].retry_in_s == 0.0


@pytest.mark.parametrize("run", [((1, None), (1, "wait"))], indirect=True)
def test_an_endless_stream_that_ends_is_lost(run: Run) -> None:
    lost = run.until(3)[2]
    assert isinstance(lost, Lost)
    assert isinstance(lost.error, SourceLost)
    assert "ended" in lost.error.what


@pytest.mark.parametrize("run", [((4, "file"),)], indirect=True)
def test_a_file_is_read_once(run: Run) -> None:
    run.until(5)
    run.reader._thread.join(10)
    assert len(run.source.sessions) == 1
    assert run.reader.status().state is FeedState.STOPPED


@pytest.mark.parametrize(
    "run", [(ValueError("c4nary"), (1, KeyError("c4nary")), (1, "wait"))], indirect=True
)
def test_a_fault_inside_is_counted_and_its_text_kept_in(run: Run) -> None:
    items = run.until(6)
    errors = [item.error for item in items if isinstance(item, Lost)]
    assert [type(error) for error in errors] == [SourceLost, SourceLost]
    assert "ValueError" in str(errors[0])
    assert not any("c4nary" in str(error) for error in errors)
    assert run.reader.status().faults == 2


def test_a_reader_that_never_began_can_be_stopped() -> None:
    reader = FeedReader(ScriptedSource(), PacketBuffer(), clock=FakeClock())  # type: ignore[arg-type]
    assert reader.stop()
