"""People and cyclists at crossings: how many cross, and how long they wait before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Moment, Values
from wayside.analyze.traffic.motion import Motion
from wayside.domain.classes import ObjectClass
from wayside.domain.geometry import Points
from wayside.domain.outlines import Outlines
from wayside.domain.records import Finding, Reading
from wayside.domain.scene import Zone, ZoneUse
from wayside.scene.scene import Scene

NEAR_M: Final = 3.0
"""Who stands within so many metres of a crossing waits for it."""
EDGE_M: Final = 1.0
"""As far inside one still stands at the kerb: outlines are drawn roughly and boxes swing."""
WAITING_MPS: Final = 0.5
SIZE_M: Final = 0.9
"""What a person's own size is taken for where nothing is calibrated: 0.5 m wide, 1.7 m high."""

_CROSSED = 0.6
_AWAY_S = 3.0
_LOST_S = 5.0
_SAME_M = 1.5
_LONGEST_HOLD_S = 15.0
_COUNTED = np.array([c in (ObjectClass.PERSON, ObjectClass.BICYCLE) for c in ObjectClass])


@dataclass(frozen=True, slots=True)
class Crossed:
    """Somebody who went over a crossing. at_s: when leaving it; waited_s: before stepping on."""

    at_s: float
    zone: int
    label: str
    waited_s: float


@dataclass(frozen=True, slots=True, eq=False)
class _Lost:
    """A track that ended near a crossing. columns: its row of each column."""

    at_s: float
    place: NDArray[np.float64]
    class_id: int
    columns: tuple[Values, ...]


