"""A sink that wants some kinds only: the rest passes it by, and counts stay those of the batch."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from wayside.domain.errors import SinkError
from wayside.domain.feeds import FeedState, FeedStatus
from wayside.events.sinks.chosen import Chosen
from wayside.events.sinks.sink import Delivery, RecordKind


class Noting:
    """Takes everything up to ``fails_at`` of what it is given."""

    name = "noting"
    takes = frozenset(RecordKind)

    def __init__(self, fails_at: int | None = None) -> None:
        self.batches: list[list[int]] = []
        self.shown: list[FeedStatus] = []
        self.closed = False
        self._fails_at = fails_at

    def deliver(self, batch: Sequence[Delivery]) -> None:
        if self._fails_at is not None and len(batch) >= self._fails_at:
            raise SinkError("no more", delivered=self._fails_at)
        self.batches.append([each.arrival for each in batch])

    def show(self, statuses: Sequence[FeedStatus]) -> None:
        self.shown += statuses

    @property
    def has_news(self) -> bool:
        return bool(self.shown)

    def close(self) -> None:
        self.closed = True


def event(arrival: int, kind: str) -> Delivery:
    message = {"id": str(arrival), "type": f"wayside.{kind}.v1"}
    return Delivery(arrival, RecordKind.EVENT, "north", message)


BATCH = [
    event(1, "health.frozen"),
    event(2, "traffic.line_crossing"),
    event(3, "health.black"),
    event(4, "traffic.stopped_object"),
    Delivery(5, RecordKind.MEASUREMENT, "north", {"id": "5", "type": "wayside.measurement.v1"}),
]


@pytest.mark.parametrize(
    ("kinds", "arrivals"),
    [
        (("traffic.",), [2, 4, 5]),
        (("health.frozen",), [1, 5]),
        (("health.frozen", "traffic.stopped_object"), [1, 4, 5]),
        (("health",), [5]),
    ],
)
def test_whole_kinds_and_prefixes(kinds: tuple[str, ...], arrivals: list[int]) -> None:
    sink = Noting()
    Chosen(sink, kinds).deliver(BATCH)
    assert sink.batches == [arrivals]


def test_a_batch_without_any_is_not_delivered_but_news_is() -> None:
    sink = Noting()
    chosen = Chosen(sink, ("venue.",))
    chosen.deliver(BATCH[:4])
    assert sink.batches == []
    chosen.show([FeedStatus("north", FeedState.LIVE)])
    assert chosen.has_news
    chosen.deliver([])
    assert sink.batches == [[]]


@pytest.mark.parametrize(("taken", "of_batch"), [(0, 1), (1, 3), (2, 4), (3, 5)])
def test_what_was_taken_is_counted_in_the_whole_batch(taken: int, of_batch: int) -> None:
    """Before the first that was not taken everything is done: taken, or not wanted."""
    with pytest.raises(SinkError) as caught:
        Chosen(Noting(fails_at=taken), ("traffic.",)).deliver(BATCH)
    assert caught.value.delivered == of_batch


def test_it_stands_for_its_sink() -> None:
    sink = Noting()
    chosen = Chosen(sink, ())
    assert (chosen.name, chosen.takes) == (sink.name, sink.takes)
    chosen.close()
    assert sink.closed
