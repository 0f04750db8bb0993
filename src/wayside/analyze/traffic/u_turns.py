"""Vehicles that turn round, as numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.roads import Spots, Yard
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.geometry import Points, inside
from wayside.domain.records import Finding, Reading

_SLOWEST_MPS = 1.5
_STRAIGHT = float(np.cos(np.radians(30.0)))
_STRAIGHT_M = 8.0
_REVERSED = -_STRAIGHT
_LONGEST_S = 30.0
_LARGEST_M = 40.0
_ASIDE_M = 3.0
_STRIDE_M = 1.0
_ACROSS_M = 2.0
_BACK_M = 4.0
_SHORTEST_S = 1.5
_FASTEST_MPS = 15.0
_DRIVES: Final = np.array(
    [kind.group is ClassGroup.VEHICLE or kind is ObjectClass.MOTORCYCLE for kind in ObjectClass]
)


@dataclass(frozen=True, slots=True)
class UTurnRule:
    """What is a U-turn. zone: id of where it is made, None for the whole picture."""

    least_rate: ClassVar[float] = 0.0

    zone: str | None = None


class _Directions:
    """Where each live track goes straight, and where it did last: columns by slot of histories.

    track: whose they are. ahead (S, 2), since_s, place (S, 2): the last straight direction, NaN
    where none is known, and when and where it was followed last. now (S, 2), began (S, 2): the
    direction that it has kept to within 30° since it was at that place.
    """

    def __init__(self) -> None:
        self.track = np.empty(0, np.int64)
        self.ahead: Points = np.empty((0, 2))
        self.since_s = np.empty(0)
        self.place: Points = np.empty((0, 2))
        self.now: Points = np.empty((0, 2))
        self.began: Points = np.empty((0, 2))

    def compare(
        self,
        slots: NDArray[np.intp],
        ids: NDArray[np.int64],
        ahead: Points,
        places: Points,
        metres: NDArray[np.float64],
        t_s: float,
    ) -> NDArray[np.float64]:
        """(M,) cosine of where tracks move (M, 2) to their last straight direction.

        NaN where none is known, where it was too long ago, and where it was too far away.
        """
        self._reach(int(slots.max()) + 1)
        other = self.track[slots] != ids
        self.track[slots] = ids
        self.now[slots[other]] = np.nan
        away = np.hypot(*(self.place[slots] - places).T) / metres
        over = (t_s - self.since_s[slots] > _LONGEST_S) | ~(away <= _LARGEST_M)
        self.ahead[slots[other | over]] = np.nan
        return np.asarray((self.ahead[slots] * ahead).sum(1))

    def take(
        self,
        slots: NDArray[np.intp],
        ahead: Points,
        places: Points,
        metres: NDArray[np.float64],
        t_s: float,
    ) -> None:
        """Take in where tracks move now."""
        bends = ~((self.now[slots] * ahead).sum(1) > _STRAIGHT)
        self.now[slots[bends]], self.began[slots[bends]] = ahead[bends], places[bends]
        straight = np.hypot(*(self.began[slots] - places).T) / metres >= _STRAIGHT_M
        self.ahead[slots[straight]] = self.now[slots[straight]]
        keeps = straight | ((self.ahead[slots] * ahead).sum(1) > _STRAIGHT)
        self.place[slots[keeps]], self.since_s[slots[keeps]] = places[keeps], t_s

    def _reach(self, slots: int) -> None:
        """Make room for so many slots."""
        more = slots - len(self.track)
        if more <= 0:
            return
        none = np.iinfo(np.int64).min
        self.track = np.concatenate([self.track, np.full(more, none)])
        self.since_s = np.concatenate([self.since_s, np.zeros(more)])
        for name in ("ahead", "place", "now", "began"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.full((more, 2), np.nan)]))


class UTurns:
    """Counts vehicles whose heading turns by more than 150° within 30 s and 40 m.

    A direction is straight that a track has kept to within 30° for 8 m. Once it moves (at 1.5 m/s
    at least) at more than 150° to its last one, the way between must be that of one vehicle
    turning round: at least 2 m of it across (45° to 135°), 4 m back, 3 m or more beside where
    it came from, over 1.5 s, no step faster than 15 m/s. So neither backing up nor a track that
    jumps to an oncoming vehicle is one. Not calibrated, an own size stands for 4 m. Readings:
    ``u_turns`` (objects) of the window, for the rule's zone, in which it must be across, or
    the whole feed, by the time of turning back; never undefined. No event tells of one.
    """

    settling_s = 0.0

    def __init__(self, motion: Motion, rules: tuple[UTurnRule, ...]) -> None:
        """Raises ConfigError for a zone that is not drawn."""
        scene = motion.scene
        zones = dict(zip(scene.zone_ids, scene.polygons, strict=True))
        self._zones: dict[str, Points | None] = {}
        for rule in rules:
            if rule.zone is not None and rule.zone not in zones:
                raise ConfigError(
                    f"a rule of kind u_turn names the zone {rule.zone!r}, which is not drawn",
                    where="rules",
                    remedy=f"Zones of this scene: {', '.join(zones) or 'none'}",
                )
            self._zones[rule.zone or ""] = None if rule.zone is None else zones[rule.zone]
        self._motion = motion
        self._yard = Yard(scene)
        self._straight = _Directions()
        self._turned: list[tuple[float, str]] = []

    def update(self, moment: Moment) -> list[Finding]:
        tracks, spots = moment.tracks, self._yard.spots(moment)
        velocities, speeds = moment.going
        with np.errstate(invalid="ignore"):
            moves = tracks.confirmed & tracks.observed & _DRIVES[tracks.class_ids]
            rows = np.flatnonzero(moves & (speeds >= _SLOWEST_MPS))
        if not len(rows):
            return []
        slots, places = moment.slots[rows], spots.places[rows]
        ahead = velocities[rows] / speeds[rows, None]
        metres = spots.metres[rows]
        shares = self._straight.compare(slots, tracks.ids[rows], ahead, places, metres, moment.t_s)
        for at in np.flatnonzero(shares < _REVERSED).tolist():
            turned = self._turn(moment, spots, int(rows[at]), int(slots[at]))
            if turned is not None:
                self._count(moment.t_s, turned)
                self._straight.ahead[slots[at]] = np.nan
        self._straight.take(slots, ahead, places, metres, moment.t_s)
        return []

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        told = [zone for t_s, zone in self._turned if t_s < end_s]
        self._turned = [row for row in self._turned if row[0] >= end_s]
        return [
            Reading("u_turns", float(told.count(zone)), "objects", "zone" if zone else "feed", zone)
            for zone in self._zones
        ]

    def finish(self, t_s: float) -> list[Finding]:  # noqa: ARG002
        return []

    def _turn(self, moment: Moment, spots: Spots, row: int, slot: int) -> Points | None:
        """(1, 2) in the picture, where a vehicle turned back; None where its way since it went
        straight is not that of one vehicle turning round.
        """
        path = self._motion.path(int(moment.tracks.ids[row]))
        metre = float(spots.metres[row])
        ahead = self._straight.ahead[slot]
        since = path.t_s >= self._straight.since_s[slot] - 0.5
        t_s, way = path.t_s[since], self._yard.places(path.anchors[since]) / metre
        known = np.isfinite(way).all(1)
        kept = _strides(way[known])
        t_s, way = t_s[known][kept], way[known][kept]
        if len(way) < 5 or t_s[-1] - t_s[0] < _SHORTEST_S:
            return None
        steps = np.diff(way, axis=0)
        lengths = np.hypot(steps[:, 0], steps[:, 1])
        shares = steps @ ahead / lengths
        across = lengths[abs(shares) < np.cos(np.radians(45.0))]
        aside = abs((way[-1] - way[0]) @ np.array([-ahead[1], ahead[0]]))
        turns = (
            (lengths / np.diff(t_s) <= _FASTEST_MPS).all()
            and across.sum() >= _ACROSS_M
            and len(across) >= 2
            and lengths[shares < _REVERSED].sum() >= _BACK_M
            and aside >= _ASIDE_M
        )
        turned = int(abs(shares).argmin()) + 1
        return self._yard.picture(way[turned : turned + 1] * metre) if turns else None

    def _count(self, t_s: float, picture: Points) -> None:
        for zone, polygon in self._zones.items():
            if polygon is None or inside(polygon, picture)[0]:
                self._turned.append((t_s, zone))


def _strides(way: Points) -> list[int]:
    """Indices of places each at least a metre from the one before: jitter makes no way."""
    kept = [0] if len(way) else []
    for index in range(1, len(way)):
        if np.hypot(*(way[index] - way[kept[-1]])) >= _STRIDE_M:
            kept.append(index)
    return kept
