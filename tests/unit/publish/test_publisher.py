"""From a question to a release, and the order in which it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wayside.domain.errors import PublicationError, StoreError, UsageError
from wayside.publish.ledger import Ledger
from wayside.publish.policy import Policy
from wayside.publish.publisher import Publisher
from wayside.publish.question import Question
from wayside.publish.tally import Crossed
from wayside.testing.clock import FakeClock

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
Ask = Callable[..., Question]


class Counted:
    """An hour of a crossing every 20 s, watched but for its last quarter."""

    def __init__(self, *, there: bool = True) -> None:
        self.there = there
        self.asked = 0

    def has(self, feed: str, since: datetime, until: datetime) -> bool:
        return self.there

    def crossings(self, feed: str, since: datetime, until: datetime) -> Iterable[Crossed]:
        self.asked += 1
        begin_us = int(since.timestamp() * 1e6)
        return (Crossed(begin_us + 20_000_000 * n, feed, "north", "forward", "car")
                for n in range(180))  # fmt: skip

    def watched(self, feed: str, since: datetime, until: datetime) -> Iterable[tuple[int, int]]:
        begin_us = int(since.timestamp() * 1e6)
        return [(begin_us, begin_us + 45 * 60_000_000)]


@pytest.fixture
def ledger(tmp_path: Path, policy: Policy) -> Iterator[Ledger]:
    with Ledger.begin(tmp_path / "ledger.db", policy, NOON) as opened:
        yield opened


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def publisher(counted: Counted, ledger: Ledger) -> Publisher:
    return Publisher(counted, ledger, FakeClock(NOON))


def test_a_release_is_the_counts_with_noise(
    publisher: Publisher, ledger: Ledger, asked: Ask
) -> None:
    told = publisher.release(asked(epsilon=1_000_000))
    (count,), (watched,) = told.numbers
    assert told.scale == pytest.approx(84)
    # Each is further off than 30 scales with a chance of 1 in 10^13.
    assert abs(count - 180) < 30 * 84
    assert abs(watched - 270) < 30 * 84
    assert (count, watched) != (180, 270)
    assert ledger.known(asked(epsilon=1_000_000)) == told


def test_asked_again_the_records_are_not_looked_at(
    publisher: Publisher, counted: Counted, asked: Ask
) -> None:
    first = publisher.release(asked())
    counted.there = False  # deleted by now, as retention has it
    assert publisher.release(asked()) == first
    assert counted.asked == 1


def test_every_release_draws_new_noise(publisher: Publisher, asked: Ask) -> None:
    told = {publisher.release(asked(clamp=n, epsilon=1000)).numbers for n in range(1, 6)}
    assert len(told) == 5


def test_what_is_not_over_is_not_published(
    publisher: Publisher, ledger: Ledger, asked: Ask
) -> None:
    with pytest.raises(UsageError, match="not over"):
        publisher.release(asked(660, 716))
    publisher.release(asked(660, 715))
    assert len(ledger.releases()) == 1


def test_what_was_never_connected_is_not_paid_for(
    publisher: Publisher, counted: Counted, ledger: Ledger, asked: Ask
) -> None:
    counted.there = False
    with pytest.raises(UsageError, match="mast was not connected"):
        publisher.release(asked())
    assert ledger.releases() == []


def test_without_budget_nothing_is_looked_at(
    publisher: Publisher, counted: Counted, asked: Ask
) -> None:
    publisher.release(asked(epsilon=1_000_000))
    with pytest.raises(PublicationError, match="budget"):
        publisher.release(asked(0, 10))
    assert counted.asked == 1


def test_an_answer_that_cannot_be_charged_is_not_told(
    publisher: Publisher, ledger: Ledger, asked: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(ledger, "charge", full)
    with pytest.raises(StoreError, match="disk is full"):
        publisher.release(asked())
    assert ledger.known(asked()) is None
