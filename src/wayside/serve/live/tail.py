"""The newest events, read once for all who listen."""

from __future__ import annotations

from collections.abc import Callable

from wayside.serve import telling
from wayside.serve.house import House
from wayside.serve.records import Arrival
from wayside.serve.shared import SharedLoop
from wayside.serve.turns import turn

PERIOD_S = 0.4
_AT_ONCE = 500

OnEvent = Callable[[str, str], None]
"""Given the feed and the text of the event's message."""


class EventTail(SharedLoop):
    """newest: arrival number that was seen last; None before the first look."""

    def __init__(self, house: House, period_s: float = PERIOD_S) -> None:
        super().__init__(period_s)
        self._archive = house.archive
        self._listeners: set[OnEvent] = set()
        self.newest: int | None = None

    def listen(self, on_event: OnEvent) -> Callable[[], None]:
        """The answer ends it. Events of all feeds come: who listens asks whose they are."""
        self._listeners.add(on_event)
        return lambda: self._listeners.discard(on_event)

    async def step(self) -> bool:
        if self.newest is None or not self._listeners:
            last = await turn(self._archive.last_arrival)
            is_news, self.newest = last != self.newest, last
            return is_news
        found = await turn(self._archive.arrivals, self.newest, _AT_ONCE)
        for arrival in found:
            text = _message(arrival)
            for on_event in tuple(self._listeners):
                on_event(arrival.incident.feed, text)
            self.newest = arrival.number
        return bool(found)

    async def _end(self) -> None:
        await super()._end()
        # What came while nobody listened is history; the next listener starts at its own now.
        self.newest = None


def _message(arrival: Arrival) -> str:
    incident = telling.incident(arrival.incident).model_dump_json()
    return f'{{"op":"event","incident":{incident}}}'
