"""The phases of each incident folded into the one thing that happened."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from wayside.domain.classes import ObjectClass
from wayside.domain.records import Event, JsonValue, Phase, Severity
from wayside.domain.scene import Direction
from wayside.report.contents import FeedContents

_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


@dataclass(frozen=True, slots=True)
class Incident:
    """All phases of one incident.

    start_s, end_s: seconds since the feed's start; end_s is None without an end.
    is_open: it was not over when the analysis ended. An analyzer closes what
    is left then and marks it ``"complete": false``; its end is no real end.
    severity: the worst of its phases. data: of all phases, the latest wins.
    event_ids: first phase first; a still may hang on any of them.
    """

    kind: str
    place: str
    start_s: float
    end_s: float | None
    is_open: bool
    severity: Severity
    object_class: ObjectClass
    direction: str
    data: dict[str, JsonValue]
    event_ids: tuple[UUID, ...]

    @property
    def lasted_s(self) -> float | None:
        """Seconds from start to end, None while open: how long it will be is not known."""
        if self.is_open or self.end_s is None:
            return None
        return max(0.0, self.end_s - self.start_s)

    def quantity(self, key: str) -> float | None:
        """A finite number of its data, None where it has none."""
        value = self.data.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return float(value) if math.isfinite(value) else None


def fold(feed: FeedContents) -> list[Incident]:
    """The feed's incidents in order of their start."""
    phases: dict[UUID, list[Event]] = {}
    for event in feed.events:
        phases.setdefault(event.incident_id, []).append(event)
    folded = [_fold_one(feed, events) for events in phases.values()]
    return sorted(folded, key=lambda incident: incident.start_s)


def of_kind(incidents: Iterable[Incident], kind: str) -> list[Incident]:
    """Those of one kind, in the order given."""
    return [incident for incident in incidents if incident.kind == kind]


def _fold_one(feed: FeedContents, events: Sequence[Event]) -> Incident:
    ordered = sorted(events, key=lambda event: event.sequence)
    first, last = ordered[0], ordered[-1]
    data: dict[str, JsonValue] = {}
    for event in ordered:
        data.update(event.data)
    closed = any(event.phase in {Phase.CLOSE, Phase.INSTANT} for event in ordered)
    return Incident(
        kind=first.kind,
        place=first.place,
        start_s=feed.offset_s(first.start),
        end_s=feed.offset_s(last.end or last.start) if closed else None,
        is_open=not closed or data.get("complete") is False,
        severity=max((event.severity for event in ordered), key=_RANK.__getitem__),
        object_class=_class_of(data),
        direction=_direction_of(data),
        data=data,
        event_ids=tuple(event.event_id for event in ordered),
    )


def _class_of(data: dict[str, JsonValue]) -> ObjectClass:
    """A label outside the taxonomy, from a plug-in perhaps, counts as unknown."""
    try:
        return ObjectClass.from_label(str(data.get("class", "unknown")))
    except KeyError:
        return ObjectClass.UNKNOWN


def _direction_of(data: dict[str, JsonValue]) -> str:
    direction = data.get("direction")
    return str(direction) if direction in set(Direction) else ""
