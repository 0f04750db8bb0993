"""From a picture to tracks: motion, where to look, detection, fusion, association.

The one loop of the hot path. Each stage is its own package; this is only the
order in which they speak and what each is told of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wayside.attend.acquaintances import Acquaintances, AcquaintanceSettings, Meeting
from wayside.attend.looking import Attention, LookingSettings
from wayside.attend.unnamed import Unnamed, UnnamedSettings
from wayside.detect.detector import Detector
from wayside.detect.fusion import FusionSettings, fuse, unexplained, without_echoes
from wayside.detect.motion import Motion, MotionDetector, MotionSettings
from wayside.detect.separate import look_at
from wayside.detect.splitting import SplittingSettings, split
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes, Detections
from wayside.domain.geometry import covered
from wayside.domain.looks import Look
from wayside.domain.media import RawFrame, Session
from wayside.domain.tracks import Tracks
from wayside.observe.stages import StageTimer
from wayside.pipeline.typical import keyframes, typical
from wayside.track.settings import TrackerSettings
from wayside.track.tracker import Tracker


@dataclass(frozen=True, slots=True)
class PerceptionSettings:
    """threshold: score at which the detector is believed unaided (its catalogue entry says).
    cover_score: score from which a detection is covered in pictures, believed or not.
    named_share: share of a moving blob in the box of a named object from which it is that.
    """

    threshold: float = 0.4
    motion: MotionSettings = field(default_factory=MotionSettings)
    looking: LookingSettings = field(default_factory=LookingSettings)
    fusion: FusionSettings = field(default_factory=FusionSettings)
    splitting: SplittingSettings = field(default_factory=SplittingSettings)
    acquaintances: AcquaintanceSettings = field(default_factory=AcquaintanceSettings)
    unnamed: UnnamedSettings = field(default_factory=UnnamedSettings)
    cover_score: float = 0.25
    named_share: float = 0.7
    tracker: TrackerSettings | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How known objects stand to what moves. moving: (B, 4) blobs; strange: (S, 4) those of them
    that no known object explains.
    """

    meeting: Meeting
    moving: Boxes
    strange: Boxes


@dataclass(frozen=True, slots=True)
class Pending:
    """A picture between its two halves: what moves is known, what it is may be asked elsewhere.

    looks: what a network is to name; where there are none, nothing has to be asked.
    """

    frame: RawFrame
    motion: Motion
    looks: tuple[Look, ...]
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Sight:
    """What one analysed picture gave.

    to_cover: what redaction must not overlook: everything a network named, however faintly it
    did down to ``cover_score``, and everything unnamed that moved just now.
    """

    tracks: Tracks
    detections: Detections
    to_cover: Detections
    looks: Sequence[Look]
    flooded: bool


