"""Workers as processes of this machine, kept running by one thread."""

from __future__ import annotations

import os
import select
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from wayside.domain.feeds import (
    Attention,
    FeedSpec,
    FeedState,
    FeedStatus,
    LivePicture,
    Probe,
    SourceSpec,
    WorkerStatus,
)
from wayside.domain.time import Clock, SystemClock
from wayside.fleet import codec
from wayside.fleet.child import Child
from wayside.fleet.epochs import Epochs
from wayside.fleet.interface import OnPicture
from wayside.fleet.placement import Placement
from wayside.fleet.probing import probed
from wayside.fleet.watchers import Watchers
from wayside.fleet.wire import Frame, WireError
from wayside.observe.logging import get_logger
from wayside.pipeline.quarantine import Quarantine, QuarantineSettings

_RESTARTS = QuarantineSettings(most=8, within_s=60.0, rest_s=10.0, first_s=0.05, longest_s=2.0)
_TURN_S = 0.1


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """workers: processes. silence_s: without a sign of life until one is replaced. start_s: the
    same while it starts. close_s: for an orderly end of all.
    """

    workers: int = 1
    silence_s: float = 3.0
    start_s: float = 30.0
    close_s: float = 9.0


@dataclass(slots=True)
class _Place:
    """A worker's place, which is also the shard of its records; child: who has it now."""

    number: int
    child: Child | None = None
    epoch: int = 0
    spawns: int = 0
    retry_s: float = 0.0
    problem: str = ""
    faults: Quarantine = field(default_factory=lambda: Quarantine(_RESTARTS))
    status: WorkerStatus | None = None
    redaction_failures: int = 0
    clips: Counter[str] = field(default_factory=Counter)


