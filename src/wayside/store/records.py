"""What the store keeps beside the records of the domain: sessions, stills, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from wayside.domain.media import StreamFormat
from wayside.domain.records import JsonValue


class SessionStatus(StrEnum):
    """RUNNING until it is written otherwise; INTERRUPTED: by the user or a kill."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One connection of a feed, and what it was analysed with.

    source: the source's name as a person may read it, never a URL with its
    password. start: UTC of the first picture; start_is_known is False where it
    was guessed. duration_s: media seconds analysed, None while unknown.
    coverage: share of the session really analysed, 0..1, None while unknown.
    format, settings, model, versions, counters: JSON values for the report.
    """

    id: str
    site: str
    feed: str
    source: str
    start: datetime
    start_is_known: bool
    duration_s: float | None = None
    status: SessionStatus = SessionStatus.RUNNING
    coverage: float | None = None
    format: Mapping[str, JsonValue] = field(default_factory=dict)
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    model: Mapping[str, JsonValue] = field(default_factory=dict)
    versions: Mapping[str, JsonValue] = field(default_factory=dict)
    counters: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Still:
    """The picture of an event, redacted and encoded: what ``redact.encode_jpeg`` returned."""

    event_id: UUID
    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Clip:
    """The seconds around an event, redacted and encoded: a whole MP4 file."""

    event_id: UUID
    mp4: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a session in which nothing was seen. start_s, end_s: media seconds."""

    feed: str
    session: str
    start_s: float
    end_s: float
    reason: str


def describe_format(stream: StreamFormat) -> dict[str, JsonValue]:
    """What a stream declared, as JSON values; the decoder's own parameters stay out."""
    return {
        "codec": stream.codec,
        "width": stream.width,
        "height": stream.height,
        "rotation": stream.rotation,
        "time_base": str(stream.time_base),
        "rate": stream.rate,
        "duration_s": stream.duration_s,
    }