class PeopleCrossing:
    """Counts those who cross in zones of the use crossing, and times their waiting.

    ``people_crossed``: tracks of people or bicycles that were on the crossing, more than 1 m
    inside its outline, and covered at least 0.6 of its length along the way people walk: its
    heading, else its longer side; unit objects. ``waiting_mean``, ``waiting_max``: seconds that
    they stood (under 0.5 m/s) within 3 m of it or 1 m inside before stepping on, without being
    away for over 3 s; those who did not wait count with 0 (HCM 7th ed., chapter 20: delay is
    averaged over all who cross); unit s; undefined where none crossed. The crossing counts in the
    window in which it was left. A track that is lost there is carried on by one that begins
    within 1.5 m and 5 s. Rows with an empty class are totals.
    """

    def __init__(self, motion: Motion) -> None:
        scene = motion.scene
        self._zones = [zone for zone in scene.geometry.zones if zone.use is ZoneUse.CROSSING]
        self._motion = motion
        self._scene = scene
        self._units = np.array([scene.aspect, 1.0])
        polygons = [_placed(scene, zone.polygon) for zone in self._zones]
        self._is_metric = scene.ground_plane is not None and all(
            np.isfinite(polygon).all() for polygon in polygons
        )
        if not self._is_metric:
            polygons = [np.asarray(zone.polygon) * self._units for zone in self._zones]
        self._outlines = Outlines(polygons)
        axes = [
            _axis(polygon, self._drawn(zone))
            for zone, polygon in zip(self._zones, polygons, strict=True)
        ]
        self._axes = np.array(axes).reshape(-1, 2)
        self._spans = np.array(
            [np.ptp(polygon @ axis) for polygon, axis in zip(polygons, axes, strict=True)]
        )
        count = len(self._zones)
        # Columns by slot and crossing: seconds waited; when last near; least and most reached
        # along the way people walk, NaN while not on it.
        self._waited = np.zeros((0, count))
        self._near_s = np.zeros((0, count))
        self._least = np.zeros((0, count))
        self._most = np.zeros((0, count))
        self._places = np.zeros((0, 2))
        self._lost: list[_Lost] = []
        self._crossed: list[Crossed] = []
        self._labels: dict[int, set[str]] = defaultdict(set)
        self._last_s: float | None = None

    @property
    def settling_s(self) -> float:
        return _LOST_S

    def update(self, moment: Moment) -> list[Finding]:
        t_s = moment.t_s
        held_s = 0.0 if self._last_s is None else min(t_s - self._last_s, _LONGEST_HOLD_S)
        self._last_s = t_s
        self._grow(len(self._motion.histories.ids))
        self._begin(moment.slots[moment.steps.born])
        self._lose(moment)
        tracks = moment.tracks
        rows = np.flatnonzero(tracks.confirmed & _COUNTED[tracks.class_ids])
        if len(rows):
            places, speeds, scales = self._measured(moment, rows)
            self._places[moment.slots[rows]] = places
            self._carry_on(moment, scales, rows)
            self._walk(moment, rows, places, speeds, scales, held_s)
        self._give_up(t_s)
        return []

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        due = [one for one in self._crossed if one.at_s < end_s]
        self._crossed = [one for one in self._crossed if one.at_s >= end_s]
        found: list[Reading] = []
        for index, zone in enumerate(self._zones):
            mine = [one for one in due if one.zone == index]
            self._labels[index].update(one.label for one in mine)
            for label in ("", *sorted(self._labels[index])):
                waits = [one.waited_s for one in mine if label in ("", one.label)]
                place = ("zone", zone.id, label)
                mean, most = (fmean(waits), max(waits)) if waits else (None, None)
                found.append(Reading("people_crossed", float(len(waits)), "objects", *place))
                found.append(Reading("waiting_mean", mean, "s", *place))
                found.append(Reading("waiting_max", most, "s", *place))
        return found

    def finish(self, t_s: float) -> list[Finding]:
        self._give_up(t_s + 2 * _LOST_S)
        return []

    def _measured(self, moment: Moment, rows: NDArray[np.intp]) -> tuple[Points, Values, Values]:
        """(M, 2) places, (M,) m/s, (M,) units of the places in a metre."""
        if self._is_metric:
            return moment.centres[rows], moment.speeds_mps[rows], np.ones(len(rows))
        sizes = self._scene.sizes(moment.tracks.boxes[rows])
        paces = np.hypot(moment.paces[rows, 0], moment.paces[rows, 1]) * SIZE_M
        return moment.anchors[rows] * self._units, paces, sizes / SIZE_M

    def _walk(
        self,
        moment: Moment,
        rows: NDArray[np.intp],
        places: Points,
        speeds: Values,
        scales: Values,
        held_s: float,
    ) -> None:
        slots, t_s = moment.slots[rows], moment.t_s
        depths = self._outlines.depths(places) / scales[:, None]
        on = depths > EDGE_M
        near = (depths > -NEAR_M) & ~on
        with np.errstate(invalid="ignore"):
            stands = near & (speeds < WAITING_MPS)[:, None]
        walked = np.isfinite(self._least[slots])
        waited = self._waited[slots]
        away = t_s - self._near_s[slots] > _AWAY_S
        waited = np.where(away & ~on & ~walked, 0.0, waited) + np.where(stands & ~walked, held_s, 0)
        self._near_s[slots] = np.where(near | on, t_s, self._near_s[slots])
        along = places @ self._axes.T
        least, most = self._least[slots], self._most[slots]
        inside = depths > 0
        follows = on | (walked & inside)
        least = np.where(follows, np.fmin(least, along), least)
        most = np.where(follows, np.fmax(most, along), most)
        left = walked & ~inside
        for row, zone in np.argwhere(left).tolist():
            self._settle(
                zone,
                t_s,
                int(moment.tracks.class_ids[rows[row]]),
                (waited[row], least[row], most[row]),
            )
        self._waited[slots] = np.where(left, 0.0, waited)
        self._least[slots] = np.where(left, np.nan, least)
        self._most[slots] = np.where(left, np.nan, most)

    def _settle(
        self, zone: int, t_s: float, class_id: int, columns: tuple[Values, Values, Values]
    ) -> None:
        """Somebody has left a crossing: count whoever came far enough."""
        waited, least, most = (float(column[zone]) for column in columns)
        # The first and last metre were not watched.
        if most - least + 2 * EDGE_M >= _CROSSED * self._spans[zone]:
            self._crossed.append(Crossed(t_s, zone, ObjectClass(class_id).label, waited))

    def _columns(self) -> tuple[Values, ...]:
        return self._waited, self._near_s, self._least, self._most

    def _lose(self, moment: Moment) -> None:
        histories = self._motion.histories
        for track in moment.tracks.ended.tolist():
            if track not in histories:
                continue
            slot = histories.slot(track)
            rows = tuple(column[slot].copy() for column in self._columns())
            if rows[0].any() or np.isfinite(rows[2]).any():
                place, class_id = self._places[slot].copy(), int(histories.class_id[slot])
                self._lost.append(_Lost(moment.t_s, place, class_id, rows))

    def _carry_on(self, moment: Moment, scales: Values, rows: NDArray[np.intp]) -> None:
        """New tracks take over what those had who were lost there."""
        if not self._lost:
            return
        newly = set(moment.steps.confirmed.tolist())
        for row, scale in zip(rows.tolist(), scales.tolist(), strict=True):
            if row not in newly:
                continue
            slot = int(moment.slots[row])
            off = [np.hypot(*(one.place - self._places[slot])) / scale for one in self._lost]
            if off and min(off) <= _SAME_M:
                one = self._lost.pop(int(np.argmin(off)))
                for column, values in zip(self._columns(), one.columns, strict=True):
                    column[slot] = values

    def _give_up(self, t_s: float) -> None:
        late = [one for one in self._lost if t_s - one.at_s > _LOST_S]
        self._lost = [one for one in self._lost if t_s - one.at_s <= _LOST_S]
        for one in late:
            waited, _, least, most = one.columns
            for zone in np.flatnonzero(np.isfinite(least)).tolist():
                self._settle(zone, one.at_s, one.class_id, (waited, least, most))

    def _begin(self, born: NDArray[np.intp]) -> None:
        self._waited[born] = 0.0
        self._near_s[born] = -np.inf
        self._least[born] = self._most[born] = np.nan

    def _grow(self, capacity: int) -> None:
        added = capacity - len(self._waited)
        if added > 0:
            more = ((0, added), (0, 0))
            self._waited, self._near_s, self._least, self._most = (
                np.pad(column, more) for column in self._columns()
            )
            self._places = np.pad(self._places, more)

    def _drawn(self, zone: Zone) -> Points | None:
        if len(zone.heading) < 2:
            return None
        heading = np.asarray(zone.heading)
        return _placed(self._scene, zone.heading) if self._is_metric else heading * self._units


def _placed(scene: Scene, points: tuple[tuple[float, float], ...]) -> Points:
    """(V, 2) metres; NaN where there are none."""
    picture = np.asarray(points, np.float64)
    ground = scene.ground(picture)
    return np.full_like(picture, np.nan) if ground is None else ground


def _axis(polygon: Points, heading: Points | None) -> NDArray[np.float64]:
    """(2,) unit vector of the way people walk."""
    if heading is not None and np.isfinite(heading).all():
        step = heading[-1] - heading[0]
        return np.asarray(step / np.hypot(*step))
    edges = np.roll(polygon, -1, axis=0) - polygon
    edges = edges[np.hypot(edges[:, 0], edges[:, 1]) > 0]
    units = edges / np.hypot(edges[:, 0], edges[:, 1])[:, None]
    return np.asarray(units[np.ptp(polygon @ units.T, axis=0).argmax()])
