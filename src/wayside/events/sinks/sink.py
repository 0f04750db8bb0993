"""What every sink is: it takes records in order, or says that it did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from wayside.domain.feeds import FeedStatus


class RecordKind(StrEnum):
    EVENT = "event"
    MEASUREMENT = "measurement"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One record on its way out. arrival: its place in the outbox. message: a CloudEvent.

    The message's ``id`` is the record's: the same record delivered twice has the same id.
    """

    arrival: int
    kind: RecordKind
    feed: str
    message: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.message["id"])


class Sink(Protocol):
    """Used by one thread.

    name: unique among the sinks of a site; the cursor hangs on it. takes: the
    kinds of records that it wants.
    """

    name: str
    takes: frozenset[RecordKind]

    def deliver(self, batch: Sequence[Delivery]) -> None:
        """Take all of them, in order, so that they outlive a kill of this process.

        Raises SinkError (with how many it took) for what is to be tried again,
        SinkRefused for a record that its receiver will never take.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class StateSink(Protocol):
    """A sink that also shows how feeds are doing."""

    def show(self, statuses: Sequence[FeedStatus]) -> None:
        """Remember it for the next delivery; any thread may call it, and it returns at once."""
        ...

    @property
    def has_news(self) -> bool:
        """Something was shown and not yet delivered: ``deliver`` shall be called, if with []."""
        ...
