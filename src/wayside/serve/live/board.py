"""The state of all feeds, looked at once a second for all viewers together."""

from __future__ import annotations

from wayside.domain.feeds import FeedStatus
from wayside.serve import telling
from wayside.serve.house import House
from wayside.serve.shared import SharedLoop
from wayside.serve.turns import turn

PERIOD_S = 1.0


class StatusBoard(SharedLoop):
    """tick: counts the looks. A viewer is told what changed since the tick he knows."""

    def __init__(self, house: House, period_s: float = PERIOD_S) -> None:
        super().__init__(period_s)
        self._house = house
        self._known: dict[str, FeedStatus] = {}
        self._texts: dict[str, tuple[int, str]] = {}
        self._site = ""
        self._made: tuple[int, int, str] = (-1, -1, "")
        self.tick = 0

    async def step(self) -> bool:
        await turn(self._look)
        return True

    def message(self, since: int) -> str:
        """What changed after that tick, as the text of a status message; all of it since 0."""
        if self._made[:2] != (since, self.tick):
            feeds = ",".join(text for tick, text in self._texts.values() if tick > since)
            text = f'{{"op":"status","feeds":[{feeds}],"site":{self._site or "null"}}}'
            self._made = (since, self.tick, text)
        return self._made[2]

    async def _end(self) -> None:
        await super()._end()
        # Whoever comes next must not be shown how things were when the last one left.
        self._known, self._texts, self._site, self.tick = {}, {}, "", 0

    def _look(self) -> None:
        found = self._house.fleet.statuses()
        tick = self.tick + 1
        texts = {feed: text for feed, text in self._texts.items() if feed in found}
        for feed, status in found.items():
            if self._known.get(feed) != status:
                texts[feed] = (tick, telling.status(status).model_dump_json())
        site = telling.site(self._house).model_dump_json()
        self._known, self._texts, self._site, self.tick = found, texts, site, tick
