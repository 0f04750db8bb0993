"""Objects that came to rest where they should not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.bridging import Succession
from wayside.analyze.histories import TrackHistories
from wayside.analyze.traffic.slowness import Slowness, left_s, rest_s
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes
from wayside.domain.errors import ConfigError
from wayside.domain.geometry import inside
from wayside.domain.records import Finding, JsonValue, Phase, Reading, Severity
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene

KIND = "traffic.stopped_object"


@dataclass(frozen=True, slots=True)
class StoppedRule:
    """What counts as stopped.

    zone: id, or None for the whole picture. min_stop_s: how long at rest before
    it is told. max_speed_mps: at rest is slower than this, where calibrated.
    max_speed_sizes: the same where not, in own sizes (square root of the box's
    area) a second; a car is about 4 m. classes: labels it applies to, empty for
    all. It moves again at twice the speed, so that creeping does not flicker.

    On a road (see RoadStops) standing is told only where traffic does not explain it.
    longest_red_s: for how long signals, crossings and gates hold traffic at most; 0 where nothing
    does. bus_stop_s: for how long a bus may stand.
    """

    least_rate: ClassVar[float] = 0.0

    zone: str | None = None
    min_stop_s: float = 10.0
    max_speed_mps: float = 0.5
    max_speed_sizes: float = 0.15
    longest_red_s: float = 120.0
    bus_stop_s: float = 90.0
    classes: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING


@dataclass(slots=True)
class _Stop:
    """An object at rest since start_s in the (1, 4) box ``place``.

    opened_s: when it was told, None before.
    """

    number: int
    rule: int
    track: int
    start_s: float
    place: Boxes
    class_id: int
    opened_s: float | None = None


class StoppedObjects:
    """Tells of objects that arrived and then stand still, per rule.

    Speed: least-squares slope of the anchor's observed places over the last 2 s
    (unit m/s where calibrated, own sizes a second else); undefined before 1 s of
    observations. Arrived: at least one own size from where the track began, so
    what was parked when the picture began is none. start_s: since when all
    places lie within a quarter of its size of where it rests. It closes when it
    moves again, or when its track ends and no other carries on there.

    Readings: ``stopped``, per rule's place: number of incidents told in the
    window, by the time of telling (start_s + min_stop_s or later); unit objects.
    Never undefined.
    """

    settling_s = 0.0

    def __init__(self, scene: Scene, rules: tuple[StoppedRule, ...]) -> None:
        """Raises ConfigError for a rule that names a zone the scene does not have."""
        for index, rule in enumerate(rules):
            if rule.zone is not None and rule.zone not in scene.zone_ids:
                raise ConfigError(
                    f"the rule for stopped objects names the zone {rule.zone!r}, "
                    "which is not drawn",
                    where=f"rules[{index}]",
                    remedy=f"Zones of this scene: {', '.join(scene.zone_ids) or 'none'}",
                )
        self._scene = scene
        self._rules = rules
        self._zones = [
            None if rule.zone is None else scene.polygons[scene.zone_ids.index(rule.zone)]
            for rule in rules
        ]
        self._histories = TrackHistories(depth=24, spacing_s=0.15)
        self._slowness = Slowness(scene, self._histories)
        self._succession = Succession(self._histories, scene.aspect)
        self._stops: dict[tuple[int, int], _Stop] = {}
        self._told: list[tuple[float, str]] = []
        self._number = 0

    def update(self, tracks: Tracks) -> list[Finding]:
        if not self._rules:
            return []
        steps = self._histories.update(tracks)
        confirmed = [int(track) for track in tracks.ids[steps.confirmed]]
        self._inherit(confirmed)
        observed = np.flatnonzero(tracks.observed)
        found = self._see(tracks, observed, steps.slots[observed])
        found += self._tell(tracks.t_s)
        self._lose(tracks)
        return found + self._gone(self._succession.without_heir(tracks.t_s))

    def finish(self, t_s: float) -> list[Finding]:
        found = self._gone(self._succession.lost_before(t_s))
        told = [stop for stop in self._stops.values() if stop.opened_s is not None]
        self._stops.clear()
        return found + [self._close(stop, t_s, has_ended=False) for stop in told]

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        told = [place for t_s, place in self._told if t_s < end_s]
        self._told = [row for row in self._told if row[0] >= end_s]
        places = dict.fromkeys(rule.zone or "" for rule in self._rules)
        return [
            Reading(
                "stopped",
                float(told.count(place)),
                "objects",
                "zone" if place else "feed",
                place,
            )
            for place in places
        ]

    def _see(
        self, tracks: Tracks, observed: NDArray[np.intp], slots: NDArray[np.intp]
    ) -> list[Finding]:
        """Begin and end stops by what was observed at this instant."""
        if not len(observed):
            return []
        anchors = self._scene.anchors(tracks)[observed]
        speeds = self._slowness.speeds(tracks.t_s, slots, anchors)
        ids = tracks.ids[observed]
        found: list[Finding] = []
        for index, rule in enumerate(self._rules):
            limit = np.where(speeds.is_physical, rule.max_speed_mps, rule.max_speed_sizes)
            with np.errstate(invalid="ignore"):
                slow, moving = speeds.values < limit, speeds.values >= 2 * limit
            polygon = self._zones[index]
            if polygon is not None:
                slow &= inside(polygon, anchors)
            for row in np.flatnonzero(slow).tolist():
                self._begin(int(ids[row]), index)
            if self._stops:
                for row in np.flatnonzero(moving).tolist():
                    found += self._end(int(ids[row]), index)
        return found

    def _begin(self, track: int, rule: int) -> None:
        if (track, rule) in self._stops or not self._slowness.has_arrived(track):
            return
        slot = self._histories.slot(track)
        class_id = int(self._histories.class_id[slot])
        self._number += 1
        trace = self._histories.trace(track)
        start_s = rest_s(trace, self._scene)
        place = trace.boxes[-1:]
        self._stops[track, rule] = _Stop(self._number, rule, track, start_s, place, class_id)

    def _end(self, track: int, rule: int) -> list[Finding]:
        stop = self._stops.pop((track, rule), None)
        if stop is None or stop.opened_s is None:
            return []
        end_s = left_s(self._histories.trace(track), stop.place, self._scene)
        return [self._close(stop, max(end_s, stop.start_s), has_ended=True)]

    def _tell(self, t_s: float) -> list[Finding]:
        """Open what has stood long enough. A held track, at rest unobserved, still stands."""
        found: list[Finding] = []
        for stop in self._stops.values():
            rule = self._rules[stop.rule]
            if stop.opened_s is not None or t_s - stop.start_s < rule.min_stop_s:
                continue
            if stop.track not in self._histories:
                continue  # lost; only an heir could still make it long enough
            slot = self._histories.slot(stop.track)
            stop.class_id = int(self._histories.class_id[slot])
            label = ObjectClass(stop.class_id).label
            if not self._histories.confirmed[slot] or (rule.classes and label not in rule.classes):
                continue
            stop.opened_s = t_s
            self._told.append((t_s, rule.zone or ""))
            found.append(
                Finding(
                    KIND,
                    self._key(stop),
                    Phase.OPEN,
                    stop.start_s,
                    None,
                    rule.zone or "",
                    rule.severity,
                    self._data(stop),
                )
            )
        return found

    def _inherit(self, confirmed: list[int]) -> None:
        if not confirmed or not self._stops:
            return
        holders = dict.fromkeys(track for track, _ in self._stops)
        for old, new in self._succession.inherit(confirmed, holders):
            for rule in [rule for track, rule in self._stops if track == old]:
                stop = self._stops.pop((old, rule))
                stop.track = new
                self._stops[new, rule] = stop

    def _lose(self, tracks: Tracks) -> None:
        for track in tracks.ended.tolist():
            if track in self._histories:
                if any(key[0] == track for key in self._stops):
                    self._succession.lose(track, tracks.t_s)
                self._histories.release(track)

    def _gone(self, lost: Iterable[tuple[int, float]]) -> list[Finding]:
        found: list[Finding] = []
        for track, present_s in lost:
            for key in [key for key in self._stops if key[0] == track]:
                stop = self._stops.pop(key)
                if stop.opened_s is not None:
                    end_s = max(present_s, stop.start_s)
                    found.append(self._close(stop, end_s, has_ended=True))
        return found

    def _close(self, stop: _Stop, end_s: float, *, has_ended: bool) -> Finding:
        rule = self._rules[stop.rule]
        data = self._data(stop)
        data["stopped_s"] = round(end_s - stop.start_s, 4)
        data["complete"] = has_ended
        return Finding(
            KIND,
            self._key(stop),
            Phase.CLOSE,
            stop.start_s,
            end_s,
            rule.zone or "",
            rule.severity,
            data,
        )

    def _key(self, stop: _Stop) -> str:
        return f"stopped:{self._rules[stop.rule].zone or ''}:{stop.number}"

    def _data(self, stop: _Stop) -> dict[str, JsonValue]:
        kind = ObjectClass(stop.class_id)
        return {
            "zone": self._rules[stop.rule].zone or "",
            "class": kind.label,
            "group": kind.group.value,
            "t_s": round(stop.start_s, 4),
            "track": stop.track,
        }