class Perception:
    """One feed's eyes. detector None: motion alone."""

    def __init__(
        self,
        detector: Detector | None,
        picture: tuple[int, int],
        settings: PerceptionSettings | None = None,
        *,
        timer: StageTimer | None = None,
    ) -> None:
        self.settings = settings or PerceptionSettings()
        self._detector = detector
        self._timer = timer or StageTimer()
        self._motion = MotionDetector(self.settings.motion)
        self._attention = Attention(
            detector.sizes if detector else [(0, 0)], picture, self.settings.looking
        )
        self._tracker = Tracker(self._tracker_settings(), aspect=picture[0] / picture[1])
        self._acquaintances = Acquaintances(self.settings.acquaintances)
        self._unnamed = Unnamed(self.settings.unnamed)
        self._tracks = Tracks.none(-1.0)
        self._pending: Pending | None = None

    def prime(self, session: Session) -> None:
        """Looks through a recording, consumed by this, for what the place is like when empty."""
        size = self._motion.working_size(session.format.width, session.format.height)
        with self._timer("prime"):
            picture = typical(keyframes(session, *size))
            if picture is not None:
                self._motion.prime(picture)

    def begin(self, frame: RawFrame) -> Pending:
        """Where to look in this picture; ``complete`` must follow before the next one begins.

        Frames must come in media order. Raises RuntimeError where the picture before is open.
        """
        if self._pending is not None:
            raise RuntimeError(f"{self._pending.frame!r} was not completed before {frame!r} began")
        t_s = frame.time.t_s
        with self._timer("motion"):
            motion = self._motion.update(t_s, frame)
        self._pending = Pending(frame, motion, *self._looks(t_s, motion))
        return self._pending

    def complete(self, pending: Pending, named: Detections) -> Sight:
        """Tracks at the instant of the picture, from what a network named in the looks at it.

        Raises RuntimeError where this is not the picture that was begun last.
        """
        if pending is not self._pending:
            raise RuntimeError(f"{pending.frame!r} is not open: it was completed, or never begun")
        self._pending = None
        t_s, motion, looks = pending.frame.time.t_s, pending.motion, pending.looks
        with self._timer("track"):
            if self._detector is None:
                motion = self._taken_apart(t_s, motion)
            before = self._tracks
            detections = fuse(named, motion, self._named(before.boxes), self.settings.fusion)
            found = detections.where(~detections.from_motion)
            if pending.standing is not None:
                carried = self._as_motion(self._carried(pending.standing, looks))
                detections = detections.joined(carried)
            self._tracks = self._tracker.update(t_s, detections, examined=self._examined(looks))
            self._motion.hold(self._held())
            if pending.standing is not None:
                self._remember(pending.standing, looks, before, found)
        return Sight(self._tracks, detections, self._to_cover(named, motion), looks, motion.flooded)

    def look(self, pending: Pending) -> Detections:
        """What the network names in the looks at a picture, each look by itself."""
        if self._detector is None:
            return Detections.empty()
        with self._timer("detect"):
            return look_at(self._detector, pending.frame, pending.looks)

    def see(self, frame: RawFrame) -> Sight:
        """Tracks at the instant of the frame; frames must come in media order."""
        pending = self.begin(frame)
        return self.complete(pending, self.look(pending))

    def finish(self, t_s: float) -> Tracks:
        """Ends every track. Raises RuntimeError where a picture is open."""
        if self._pending is not None:
            raise RuntimeError(f"{self._pending.frame!r} was not completed before the end")
        return self._tracker.finish(t_s)

    def _tracker_settings(self) -> TrackerSettings:
        """The tracker's thresholds, from what this detector's scores mean."""
        if self.settings.tracker is not None:
            return self.settings.tracker
        if self._detector is None:
            return TrackerSettings()
        threshold = self.settings.threshold
        return TrackerSettings(
            high_score=threshold, new_score=threshold, motion_hits=5, motion_min_s=0.7
        )

    def _held(self) -> Boxes:
        """What must not sink into the background: objects; without a network, suspects too,
        because somebody who has stood there from the start is no object before he walks.
        """
        tracks = self._tracks
        return tracks.boxes if self._detector is None else tracks.boxes[tracks.confirmed]

    def _taken_apart(self, t_s: float, motion: Motion) -> Motion:
        """Without a network, tracks tell objects apart that share a blob."""
        known = _moved(self._tracks, t_s)[self._tracks.confirmed]
        boxes = split(motion, known, self.settings.splitting)
        if boxes is motion.boxes:
            return motion
        unknown = np.ones(len(boxes), np.float32)
        return Motion(boxes, unknown, unknown, motion.mask, motion.flooded)

    def _to_cover(self, named: Detections, motion: Motion) -> Detections:
        """A blob that lies in the box of something named is covered as that is, not whole."""
        named = without_echoes(named, self.settings.fusion)
        faint = named.where(named.scores >= self.settings.cover_score)
        moving = motion.boxes[self._is_moving(motion)]
        believed = named.boxes[named.scores >= self.settings.threshold]
        objects = np.concatenate([believed, self._named(self._tracks.boxes)])
        if len(moving) and len(objects):
            moving = moving[covered(moving, objects).max(axis=1) < self.settings.named_share]
        return faint.joined(self._as_motion(moving))

    def _as_motion(self, boxes: Boxes) -> Detections:
        """Boxes that nothing named but movement."""
        return Detections.of(
            boxes,
            np.full(len(boxes), ObjectClass.UNKNOWN),
            np.full(len(boxes), self.settings.fusion.blob_score),
            np.ones(len(boxes), bool),
        )

    def _is_moving(self, motion: Motion) -> NDArray[np.bool_]:
        return motion.changing > self.settings.fusion.still

    def _named(self, boxes: Boxes) -> Boxes:
        """Of (N, 4) boxes of the present tracks, those of objects with a name."""
        tracks = self._tracks
        named = tracks.confirmed & (tracks.class_ids != ObjectClass.UNKNOWN)
        return np.asarray(boxes[named])

    def _looks(self, t_s: float, motion: Motion) -> tuple[tuple[Look, ...], Standing | None]:
        """Where to look: at what moves without a name at once, at known objects now and then."""
        if self._detector is None:
            return (), None
        tracks = self._tracks
        moving = motion.where(self._is_moving(motion))
        predicted = _moved(tracks, t_s)
        meeting = self._acquaintances.meet(t_s, tracks, predicted, moving.boxes)
        strange = unexplained(self._named(predicted), moving, self.settings.fusion)
        near = moving.boxes[meeting.near[meeting.due].any(axis=0)]
        if self.settings.looking.patches is not None and len(near):
            # A patch is as fine as its smallest object needs: a limb would make it huge.
            near = near[
                covered(near, predicted[meeting.due]).max(axis=1) < self.settings.named_share
            ]
        worth = self._unnamed.worth(t_s, strange)
        interest = np.concatenate([worth, predicted[meeting.due], near])
        looks = self._attention.plan(
            t_s, interest, everything=motion.flooded, moves=len(moving.boxes) > 0
        )
        return tuple(looks), Standing(meeting, moving.boxes, strange)

    def _carried(self, standing: Standing, looks: Sequence[Look]) -> Boxes:
        """Boxes of known objects as their blobs have carried them; what is looked at, the network
        tells.
        """
        carried = standing.meeting.carried[standing.meeting.is_carried]
        examined = self._examined(looks)
        if examined is None:
            return carried[:0]
        if not len(carried) or not len(examined):
            return carried
        return np.asarray(carried[covered(carried, examined).max(axis=1) < 0.5])

    def _remember(
        self, standing: Standing, looks: Sequence[Look], before: Tracks, found: Detections
    ) -> None:
        """What the looks of this sample showed, for where to look next."""
        objects = found.boxes
        believed = objects[found.scores >= self.settings.threshold]
        if not looks:
            return
        tracks, examined = self._tracks, self._examined(looks)
        self._acquaintances.looked(standing.meeting, before, tracks, objects, examined)
        strange = standing.strange
        if examined is not None and len(strange):
            strange = strange[covered(strange, examined).max(axis=1) > 0.8]
        known = np.concatenate([objects, self._named(tracks.boxes)])
        self._unnamed.looked(tracks.t_s, strange, known)
        if examined is None:
            pointed_at = np.concatenate([before.boxes, standing.moving])
            self._attention.surveyed(was_worth_it=_has_more(believed, pointed_at))

    def _examined(self, looks: Sequence[Look]) -> Boxes | None:
        """None: the whole picture. Without a network, motion sees all of it, always."""
        if self._detector is None or any(look.is_whole for look in looks):
            return None
        return np.array([look.region for look in looks], np.float32).reshape(-1, 4)


def _moved(tracks: Tracks, t_s: float) -> Boxes:
    """(N, 4) boxes of the tracks, moved on to ``t_s`` at their velocity."""
    shift = tracks.velocities * np.float32(max(t_s - tracks.t_s, 0.0))
    return np.asarray(tracks.boxes + np.concatenate([shift, shift], axis=1))


def _has_more(found: Boxes, known: Boxes) -> bool:
    """Whether one of (N, 4) boxes is none of (K, 4) and holds none of them."""
    if not len(found) or not len(known):
        return bool(len(found))
    overlap = np.maximum(covered(found, known), covered(known, found).T)
    return bool((overlap.max(axis=1) < 0.3).any())
