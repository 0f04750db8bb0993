"""What leaves a worker: findings on their way to being events, events, measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"


class Phase(StrEnum):
    """OPEN begins an incident, UPDATE changes it, CLOSE ends it. INSTANT is all three at once."""

    OPEN = "open"
    UPDATE = "update"
    CLOSE = "close"
    INSTANT = "instant"

    @property
    def begins(self) -> bool:
        """Something happens with it that had not been told."""
        return self in (Phase.OPEN, Phase.INSTANT)


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Finding:
    """What an analyzer noticed. It has no identity yet: events/ gives it one.

    kind: ``pack.kind``, as ``traffic.line_crossing``. key: joins the phases of
    one incident inside one session, e.g. ``zone:Z1:4711``. start_s, end_s:
    media seconds; end_s is None while open. place: id of a line, zone or
    movement, or "" for the whole picture. data: JSON values only.
    """

    kind: str
    key: str
    phase: Phase
    start_s: float
    end_s: float | None
    place: str
    severity: Severity = Severity.INFO
    data: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record was made. shard, epoch: which worker was allowed to make it (fencing)."""

    site: str
    feed: str
    session: str
    shard: int = 0
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. event_id is unique per phase, incident_id shared by them all.

    start, end: UTC. start_s, end_s: the same in media seconds of the session.
    sequence: counts up per session.
    """

    event_id: UUID
    incident_id: UUID
    origin: Origin
    sequence: int
    kind: str
    phase: Phase
    start: datetime
    end: datetime | None
    start_s: float
    end_s: float | None
    place: str
    severity: Severity
    data: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Reading:
    """A number from an analyzer for one window, before coverage and origin are added.

    value is None where the metric is undefined (mean speed of nobody).
    error: half-width of the 95 % band in ``unit``, None where not estimated.
    place_kind: line, lane, zone, movement or feed. class_label, direction: "" where
    they do not apply.
    """

    metric: str
    value: float | None
    unit: str
    place_kind: str
    place: str
    class_label: str = ""
    direction: str = ""
    error: float | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """A reading with its window and its coverage: the share of the window really analysed."""

    measurement_id: UUID
    origin: Origin
    sequence: int
    window_start: datetime
    window_end: datetime
    window_start_s: float
    window_end_s: float
    reading: Reading
    coverage: float
