"""Many feeds on one thread: what has waited longest first.

Readers fill buffers on their own threads; everything from decoding to the
journal happens on this one, so that a worker owns one core, shares one
detector and one face finder, and needs no locks between feeds. Whatever a
feed raises ends that feed's session and nothing else.
"""

from __future__ import annotations

import heapq
import queue
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias, cast

from wayside.attend.budget import Budget
from wayside.domain.errors import WaysideError
from wayside.domain.feeds import FeedSpec, FeedState, FeedStatus
from wayside.observe.logging import get_logger
from wayside.pipeline.house import FeedInput, House, Reader
from wayside.pipeline.live_feed import LiveFeed, stopped, with_state
from wayside.pipeline.quarantine import Quarantine
from wayside.pipeline.shared_looks import LooksFailed, SharedLooks

TICK_S = 1.0
_REST_S = 0.1
_STOP_S = 2.0

OpenInput: TypeAlias = Callable[[FeedSpec], FeedInput]
"""Makes a feed's buffer and reader, not yet started. Raises WaysideError."""


@dataclass(slots=True)
class _Slot:
    """A feed that is wanted. feed: None while it waits for its next try, at ``retry_s``."""

    spec: FeedSpec
    number: int
    quarantine: Quarantine
    feed: LiveFeed | None = None
    retry_s: float = 0.0
    reason: str = ""
    status: FeedStatus | None = None
    watched: tuple[int, float] | None = None


