"""The state of each lane and carriageway, instant by instant: what all that is told rests on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Moment, Values
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.roadways.free_flow import FreeFlow
from wayside.analyze.traffic.roadways.queue import GAP_M, SIZE_M, longest_queue
from wayside.analyze.traffic.roadways.residents import Residents, counted
from wayside.analyze.traffic.roadways.roadway import Roadway, roadways
from wayside.analyze.traffic.roadways.state import RoadState, VehiclesSeen
from wayside.analyze.traffic.roadways.unseen import Beside, Unseen, UnseenVehicles
from wayside.analyze.traffic.way import Ways
from wayside.domain.classes import ObjectClass
from wayside.domain.outlines import Outlines

LONGEST_HOLD_S = 15.0
"""How long the state of one instant speaks for: a feed in which nothing moves is looked at only
at its keyframes."""

_FREE_PER_KM = 12.0
"""Vehicles a kilometre and lane up to which a road is free: the end of HCM's level of service B."""
_FREE_LEAST = 2
_CARS = np.array([2.0 if c in (ObjectClass.BUS, ObjectClass.TRUCK) else 1.0 for c in ObjectClass])
"""Passenger-car equivalents on level ground: HCM 7th ed., Exhibit 12-25."""


class Roads:
    """Keeps the state of all zones in which vehicles drive; see RoadState.

    A vehicle is in a zone while the middle of its footprint is (its anchor where not calibrated),
    see Residents. States are those since the last update until the next.
    """

    def __init__(self, motion: Motion) -> None:
        scene = motion.scene
        self.zones: tuple[Roadway, ...] = roadways(scene)
        self.states: list[RoadState] = [RoadState() for _ in self.zones]
        self.times_in_queue: list[tuple[float, int, float]] = []
        """(when it left, zone, seconds in its queue) of vehicles; for whoever reads to clear."""
        self.late_s: list[tuple[float, int, float]] = []
        """(when, zone, seconds) that vehicles had been in a zone before they counted; the same."""
        self.free_flow = FreeFlow(len(self.zones))
        self._motion = motion
        self._scene = scene
        places = dict(zip(scene.zone_ids, scene.polygons, strict=True))
        self._outlines = Outlines([places[zone.id] for zone in self.zones])
        self._with_way = np.array([zone.way is not None for zone in self.zones], bool)
        self._metric = np.array([zone.is_metric for zone in self.zones], bool)
        ways = [zone.way for zone in self.zones if zone.way is not None]
        self._ways = Ways(ways)
        self._way_of = np.cumsum(self._with_way) - 1
        self._free_most = [
            max(_FREE_LEAST, _FREE_PER_KM * (zone.length_m or 0) * zone.lanes / 1000)
            for zone in self.zones
        ]
        self._residents = Residents(len(self.zones))
        self._unseen = UnseenVehicles()
        self._slots = np.empty(0, np.intp)
        self._last: tuple[float, VehiclesSeen, list[int]] | None = None

    def update(self, moment: Moment) -> float:
        """Take in one instant; returns for how many seconds the states until now have held."""
        held_s = self._hold(moment.t_s)
        self._lose(moment)
        rows = counted(moment)
        inside = self._outlines.inside(moment.pictured[rows])
        left = self._residents.update(moment, rows, inside, len(self._motion.histories.ids))
        for slot, zone in left:
            self._leave(slot, zone, moment.t_s)
        self._count_late(moment, rows, inside)
        seen = self._seen(moment, rows)
        self._recognise(moment, seen)
        self.states, queued = self._states(moment, seen, rows, inside)
        self._last = (moment.t_s, seen, queued)
        self._slots = moment.slots
        return held_s

    def _hold(self, t_s: float) -> float:
        """What holds until now: time in queue, and speeds of the free road."""
        if self._last is None:
            return 0.0
        before_s, seen, queued = self._last
        held_s = min(t_s - before_s, LONGEST_HOLD_S)
        if queued:
            slots = self._slots[seen.rows[queued]]
            self._residents.queued_s[slots, seen.zones[queued]] += held_s
        for one in self._unseen.each:
            one.queued_s += held_s
        free = [
            not state.queued and state.vehicles <= most
            for state, most in zip(self.states, self._free_most, strict=True)
        ]
        chosen = np.array(free, bool)[seen.zones] if free else np.zeros(0, bool)
        if chosen.any():
            speeds = np.where(self._metric[seen.zones], seen.speeds, seen.speeds / seen.scales)
            self.free_flow.learn(seen.zones[chosen], speeds[chosen], held_s)
        return held_s

    def _count_late(
        self, moment: Moment, rows: NDArray[np.intp], inside: NDArray[np.bool_]
    ) -> None:
        """A track counts once it is confirmed; from then on it counts from its first sight."""
        new = np.isin(rows, moment.steps.confirmed)
        if not new.any():
            return
        histories = self._motion.histories
        slots = moment.slots[rows[new]]
        births = self._scene.geometry.anchor.points(histories.birth_box[slots])
        both = inside[new] & self._outlines.inside(births)
        late_s = moment.t_s - histories.birth_s[slots]
        for row, zone in np.argwhere(both).tolist():
            if 0 < late_s[row] <= LONGEST_HOLD_S:
                self.late_s.append((moment.t_s, zone, float(late_s[row])))

    def _seen(self, moment: Moment, rows: NDArray[np.intp]) -> VehiclesSeen:
        """Where along its zone's way each member of a zone with a way is."""
        member = self._residents.member[moment.slots[rows]] & self._with_way
        pairs = np.argwhere(member)
        own, zones = rows[pairs[:, 0]], pairs[:, 1]
        metric = self._metric[zones]
        units = np.array([self._scene.aspect, 1.0])
        sizes = self._scene.sizes(moment.tracks.boxes[own])
        picture = moment.anchors[own] * units
        places = np.where(metric[:, None], moment.centres[own], picture)
        along, asides, unit = self._ways.along(places, self._way_of[zones])
        half = np.where(metric, moment.lengths_m[own] / 2, sizes / 2)
        moving = np.where(
            metric[:, None], moment.velocities[own], moment.paces[own] * sizes[:, None]
        )
        scales = np.where(metric, 1.0, sizes / SIZE_M)
        known = np.isfinite(along) & np.isfinite(half)
        seen = VehiclesSeen(
            own,
            zones,
            along + half,
            along - half,
            asides,
            (moving * unit).sum(1),
            self._residents.standing[moment.slots[own]],
            self._residents.slow[moment.slots[own]],
            scales,
        )
        return seen if known.all() else seen.where(known)

    def _lose(self, moment: Moment) -> None:
        """Tracks that ended: who stood in a queue stays, unseen; who drove has left."""
        if self._last is None:
            return
        histories = self._motion.histories
        for track in moment.tracks.ended.tolist():
            if track not in histories:
                continue
            slot = histories.slot(track)
            if slot >= len(self._residents.standing):
                continue
            for zone in np.flatnonzero(self._residents.member[slot]).tolist():
                if not (self._residents.standing[slot] and self._hide(slot, zone, moment.t_s)):
                    self._leave(slot, zone, moment.t_s)
            self._residents.member[slot] = False
            self._residents.queued_s[slot] = 0.0

    def _hide(self, slot: int, zone: int, t_s: float) -> bool:
        if self._last is None:
            return False
        _, seen, _ = self._last
        mine = np.flatnonzero((self._slots[seen.rows] == slot) & (seen.zones == zone))
        if not len(mine):
            return False
        at = int(mine[0])
        front, rear, aside = (float(v[at]) for v in (seen.fronts, seen.rears, seen.asides))
        queued_s = float(self._residents.queued_s[slot, zone])
        self._unseen.each.append(Unseen(zone, t_s, front, rear, aside, queued_s, kept_s=t_s))
        return True

    def _recognise(self, moment: Moment, seen: VehiclesSeen) -> None:
        """Unseen vehicles that were found again, and those that must have gone."""
        histories = self._motion.histories
        for zone in {one.zone for one in self._unseen.each}:
            mine = np.flatnonzero(seen.zones == zone)
            slots = moment.slots[seen.rows[mine]]
            now = Beside(
                seen.fronts[mine],
                seen.rears[mine],
                seen.asides[mine],
                seen.speeds[mine],
                seen.standing[mine],
                histories.birth_s[slots],
            )
            scale = self._scale(zone, seen.scales[mine])
            for index, one in self._unseen.found(zone, now, scale):
                self._residents.take_over(int(slots[index]), zone, one.queued_s)
                seen.standing[mine[index]] = True
            for one in self._unseen.gone(zone, moment.t_s, now, scale):
                if one.queued_s > 0:
                    self.times_in_queue.append((moment.t_s, zone, one.queued_s))

    def _leave(self, slot: int, zone: int, t_s: float) -> None:
        queued_s = float(self._residents.queued_s[slot, zone])
        self._residents.queued_s[slot, zone] = 0.0
        if queued_s > 0:
            self.times_in_queue.append((t_s, zone, queued_s))

    def _states(
        self,
        moment: Moment,
        seen: VehiclesSeen,
        rows: NDArray[np.intp],
        inside: NDArray[np.bool_],
    ) -> tuple[list[RoadState], list[int]]:
        """The states of all zones; which of ``seen`` are in their queues."""
        count = len(self.zones)
        vehicles = inside.sum(0).tolist()
        cars = (_CARS[moment.tracks.class_ids[rows]] @ inside).tolist()
        speeds = np.where(self._metric[seen.zones], seen.speeds, seen.speeds / seen.scales)
        known = np.isfinite(speeds)
        moving = np.where(known & ~seen.standing, speeds, 0.0)
        rates = np.bincount(seen.zones, moving, count).tolist()
        timed = np.bincount(seen.zones[known | seen.standing], minlength=count).tolist()
        standing: list[list[int]] = [[] for _ in self.zones]
        still = np.flatnonzero(seen.standing | seen.slow)
        for index, zone in zip(still.tolist(), seen.zones[still].tolist(), strict=True):
            standing[zone].append(index)
        states: list[RoadState] = []
        queued: list[int] = []
        for zone in range(count):
            unseen = self._unseen.in_zone(zone) if self._unseen.each else []
            state = RoadState(
                vehicles[zone] + len(unseen),
                cars[zone] + len(unseen),
                timed[zone] + len(unseen),
                rates[zone],
            )
            if standing[zone] or unseen:
                state = self._queue(zone, state, moment, seen, standing[zone], unseen, queued)
            states.append(state)
        return states, queued

    def _queue(
        self,
        zone: int,
        state: RoadState,
        moment: Moment,
        seen: VehiclesSeen,
        standing: list[int],
        unseen: list[Unseen],
        queued: list[int],
    ) -> RoadState:
        scale = self._scale(zone, seen.scales[standing])
        found = longest_queue(
            seen.fronts[standing].tolist() + [one.front for one in unseen],
            seen.rears[standing].tolist() + [one.rear for one in unseen],
            seen.asides[standing].tolist() + [one.aside for one in unseen],
            scale,
            seen.standing[standing].tolist() + [True] * len(unseen),
        )
        if found is None:
            return state
        queued += [standing[member] for member in found.members if member < len(standing)]
        stop = self.zones[zone].stop
        at_stop = stop - found.front <= GAP_M * scale
        last = found.members[-1]
        cut_off = last < len(standing) and not moment.whole[seen.rows[standing[last]]]
        return replace(
            state,
            queued=len(found.members),
            queue=found,
            length=max(stop if at_stop else found.front, found.front) - found.back,
            back=max(stop, found.front) - found.back,
            is_cut=found.back <= GAP_M / 2 * scale or bool(cut_off),
            at_stop=at_stop,
        )

    def _scale(self, zone: int, scales: Values) -> float:
        """Units of a zone's way in a metre, where vehicles of these own scales are."""
        if self._metric[zone] or not len(scales):
            return 1.0
        return float(np.median(scales))
