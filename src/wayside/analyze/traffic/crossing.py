"""Objects that go over lines: each counted once, with its class, time and speed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import Trace
from wayside.analyze.traffic.counts import LineCounts
from wayside.analyze.traffic.lanes import LineLanes
from wayside.analyze.traffic.line_ground import GroundLines
from wayside.analyze.traffic.moment import Moment, Path
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.occupancy import LineOccupancy
from wayside.analyze.traffic.passages import CrossingSettings, Passage, Passages
from wayside.analyze.traffic.passing import Passing, passing, spot_speed
from wayside.analyze.traffic.readers import Crossing, CrossingReader
from wayside.analyze.traffic.same_object import Likeness, are_same, precedence
from wayside.analyze.traffic.speed import LineSpeeds
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.records import Finding, Phase, Reading
from wayside.scene.speed import SpeedEstimate

KIND = "traffic.line_crossing"

_BORDER = 0.004
_REMEMBERED_S = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class _Sighting:
    """A passage and its track's boxes and class by then; once told it is kept for a while, so that
    its double is recognised.
    """

    passage: Passage
    trace: Trace
    group: ClassGroup


class LineCrossings:
    """Tells each crossing of a line once; counts it; hands it to ``readers``.

    A crossing is a step of an object's anchor between two observed positions
    from one side of a line to the other, through its segment; the time is that
    of the intersection with the line, interpolated (unit s, media time).
    Predicted positions make none. A crossing stands when the object got clear
    of the line (see CrossingSettings), when its track is confirmed, and when no
    other track of the same object has been counted. ``forward`` is from the
    left to the right of the line as seen from its first point to its second.
    Readings: those of LineCounts, of each
    reader, then of LineSpeeds and LineOccupancy, which hear of a crossing once the vehicle has left
    the line: only then is known for how long it lay over it, and how fast.
    """

    def __init__(
        self,
        motion: Motion,
        settings: CrossingSettings | None = None,
        readers: Sequence[CrossingReader] = (),
        lanes: LineLanes | None = None,
    ) -> None:
        scene = motion.scene
        self._motion = motion
        self._scene = scene
        self._settings = settings or CrossingSettings()
        self._lanes = lanes or LineLanes(scene)
        self._lines = GroundLines(scene)
        self._occupancy = LineOccupancy(scene, self._lanes)
        self._readers: tuple[CrossingReader, ...] = (LineCounts(self._lanes), *readers)
        self._late_readers: tuple[CrossingReader, ...] = (LineSpeeds(self._lanes), self._occupancy)
        self._standing: dict[tuple[int, int], Crossing] = {}
        self._histories = motion.histories
        self._passages = Passages(scene, self._settings)
        # The speed wants as much of the way after the line as before it.
        self._least_wait_s = self._settings.same_object_s
        if scene.ground_plane is not None:
            self._least_wait_s = max(self._least_wait_s, self._settings.speed_window_s)
        self._unsettled: list[Passage] = []
        self._told: list[_Sighting] = []
        self.duplicates = 0
        """Crossings left out because the same object had been counted by another track."""

    @property
    def settling_s(self) -> float:
        return self._settings.settling_s

    def update(self, moment: Moment) -> list[Finding]:
        tracks = moment.tracks
        self._occupancy.watch(moment)
        self._unsettled.extend(self._passages.advance(tracks, moment.steps))
        return self._settle(tracks.t_s, tracks.ended.tolist(), moment)

    def finish(self, t_s: float) -> list[Finding]:
        return self._settle(t_s, self._histories.live(), None)

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        readers = (*self._readers, *self._late_readers)
        return [row for reader in readers for row in reader.readings(start_s, end_s)]

    def _settle(self, t_s: float, ended: Iterable[int], moment: Moment | None) -> list[Finding]:
        gone = {track for track in ended if track in self._histories}
        for track in gone:
            self._unsettled.extend(self._passages.end(track, self._histories))
        found: list[Finding] = []
        if self._unsettled:
            ready = [p for p in self._unsettled if p.track in gone or self._is_ready(p, t_s)]
            for crossing in self._crossings(sorted(ready, key=lambda p: p.t_s)):
                found.extend(self._tell(crossing))
        if self._standing:
            self._leave(gone, moment)
        for track in gone:
            for reader in (*self._readers, *self._late_readers):
                reader.forget(track)
        if self._told:
            self._told = [t for t in self._told if t_s - t.passage.t_s < _REMEMBERED_S]
        return found

    def _tell(self, crossing: Crossing) -> list[Finding]:
        # The time is in the key because one track may go over one line more than once.
        key = f"line:{crossing.line}:{crossing.track}:{round(crossing.t_s * 1000)}"
        finding = Finding(
            KIND,
            key,
            Phase.INSTANT,
            crossing.t_s,
            crossing.t_s,
            crossing.line,
            data=crossing.data(),
        )
        made = [row for reader in self._readers for row in reader.crossed(crossing)]
        return [finding, *made]

    def _is_ready(self, passage: Passage, t_s: float) -> bool:
        waited = t_s - passage.t_s
        if waited >= self._settings.settling_s:
            return True
        slot = self._histories.slot(passage.track)
        return bool(
            waited >= self._least_wait_s
            and self._histories.confirmed[slot]
            and self._histories.class_id[slot] != ObjectClass.UNKNOWN
            and self._histories.class_share[slot] >= self._settings.strong_share
            and self._histories.age_s[slot] >= self._settings.strong_age_s
        )

    def _crossings(self, ready: list[Passage]) -> list[Crossing]:
        """Those of the passages that count, with what their ways say of lane, times and speed."""
        counted: list[tuple[Passage, ObjectClass]] = []
        sightings = [self._sighting(passage) for passage in ready]
        twins = self._twins(sightings)
        for sighting in sightings:
            passage = sighting.passage
            object_class = self._judged(sighting, twins)
            self._unsettled.remove(passage)
            if object_class is not None:
                counted.append((passage, object_class))
        passages = [passage for passage, _ in counted]
        paths = self._motion.paths([passage.track for passage in passages])
        lanes = self._lanes_of(passages, paths)
        crossings: list[Crossing] = []
        for (passage, object_class), path, lane in zip(counted, paths, lanes, strict=True):
            over, speed = self._over(path, passage.track, passage.line, passage.t_s)
            slot = self._histories.slot(passage.track)
            crossing = Crossing(
                line=self._scene.line_ids[passage.line],
                direction=passage.direction,
                track=passage.track,
                object_class=object_class,
                t_s=passage.t_s,
                score=float(self._histories.score[slot]),
                speed=speed,
                lane=lane,
                passing=over,
            )
            self._wait(crossing, passage)
            crossings.append(crossing)
        return crossings

    def _sighting(self, passage: Passage) -> _Sighting:
        slot = self._histories.slot(passage.track)
        return _Sighting(passage, self._histories.trace(passage.track), self._histories.group(slot))

    def _twins(self, ready: list[_Sighting]) -> dict[Passage, set[Passage]]:
        """Of each ready passage, those of other tracks that are the same object: told ones, and
        ones of confirmed tracks that still wait.
        """
        known = {each.passage: each for each in (*self._told, *ready)}
        waiting = [
            passage
            for passage in (*self._unsettled, *self._passages.waiting())
            if self._histories.confirmed[self._histories.slot(passage.track)]
        ]
        there: dict[tuple[int, int], list[Passage]] = {}
        for passage in (*(told.passage for told in self._told), *waiting):
            there.setdefault((passage.line, passage.sign), []).append(passage)
        pairs: list[tuple[_Sighting, _Sighting]] = []
        for each in ready:
            for other in there.get((each.passage.line, each.passage.sign), ()):
                if self._may_be_same(each.passage, other):
                    if other not in known:
                        known[other] = self._sighting(other)
                    pairs.append((each, known[other]))
        likenesses = [
            Likeness((a.trace, b.trace), (a.group, b.group), a.passage.t_s) for a, b in pairs
        ]
        twins: dict[Passage, set[Passage]] = {each.passage: set() for each in ready}
        same = are_same(likenesses, self._settings.same_object_s)
        for place in np.flatnonzero(same).tolist():
            a, b = pairs[place]
            twins[a.passage].add(b.passage)
        return twins

    def _judged(
        self, sighting: _Sighting, twins: dict[Passage, set[Passage]]
    ) -> ObjectClass | None:
        """What crossed, of a passage that is ready; None where it does not count."""
        passage = sighting.passage
        if not self._histories.confirmed[self._histories.slot(passage.track)]:
            return None
        same = twins[passage]
        if same and any(told.passage in same for told in self._told):
            self.duplicates += 1
            return None
        waiting = (*self._unsettled, *self._passages.waiting()) if same else ()
        rivals = [other for other in waiting if other in same]
        best = max([passage, *rivals], key=self._precedence)
        if best is not passage and best in self._unsettled:
            self.duplicates += 1
            return None  # the better track of this object will be counted instead
        self._told.append(sighting)
        # A rival that is not clear of the line yet may already know the class better.
        best_slot = self._histories.slot(best.track)
        return ObjectClass(int(self._histories.class_id[best_slot]))

    def _over(
        self,
        path: Path,
        track: int,
        line: int,
        t_s: float,
        *,
        front_s: float | None = None,
        has_ended: bool = False,
    ) -> tuple[Passing | None, SpeedEstimate | None]:
        """When front and rear went over the line, and how fast; None without calibration.

        front_s: when the front did, where that is known from before: the kept way forgets it.
        """
        plane, size = self._scene.ground_plane, self._motion.size(track)
        if plane is None:
            return None, None
        boxes = path.boxes
        whole = np.asarray((boxes[:, :2] > _BORDER).all(1) & (boxes[:, 2:] < 1 - _BORDER).all(1))
        ahead = self._lines.ahead_m(path.centres, path.headings, np.full(len(path.t_s), line))
        over = passing(path.t_s, ahead, size, t_s, has_ended=has_ended)
        if front_s is not None:
            over = replace(over, front_s=front_s)
        reach_s = self._settings.speed_window_s
        return over, spot_speed(plane, path.where(whole), over, size, t_s, reach_s)

    def _wait(self, crossing: Crossing, passage: Passage) -> None:
        """Tell the late readers, now or once the vehicle has left the line."""
        if crossing.passing is None or crossing.passing.rear_s is not None:
            self._tell_late(crossing)
        else:
            self._standing[crossing.track, passage.line] = crossing

    def _tell_late(self, crossing: Crossing) -> None:
        for reader in self._late_readers:
            reader.crossed(crossing)

    def _leave(self, gone: set[int], moment: Moment | None) -> None:
        """Who stood on a line when the crossing was told, and has left it by now or is gone."""
        waiting = {track for track, _ in self._standing}
        left = {key for key in self._standing if key[0] in gone}
        if moment is not None and waiting:
            rows = np.flatnonzero(np.isin(moment.tracks.ids, list(waiting)))
            found = self._lines.approach(moment.centres[rows], moment.headings[rows])
            behind = found.ahead_m + moment.lengths_m[rows, None] / 2 < 0
            for row, line in np.argwhere(behind).tolist():
                left.add((int(moment.tracks.ids[rows[row]]), line))
        for key in left & self._standing.keys():
            crossing = self._standing.pop(key)
            path, was = self._motion.path(key[0]), crossing.passing
            front_s = None if was is None else was.front_s
            ended = key[0] in gone
            over, speed = self._over(path, *key, crossing.t_s, front_s=front_s, has_ended=ended)
            self._tell_late(replace(crossing, passing=over, speed=speed or crossing.speed))

    def _may_be_same(self, passage: Passage, other: Passage) -> bool:
        """Of two over the same line in the same direction."""
        soon = abs(other.t_s - passage.t_s) <= self._settings.same_object_s
        return soon and other.track != passage.track

    def _precedence(self, passage: Passage) -> tuple[bool, bool, float, float]:
        slot = self._histories.slot(passage.track)
        return precedence(
            ObjectClass(int(self._histories.class_id[slot])),
            float(self._histories.age_s[slot]),
            float(self._histories.class_share[slot]),
        )

    def _lanes_of(self, passages: Sequence[Passage], paths: Sequence[Path]) -> list[str]:
        """By where the middle of the footprint goes over the line; by the anchor without ground."""
        if not passages:
            return []
        both = list(zip(passages, paths, strict=True))
        centres = np.array([at(path.t_s, path.centres, each.t_s) for each, path in both])
        headings = np.array([at(path.t_s, path.headings, each.t_s) for each, path in both])
        shares = self._lines.approach(centres, headings).shares
        found: list[str] = []
        for row, (passage, path) in enumerate(both):
            share = float(shares[row, passage.line])
            if not np.isfinite(share):
                start = self._scene.line_starts[passage.line]
                along = self._scene.line_ends[passage.line] - start
                to = np.array(at(path.t_s, path.anchors, passage.t_s)) - start
                share = float(to @ along) / max(float(along @ along), 1e-18)
            line = self._scene.line_ids[passage.line]
            found.append(self._lanes.at(line, passage.direction, share))
        return found


def at(t_s: NDArray[np.float64], values: NDArray[np.float64], when_s: float) -> tuple[float, float]:
    """Of (K, 2) values at (K,) rising seconds, interpolated; NaN where none is known."""
    known = np.isfinite(values).all(1)
    if not known.any():
        return np.nan, np.nan
    if not known.all():
        t_s, values = t_s[known], values[known]
    x, y = (float(np.interp(when_s, t_s, values[:, axis])) for axis in (0, 1))
    return x, y
