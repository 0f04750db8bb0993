from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from wayside.domain.errors import SinkError, SinkRefused, StoreError
from wayside.domain.records import Event
from wayside.domain.time import SystemClock
from wayside.events.sinks.sink import Delivery, RecordKind
from wayside.store import dispatch, schema
from wayside.store.backoff import Backoff
from wayside.store.batches import batch_of
from wayside.store.database import Store
from wayside.store.dispatch import Dispatcher, SinkRun
from wayside.store.keeping import keep
from wayside.store.outbox import Outbox
from wayside.store.records import SessionRecord
from wayside.store.retention import purge
from wayside.testing.clock import FakeClock


@dataclass
class Scripted:
    """Raises what it is told to, one for each call, then takes everything."""

    name: str = "scripted"
    takes: frozenset[RecordKind] = frozenset(RecordKind)
    faults: list[Exception | None] = field(default_factory=list)
    got: list[str] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    wanted: int = 1
    is_closed: bool = False

    def deliver(self, batch: Sequence[Delivery]) -> None:
        fault = self.faults.pop(0) if self.faults else None
        taken = len(batch) if fault is None else getattr(fault, "delivered", 0)
        self.got += [each.id for each in batch[:taken]]
        if fault is not None:
            raise fault
        if len(self.got) >= self.wanted:
            self.arrived.set()

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store)


@pytest.fixture
def arrive(store: Store, session: SessionRecord, make_events: Callable) -> Callable[..., list[str]]:
    def add(count: int) -> list[str]:
        events: list[Event] = make_events(count)
        with store.transaction() as connection:
            keep(connection, batch_of(session, events=events), outbox=True)
        return [str(event.event_id) for event in events]

    return add


def test_records_come_in_order_and_once(outbox: Outbox, arrive: Callable) -> None:
    sink = Scripted()
    run = SinkRun(outbox, sink, FakeClock())
    ids = arrive(3) + arrive(2)
    assert run.step() == 0.0
    assert run.step() > 0
    assert sink.got == ids
    again = Scripted()
    SinkRun(outbox, again, FakeClock()).step()
    assert again.got == []


def test_a_failed_batch_goes_on_where_it_stopped(outbox: Outbox, arrive: Callable) -> None:
    ids = arrive(4)
    sink = Scripted(faults=[SinkError("down", delivered=1), SinkError("busy", retry_after_s=9.0)])
    run = SinkRun(outbox, sink, FakeClock())
    assert 0 < run.step() <= 0.5
    assert run.status().problem == "down"
    assert outbox.cursors() == {"scripted": 1}
    assert run.step() >= 9.0
    run.step()
    assert sink.got == ids
    status = run.status()
    assert (status.delivered, status.retried, status.behind, status.problem) == (4, 2, 0, "")


def test_a_refused_record_is_noted_and_left_behind_after_some_tries(
    outbox: Outbox, arrive: Callable
) -> None:
    ids = arrive(3)
    refusals: list[Exception | None] = [SinkRefused("400", delivered=1)]
    refusals += [SinkRefused("400") for _ in range(2)]
    sink = Scripted(faults=refusals)
    run = SinkRun(outbox, sink, FakeClock(), refusals=3)
    for _ in range(4):
        run.step()
    assert sink.got == [ids[0], ids[2]]
    assert run.status().dead_letters == outbox.dead_letters("scripted") == 1


def test_a_bug_in_a_sink_is_told_and_tried_again(outbox: Outbox, arrive: Callable) -> None:
    ids = arrive(1)
    sink = Scripted(faults=[KeyError("oops")])
    run = SinkRun(outbox, sink, FakeClock())
    assert run.step() > 0
    assert "KeyError('oops')" in run.problem
    run.step()
    assert sink.got == ids


def test_a_sink_gets_only_the_kinds_it_takes(
    store: Store,
    outbox: Outbox,
    session: SessionRecord,
    make_events: Callable,
    make_measurements: Callable,
) -> None:
    windows = make_measurements()
    batch = batch_of(session, events=make_events(2), measurements=windows)
    with store.transaction() as connection:
        keep(connection, batch, outbox=True)
    sink = Scripted(takes=frozenset({RecordKind.MEASUREMENT}))
    SinkRun(outbox, sink, FakeClock()).step()
    assert sink.got == [str(each.measurement_id) for each in windows]


