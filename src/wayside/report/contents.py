"""What goes into a report: plain values, already measured and already redacted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from wayside.domain.records import Event, JsonValue, Measurement
from wayside.domain.scene import SceneGeometry
from wayside.domain.tracks import Trajectory


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a feed that was not analysed. start_s, end_s: seconds since its start."""

    start_s: float
    end_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class FeedContents:
    """One feed of a report.

    feed: its id. source: what the reader calls the input (a file's name); a
    password in it is masked before it is shown. start: UTC of the first
    picture; start_known is False where the source carries no such time and
    start is a guess, then the page shows elapsed time. rate: pictures a
    second, None where unknown. coverage: analysed share of duration_s, 0..1.
    still_jpeg and event_stills (by event_id): redacted pictures, b"" where
    there is none. calibration_error_m: RMS on the ground in metres, None
    where not calibrated (no control points in geometry) or not estimated.
    counters: frames, analysed, corrupt packets and the like. stage_cpu_s: CPU
    seconds by stage.
    """

    feed: str
    source: str
    start: datetime
    duration_s: float
    width: int
    height: int
    rate: float | None
    coverage: float
    start_known: bool = False
    gaps: Sequence[Gap] = ()
    still_jpeg: bytes = b""
    geometry: SceneGeometry = field(default_factory=SceneGeometry)
    events: Sequence[Event] = ()
    measurements: Sequence[Measurement] = ()
    trajectories: Sequence[Trajectory] = ()
    event_stills: Mapping[UUID, bytes] = field(default_factory=dict)
    calibration_error_m: float | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    stage_cpu_s: Mapping[str, float] = field(default_factory=dict)

    def offset_s(self, moment: datetime) -> float:
        """Seconds from this feed's start to ``moment``.

        UTC, not an event's media seconds: those compare only inside a session
        and a feed may have had several.
        """
        return (moment - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class ReportContents:
    """One report. settings may be nested; model and versions are flat, in the order given."""

    site: str
    generated_at: datetime
    feeds: Sequence[FeedContents]
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    model: Mapping[str, JsonValue] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
