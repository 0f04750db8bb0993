"""Who is in a zone: stays, how long they last, how many at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.bridging import BRIDGE_S, CONFIRMATION_S, Succession
from wayside.analyze.histories import Steps, TrackHistories
from wayside.analyze.venue.occupancy import Stay, StayLog
from wayside.domain.classes import ObjectClass
from wayside.domain.geometry import Points, inside
from wayside.domain.outlines import Outlines
from wayside.domain.records import Finding, JsonValue, Phase, Reading
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene

KIND = "venue.zone_presence"

_ON_THE_WAY = 33


@dataclass(frozen=True, slots=True)
class PresenceSettings:
    """When an anchor in a zone is a stay.

    min_outside_s: an exit counts once the object has been outside so long; less
    is a swing over the border. min_inside_s: a stay counts from this length on;
    less is a swing of somebody outside.
    """

    min_outside_s: float = 0.5
    min_inside_s: float = 0.3


@dataclass(slots=True)
class _Visit:
    """A stay that goes on. left_s: when it stepped outside, None while inside."""

    number: int
    zone: int
    track: int
    entry_s: float
    last_inside_s: float
    class_id: int
    left_s: float | None = None
    is_open: bool = False


class ZonePresence:
    """Each stay of an object in a zone, from entry to exit; readings of StayLog.

    Lanes and carriageways are left out: driving through is no stay, and what happens there is
    measured as traffic.

    Entry and exit are where the anchor's observed path meets the border,
    interpolated; dwell_s = exit - entry (unit s, media time). A track that
    begins inside enters at its first observation, one that ends inside leaves
    at its last, unless a new track carries on there (see bridging). CLOSE has
    ``complete`` False where the stream ended first: that dwell is only a lower
    bound. Tentative tracks make no findings; once confirmed, their stay counts
    from its true entry.
    """

    def __init__(self, scene: Scene, settings: PresenceSettings | None = None) -> None:
        self._scene = scene
        self._settings = settings or PresenceSettings()
        self._histories = TrackHistories(depth=1)
        self._succession = Succession(self._histories, scene.aspect)
        zones = zip(scene.geometry.zones, scene.polygons, strict=True)
        places = {zone.id: polygon for zone, polygon in zones if not zone.use.is_road}
        self._zone_ids = tuple(places)
        self._polygons = tuple(places.values())
        self._outlines = Outlines(self._polygons)
        self._log = StayLog(self._zone_ids)
        self._visits: dict[tuple[int, int], _Visit] = {}
        self._is_inside = np.zeros((0, len(self._polygons)), bool)
        self._number = 0

    @property
    def settling_s(self) -> float:
        return BRIDGE_S + CONFIRMATION_S + self._settings.min_outside_s

    def update(self, tracks: Tracks) -> list[Finding]:
        if not self._polygons:
            return []
        steps = self._histories.update(tracks)
        self._inherit(tracks, steps)
        self._step(tracks, steps)
        found = self._opened_and_left(tracks)
        self._lose(tracks)
        return found + self._gone(self._succession.without_heir(tracks.t_s))

    def finish(self, t_s: float) -> list[Finding]:
        found = self._gone(self._succession.lost_before(t_s))
        for visit in sorted(self._visits.values(), key=lambda v: v.number):
            self._refresh_class(visit)
            left = visit.left_s
            end_s = t_s if left is None else left
            if not visit.is_open and self._counts(visit, end_s):
                found.append(self._open(visit))
            if visit.is_open:
                found.append(self._close(visit, end_s, is_complete=left is not None))
        self._visits.clear()
        return found

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        lost = self._succession.lost_since()
        for visit in self._visits.values():
            if visit.is_open:
                until = visit.left_s if visit.left_s is not None else lost.get(visit.track)
                self._log.goes_on(self._stay(visit, until))
        return self._log.readings(start_s, end_s)

    def _step(self, tracks: Tracks, steps: Steps) -> None:
        """Find who went over a zone's border; the rest needs no loop."""
        missing = len(self._histories.ids) - len(self._is_inside)
        if missing:
            self._is_inside = np.pad(self._is_inside, ((0, missing), (0, 0)))
        self._is_inside[steps.slots[steps.born]] = False
        observed = np.flatnonzero(tracks.observed)
        if not len(observed):
            return
        slots = steps.slots[observed]
        anchors = self._scene.anchors(tracks)[observed]
        now = self._outlines.inside(anchors)
        changed = np.argwhere(now != self._is_inside[slots])
        self._is_inside[slots] = now
        for row, zone in changed.tolist():
            track = int(tracks.ids[observed[row]])
            entered = bool(now[row, zone])
            at_s = self._border_s(tracks, steps, int(observed[row]), zone, entered)
            self._cross_border(track, zone, at_s, entered)
        if self._visits:
            row_of = {int(track): row for row, track in enumerate(tracks.ids[observed])}
            for (track, zone), visit in self._visits.items():
                row = row_of.get(track, -1)
                if row >= 0 and now[row, zone]:
                    visit.last_inside_s = tracks.t_s

    def _cross_border(self, track: int, zone: int, at_s: float, entered: bool) -> None:
        visit = self._visits.get((track, zone))
        if visit is not None:
            visit.left_s = None if entered else at_s
        elif entered:
            self._number += 1
            class_id = int(self._histories.class_id[self._histories.slot(track)])
            self._visits[track, zone] = _Visit(self._number, zone, track, at_s, at_s, class_id)

    def _border_s(self, tracks: Tracks, steps: Steps, row: int, zone: int, entered: bool) -> float:
        """When the step that ends at ``row`` met the border; now for a first observation."""
        step = int(np.searchsorted(steps.rows, row))
        if step >= len(steps.rows) or steps.rows[step] != row:
            return tracks.t_s
        anchor = self._scene.geometry.anchor
        before = anchor.points(steps.before_boxes[step : step + 1])
        after = anchor.points(tracks.boxes[row : row + 1])
        shares = np.linspace(0, 1, _ON_THE_WAY)
        way: Points = before + (after - before) * shares[:, None]
        states: NDArray[np.bool_] = inside(self._polygons[zone], way) == entered
        # The last change: where a step goes out and in again, the stay after it is what lasts.
        other = np.flatnonzero(~states)
        last_other = int(other[-1]) if len(other) else 0
        share = min(last_other + 0.5, _ON_THE_WAY - 1) / (_ON_THE_WAY - 1)
        before_s = float(steps.before_s[step])
        return before_s + share * (tracks.t_s - before_s)

    def _opened_and_left(self, tracks: Tracks) -> list[Finding]:
        found: list[Finding] = []
        for key, visit in list(self._visits.items()):
            self._refresh_class(visit)
            left_s = visit.left_s
            is_over = left_s is not None and tracks.t_s - left_s >= self._settings.min_outside_s
            end_s = left_s if left_s is not None else visit.last_inside_s
            if not visit.is_open and self._counts(visit, end_s):
                found.append(self._open(visit))
            if is_over and self._is_settled(visit):
                del self._visits[key]
                if visit.is_open:
                    found.append(self._close(visit, end_s))
        return found

    def _is_settled(self, visit: _Visit) -> bool:
        """A visit that a tentative track made and left waits for the track to be confirmed."""
        if visit.is_open or visit.track not in self._histories:
            return True
        return bool(self._histories.confirmed[self._histories.slot(visit.track)])

    def _counts(self, visit: _Visit, end_s: float) -> bool:
        if visit.track not in self._histories:
            return False
        confirmed = self._histories.confirmed[self._histories.slot(visit.track)]
        return bool(confirmed and end_s - visit.entry_s >= self._settings.min_inside_s)

    def _inherit(self, tracks: Tracks, steps: Steps) -> None:
        if not len(steps.confirmed) or not self._visits:
            return
        holders = dict.fromkeys(track for track, _ in self._visits)
        confirmed = [int(track) for track in tracks.ids[steps.confirmed]]
        for old, new in self._succession.inherit(confirmed, holders):
            for zone in [zone for track, zone in self._visits if track == old]:
                visit = self._visits.pop((old, zone))
                if old in self._histories:  # seen again, it is somebody else's stay
                    self._is_inside[self._histories.slot(old), zone] = False
                own = self._visits.get((new, zone))
                if own is None and visit.left_s is None and not self._was_inside(new, zone):
                    # Found again outside: it left while it was out of sight.
                    visit.left_s = float(self._histories.birth_s[self._histories.slot(new)])
                elif own is not None:
                    visit.left_s = own.left_s
                    visit.last_inside_s = own.last_inside_s
                visit.track = new
                self._visits[new, zone] = visit

    def _was_inside(self, track: int, zone: int) -> bool:
        box = self._histories.birth_box[self._histories.slot(track)][None]
        anchors = self._scene.geometry.anchor.points(box)
        return bool(inside(self._polygons[zone], anchors)[0])

    def _lose(self, tracks: Tracks) -> None:
        for track in tracks.ended.tolist():
            if track not in self._histories:
                continue
            mine = [visit for key, visit in self._visits.items() if key[0] == track]
            for visit in mine:
                if not visit.is_open:
                    del self._visits[track, visit.zone]
            if any(visit.is_open for visit in mine):
                self._succession.lose(track, tracks.t_s)
            self._histories.release(track)

    def _gone(self, lost: Iterable[tuple[int, float]]) -> list[Finding]:
        found: list[Finding] = []
        for track, present_s in lost:
            for key in [key for key in self._visits if key[0] == track]:
                visit = self._visits.pop(key)
                end_s = present_s if visit.left_s is None else visit.left_s
                found.append(self._close(visit, end_s))
        return found

    def _refresh_class(self, visit: _Visit) -> None:
        """The vote over the track's life may still change while it is live."""
        if visit.track in self._histories:
            visit.class_id = int(self._histories.class_id[self._histories.slot(visit.track)])

    def _open(self, visit: _Visit) -> Finding:
        visit.is_open = True
        zone = self._zone_ids[visit.zone]
        return Finding(
            KIND, _key(zone, visit), Phase.OPEN, visit.entry_s, None, zone, data=_data(zone, visit)
        )

    def _close(self, visit: _Visit, end_s: float, *, is_complete: bool = True) -> Finding:
        end_s = max(end_s, visit.entry_s)
        self._log.ended(self._stay(visit, end_s), is_complete=is_complete)
        zone = self._zone_ids[visit.zone]
        data = _data(zone, visit)
        data["dwell_s"] = round(end_s - visit.entry_s, 4)
        data["complete"] = is_complete
        return Finding(KIND, _key(zone, visit), Phase.CLOSE, visit.entry_s, end_s, zone, data=data)

    def _stay(self, visit: _Visit, end_s: float | None) -> Stay:
        label = ObjectClass(visit.class_id).label
        return Stay(visit.number, self._zone_ids[visit.zone], label, visit.entry_s, end_s)


def _key(zone: str, visit: _Visit) -> str:
    return f"zone:{zone}:{visit.number}"


def _data(zone: str, visit: _Visit) -> dict[str, JsonValue]:
    kind = ObjectClass(visit.class_id)
    return {
        "zone": zone,
        "class": kind.label,
        "group": kind.group.value,
        "t_s": round(visit.entry_s, 4),
        "track": visit.track,
    }
