"""One session of one feed: a picture in, records and a covered picture out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from wayside.analyze.analyzer import Analyzer
from wayside.domain.detections import Detections
from wayside.domain.looks import Look
from wayside.domain.media import RawFrame
from wayside.domain.records import Event, Finding, Measurement
from wayside.domain.tracks import Tracks, Trajectory
from wayside.events.lifecycle import Incidents
from wayside.observe.stages import StageTimer
from wayside.pipeline.coverage import CoverageMeter
from wayside.pipeline.drawing import Drawing
from wayside.pipeline.perception import Pending, Perception, Sight
from wayside.pipeline.stills import StillRing
from wayside.pipeline.trajectories import TrajectoryRecorder
from wayside.pipeline.type_naming import TypeNamer
from wayside.redact.frame import RedactedFrame
from wayside.redact.redactor import Redactor
from wayside.scene.naming import SizeNamer
from wayside.scene.scene import Scene


@dataclass(frozen=True, slots=True)
class EventStill:
    """The redacted picture of an event."""

    event_id: UUID
    jpeg: bytes
    width: int
    height: int


@dataclass(slots=True)
class Yield:
    """What one step of a chain gave. picture: covered and drawn on, None where none was asked.

    sight: what was seen, for whoever covers the picture later; None where it was not analysed.
    """

    picture: RedactedFrame | None = None
    sight: Sight | None = None
    events: list[Event] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    trajectories: list[Trajectory] = field(default_factory=list)
    stills: list[EventStill] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StepPending:
    """A step between its two halves. paused: why nothing may be counted of it."""

    seen: Pending
    paused: str

    @property
    def frame(self) -> RawFrame:
        return self.seen.frame

    @property
    def looks(self) -> Sequence[Look]:
        """What a network is to name before the step can be completed; often nothing."""
        return self.seen.looks


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """window_s: length of a measurement's window. first_window_s: of the first one, None for as
    long as the others; a live session ends its first window where the clock begins a new one.
    pictures: make a covered picture of each sample (for a video or a viewer). stills: keep a
    covered picture for each event.
    """

    window_s: float = 60.0
    first_window_s: float | None = None
    pictures: bool = True
    stills: bool = True


class FeedChain:
    """Everything between a decoded picture and a record, for one session.

    Corrupt pictures are neither analysed nor shown; the time they stand for is
    a gap. Frames must come in media order. analysed: pictures so far. looks,
    looked_pixels: at parts of them, and what these took of a network's input.
    """

    def __init__(
        self,
        perception: Perception,
        scene: Scene,
        analyzers: Sequence[Analyzer],
        *,
        incidents: Incidents,
        redactor: Redactor,
        coverage: CoverageMeter,
        drawing: Drawing,
        settings: ChainSettings | None = None,
        timer: StageTimer | None = None,
        types: TypeNamer | None = None,
    ) -> None:
        self.settings = settings or ChainSettings()
        self.coverage = coverage
        self.analysed = 0
        self.looks = 0
        self.looked_pixels = 0
        self.cover: RedactedFrame | None = None
        self._perception = perception
        self._analyzers = analyzers
        self._incidents = incidents
        self._redactor = redactor
        self._drawing = drawing
        self._timer = timer or StageTimer()
        self._namer = SizeNamer(scene)
        self._types = types
        self._paths = TrajectoryRecorder(scene)
        self._ring = StillRing()
        self._window_start_s = 0.0
        self._window_end_s = self.settings.first_window_s or self.settings.window_s
        self._settling_s = max((a.settling_s for a in analyzers), default=0.0)
        self._cover_crowd = -1
        self._t_s = 0.0

    def begin(self, frame: RawFrame, *, paused: str = "") -> StepPending | Yield:
        """The first half of a step. A Yield where there is no second: a corrupt picture.

        paused: why nothing may be counted now, though it can be shown. Raises RuntimeError
        where the picture before was begun and not completed.
        """
        t_s = frame.time.t_s
        if frame.is_corrupt:
            self._t_s = t_s
            return self._lost(t_s, "corrupt pictures")
        seen = self._perception.begin(frame)
        self._t_s = t_s
        if paused:
            self.coverage.lost(t_s, paused)
        else:
            self.coverage.analysed(t_s)
        return StepPending(seen, paused)

    def complete(self, pending: StepPending, named: Detections) -> Yield:
        """The second half, with what a network named in ``pending.looks``.

        named: in the picture's coordinates, empty where there were no looks. Raises
        RuntimeError where this is not the picture that was begun last.
        """
        frame = pending.frame
        t_s = frame.time.t_s
        sight = self._perception.complete(pending.seen, named)
        sight = replace(sight, tracks=self._namer.named(sight.tracks))
        self.analysed += 1
        self.looks += len(sight.looks)
        self.looked_pixels += sum(look.pixels for look in sight.looks)
        tracks = self._typed(frame, sight.tracks)
        counted = Tracks.none(t_s, tracks.ended) if pending.paused else tracks
        with self._timer("analyze"):
            findings = [f for analyzer in self._analyzers for f in analyzer.update(counted)]
            trajectories = self._paths.update(tracks)
        events = self._incidents.events(findings)
        picture = self._cover(frame, sight)
        return Yield(
            picture=self._drawn(picture, tracks, findings),
            sight=sight,
            events=events,
            measurements=self._close_windows(t_s - self._settling_s),
            trajectories=trajectories,
            stills=self._stills(events),
        )

    def step(self, frame: RawFrame, *, paused: str = "") -> Yield:
        """Both halves, with the chain's own network in between."""
        pending = self.begin(frame, paused=paused)
        if isinstance(pending, Yield):
            return pending
        return self.complete(pending, self._perception.look(pending.seen))

    def _typed(self, frame: RawFrame, tracks: Tracks) -> Tracks:
        """With the types that looks at them gave. Covering does not ask these: what only moves is
        covered whole, whatever it may be taken for.
        """
        if self._types is None or not len(tracks):
            return tracks
        with self._timer("detect"):
            return self._types.named(frame, tracks)

    def _lost(self, t_s: float, reason: str) -> Yield:
        """A picture at ``t_s`` says nothing about the place; the time until the next is a gap."""
        self.coverage.lost(t_s, reason)
        return Yield(measurements=self._close_windows(t_s - self._settling_s))

    def finish(self, t_s: float) -> Yield:
        """The stream has ended at ``t_s``: settles and closes all that is open."""
        end_s = max(t_s, self._t_s)
        self.coverage.ended(end_s)
        last = self._perception.finish(end_s)
        findings = [f for analyzer in self._analyzers for f in analyzer.update(last)]
        findings += [f for analyzer in self._analyzers for f in analyzer.finish(end_s)]
        events = self._incidents.events(findings) + self._incidents.close_all(end_s)
        measurements = self._close_windows(end_s)
        if end_s > self._window_start_s:
            measurements += self._measure(self._window_start_s, end_s)
        return Yield(
            events=events,
            measurements=measurements,
            trajectories=self._paths.update(last),
            stills=self._stills(events),
        )

    @property
    def window_start_s(self) -> float:
        """Media second since which nothing was measured yet."""
        return self._window_start_s

    def trails(self, seconds: float) -> dict[int, list[tuple[float, float]]]:
        """The last seconds of each object's path, oldest first, by its track."""
        return self._paths.trails(seconds, self._t_s)

    def _cover(self, frame: RawFrame, sight: Sight) -> RedactedFrame | None:
        if not (self.settings.pictures or self.settings.stills):
            return None
        with self._timer("redact"):
            covered = self._redactor.redact(frame, sight.tracks, sight.to_cover)
            if self.settings.stills:
                self._ring.add(covered)
        self._keep_cover(covered, len(sight.detections) + len(sight.tracks))
        return covered

    def _keep_cover(self, picture: RedactedFrame, crowd: int) -> None:
        """The emptiest picture so far stands for the place."""
        if not picture.is_blank and (self.cover is None or crowd < self._cover_crowd):
            self.cover, self._cover_crowd = picture, crowd

    def _drawn(
        self, picture: RedactedFrame | None, tracks: Tracks, findings: Iterable[Finding]
    ) -> RedactedFrame | None:
        self._drawing.note(findings)
        if picture is None or not self.settings.pictures:
            return None
        with self._timer("draw"):
            return self._drawing.draw(picture, tracks, self.trails(2.5))

    def _stills(self, events: Iterable[Event]) -> list[EventStill]:
        if not self.settings.stills:
            return []
        begun = [e for e in events if e.phase.begins]
        found = [(event.event_id, self._ring.at(event.start_s)) for event in begun]
        return [EventStill(event_id, *still) for event_id, still in found if still]

    def _close_windows(self, settled_s: float) -> list[Measurement]:
        """Measurements of all windows that ended before ``settled_s``."""
        measurements = []
        while settled_s >= self._window_end_s:
            measurements += self._measure(self._window_start_s, self._window_end_s)
            self._window_start_s = self._window_end_s
            self._window_end_s += self.settings.window_s
        return measurements

    def _measure(self, start_s: float, end_s: float) -> list[Measurement]:
        readings = [r for analyzer in self._analyzers for r in analyzer.readings(start_s, end_s)]
        share = self.coverage.share(start_s, end_s)
        return self._incidents.measurements(readings, start_s, end_s, share)