def test_one_failing_sink_does_not_delay_another(outbox: Outbox, arrive: Callable) -> None:
    failing = Scripted("failing", faults=[SinkError("down", retry_after_s=3600.0)])
    working = Scripted("working", wanted=2)
    dispatcher = Dispatcher(outbox, [failing, working], SystemClock())
    dispatcher.start()
    ids = arrive(2)
    dispatcher.nudge()
    assert working.arrived.wait(30)
    dispatcher.stop()
    assert working.got == ids
    assert failing.got == []
    assert failing.is_closed
    assert working.is_closed


def test_what_arrived_last_goes_out_before_the_end(outbox: Outbox, arrive: Callable) -> None:
    sink = Scripted(wanted=1)
    dispatcher = Dispatcher(outbox, [sink], SystemClock())
    dispatcher.start()
    first = arrive(1)
    dispatcher.nudge()
    assert sink.arrived.wait(30)
    last = arrive(450)
    dispatcher.stop()
    assert sink.got == first + last
    assert sink.is_closed


class FullStore(Outbox):
    """Takes no cursor while it is full."""

    is_full = True

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.failed = threading.Event()

    def advance(self, sink: str, arrival: int) -> None:
        if self.is_full:
            self.failed.set()
            raise StoreError("the disk is full")
        super().advance(sink, arrival)


@pytest.mark.parametrize("ends", [False, True])
def test_a_sink_that_waits_for_the_store_goes_on_with_it(
    store: Store, arrive: Callable, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """A receiver that failed is left alone for minutes; a store that takes records is in order."""
    monkeypatch.setattr(dispatch, "Backoff", lambda: Backoff(first_s=1200.0, longest_s=1200.0))
    outbox = FullStore(store)
    sink = Scripted()
    dispatcher = Dispatcher(outbox, [sink], SystemClock())
    arrive(1)
    dispatcher.start()
    assert outbox.failed.wait(30)
    outbox.is_full = False
    sink.arrived.clear()
    (second,) = arrive(1)
    if not ends:
        dispatcher.nudge()
        assert sink.arrived.wait(30)
    dispatcher.stop()
    assert sink.got[-1] == second
    assert outbox.cursors() == {"scripted": outbox.newest()}


def test_a_sink_in_the_place_of_another_goes_on_where_that_one_was(
    outbox: Outbox, arrive: Callable
) -> None:
    old, other = Scripted("receiver", wanted=2), Scripted("other", wanted=4)
    dispatcher = Dispatcher(outbox, [old, other], SystemClock())
    dispatcher.start()
    ids = arrive(2)
    dispatcher.nudge()
    assert old.arrived.wait(30)
    new = Scripted("receiver", wanted=2)
    dispatcher.put([new, other])
    assert old.is_closed
    ids += arrive(2)
    dispatcher.nudge()
    assert new.arrived.wait(30)
    assert other.arrived.wait(30)
    dispatcher.put([new])
    assert other.is_closed
    dispatcher.stop()
    assert (old.got, new.got, other.got) == (ids[:2], ids[2:], ids)


def test_sinks_that_are_gone_do_not_hold_the_outbox_back(
    store: Store, outbox: Outbox, arrive: Callable
) -> None:
    outbox.register("old")
    arrive(5)
    sink = Scripted("new")
    Dispatcher(outbox, [sink], FakeClock())
    assert outbox.cursors() == {"new": 0}
    outbox.advance("new", 4)
    assert outbox.trim(keep=2) == 3
    assert [each.arrival for each in outbox.after(0).records] == [4, 5]
    assert outbox.newest() == 5


def test_what_retention_took_is_passed_over(
    store: Store, outbox: Outbox, arrive: Callable, session: SessionRecord
) -> None:
    arrive(3)
    with store.transaction() as connection:
        connection.execute(sa.delete(schema.incidents))
        connection.execute(sa.delete(schema.events))
    found = outbox.after(0)
    assert (found.records, found.last) == ((), 3)
    purge(store, session.start)
    assert outbox.after(0).last == 0
    assert len(arrive(1)) == 1
    assert [each.arrival for each in outbox.after(0).records] == [4]


def test_a_new_sink_may_begin_at_the_end(outbox: Outbox, arrive: Callable, path: Path) -> None:
    arrive(3)
    assert outbox.register("late", from_start=False) == 3
    arrive(1)
    assert outbox.register("late", from_start=False) == 3


def test_backoff_doubles_to_its_longest_and_recovers() -> None:
    backoff = Backoff(1.0, 10.0, draw=lambda _low, high: high)
    assert [backoff.failed() for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    backoff.succeeded()
    assert backoff.failed() == 1.0