class Worker:
    """add, change, remove, watch and unwatch may be called by any thread; none waits.

    statuses: newest of every feed. beat_s: monotonic second at which the
    thread last began a step: one that stays behind hangs or spins, but where
    is_committing: it waits for the disk, which a new worker would do as well.
    mark: called with the number of the feed before each of its steps, with 0
    after. budget: how often each feed is looked at.
    """

    def __init__(
        self,
        house: House,
        open_input: OpenInput,
        *,
        mark: Callable[[int], None] = lambda _number: None,
        budget: Budget | None = None,
    ) -> None:
        self.budget = budget or Budget()
        self.statuses: dict[str, FeedStatus] = {}
        self.beat_s = house.clock.monotonic_s()
        self.is_committing = False
        self.faults = 0
        self._house = house
        self._open_input = open_input
        self._mark = mark
        self._slots: dict[str, _Slot] = {}
        self._heard: deque[str] = deque()
        self._ready: set[str] = set()
        self._queue: list[tuple[float, int, str]] = []
        self._turns = 0
        self._use = ThreadUse()
        self._commands: deque[Callable[[], None]] = deque()
        self._wake = threading.Event()
        self._is_closing = False
        self._tick_s = house.clock.monotonic_s()
        self._thread = threading.Thread(target=self._run, name="process")
        self._stopping: queue.SimpleQueue[Reader | None] = queue.SimpleQueue()
        self._stopper = threading.Thread(target=self._stop_readers, name="stop readers")

    @property
    def is_idle(self) -> bool:
        """Nothing waits of any feed."""
        return not (self._heard or self._queue or self._commands)

    def start(self) -> None:
        self._thread.start()
        self._stopper.start()

    def close(self, timeout_s: float = 8.0) -> bool:
        """Ends every session and commits; True where that was done in time."""
        self._is_closing = True
        self._wake.set()
        self._thread.join(timeout_s)
        self._stopping.put(None)
        self._stopper.join(_STOP_S + 1)
        return not self._thread.is_alive()

    def add(self, spec: FeedSpec, number: int = 0) -> None:
        """Runs a feed. number: what ``mark`` is told. One that is there already is replaced."""
        self._order(lambda: self._add(spec, number))

    def remove(self, feed: str) -> None:
        self._order(lambda: self._remove(feed))

    def watch(self, feed: str, width: int, fps: float) -> None:
        """Covered pictures of the feed go to the house's ``on_picture`` from now on."""
        self._order(lambda: self._watch(feed, width, fps))

    def unwatch(self, feed: str) -> None:
        self._order(lambda: self._unwatch(feed))

    def confirm_view(self, feed: str) -> None:
        """Somebody says that a feed's view, which has moved, is as it should be."""
        self._order(lambda: self._confirm_view(feed))

    def _order(self, command: Callable[[], None]) -> None:
        self._commands.append(command)
        self._wake.set()

    def _run(self) -> None:
        while not self._is_closing:
            self.turn()
        for slot in self._slots.values():
            self._close_feed(slot)
        self._house.journal.commit(at_once=True)

    def turn(self) -> None:
        """One turn of the loop: what was ordered, what is due, one feed's step, a commit."""
        clock = self._house.clock
        now_s = self.beat_s = clock.monotonic_s()
        while self._commands:
            self._commands.popleft()()
        if now_s - self._tick_s >= TICK_S:
            self._tick_s = now_s
            self._tick(now_s)
        slot = self._oldest()
        if slot is not None:
            self._step(slot)
            self._queue_up(slot.spec.id)
        looks = self._house.looks
        if looks is not None and looks.is_due(now_s):
            self._look(looks)
        self._commit()
        if slot is None:
            due_s = looks.due_in_s(now_s) if looks is not None else None
            with self._use.waiting():
                if due_s is not None or not self._house.clips.step():
                    self._wake.wait(_REST_S if due_s is None else min(due_s, _REST_S))
            self._wake.clear()

    def _commit(self) -> None:
        self.is_committing = True
        self._house.journal.commit()
        self.is_committing = False

    def _oldest(self) -> _Slot | None:
        """The feed of which something has waited longest: so none starves."""
        while self._heard:
            self._queue_up(self._heard.popleft())
        while self._queue:
            name = heapq.heappop(self._queue)[2]
            self._ready.discard(name)
            slot = self._slots.get(name)
            if slot is not None and slot.feed is not None:
                return slot
        return None

    def _queue_up(self, name: str) -> None:
        """Its turn comes when what waits of it has waited longest."""
        slot = self._slots.get(name)
        if name in self._ready or slot is None or slot.feed is None or slot.feed.is_waiting:
            return
        since_s = slot.feed.waiting_since_s
        if since_s is not None:
            self._ready.add(name)
            self._turns += 1
            heapq.heappush(self._queue, (since_s, self._turns, name))

    def _step(self, slot: _Slot) -> None:
        assert slot.feed is not None
        self._mark(slot.number)
        rate = self.budget.rate(slot.spec.id, self._house.eyes.rate)
        try:
            slot.feed.step(rate, self.budget.reason)
        except Exception as error:  # noqa: BLE001  the wall between feeds
            self._fault(slot, error)
        self._mark(0)

    def _look(self, looks: SharedLooks) -> None:
        """Gives the looks of all feeds to the network, and each feed what was named in its own."""
        try:
            answers = looks.go()
        except LooksFailed as failed:
            # Of whose picture it was nobody can tell, so each of them begins anew.
            for name in failed.feeds:
                if slot := self._slots.get(name):
                    self._fault(slot, cast("Exception", failed.__cause__))
            return
        for name, answer in answers:
            slot = self._slots.get(name)
            if slot is None or slot.feed is None:
                continue
            self._mark(slot.number)
            try:
                answer()
                slot.feed.answered()
            except Exception as error:  # noqa: BLE001  the wall between feeds
                self._fault(slot, error)
            self._queue_up(name)
        self._mark(0)

    def _tick(self, now_s: float) -> None:
        behind_s = 0.0
        for name, slot in self._slots.items():
            if slot.feed is None:
                self._retry(slot, now_s)
            else:
                behind_s = max(behind_s, slot.feed.behind_s)
                self._describe(slot)
                self._queue_up(name)
        self._share_out(now_s, behind_s)
        self.statuses = {
            name: slot.status for name, slot in self._slots.items() if slot.status is not None
        }

    def _share_out(self, now_s: float, behind_s: float) -> None:
        self.budget.measured(*self._use.since(), behind_s)
        feeds = [slot.feed for slot in self._slots.values() if slot.feed is not None]
        demands = [demand for feed in feeds if (demand := feed.demand()) is not None]
        if self.budget.plan(now_s, demands):
            get_logger(__name__).warning(
                "budget",
                mode=self.budget.mode,
                why=self.budget.reason,
                load=round(self.budget.load, 2),
                capacity=round(self.budget.capacity, 2),
                behind_s=round(behind_s, 2),
            )

    def _describe(self, slot: _Slot) -> None:
        assert slot.feed is not None
        self._mark(slot.number)
        try:
            slot.status = slot.feed.tick()
        except Exception as error:  # noqa: BLE001  the wall between feeds
            self._fault(slot, error)
        self._mark(0)

    def _fault(self, slot: _Slot, error: Exception) -> None:
        """Ends the feed's session, waits, and tries again with a fresh reader and chain."""
        self.faults += 1
        now_s = self._house.clock.monotonic_s()
        wait_s = slot.quarantine.fault(now_s)
        slot.retry_s = now_s + wait_s
        # The text of an unforeseen error may hold anything; its kind does not.
        known = isinstance(error, WaysideError)
        slot.reason = str(error) if known else f"a fault inside wayside ({type(error).__name__})"
        get_logger(__name__).error(
            "feed failed",
            feed=slot.spec.id,
            reason=slot.reason,
            retry_in_s=wait_s,
            where=[] if known else _where(error),
        )
        feed, slot.feed = slot.feed, None
        if feed is not None:
            self._end(feed, lambda: feed.fail(slot.reason))
        is_resting = slot.quarantine.is_quarantined(now_s)
        state = FeedState.QUARANTINED if is_resting else FeedState.RETRYING
        before = slot.status or stopped(slot.spec, "", state, self._house.clock.now())
        slot.status = with_state(before, state, slot.reason)

    def _retry(self, slot: _Slot, now_s: float) -> None:
        if now_s >= slot.retry_s:
            self._open(slot)

    def _open(self, slot: _Slot) -> None:
        name = slot.spec.id
        self._mark(slot.number)
        try:
            given = self._open_input(slot.spec)
            slot.feed = LiveFeed(slot.spec, given, self._house)
            if slot.watched is not None:
                slot.feed.watch(*slot.watched)
            given.buffer.set_listener(lambda: self._hear(name))
            given.reader.start()
            slot.status = slot.feed.tick()
        except Exception as error:  # noqa: BLE001  the wall between feeds
            self._fault(slot, error)
        self._mark(0)

    def _hear(self, name: str) -> None:
        """Called on a reader's thread."""
        if name not in self._ready:
            self._heard.append(name)
        if not self._wake.is_set():
            self._wake.set()

    def _add(self, spec: FeedSpec, number: int) -> None:
        self._remove(spec.id)
        slot = self._slots[spec.id] = _Slot(spec, number, Quarantine())
        self._open(slot)

    def _remove(self, name: str) -> None:
        slot = self._slots.pop(name, None)
        if slot is not None:
            self._close_feed(slot)

    def _close_feed(self, slot: _Slot) -> None:
        feed, slot.feed = slot.feed, None
        if feed is not None:
            self._end(feed, feed.close)

    def _end(self, feed: LiveFeed, ending: Callable[[], None]) -> None:
        """Runs the ending and stops the reader, whatever the first does."""
        feed.given.buffer.set_listener(None)
        try:
            ending()
        except Exception as error:  # noqa: BLE001  the wall between feeds
            get_logger(__name__).error(
                "feed cannot end", feed=feed.spec.id, kind=type(error).__name__, where=_where(error)
            )
            self.faults += 1
        feed.given.reader.stop(0.0)
        self._stopping.put(feed.given.reader)

    def _watch(self, name: str, width: int, fps: float) -> None:
        if slot := self._slots.get(name):
            slot.watched = width, fps
            if slot.feed is not None:
                slot.feed.watch(width, fps)

    def _unwatch(self, name: str) -> None:
        if slot := self._slots.get(name):
            slot.watched = None
            if slot.feed is not None:
                slot.feed.unwatch()

    def _confirm_view(self, name: str) -> None:
        slot = self._slots.get(name)
        if slot is None or slot.feed is None:
            return
        try:
            slot.feed.confirm_view()
        except Exception as error:  # noqa: BLE001  the wall between feeds
            self._fault(slot, error)

    def _stop_readers(self) -> None:
        """A thread of its own: a blocked reader must not hold up the others' pictures."""
        while (reader := self._stopping.get()) is not None:
            if not reader.stop(_STOP_S):
                get_logger(__name__).warning("a reader does not end yet")


