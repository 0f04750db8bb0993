"""From a question to a release: look, count, blur, charge, and only then tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from wayside.domain.errors import UsageError
from wayside.domain.time import Clock
from wayside.publish.ledger import Ledger, Release
from wayside.publish.noise import Noise
from wayside.publish.question import Question
from wayside.publish.tally import Crossed, Tally

SETTLED_AFTER = timedelta(minutes=5)
"""A journal is copied within seconds, also behind a busy disk; what comes later is not in it."""


class Counted(Protocol):
    """Where the exact records come from: a store. All raise StoreError."""

    def has(self, feed: str, since: datetime, until: datetime) -> bool:
        """Whether the feed was connected at all: a fact about a cable, not about a person."""
        ...

    def crossings(self, feed: str, since: datetime, until: datetime) -> Iterable[Crossed]:
        """In the order in which they happened."""
        ...

    def watched(self, feed: str, since: datetime, until: datetime) -> Iterable[tuple[int, int]]:
        """[start_us, end_us) in which the feed was watched without a gap."""
        ...


class Publisher:
    """Answers questions out of ``counted`` at the expense of ``ledger``."""

    def __init__(self, counted: Counted, ledger: Ledger, clock: Clock) -> None:
        self._counted = counted
        self._ledger = ledger
        self._clock = clock

    def release(self, question: Question) -> Release:
        """The answer as it was charged for; to a question that was asked before, the same.

        Raises UsageError for a time that is not over or is not on the grid, PublicationError
        without budget or OpenDP, StoreError. Nothing is spent then.
        """
        known = self._ledger.known(question)
        if known is not None:
            return known
        policy = self._ledger.policy
        if question.until > self._clock.now() - SETTLED_AFTER:
            raise UsageError(
                "what is not over cannot be published",
                where="--until",
                remedy="End it 5 minutes ago or earlier: the same time cannot be told again later",
            )
        noise = Noise(question.sensitivity(policy), question.epsilon)
        self._ledger.check(question)
        self._check_known(question)
        exact = self._tally(question).numbers
        blurred = noise.over(exact.ravel().tolist())
        width = question.intervals
        numbers = [blurred[at : at + width] for at in range(0, len(blurred), width)]
        return self._ledger.charge(question, numbers, noise.scale, self._clock.now())

    def _check_known(self, question: Question) -> None:
        for feed in question.feeds:
            if not self._counted.has(feed, question.since, question.until):
                raise UsageError(
                    f"{feed} was not connected then, or it is deleted by now",
                    where="--feed",
                    remedy="Check the name and the time",
                )

    def _tally(self, question: Question) -> Tally:
        tally = Tally(question, self._ledger.policy)
        for feed in question.feeds:
            tally.add(self._counted.crossings(feed, question.since, question.until))
            tally.watch(feed, self._counted.watched(feed, question.since, question.until))
        return tally
