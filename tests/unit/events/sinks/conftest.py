from __future__ import annotations

from collections.abc import Callable

import pytest

from wayside.events.sinks.sink import Delivery, RecordKind


@pytest.fixture
def deliver() -> Callable[..., Delivery]:
    """A delivery of an event as it leaves the outbox."""

    def make(number: int, feed: str = "north", words: str = "") -> Delivery:
        message = {
            "specversion": "1.0",
            "id": f"id-{number}",
            "source": f"/sites/harbour/feeds/{feed}",
            "type": "wayside.traffic.line_crossing.v1",
            "time": "2026-05-04T10:00:00.000Z",
            "data": {"class": "car", "words": words},
        }
        return Delivery(number, RecordKind.EVENT, feed, message)

    return make
