"""The dispatcher: one thread for each sink reads the outbox and delivers, in order, until taken.

The cursor moves only after a delivery, so a kill makes a batch come again and
never be left out. A sink that fails waits by itself; the others do not notice.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from wayside.domain.errors import SinkError, SinkRefused, StoreError
from wayside.domain.records import Event
from wayside.domain.time import Clock
from wayside.events.cloudevents import measurement_cloudevent, to_cloudevent
from wayside.events.sinks.sink import Delivery, RecordKind, Sink, StateSink
from wayside.observe.logging import get_logger
from wayside.store.backoff import Backoff
from wayside.store.outbox import Arrival, Outbox

_BATCH = 200
_IDLE_S = 1.0
_LAST_S = 3.0
"""Spent at the end on what the store has just taken, by a sink that is in order."""


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """delivered, retried, dead_letters: since the start. behind: arrivals not yet read.

    problem: why the last delivery failed, "" when it did not.
    """

    sink: str
    delivered: int = 0
    retried: int = 0
    dead_letters: int = 0
    behind: int = 0
    problem: str = ""
    is_waiting: bool = False


class SinkRun:
    """One sink's way through the outbox, step by step, without a thread or a wait.

    refusals: how often a record is offered to a receiver that refuses it
    before it is noted as a dead letter and left behind.
    """

    def __init__(
        self,
        outbox: Outbox,
        sink: Sink,
        clock: Clock,
        *,
        refusals: int = 5,
        from_start: bool = True,
    ) -> None:
        self._outbox = outbox
        self._sink = sink
        self._clock = clock
        self._refusals = refusals
        self._cursor = outbox.register(sink.name, from_start=from_start)
        self._backoff = Backoff()
        self._refused_at = 0
        self._refused_times = 0
        self.delivered = 0
        self.retried = 0
        self.buried = 0
        self.problem = ""
        self.store_failed = False
        """The problem is the store's own: it is over as soon as the store takes something."""

    def step(self) -> float:
        """Deliver the next batch; returns the seconds to wait before the next step.

        0 where there is more, a second where there is nothing, longer where it failed.
        """
        try:
            page = self._outbox.after(
                self._cursor, _BATCH, [str(kind) for kind in self._sink.takes]
            )
            if page.last == self._cursor:
                self._show_news()
                return _IDLE_S
            if page.records:
                self._deliver(page.records)
            self._advance(page.last)
        except SinkError as error:
            return self._failed(error, error.retry_after_s)
        except StoreError as error:  # locked or full: what was delivered comes again
            wait_s = self._failed(error, None)
            self.store_failed = True
            return wait_s
        except Exception as error:  # noqa: BLE001 - a wall: one sink's bug must not end it unheard
            return self._failed(SinkError(f"the sink itself failed: {error!r}"), None)
        self._succeeded()
        return 0.0

    def status(self) -> SinkStatus:
        return SinkStatus(
            sink=self._sink.name,
            delivered=self.delivered,
            retried=self.retried,
            dead_letters=self.buried,
            behind=max(0, self._outbox.newest() - self._cursor),
            problem=self.problem,
            is_waiting=bool(self.problem),
        )

    def _show_news(self) -> None:
        """How feeds are doing does not wait until something happens in one."""
        if isinstance(self._sink, StateSink) and self._sink.has_news:
            self._sink.deliver([])
        self._succeeded()

    def _succeeded(self) -> None:
        self._backoff.succeeded()
        self.problem = ""
        self.store_failed = False

    def _deliver(self, records: Sequence[Arrival]) -> None:
        try:
            self._sink.deliver([_delivery(each) for each in records])
        except SinkError as error:
            if error.delivered:
                self.delivered += error.delivered
                self._advance(records[error.delivered - 1].arrival)
                self._backoff.succeeded()
            if isinstance(error, SinkRefused) and error.delivered < len(records):
                self._refused(records[error.delivered], error)
            raise
        self.delivered += len(records)

    def _refused(self, arrival: Arrival, error: SinkRefused) -> None:
        if self._refused_at != arrival.arrival:
            self._refused_at, self._refused_times = arrival.arrival, 0
        self._refused_times += 1
        if self._refused_times < self._refusals:
            return
        self._outbox.bury(self._sink.name, arrival, error.what, self._clock)
        self._cursor = arrival.arrival
        self.buried += 1
        get_logger(__name__).error(
            "record refused for good, noted as a dead letter",
            sink=self._sink.name,
            arrival=arrival.arrival,
            refusal=error.what,
        )

    def _advance(self, arrival: int) -> None:
        self._outbox.advance(self._sink.name, arrival)
        self._cursor = arrival

    def _failed(self, error: SinkError | StoreError, retry_after_s: float | None) -> float:
        self.retried += 1
        if str(error) != self.problem:
            get_logger(__name__).warning(
                "sink does not take records, tried again", sink=self._sink.name, problem=str(error)
            )
        self.problem = str(error)
        self.store_failed = False
        return max(self._backoff.failed(), min(retry_after_s or 0.0, 3600.0))


