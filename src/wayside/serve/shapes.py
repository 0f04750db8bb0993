"""What /api/v1 answers, as pydantic models: they are its OpenAPI as well."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from wayside.domain.feeds import Attention
from wayside.domain.time import rfc3339

Item = TypeVar("Item")

Moment = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
]
"""RFC 3339, UTC, milliseconds, ``Z``."""

Point = tuple[float, float]

_LIMIT = "Groups of feeds that are seen, and no others; null is every feed of the site"


class Shape(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)


class Page(Shape, Generic[Item]):
    """next: give it back as ``cursor`` for what follows; null at the end."""

    items: list[Item]
    next: str | None = None


class WorkerShape(Shape):
    worker: int
    pid: int
    state: str
    feeds: int
    restarts: int
    cpu: float = Field(description="Cores in use")
    rss_mb: float
    stages: dict[str, float] = Field(description="CPU seconds per second by stage")
    problem: str = Field(description="Why it cannot do its work; empty while it can")
    load: float = Field(
        description="What its feeds ask for, divided by what it can give; above 1 less is looked "
        "at than wanted, and `state` says how much less"
    )
    redaction_failures: int = Field(description="Pictures blanked as they could not be covered")


class FeedTotals(Shape):
    total: int
    live: int
    connecting: int
    retrying: int
    refused: int
    quarantined: int
    stopped: int


class AttentionTotals(Shape):
    """Live feeds by how closely they are looked at now."""

    watched: int
    asleep: int
    keyframes: int


class RedactionShape(Shape):
    on: Literal[True] = True
    style: str


class ModelShape(Shape):
    name: str
    why: str


class SiteProblemShape(Shape):
    file: str
    line: int
    what: str
    remedy: str


class SiteShape(Shape):
    site: str
    version: str
    config_version: str
    started: Moment
    demo: bool
    redaction: RedactionShape
    model: ModelShape
    problems: list[SiteProblemShape]
    notices: list[SiteProblemShape] = Field(
        description="Edits of the site file that are sound and are used after a restart"
    )
    cores: int = Field(description="Processor cores that the server and its workers may use")
    workers: list[WorkerShape]
    feeds: FeedTotals
    attention: AttentionTotals
    lag_p95_s: float | None = Field(description="Over live feeds; null while there is none")
    coverage: float | None = Field(description="Mean over live feeds; null while there is none")
    dropped: int
    redaction_failures: int | None = Field(
        description="Pictures blanked as they could not be covered; null for who is limited to "
        "groups of feeds"
    )


class StatusShape(Shape):
    """How a feed is doing. See FeedStatus in the reference."""

    feed: str
    state: str
    reason: str
    since: Moment | None
    session: str
    attempt: int
    next_try_s: float | None
    codec: str
    width: int
    height: int
    fps_in: float
    fps_analysed: float
    bitrate_kbps: float
    lag_s: float | None
    last_frame: Moment | None
    received: int
    dropped: int
    corrupt: int
    reconnects: int
    coverage: float
    conditions: list[str]
    clock_drift_s: float | None
    cpu_ms_per_s: float
    worker: int
    attention: Attention = Field(
        description="`watched`: every picture is decoded, and analysed as often as wanted; "
        "`asleep`: nothing moves, so its packets and keyframes are listened to; `keyframes`: its "
        "worker is too slow for more; `none`: nothing arrives"
    )
    asleep: float = Field(description="Share of the session so far")


class FeedShape(Shape):
    id: str
    kind: str
    source: str = Field(description="Address or path, user and password masked")
    transport: str
    loop: bool
    every_s: float
    rate: float | None
    groups: list[str] = Field(description="Groups that rights are given by")
    scene: dict[str, Any]
    rules: list[dict[str, Any]]
    status: StatusShape | None


class RowProblemShape(Shape):
    row: int
    what: str
    remedy: str


class ImportShape(Shape):
    """Ids by what happened, or would happen, to them."""

    added: list[str]
    updated: list[str]
    unchanged: list[str]
    problems: list[RowProblemShape]


class ProbeShape(Shape):
    ok: bool
    codec: str
    width: int
    height: int
    rate: float | None
    seconds: float
    problem: str
    remedy: str
    withheld: str = Field(
        description="Why there is no still though a picture came. `uncoverable`: nothing here "
        "finds persons in a single picture; `failed`: covering it failed"
    )
    still: str | None = Field(description="data:image/jpeg;base64,… of its first picture, covered")


class PathShape(Shape):
    class_label: str = Field(serialization_alias="class")
    start: Moment
    end: Moment
    points: list[Point]


class PathsShape(Shape):
    items: list[PathShape]


class LinePreview(Shape):
    forward: dict[str, int]
    backward: dict[str, int]


class ZonePreview(Shape):
    visits: int
    median_dwell_s: float | None


class PreviewShape(Shape):
    since: Moment
    paths: int
    lines: dict[str, LinePreview]
    zones: dict[str, ZonePreview]
    movements: dict[str, int]


class GridShape(Shape):
    """Lines of a square grid on the ground, as pairs of places in the picture."""

    step_m: float
    lines: list[tuple[Point, Point]]
    scale_error: float | None = Field(
        description="Half-width of the 95 % band of distances, as a share"
    )
    rms_m: float | None = Field(description="How far the points disagree; null for other sources")


class GridAnswer(Shape):
    grid: GridShape | None


class CalibrationProposalShape(Shape):
    """camera: as site.yaml takes it; null where ``why`` says that the paths do not tell."""

    paths: int
    camera: dict[str, Any] | None = None
    scale_error: float | None = None
    tracks: dict[str, int] = Field(default_factory=dict)
    directions: int = 0
    grid: GridShape | None = None
    why: str = ""
    remedy: str = ""


class SceneProposalShape(Shape):
    """zones, lines, movements: as site.yaml takes them. support: paths that showed each."""

    paths: int
    ground: str = Field(default="", description="`calibration` or `traffic`")
    zones: list[dict[str, Any]] = Field(default_factory=list)
    lines: list[dict[str, Any]] = Field(default_factory=list)
    movements: list[dict[str, Any]] = Field(default_factory=list)
    support: dict[str, int] = Field(default_factory=dict)
    why: str = ""
    remedy: str = ""


class MovedSceneShape(Shape):
    """scene: as site.yaml takes it. lost: ids of what has left the picture, or ``calibration``."""

    scene: dict[str, Any]
    lost: list[str]
    shift: dict[str, float] = Field(
        description="`dx`, `dy` in picture widths, `rotation_deg` clockwise, `scale`"
    )


class AcknowledgementShape(Shape):
    by: str
    at: Moment
    note: str


class IncidentShape(Shape):
    id: str
    kind: str
    feed: str
    place: str
    severity: str
    phase: str
    start: Moment
    end: Moment | None
    class_label: str | None = Field(serialization_alias="class")
    data: dict[str, Any]
    has_still: bool
    has_clip: bool
    acknowledged: AcknowledgementShape | None
    words: str = Field(examples=["Car stopped in box for 12 s"])


class PhaseShape(Shape):
    phase: str
    start: Moment
    end: Moment | None
    severity: str
    data: dict[str, Any]


class IncidentWithPhases(IncidentShape):
    phases: list[PhaseShape]


class TrailShape(Shape):
    points: list[Point]


class SeriesShape(Shape):
    feed: str
    place_kind: str
    place: str
    metric: str
    unit: str
    class_label: str = Field(serialization_alias="class")
    direction: str
    points: list[tuple[Moment, float | None, float]] = Field(
        description="[time, value, coverage]; null and 0 where nothing was measured"
    )


class MeasurementsShape(Shape):
    since: Moment
    until: Moment
    step_s: int
    series: list[SeriesShape]


class ApproachShape(Shape):
    id: str
    title: str
    bearing_deg: float | None = Field(
        description="Where it lies: 0 is north, 90 east; of a single feed 0 is up in the picture"
    )


class JunctionMovementShape(Shape):
    id: str
    origin: str = Field(serialization_alias="from", validation_alias="from")
    destination: str = Field(serialization_alias="to", validation_alias="to")
    feed: str
    movement: str


class TurningRowShape(Shape):
    movement: str
    counts: dict[str, int] = Field(
        description="By class, `all` being their total; empty where nothing was measured"
    )
    vehicles: int
    coverage: float
    complete: bool = Field(description="False: the counts are lower bounds")


class TurningIntervalShape(Shape):
    start: str
    end: str
    vehicles: int
    coverage: float
    complete: bool
    rows: list[TurningRowShape]


class PeakHourShape(Shape):
    start: str
    end: str
    vehicles: int
    factor: float | None = Field(
        description="Peak hour factor; null where nobody came, or an interval is an hour"
    )


class TurningCountsShape(Shape):
    """Of a junction, or of one feed's movements. See docs/methods/turning-counts.md."""

    junction: str
    title: str
    since: str
    until: str
    interval_s: int
    classes: list[str]
    approaches: list[ApproachShape]
    movements: list[JunctionMovementShape]
    totals: list[TurningRowShape]
    intervals: list[TurningIntervalShape]
    complete_intervals: int
    hours_left_out: int = Field(description="Hours that were not wholly watched")
    peak_hour: PeakHourShape | None = Field(description="Null where no hour was wholly watched")


