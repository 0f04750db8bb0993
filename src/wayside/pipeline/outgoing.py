"""What a worker has found and not yet committed, and when it does.

Commits cost an fsync each, so those of all feeds of a worker are grouped: at
once where there is an event, half a second later at most where not. What a
full disk refuses is kept and tried again; pictures go first where it lasts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from wayside.domain.errors import WaysideError
from wayside.domain.media import StreamFormat
from wayside.domain.records import Event, Measurement
from wayside.domain.time import Clock
from wayside.domain.tracks import Trajectory
from wayside.pipeline.chain import EventStill, Yield
from wayside.pipeline.clip_making import EventClip
from wayside.pipeline.coverage import Gap

RUNNING, FINISHED, FAILED, INTERRUPTED = "running", "finished", "failed", "interrupted"


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session of a feed, as it is kept. state: one of the four above.

    format: None for an outage, which is a session in which nothing is seen. counters: totals.
    """

    id: str
    site: str
    feed: str
    source: str
    start: datetime
    start_is_known: bool
    state: str = RUNNING
    duration_s: float | None = None
    coverage: float | None = None
    format: StreamFormat | None = None
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Outgoing:
    """Records of several sessions, in the order in which they were made.

    sessions: the newest facts of each. trajectories, gaps: with the session that they are of.
    """

    sessions: dict[str, SessionFacts] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    trajectories: list[tuple[SessionFacts, Trajectory]] = field(default_factory=list)
    stills: list[EventStill] = field(default_factory=list)
    gaps: list[tuple[SessionFacts, Gap]] = field(default_factory=list)
    clips: list[EventClip] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (
            self.sessions
            or self.events
            or self.measurements
            or self.trajectories
            or self.stills
            or self.gaps
            or self.clips
        )


class Recorder(Protocol):
    """Where records are safe: a worker's journal."""

    def commit(self, records: Outgoing) -> None:
        """Keeps them all, on the disk when it returns. Raises WaysideError; call again then."""
        ...


@dataclass(frozen=True, slots=True)
class CommitSettings:
    """late_s: of a measurement at most. retry_s: after a failed commit. most_stills,
    most_trajectories, most_clips: kept while the disk refuses.
    """

    late_s: float = 0.5
    retry_s: float = 1.0
    most_stills: int = 64
    most_trajectories: int = 5_000
    most_clips: int = 4


class CommitGroup:
    """Of one worker. failures: refused commits. lost: pictures and paths given up meanwhile."""

    def __init__(
        self, recorder: Recorder, clock: Clock, settings: CommitSettings | None = None
    ) -> None:
        self.failures = 0
        self.lost = 0
        self.problem = ""
        self._settings = settings or CommitSettings()
        self._recorder = recorder
        self._clock = clock
        self._waiting = Outgoing()
        self._since_s: float | None = None
        self._not_before_s = 0.0

    def session(self, facts: SessionFacts) -> None:
        self._waiting.sessions[facts.id] = facts
        self._begin()

    def add(self, facts: SessionFacts, given: Yield) -> None:
        """The records of a step of the session's chain."""
        waiting = self._waiting
        waiting.events += given.events
        waiting.measurements += given.measurements
        waiting.trajectories += [(facts, each) for each in given.trajectories]
        waiting.stills += given.stills
        self._begin()

    def gaps(self, facts: SessionFacts, gaps: list[Gap]) -> None:
        self._waiting.gaps += [(facts, gap) for gap in gaps]
        self._begin()

    def clip(self, clip: EventClip) -> None:
        """Of an event that was added before, by now committed perhaps."""
        self._waiting.clips.append(clip)
        self._begin()

    def commit(self, *, at_once: bool = False) -> None:
        """Commits what is due; never raises. at_once: everything that waits."""
        now_s = self._clock.monotonic_s()
        if self._since_s is None or (now_s < self._not_before_s and not at_once):
            return
        is_late = now_s - self._since_s >= self._settings.late_s
        if not (at_once or is_late or self._waiting.events):
            return
        try:
            self._recorder.commit(self._waiting)
        except WaysideError as error:
            self.failures += 1
            self.problem = str(error)
            self._not_before_s = now_s + self._settings.retry_s
            self._thin()
            return
        self.problem = ""
        self._waiting = Outgoing()
        self._since_s = None

    def _begin(self) -> None:
        if self._since_s is None and not self._waiting.is_empty:
            self._since_s = self._clock.monotonic_s()

    def _thin(self) -> None:
        """Pictures first, then paths; events and measurements are never given up."""
        waiting, settings = self._waiting, self._settings
        bounds: tuple[tuple[list[Any], int], ...] = (
            (waiting.clips, settings.most_clips),
            (waiting.stills, settings.most_stills),
            (waiting.trajectories, settings.most_trajectories),
        )
        for kept, most in bounds:
            self.lost += max(0, len(kept) - most)
            del kept[:-most]
