"""One worker's CPU, shared among its feeds so that none stalls and none starves.

Every second each feed says what it costs: to be decoded, and for each picture
that is analysed. What all cost together is held against what the worker's
thread really gets of its core. Where it does not fit, all that are awake are
analysed less often, by the same factor; where even their lowest useful rate
does not fit, some are reduced to keyframes, and take turns, so that over time
each gets its share. Sleeping feeds cost next to nothing and are never touched.

No I/O and no clock of its own: numbers in, rates out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

FULL, THINNED, GLANCE = "full", "thinned", "glance"


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """share: of what the thread gets that is planned for; the rest is for bursts. late_s: lag
    from which the worker is behind, whatever the plan says. least_capacity: CPU seconds a
    second that are planned for at the worst. relief: factor on the capacity while behind,
    regained at ``recovery`` a second, never below least_relief. rise: a rate goes up only by
    this factor and more, after rise_s of being possible. spare: share of the capacity that has
    to be free before one more feed is watched, once not all can be. turn_s: that a feed is
    watched before another may take its place. room: load below which there is time for what is
    nice to have.
    """

    share: float = 0.85
    late_s: float = 1.0
    least_capacity: float = 0.1
    relief: float = 0.9
    least_relief: float = 0.5
    recovery: float = 0.03
    rise: float = 1.15
    rise_s: float = 5.0
    spare: float = 0.05
    turn_s: float = 20.0
    room: float = 0.7


@dataclass(frozen=True, slots=True)
class Demand:
    """What one feed wants and costs.

    is_awake: it is decoded, or would be. base: CPU seconds a second that it takes in any case.
    decode: CPU seconds a second while every picture is decoded. sample: CPU seconds of one
    analysed picture. wanted, least: pictures a second; below ``least`` objects cannot be
    followed. taken: pictures a second that it takes of them at most as long as nothing moves.
    weight: of its turn to be watched, where not all can be.
    """

    feed: str
    is_awake: bool
    base: float
    decode: float
    sample: float
    wanted: float
    least: float
    taken: float = math.inf
    weight: float = 1.0

    def rate(self, share: float) -> float:
        """Pictures a second at that share of the wanted rate, never below the least."""
        return max(share * self.wanted, min(self.least, self.wanted))

    def cost(self, share: float) -> float:
        """CPU seconds a second at that share of the wanted rate."""
        return self.decode + self.sample * min(self.rate(share), self.taken)


class Budget:
    """rates: pictures a second for each feed, None for keyframes only. load: demand at full rate
    divided by the capacity. capacity: CPU seconds a second that are planned for. changes: of
    mode or of the common share, so far.
    """

    def __init__(self, settings: BudgetSettings | None = None) -> None:
        self.settings = settings or BudgetSettings()
        self.rates: dict[str, float | None] = {}
        self.load = 0.0
        self.capacity = self.settings.share
        self.changes = 0
        self._share = 1.0
        self._glancing: frozenset[str] = frozenset()
        self._efficiency = 1.0
        self._relief = 1.0
        self._may_rise_s: float | None = None
        self._watched_since_s: dict[str, float] = {}
        self._waiting_since_s: dict[str, float] = {}

    @property
    def has_room(self) -> bool:
        """Something that is nice to have may be done: it will not cost anybody a picture."""
        return self.load < self.settings.room

    @property
    def mode(self) -> str:
        if self._glancing:
            return GLANCE
        return THINNED if self._share < 1.0 else FULL

    @property
    def reason(self) -> str:
        """Why not everything is looked at; "" where it is."""
        if self._glancing:
            return (
                f"the worker is too slow: {len(self._glancing)} of its feeds take turns at being"
                " watched, and only their keyframes are looked at meanwhile"
            )
        if self._share < 1.0:
            return (
                f"the worker is too slow: {100 * self._share:.0f} % of the pictures that are"
                " wanted are looked at"
            )
        return ""

    def rate(self, feed: str, wanted: float) -> float | None:
        """What the feed may use until the next plan; one that is new may have all."""
        return self.rates.get(feed, wanted * self._share)

    def measured(self, busy: float, efficiency: float, lag_s: float) -> None:
        """About once a second. busy: share of the time in which the thread did not wait for work.
        efficiency: CPU seconds that it got for each of those. lag_s: of the feed farthest behind.
        """
        settings = self.settings
        if busy > 0.2:
            # Down at once, up slowly: what others on the machine take comes in bursts.
            pace = 0.3 if efficiency < self._efficiency else 0.1
            self._efficiency += pace * (min(efficiency, 1.0) - self._efficiency)
        else:
            self._efficiency += 0.1 * (1.0 - self._efficiency)
        if lag_s >= settings.late_s:
            self._relief = max(self._relief * settings.relief, settings.least_relief)
        else:
            self._relief = min(self._relief + settings.recovery, 1.0)
        self.capacity = max(
            settings.share * self._efficiency * self._relief, settings.least_capacity
        )

    def plan(self, now_s: float, demands: Sequence[Demand]) -> bool:
        """Shares the capacity out; True where the mode or the common share changed."""
        awake = [demand for demand in demands if demand.is_awake]
        room = self.capacity - sum(demand.base for demand in demands)
        wanted = sum(demand.cost(1.0) for demand in awake)
        self.load = (self.capacity - room + wanted) / self.capacity
        watched, glancing = self._chosen(now_s, awake, room)
        share = self._held_back(now_s, _common_share(watched, room))
        changed = share != self._share or glancing != self._glancing
        self.changes += changed
        self._share, self._glancing = share, glancing
        self.rates = {
            demand.feed: None if demand.feed in glancing else demand.rate(share)
            for demand in demands
        }
        return changed

    def _chosen(
        self, now_s: float, awake: Sequence[Demand], room: float
    ) -> tuple[list[Demand], frozenset[str]]:
        """(feeds that are watched, names of those of which keyframes must do)."""
        if sum(demand.cost(0.0) for demand in awake) <= room:
            self._watched_since_s.clear()
            self._waiting_since_s.clear()
            return list(awake), frozenset()
        order = sorted(awake, key=lambda demand: self._rank(now_s, demand))
        before = len(self._watched_since_s)
        watched: list[Demand] = []
        glancing: set[str] = set()
        for demand in order:
            # One more than before needs some room to spare, or it would come and go.
            is_more = self._glancing and len(watched) >= before
            spare = self.settings.spare * self.capacity if is_more else 0.0
            if room - demand.cost(0.0) >= spare or not watched:
                room -= demand.cost(0.0)
                watched.append(demand)
                self._watched_since_s.setdefault(demand.feed, now_s)
                self._waiting_since_s.pop(demand.feed, None)
            else:
                glancing.add(demand.feed)
                self._waiting_since_s.setdefault(demand.feed, now_s)
                self._watched_since_s.pop(demand.feed, None)
        names = {demand.feed for demand in awake}
        for since in (self._watched_since_s, self._waiting_since_s):
            for gone in since.keys() - names:
                del since[gone]
        return watched, frozenset(glancing)

    def _rank(self, now_s: float, demand: Demand) -> tuple[int, float, str]:
        """Who has begun a turn keeps it; then whoever has waited longest, by weight."""
        since_s = self._watched_since_s.get(demand.feed)
        if since_s is not None and now_s - since_s < self.settings.turn_s:
            return 0, since_s, demand.feed
        waited_s = now_s - self._waiting_since_s.get(demand.feed, now_s)
        if since_s is not None:
            return 2, -demand.weight, demand.feed
        return 1, -waited_s * demand.weight, demand.feed

    def _held_back(self, now_s: float, share: float) -> float:
        """Falls at once, rises only where there has been room for a while."""
        settings = self.settings
        if share <= self._share:
            self._may_rise_s = None
            # A few percent more or less are not worth saying.
            return share if share < 0.95 * self._share else self._share
        if share < 1.0 and share < settings.rise * self._share:
            self._may_rise_s = None
            return self._share
        if self._may_rise_s is None:
            self._may_rise_s = now_s
        if now_s - self._may_rise_s < settings.rise_s:
            return self._share
        self._may_rise_s = None
        return min(share, 1.0)


def _common_share(watched: Sequence[Demand], room: float) -> float:
    """The largest share of the wanted rates for which these fit, in (0, 1].

    Costs rise piecewise linearly with the share, so a few halvings find it well enough.
    """
    if sum(demand.cost(1.0) for demand in watched) <= room:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(10):
        middle = (low + high) / 2
        if sum(demand.cost(middle) for demand in watched) <= room:
            low = middle
        else:
            high = middle
    return max(low, 0.01)