class UsualShape(Shape):
    feed: str
    place_kind: str
    place: str
    metric: str
    unit: str
    class_label: str = Field(serialization_alias="class")
    direction: str
    points: list[tuple[Moment, float | None, float | None, float | None, int]] = Field(
        description="[time, median, 10th percentile, 90th percentile, days that it rests on]; no "
        "percentiles under three days"
    )


class UsualsShape(Shape):
    since: Moment
    until: Moment
    step_s: int
    weeks: int
    series: list[UsualShape]


class MetricShape(Shape):
    metric: str
    unit: str
    words: str


class CountShape(Shape):
    feed: str
    place_kind: str
    place: str
    direction: str
    class_label: str = Field(serialization_alias="class")
    count: float
    coverage: float


class CountsShape(Shape):
    since: Moment
    until: Moment
    rows: list[CountShape]


class TruthRow(Shape):
    feed: str
    line: str
    direction: str
    class_label: str = Field(serialization_alias="class")
    true: int
    counted: int


class TruthShape(Shape):
    """matched: of all rows, the share of true crossings that were counted; null without any."""

    since: Moment
    until: Moment
    rows: list[TruthRow]
    true: int
    counted: int
    matched: float | None


class SessionShape(Shape):
    user: str
    role: str
    must_create_user: bool
    groups: list[str] | None = Field(description=_LIMIT)


class SignInShape(Shape):
    name: str | None = Field(description="Of the OpenID provider; null without one")


class AuditEntryShape(Shape):
    number: int
    at: Moment
    who: str = Field(description="User; empty where nobody was known yet")
    action: str
    subject: str
    hash: str = Field(description="Of this entry and the one before it, SHA-256")


class AuditShape(Page[AuditEntryShape]):
    """Newest first. first_broken: number of the first entry that does not follow the one before
    it, as it or another was changed or removed; null while the whole log is sound."""

    is_sound: bool
    first_broken: int | None


class UserShape(Shape):
    name: str
    role: str
    groups: list[str] | None = Field(description=_LIMIT)
    created: Moment


class UsersShape(Shape):
    items: list[UserShape]


class TokenShape(Shape):
    id: str
    user: str
    name: str
    role: str
    groups: list[str] | None = Field(description=_LIMIT)
    created: Moment
    expires: Moment
    used: Moment | None


class TokensShape(Shape):
    items: list[TokenShape]


class NewTokenShape(TokenShape):
    token: str = Field(description="Shown this once")
