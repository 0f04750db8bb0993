"""A sink that wants only some kinds of events."""

from __future__ import annotations

from collections.abc import Sequence

from wayside.domain.errors import SinkError
from wayside.domain.feeds import FeedStatus
from wayside.events.sinks.sink import Delivery, RecordKind, Sink, StateSink


class Chosen:
    """Hands on events of these kinds, and everything that is no event.

    kinds: whole, as ``health.frozen``, or a prefix that ends in a dot, as ``traffic.``.
    """

    def __init__(self, sink: Sink, kinds: Sequence[str]) -> None:
        self.name = sink.name
        self.takes = sink.takes
        self._sink = sink
        self._kinds = tuple(kinds)

    def deliver(self, batch: Sequence[Delivery]) -> None:
        """Raises what the sink raises, counted in the whole batch."""
        places = [place for place, each in enumerate(batch) if self._wants(each)]
        if not places and batch:
            return
        try:
            self._sink.deliver([batch[place] for place in places])
        except SinkError as error:
            error.delivered = (
                places[error.delivered] if error.delivered < len(places) else len(batch)
            )
            raise

    def show(self, statuses: Sequence[FeedStatus]) -> None:
        if isinstance(self._sink, StateSink):
            self._sink.show(statuses)

    @property
    def has_news(self) -> bool:
        return isinstance(self._sink, StateSink) and self._sink.has_news

    def close(self) -> None:
        self._sink.close()

    def _wants(self, delivery: Delivery) -> bool:
        if delivery.kind is not RecordKind.EVENT:
            return True
        kind = str(delivery.message["type"]).removeprefix("wayside.").removesuffix(".v1")
        return any(kind == k or (k.endswith(".") and kind.startswith(k)) for k in self._kinds)
