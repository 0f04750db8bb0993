"""The state of all feeds, looked at once a second for all viewers together."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wayside.domain.feeds import FeedStatus
from wayside.serve import telling
from wayside.serve.house import House
from wayside.serve.limited.house import house_for
from wayside.serve.roles import Groups
from wayside.serve.shared import SharedLoop
from wayside.serve.turns import turn

PERIOD_S = 1.0


class StatusBoard(SharedLoop):
    """tick: counts the looks. A viewer is told what changed since the tick he knows.

    What the site as a whole does is told for each set of groups that somebody who is there is
    limited to; statuses are made once, and each is told to those who see its feed.
    """

    def __init__(self, house: House, period_s: float = PERIOD_S) -> None:
        super().__init__(period_s)
        self._house = house
        self._known: dict[str, FeedStatus] = {}
        self._texts: dict[str, tuple[int, str]] = {}
        self._sites: dict[Groups, str] = {}
        self._there: Counter[Groups] = Counter()
        self._made: tuple[tuple[int, int, Groups, frozenset[str] | None], str] | None = None
        self.tick = 0

    @asynccontextmanager
    async def running_for(self, groups: Groups) -> AsyncIterator[None]:
        self._there[groups] += 1
        try:
            async with self.running():
                yield
        finally:
            self._there[groups] -= 1

    async def step(self) -> bool:
        await turn(self._look, +self._there)
        return True

    def knows(self, groups: Groups) -> bool:
        """False before the first look that is made for them too."""
        return groups in self._sites

    def message(self, since: int, groups: Groups, feeds: frozenset[str] | None) -> str:
        """What changed after that tick, as the text of a status message; all of it since 0.

        Raises KeyError for groups that are not known.
        groups, feeds: that whoever is told is limited to, None for every feed.
        """
        wanted = (since, self.tick, groups, feeds)
        if self._made is None or self._made[0] != wanted:
            texts = ",".join(
                text
                for feed, (tick, text) in self._texts.items()
                if tick > since and (feeds is None or feed in feeds)
            )
            site = self._sites[groups]
            self._made = (wanted, f'{{"op":"status","feeds":[{texts}],"site":{site}}}')
        return self._made[1]

    async def _end(self) -> None:
        await super()._end()
        # Whoever comes next must not be shown how things were when the last one left.
        self._known, self._texts, self._sites, self.tick = {}, {}, {}, 0

    def _look(self, there: Counter[Groups]) -> None:
        found = self._house.fleet.statuses()
        tick = self.tick + 1
        texts = {feed: text for feed, text in self._texts.items() if feed in found}
        for feed, status in found.items():
            if self._known.get(feed) != status:
                texts[feed] = (tick, telling.status(status).model_dump_json())
        sites = {
            groups: telling.site(house_for(self._house, groups)).model_dump_json()
            for groups in there
        }
        self._known, self._texts, self._sites, self.tick = found, texts, sites, tick
