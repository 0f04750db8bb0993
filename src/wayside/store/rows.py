"""Records to rows of the tables, and back, without loss."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from wayside.domain.records import Event, JsonValue, Measurement, Origin, Phase, Reading, Severity
from wayside.domain.tracks import Trajectory
from wayside.store import points
from wayside.store.records import Clip, Gap, SessionRecord, SessionStatus, Still

if TYPE_CHECKING:
    import sqlalchemy as sa

Row: TypeAlias = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """Since 1970 UTC, exactly. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a stored time needs a time zone")
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def session_row(record: SessionRecord) -> Row:
    return {
        "id": record.id,
        "site": record.site,
        "feed": record.feed,
        "source": record.source,
        "start_us": to_microseconds(record.start),
        "start_is_known": record.start_is_known,
        "duration_s": record.duration_s,
        "status": record.status.value,
        "coverage": record.coverage,
        "format": _json(record.format),
        "settings": _json(record.settings),
        "model": _json(record.model),
        "versions": _json(record.versions),
        "counters": _json(record.counters),
    }


def session_of(row: sa.RowMapping) -> SessionRecord:
    return SessionRecord(
        id=row["id"],
        site=row["site"],
        feed=row["feed"],
        source=row["source"],
        start=from_microseconds(row["start_us"]),
        start_is_known=row["start_is_known"],
        duration_s=row["duration_s"],
        status=SessionStatus(row["status"]),
        coverage=row["coverage"],
        format=json.loads(row["format"]),
        settings=json.loads(row["settings"]),
        model=json.loads(row["model"]),
        versions=json.loads(row["versions"]),
        counters=json.loads(row["counters"]),
    )


def event_row(event: Event) -> Row:
    return {
        "event_id": event.event_id,
        "incident_id": event.incident_id,
        **_origin_columns(event.origin),
        "sequence": event.sequence,
        "kind": event.kind,
        "phase": event.phase.value,
        "start_us": to_microseconds(event.start),
        "end_us": None if event.end is None else to_microseconds(event.end),
        "start_s": event.start_s,
        "end_s": event.end_s,
        "place": event.place,
        "severity": event.severity.value,
        "data": _json(event.data),
    }


def event_of(row: sa.RowMapping) -> Event:
    end_us = row["end_us"]
    return Event(
        event_id=row["event_id"],
        incident_id=row["incident_id"],
        origin=_origin_of(row),
        sequence=row["sequence"],
        kind=row["kind"],
        phase=Phase(row["phase"]),
        start=from_microseconds(row["start_us"]),
        end=None if end_us is None else from_microseconds(end_us),
        start_s=row["start_s"],
        end_s=row["end_s"],
        place=row["place"],
        severity=Severity(row["severity"]),
        data=json.loads(row["data"]),
    )


def measurement_row(measurement: Measurement) -> Row:
    reading = measurement.reading
    return {
        "measurement_id": measurement.measurement_id,
        **_origin_columns(measurement.origin),
        "sequence": measurement.sequence,
        "window_start_us": to_microseconds(measurement.window_start),
        "window_end_us": to_microseconds(measurement.window_end),
        "window_start_s": measurement.window_start_s,
        "window_end_s": measurement.window_end_s,
        "place_kind": reading.place_kind,
        "place": reading.place,
        "metric": reading.metric,
        "class_label": reading.class_label,
        "direction": reading.direction,
        "value": reading.value,
        "unit": reading.unit,
        "error": reading.error,
        "coverage": measurement.coverage,
    }


def measurement_of(row: sa.RowMapping) -> Measurement:
    return Measurement(
        measurement_id=row["measurement_id"],
        origin=_origin_of(row),
        sequence=row["sequence"],
        window_start=from_microseconds(row["window_start_us"]),
        window_end=from_microseconds(row["window_end_us"]),
        window_start_s=row["window_start_s"],
        window_end_s=row["window_end_s"],
        reading=Reading(
            metric=row["metric"],
            value=row["value"],
            unit=row["unit"],
            place_kind=row["place_kind"],
            place=row["place"],
            class_label=row["class_label"],
            direction=row["direction"],
            error=row["error"],
        ),
        coverage=row["coverage"],
    )


def trajectory_row(trajectory: Trajectory, session: SessionRecord) -> Row:
    """Raises ValueError for columns of different length or without a point."""
    blob = points.pack(trajectory)
    start_s, end_s = float(trajectory.t_s[0]), float(trajectory.t_s[-1])
    return {
        "session": session.id,
        "track": int(trajectory.track),
        "feed": session.feed,
        "class_id": int(trajectory.class_id),
        "start_us": to_microseconds(session.start + timedelta(seconds=start_s)),
        "end_us": to_microseconds(session.start + timedelta(seconds=end_s)),
        "points": blob,
    }


def trajectory_of(row: sa.RowMapping) -> Trajectory:
    """Raises ValueError for points that cannot be read."""
    return points.unpack(row["track"], row["class_id"], row["points"])


def still_row(still: Still) -> Row:
    """Raises ValueError for bytes that are not one whole JPEG."""
    if not (still.jpeg.startswith(b"\xff\xd8\xff") and still.jpeg.endswith(b"\xff\xd9")):
        raise ValueError(f"the still of event {still.event_id} is not a JPEG")
    return {
        "event_id": still.event_id,
        "width": still.width,
        "height": still.height,
        "jpeg": still.jpeg,
    }


def still_of(row: sa.RowMapping) -> Still:
    return Still(row["event_id"], row["jpeg"], row["width"], row["height"])


def clip_row(clip: Clip) -> Row:
    """Raises ValueError for bytes that are not an MP4 file."""
    if clip.mp4[4:8] != b"ftyp":
        raise ValueError(f"the clip of event {clip.event_id} is not an MP4 file")
    return {"event_id": clip.event_id, "mp4": clip.mp4}


def clip_of(row: sa.RowMapping) -> Clip:
    return Clip(row["event_id"], row["mp4"])


def gap_row(gap: Gap) -> Row:
    """Raises ValueError for a gap that ends before it starts."""
    if not gap.start_s <= gap.end_s:
        raise ValueError(f"a gap of {gap.feed} starts at {gap.start_s} s and ends at {gap.end_s} s")
    return {
        "session": gap.session,
        "start_s": gap.start_s,
        "reason": gap.reason,
        "feed": gap.feed,
        "end_s": gap.end_s,
    }


def gap_of(row: sa.RowMapping) -> Gap:
    return Gap(row["feed"], row["session"], row["start_s"], row["end_s"], row["reason"])


def _origin_columns(origin: Origin) -> Row:
    return {
        "site": origin.site,
        "feed": origin.feed,
        "session": origin.session,
        "shard": origin.shard,
        "epoch": origin.epoch,
    }


def _origin_of(row: sa.RowMapping) -> Origin:
    return Origin(row["site"], row["feed"], row["session"], row["shard"], row["epoch"])


def _json(values: Mapping[str, JsonValue]) -> str:
    """Raises TypeError or ValueError for what JSON cannot hold (NaN included)."""
    return json.dumps(dict(values), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
