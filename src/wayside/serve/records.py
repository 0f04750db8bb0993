"""What the server is told by the house: plain values, before they become JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from wayside.domain.errors import UsageError
from wayside.domain.feeds import SourceSpec
from wayside.domain.junctions import Junction
from wayside.domain.records import Event, JsonValue, Phase, Severity
from wayside.domain.scene import XY, SceneGeometry


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who has seen an incident, when (UTC), and what they noted."""

    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """All phases of one incident folded into what is known of it now.

    phase: the newest, OPEN or UPDATE while it lasts. severity: the worst of
    its phases. data: of all phases, the latest wins. end: None while open.
    """

    incident_id: UUID
    kind: str
    feed: str
    place: str
    severity: Severity
    phase: Phase
    start: datetime
    end: datetime | None
    data: Mapping[str, JsonValue]
    has_still: bool = False
    has_clip: bool = False
    acknowledged: Acknowledgement | None = None

    @property
    def is_open(self) -> bool:
        return self.phase in (Phase.OPEN, Phase.UPDATE)

    @property
    def lasted_s(self) -> float | None:
        """None while it is open."""
        return None if self.end is None else (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """Which incidents. None or "" asks for all.

    kind: a kind, or a prefix that ends in ``.``; several with commas between them.
    since <= start < until. feeds: of these alone, None asks for all.
    """

    kind: str = ""
    feed: str = ""
    place: str = ""
    class_label: str = ""
    severity: Severity | None = None
    acknowledged: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    feeds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """Newest first. next: where the following page begins, None at the end.

    It is the archive's own word; the server hands it to a client and back.
    """

    items: tuple[StoredIncident, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event in the order in which the store got it, with its incident as it stands now."""

    number: int
    event: Event
    incident: StoredIncident


@dataclass(frozen=True, slots=True)
class CoveredJpeg:
    """Bytes that ``redact.encode_jpeg`` made, as the store kept them."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CoveredClip:
    """An MP4 that ``redact.encode_video`` made, as the store kept it."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TimedPath:
    """A finished path of something, anonymous: two calls give the same object no common name.

    offsets_s: seconds since start, one for each point. points: normalised anchors. sizes:
    normalised widths and heights of its box, NaN where the edge of the picture cuts it, empty
    where they were not kept; for what is derived from paths, never in an answer.
    """

    class_label: str
    start: datetime
    end: datetime
    offsets_s: tuple[float, ...]
    points: tuple[XY, ...]
    sizes: tuple[XY, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """Which measurements, resampled into windows of step_s from since to until.

    feeds: of these alone, None asks for all. most: points of all series together.
    """

    since: datetime
    until: datetime
    step_s: int
    metric: str = ""
    feed: str = ""
    place: str = ""
    class_label: str = ""
    direction: str = ""
    place_kind: str = ""
    feeds: frozenset[str] | None = None
    most: int | None = None


def too_many_points(query: SeriesQuery) -> UsageError:
    """For an archive that is asked for more than ``most``."""
    return UsageError(
        f"that is more than {query.most:,} values",
        where="metric" if query.feed else "feed",
        remedy="Name a feed, a place or a metric, or ask for longer steps or a shorter span",
    )


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """value: None where nothing was measured; coverage is 0 there."""

    at: datetime
    value: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Series:
    feed: str
    place_kind: str
    place: str
    metric: str
    unit: str
    class_label: str
    direction: str
    points: tuple[SeriesPoint, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """What was counted at a place in a span, and the share of the span that was analysed."""

    feed: str
    place_kind: str
    place: str
    direction: str
    class_label: str
    count: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Metric:
    metric: str
    unit: str
    words: str


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """waiting: events not yet delivered. problem: "" while all is well."""

    name: str
    waiting: int
    delivered: int
    failed: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TrueCount:
    """What a demo camera really played over a line, next to what was counted."""

    feed: str
    line: str
    direction: str
    class_label: str
    true: int
    counted: int


@dataclass(frozen=True, slots=True)
class SiteProblem:
    """What is wrong with the site file as it is on the disk. line: 0 where none is known."""

    file: str
    line: int
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A feed as the site file has it.

    source: secrets included, for the fleet alone. shown: its address with
    user and password masked. scene, rules: as in site.yaml, JSON values.
    geometry: the same scene for computing with. groups: that rights are given by.
    """

    id: str
    source: SourceSpec = field(repr=False)
    shown: str
    scene: Mapping[str, JsonValue]
    rules: tuple[Mapping[str, JsonValue], ...]
    geometry: SceneGeometry
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JunctionEntry:
    """A junction as the site file has it. values: JSON, as in site.yaml."""

    values: Mapping[str, JsonValue]
    junction: Junction


@dataclass(frozen=True, slots=True)
class SiteState:
    """The site file as it is in force. version: changes whenever the file does.

    notices: edits that are sound and wait for a restart.
    """

    site: str
    version: str
    redaction_style: str
    feeds: tuple[FeedEntry, ...]
    problems: tuple[SiteProblem, ...] = ()
    notices: tuple[SiteProblem, ...] = ()
    junctions: tuple[JunctionEntry, ...] = ()

    def junction(self, junction_id: str) -> JunctionEntry | None:
        return next((j for j in self.junctions if j.junction.id == junction_id), None)

    def feed(self, feed_id: str) -> FeedEntry | None:
        return next((each for each in self.feeds if each.id == feed_id), None)


@dataclass(frozen=True, slots=True)
class FeedDraft:
    """A feed that someone wants, not yet checked.

    source: an address or path as a person writes it; user and password in it
    are allowed. changed: the names of the fields that were really given, so
    that a change leaves the others alone.
    """

    id: str
    source: str = field(default="", repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    transport: str = "tcp"
    loop: bool = False
    every_s: float = 1.0
    rate: float | None = None
    groups: tuple[str, ...] = ()
    scene: Mapping[str, Any] | None = None
    rules: tuple[Mapping[str, Any], ...] | None = None
    changed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RowProblem:
    """row: of the import, counted from 1."""

    row: int
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """Ids by what happened to them. With problems nothing was changed."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    problems: tuple[RowProblem, ...] = ()