class _Lane:
    """One sink, its run and the thread that drives it."""

    def __init__(self, sink: Sink, run: SinkRun, clock: Clock) -> None:
        self.sink = sink
        self.run = run
        self._clock = clock
        self._ends = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._drive, name=f"sink-{sink.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def nudge(self) -> None:
        self._wake.set()

    def end(self) -> None:
        """Asks for it; ``join`` waits for it."""
        self._ends.set()
        self._wake.set()

    def join(self, timeout_s: float) -> None:
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    @property
    def _is_refused(self) -> bool:
        """The receiver failed: news in the store do not make it any better."""
        return bool(self.run.problem) and not self.run.store_failed

    def _drive(self) -> None:
        try:
            while not self._ends.is_set():
                self._wake.clear()
                wait_s = self.run.step()
                if self._is_refused:
                    self._ends.wait(wait_s)
                elif wait_s:
                    self._wake.wait(wait_s)
            give_up_s = self._clock.monotonic_s() + _LAST_S
            while not self._is_refused and self._clock.monotonic_s() < give_up_s:
                if self.run.step():
                    break
        finally:
            self.sink.close()


class Dispatcher:
    """Start it once; ``nudge`` when something arrived; ``stop`` at the end.

    ``start``, ``put`` and ``stop`` are for one thread; any may ``nudge`` or ask for ``status``.
    """

    def __init__(
        self, outbox: Outbox, sinks: Sequence[Sink], clock: Clock, *, from_start: bool = True
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._from_start = from_start
        self._is_running = False
        self._lanes: tuple[_Lane, ...] = ()
        self.put(sinks)

    def start(self) -> None:
        self._is_running = True
        for lane in self._lanes:
            lane.start()

    def put(self, sinks: Sequence[Sink]) -> None:
        """These from now on. Sinks that were there go on as they are; the others are ended and
        closed, and one of the same name goes on where the one before it had come to.

        Raises ValueError for two of one name, StoreError.
        """
        names = [sink.name for sink in sinks]
        if len(set(names)) != len(names):
            raise ValueError("two sinks have the same name")
        kept = {id(lane.sink): lane for lane in self._lanes}
        wanted = {id(sink) for sink in sinks}
        gone = [lane for lane in self._lanes if id(lane.sink) not in wanted]
        _ended(gone)
        self._outbox.forget_sinks_but(names)
        lanes = [kept.get(id(sink)) or self._lane(sink) for sink in sinks]
        if self._is_running:
            for lane in lanes:
                if id(lane.sink) not in kept:
                    lane.start()
        self._lanes = tuple(lanes)

    def nudge(self) -> None:
        """Something arrived. A sink whose receiver failed goes on waiting."""
        for lane in self._lanes:
            lane.nudge()

    def stop(self, timeout_s: float = 10.0) -> None:
        """What arrived last still goes out where it is taken; the rest stays in the outbox."""
        _ended(self._lanes, timeout_s)

    def status(self) -> list[SinkStatus]:
        """Raises StoreError."""
        return [lane.run.status() for lane in self._lanes]

    def _lane(self, sink: Sink) -> _Lane:
        run = SinkRun(self._outbox, sink, self._clock, from_start=self._from_start)
        return _Lane(sink, run, self._clock)


def _ended(lanes: Sequence[_Lane], timeout_s: float = 10.0) -> None:
    for lane in lanes:
        lane.end()
    for lane in lanes:
        lane.join(timeout_s)


def _delivery(arrival: Arrival) -> Delivery:
    record = arrival.record
    if isinstance(record, Event):
        feed, kind, message = record.origin.feed, RecordKind.EVENT, to_cloudevent(record)
    else:
        feed, kind = record.origin.feed, RecordKind.MEASUREMENT
        message = measurement_cloudevent(record)
    return Delivery(arrival.arrival, kind, feed, message)