class LocalFleet:
    """A Fleet. ``start`` it once; ``close`` it always.

    command: of a worker process. worker_settings: JSON values that each is
    given first, over its socket, as are feeds with their passwords.
    """

    def __init__(
        self,
        command: Sequence[str],
        worker_settings: Mapping[str, Any],
        epochs: Epochs,
        *,
        settings: FleetSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings or FleetSettings()
        self._command = list(command)
        self._worker_settings = dict(worker_settings)
        self._epochs = epochs
        self._clock = clock or SystemClock()
        self._lock = threading.RLock()
        self._places = [_Place(number) for number in range(self.settings.workers)]
        self._placement = Placement(self.settings.workers)
        self._feeds: dict[str, FeedSpec] = {}
        self._numbers: dict[str, int] = {}
        self._statuses: dict[str, FeedStatus] = {}
        self._poison: dict[str, Quarantine] = {}
        self._resting: set[str] = set()
        self._watchers = Watchers()
        self._is_closing = False
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="fleet")

    def start(self) -> None:
        self._thread.start()

    def apply(self, feeds: Sequence[FeedSpec]) -> None:
        with self._lock:
            wanted = {feed.id: feed for feed in feeds}
            before = {name: self._placement.worker_of(name) for name in self._feeds}
            self._placement.wanted(wanted)
            for name in self._feeds.keys() - wanted.keys():
                self._tell(before[name], {"op": "remove", "feed": name})
                self._forget(name)
            changed = [f for name, f in wanted.items() if self._feeds.get(name) != f]
            self._feeds = wanted
            for feed in changed:
                self._numbers.setdefault(feed.id, len(self._numbers) + 1)
                self._resting.discard(feed.id)
                self._poison.pop(feed.id, None)
                self._begin(feed, FeedState.CONNECTING, "")
        self._wake()

    def statuses(self) -> dict[str, FeedStatus]:
        with self._lock:
            return dict(self._statuses)

    def workers(self) -> list[WorkerStatus]:
        with self._lock:
            return [self._described(place) for place in self._places]

    def watch(self, feed: str, width: int, fps: float, on_picture: OnPicture) -> Callable[[], None]:
        with self._lock:
            token = self._watchers.add(feed, width, fps, on_picture)
            self._tell_watched(feed)
        self._wake()

        def end() -> None:
            with self._lock:
                self._watchers.remove(feed, token)
                self._tell_watched(feed)
            self._wake()

        return end

    def still(self, feed: str, width: int, timeout_s: float = 5.0) -> LivePicture | None:
        came = threading.Event()
        pictures: list[LivePicture] = []

        def take(picture: LivePicture) -> None:
            pictures.append(picture)
            came.set()

        end = self.watch(feed, width, 5.0, take)
        try:
            came.wait(timeout_s)
        finally:
            end()
        return pictures[0] if pictures else None

    def confirm_view(self, feed: str) -> None:
        with self._lock:
            number = self._placement.worker_of(feed)
            self._tell(number, {"op": "confirm_view", "feed": feed})
        self._wake()

    def probe(self, source: SourceSpec, timeout_s: float = 12.0) -> Probe:
        return probed(self._command, self._worker_settings, source, timeout_s)

    def close(self) -> None:
        self._is_closing = True
        self._wake()
        if self._thread.ident is not None:
            self._thread.join()
        with suppress(OSError):
            os.close(self._wake_in)
            os.close(self._wake_out)

    def _run(self) -> None:
        # The kernel ends the workers with the thread that made them (PR_SET_PDEATHSIG).
        while not self._is_closing:
            try:
                with self._lock:
                    for place in self._places:
                        self._tend(place)
                self._exchange(_TURN_S)
            except Exception:  # noqa: BLE001  a wall: with this thread all workers would end
                get_logger(__name__).exception("supervising the workers failed, tried again")
                time.sleep(_TURN_S)
        self._end_all()

    def _tend(self, place: _Place) -> None:
        """Replaces a worker that has ended, or is silent; gives back feeds that have rested."""
        now_s, child = self._clock.monotonic_s(), place.child
        if child is None:
            if now_s >= place.retry_s:
                self._spawn(place)
            return
        limit_s = self.settings.silence_s if child.is_ready else self.settings.start_s
        if child.has_ended:
            self._bury(place, f"its worker ended ({_how(child.process.returncode)})")
        elif child.channel.closed:
            self._bury(place, "its worker ended")
        elif now_s - child.seen_s > limit_s:
            self._bury(place, f"its worker gave no sign of life for {limit_s:.0f} s")
        for name in [n for n in self._resting if self._placement.worker_of(n) == place.number]:
            if not self._poison[name].is_quarantined(now_s):
                self._resting.discard(name)
                self._begin(self._feeds[name], FeedState.RETRYING, "tried again after a rest")

    def _spawn(self, place: _Place) -> None:
        try:
            place.epoch = self._epochs.next(place.number)
            place.child = Child(self._command, os.environ, self._clock.monotonic_s())
        except Exception as error:  # noqa: BLE001  one place's trouble must not end the others
            place.problem = str(error)
            place.retry_s = self._clock.monotonic_s() + place.faults.fault(
                self._clock.monotonic_s()
            )
            get_logger(__name__).error(
                "worker cannot be started", worker=place.number, why=str(error)
            )
            return
        place.spawns += 1
        place.child.channel.send(
            {
                "op": "settings",
                "settings": self._worker_settings,
                "worker": place.number,
                "epoch": place.epoch,
            }
        )
        for name in self._placement.feeds_of(place.number):
            if name not in self._resting:
                self._send_feed(place.child, self._feeds[name])

    def _bury(self, place: _Place, reason: str) -> None:
        child, place.child = place.child, None
        assert child is not None
        now_s = self._clock.monotonic_s()
        suspect = child.suspect()
        child.kill()
        for frame in self._last_words(child):
            self._heard(place, frame)
        child.close()
        place.retry_s = now_s + place.faults.fault(now_s)
        if place.status is not None:
            # What a process has counted ends with it; a counter must not go back.
            place.redaction_failures += place.status.redaction_failures
            place.clips.update(place.status.clips)
        place.status = None
        get_logger(__name__).error("worker lost", worker=place.number, pid=child.pid, reason=reason)
        reason = f"{reason} and is replaced"
        for name in self._placement.feeds_of(place.number):
            if name not in self._resting:
                self._say(name, FeedState.RETRYING, reason)
        self._suspect(suspect, now_s)

    def _last_words(self, child: Child) -> list[Frame]:
        try:
            return child.channel.receive()
        except WireError:
            return []

    def _suspect(self, number: int, now_s: float) -> None:
        """The feed that may have ended its worker rests where it did so again and again."""
        name = next((n for n, its in self._numbers.items() if its == number), None)
        if name is None or name not in self._feeds:
            return
        quarantine = self._poison.setdefault(name, Quarantine())
        quarantine.fault(now_s)
        if quarantine.is_quarantined(now_s):
            self._resting.add(name)
            self._say(name, FeedState.QUARANTINED, "its worker died of it again and again")

    def _begin(self, feed: FeedSpec, state: FeedState, reason: str) -> None:
        self._say(feed.id, state, reason)
        number = self._placement.worker_of(feed.id)
        if number is not None and (child := self._places[number].child) is not None:
            self._send_feed(child, feed)

    def _send_feed(self, child: Child, feed: FeedSpec) -> None:
        number = self._numbers[feed.id]
        child.channel.send({"op": "add", "feed": codec.feed_to_json(feed), "number": number})
        if wanted := self._watchers.wanted(feed.id):
            child.channel.send(_watch(feed.id, wanted))

    def _tell_watched(self, feed: str) -> None:
        wanted = self._watchers.wanted(feed)
        message = _watch(feed, wanted) if wanted else {"op": "unwatch", "feed": feed}
        self._tell(self._placement.worker_of(feed), message)

    def _tell(self, number: int | None, message: dict[str, Any]) -> None:
        if number is not None and (child := self._places[number].child) is not None:
            child.channel.send(message)

    def _say(self, name: str, state: FeedState, reason: str) -> None:
        before = self._statuses.get(name) or FeedStatus(name, state)
        worker = self._placement.worker_of(name) or 0
        self._statuses[name] = replace(
            before,
            state=state,
            reason=reason,
            since=self._clock.now(),
            session="",
            fps_in=0.0,
            fps_analysed=0.0,
            bitrate_kbps=0.0,
            lag_s=None,
            attention=Attention.NONE,
            cpu_ms_per_s=0.0,
            worker=worker,
        )

    def _forget(self, name: str) -> None:
        self._statuses.pop(name, None)
        self._poison.pop(name, None)
        self._resting.discard(name)
        self._numbers.pop(name, None)

    def _exchange(self, wait_s: float) -> None:
        """Sends and receives what can be now; waits for that at most so long."""
        with self._lock:
            live = [(place, child) for place in self._places if (child := place.child) is not None]
        poll = select.poll()
        poll.register(self._wake_out, select.POLLIN)
        for _, child in live:
            writes = select.POLLOUT if child.channel.pending_bytes else 0
            if not child.channel.closed:
                poll.register(child.channel, select.POLLIN | writes)
        poll.poll(1000 * wait_s)
        with suppress(BlockingIOError):
            os.read(self._wake_out, 4096)
        pictures: list[tuple[OnPicture, LivePicture]] = []
        for place, child in live:
            child.channel.flush()
            try:
                frames = child.channel.receive()
            except WireError as error:
                get_logger(__name__).error(
                    "worker says nonsense", worker=place.number, why=str(error)
                )
                child.channel.closed = True
                continue
            try:
                with self._lock:
                    for frame in frames:
                        pictures += self._heard(place, frame)
            except (KeyError, TypeError, ValueError) as error:  # JSON, but not ours
                get_logger(__name__).error(
                    "worker says nonsense", worker=place.number, why=repr(error)
                )
                child.channel.closed = True
        for on_picture, picture in pictures:
            on_picture(picture)

    def _heard(self, place: _Place, frame: Frame) -> list[tuple[OnPicture, LivePicture]]:
        header = frame.header
        if place.child is not None:
            place.child.seen_s = self._clock.monotonic_s()
        if frame.op == "ready" and place.child is not None:
            place.child.is_ready = True
            place.problem = ""
        elif frame.op == "beat":
            place.status = codec.worker_from_json(header["worker"])
            for given in header["feeds"]:
                status = codec.status_from_json(given)
                if status.feed in self._feeds and status.feed not in self._resting:
                    self._statuses[status.feed] = status
        elif frame.op == "failed":
            place.problem = str(header.get("what", ""))
        elif frame.op == "picture":
            picture = codec.picture_from_json(header["picture"], frame.payload)
            return [(on_picture, picture) for on_picture in self._watchers.of(picture)]
        return []

    def _described(self, place: _Place) -> WorkerStatus:
        restarts = max(0, place.spawns - 1)
        feeds = len(self._placement.feeds_of(place.number))
        child = place.child
        if child is None or place.status is None:
            state = place.problem or ("starting" if child else "ended")
            return WorkerStatus(
                worker=place.number,
                pid=child.pid if child else 0,
                state=state,
                feeds=feeds,
                restarts=restarts,
                problem=place.problem or "it has not reported yet",
                redaction_failures=place.redaction_failures,
                clips=place.clips,
            )
        return replace(
            place.status,
            restarts=restarts,
            feeds=feeds,
            redaction_failures=place.redaction_failures + place.status.redaction_failures,
            clips=place.clips + Counter(place.status.clips),
        )

    def _end_all(self) -> None:
        """In order, within ``close_s``; who has not ended by then is killed."""
        deadline_s = time.monotonic() + self.settings.close_s
        with self._lock:
            children = [place.child for place in self._places if place.child is not None]
        for child in children:
            child.channel.send({"op": "close"})
        while time.monotonic() < deadline_s and not all(child.has_ended for child in children):
            self._exchange(0.05)
        for child in children:
            child.kill()
            child.close()
        with self._lock:
            for place in self._places:
                place.child = None

    def _wake(self) -> None:
        with suppress(OSError):
            os.write(self._wake_in, b".")


def _watch(feed: str, wanted: tuple[int, float]) -> dict[str, Any]:
    return {"op": "watch", "feed": feed, "width": wanted[0], "fps": wanted[1]}


def _how(code: int | None) -> str:
    return f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
