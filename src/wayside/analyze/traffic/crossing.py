"""Objects that go over lines: each counted once, with its class, time and speed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import Trace
from wayside.analyze.traffic.counts import LineCounts
from wayside.analyze.traffic.lanes import LineLanes
from wayside.analyze.traffic.line_ground import GroundLines
from wayside.analyze.traffic.moment import Moment, Path
from wayside.analyze.traffic.motion import Motion, since_birth
from wayside.analyze.traffic.occupancy import LineOccupancy
from wayside.analyze.traffic.passages import CrossingSettings, Passage, Passages
from wayside.analyze.traffic.passing import Passing, passing, spot_speed
from wayside.analyze.traffic.readers import Crossing, CrossingReader
from wayside.analyze.traffic.same_object import are_same, precedence
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.records import Finding, Phase, Reading

KIND = "traffic.line_crossing"

_BORDER = 0.004
_REMEMBERED_S = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """A crossing already told, kept for a while so that its double is recognised."""

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
    Readings: those of LineCounts, of each reader, then of LineOccupancy.
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
        self._readers: tuple[CrossingReader, ...] = (
            LineCounts(self._lanes),
            *readers,
            self._occupancy,
        )
        self._histories = motion.histories
        self._passages = Passages(scene, self._settings)
        self._unsettled: list[Passage] = []
        self._told: list[_Told] = []
        self.duplicates = 0
        """Crossings left out because the same object had been counted by another track."""

    @property
    def settling_s(self) -> float:
        return self._settings.settling_s

    def update(self, moment: Moment) -> list[Finding]:
        tracks = moment.tracks
        self._occupancy.watch(moment)
        self._unsettled.extend(self._passages.advance(tracks, moment.steps))
        return self._settle(tracks.t_s, tracks.ended.tolist())

    def finish(self, t_s: float) -> list[Finding]:
        return self._settle(t_s, self._histories.live())

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        return [row for reader in self._readers for row in reader.readings(start_s, end_s)]

    def _settle(self, t_s: float, ended: Iterable[int]) -> list[Finding]:
        gone = {track for track in ended if track in self._histories}
        for track in gone:
            self._unsettled.extend(self._passages.end(track, self._histories))
        found: list[Finding] = []
        if self._unsettled:
            ready = [p for p in self._unsettled if p.track in gone or self._is_ready(p, t_s)]
            for passage in sorted(ready, key=lambda p: p.t_s):
                crossing = self._judged(passage)
                self._unsettled.remove(passage)
                if crossing is not None:
                    found.extend(self._tell(crossing))
        for track in gone:
            for reader in self._readers:
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
            waited >= self._settings.same_object_s
            and self._histories.confirmed[slot]
            and self._histories.class_id[slot] != ObjectClass.UNKNOWN
            and self._histories.class_share[slot] >= self._settings.strong_share
            and self._histories.age_s[slot] >= self._settings.strong_age_s
        )

    def _judged(self, passage: Passage) -> Crossing | None:
        """The crossing of a passage that is ready; None where it does not count."""
        slot = self._histories.slot(passage.track)
        if not self._histories.confirmed[slot]:
            return None
        trace = self._histories.trace(passage.track)
        group = self._histories.group(slot)
        if any(
            self._may_be_same(passage, told.passage)
            and self._is_same(passage, trace, (group, told.group), told.trace)
            for told in self._told
        ):
            self.duplicates += 1
            return None
        rivals = self._rivals(passage, trace, group)
        best = max([passage, *rivals], key=self._precedence)
        if best is not passage and best in self._unsettled:
            self.duplicates += 1
            return None  # the better track of this object will be counted instead
        self._told.append(_Told(passage, trace, group))
        # A rival that is not clear of the line yet may already know the class better.
        best_slot = self._histories.slot(best.track)
        return self._crossing(passage, ObjectClass(int(self._histories.class_id[best_slot])))

    def _crossing(self, passage: Passage, object_class: ObjectClass) -> Crossing:
        """With what its way says of lane, times and speed."""
        path = self._motion.path(passage.track)
        trace = self._histories.trace(passage.track)
        whole = np.asarray(
            (trace.boxes[:, :2] > _BORDER).all(1) & (trace.boxes[:, 2:] < 1 - _BORDER).all(1)
        )
        over = self._passing(path, passage)
        plane = self._scene.ground_plane
        speed = None
        if plane is not None:
            size = self._motion.size(passage.track)
            reach_s = self._settings.speed_window_s
            speed = spot_speed(plane, path, whole, over, passage.t_s, reach_s, size.length_m)
        return Crossing(
            line=self._scene.line_ids[passage.line],
            direction=passage.direction,
            track=passage.track,
            object_class=object_class,
            t_s=passage.t_s,
            score=float(self._histories.score[self._histories.slot(passage.track)]),
            speed=speed,
            lane=self._lane(path, passage),
            passing=over,
        )

    def _passing(self, path: Path, passage: Passage) -> Passing | None:
        size = self._motion.size(passage.track)
        headings = since_birth(path.headings)
        if not np.isfinite(size.length_m) or not np.isfinite(headings).any():
            return None
        ahead = self._lines.approach(path.centres, headings).ahead_m[:, passage.line]
        return passing(path.t_s, ahead, size.length_m, size.length_sigma_m, passage.t_s)

    def _rivals(self, passage: Passage, trace: Trace, group: ClassGroup) -> list[Passage]:
        """Passages of other confirmed tracks that are the same object."""
        rivals: list[Passage] = []
        for other in (*self._unsettled, *self._passages.waiting()):
            if other.track == passage.track or not self._may_be_same(passage, other):
                continue
            slot = self._histories.slot(other.track)
            groups = (group, self._histories.group(slot))
            if self._histories.confirmed[slot] and self._is_same(
                passage, trace, groups, self._histories.trace(other.track)
            ):
                rivals.append(other)
        return rivals

    def _may_be_same(self, passage: Passage, other: Passage) -> bool:
        return (
            other.track != passage.track
            and other.line == passage.line
            and other.sign == passage.sign
            and abs(other.t_s - passage.t_s) <= self._settings.same_object_s
        )

    def _is_same(
        self, passage: Passage, trace: Trace, groups: tuple[ClassGroup, ClassGroup], other: Trace
    ) -> bool:
        return are_same(trace, other, groups, passage.t_s, self._settings.same_object_s)

    def _precedence(self, passage: Passage) -> tuple[bool, bool, float, float]:
        slot = self._histories.slot(passage.track)
        return precedence(
            ObjectClass(int(self._histories.class_id[slot])),
            float(self._histories.age_s[slot]),
            float(self._histories.class_share[slot]),
        )

    def _lane(self, path: Path, passage: Passage) -> str:
        """By where the middle of the footprint goes over the line; by the anchor without ground."""
        line = self._scene.line_ids[passage.line]
        if not self._lanes.of(line, passage.direction):
            return ""
        when = np.array([passage.t_s])
        share = np.nan
        centre = at(path.t_s, path.centres, when)
        heading = at(path.t_s, since_birth(path.headings), when)
        if np.isfinite(centre).all() and np.isfinite(heading).all():
            share = float(self._lines.approach(centre, heading).shares[0, passage.line])
        if not np.isfinite(share):
            start = self._scene.line_starts[passage.line]
            along = self._scene.line_ends[passage.line] - start
            to = at(path.t_s, path.anchors, when)[0] - start
            share = float(to @ along) / max(float(along @ along), 1e-18)
        return self._lanes.at(line, passage.direction, share)


def at(
    t_s: NDArray[np.float64], values: NDArray[np.float64], when: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(M, 2) of (K, 2) values at (K,) rising seconds, interpolated; NaN where none is known."""
    known = np.isfinite(values).all(1)
    if not known.any():
        return np.full((len(when), 2), np.nan)
    columns = [np.interp(when, t_s[known], values[known, axis]) for axis in (0, 1)]
    return np.stack(columns, axis=1)