class ThreadUse:
    """How the processing thread spends its time, by the machine's own clocks."""

    def __init__(self) -> None:
        self._wall_s = time.perf_counter()
        self._cpu_s: float | None = None
        self._waited_s = 0.0
        self._spare_s = 0.0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """There is nothing to do for feeds; what is done meanwhile is no work of theirs."""
        began_s, cpu_s = time.perf_counter(), time.thread_time()
        yield
        self._waited_s += time.perf_counter() - began_s
        self._spare_s += time.thread_time() - cpu_s

    def since(self) -> tuple[float, float]:
        """(share of the time in which there was work, CPU seconds for each of those seconds),
        since the last question. On the thread itself.
        """
        wall_s, cpu_s = time.perf_counter(), time.thread_time()
        span_s, spent_s = wall_s - self._wall_s, cpu_s - (self._cpu_s or 0.0) - self._spare_s
        if self._cpu_s is None:  # asked for the first time
            spent_s = span_s
        worked_s = max(span_s - self._waited_s, 1e-6)
        self._wall_s, self._cpu_s, self._waited_s, self._spare_s = wall_s, cpu_s, 0.0, 0.0
        return min(worked_s / max(span_s, 1e-6), 1.0), min(spent_s / worked_s, 1.0)


def _where(error: Exception) -> list[str]:
    """Where it was raised, without its text and its values."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
