"""Events as the world reads them: CloudEvents 1.0 in their JSON format.

Source: CloudEvents specification 1.0.2, "Context Attributes", and its JSON
event format; ``sequence`` is the documented extension of that name.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from wayside.domain.records import Event, JsonValue, Measurement
from wayside.domain.time import rfc3339

SPEC_VERSION = "1.0"
MEASUREMENT_TYPE = "wayside.measurement.v1"
_SEQUENCE_DIGITS = 12  # a string that sorts: 10**12 records of one session is out of reach


def to_cloudevent(event: Event) -> dict[str, Any]:
    """The JSON object of one event.

    ``time`` is when that phase happened: the end of what has ended, else the
    start. ``subject`` is the place and is left out for the whole picture,
    because the specification allows no empty one. ``data`` holds the
    analyzer's own values and the fields common to all kinds, which win where
    an analyzer used one of their names. No id in it means anything outside
    its session: incident ids are random, and so are track ids.
    """
    envelope: dict[str, Any] = {
        "specversion": SPEC_VERSION,
        "id": str(event.event_id),
        "source": source_of(event.origin.site, event.origin.feed),
        "type": f"wayside.{event.kind}.v1",
    }
    if event.place:
        envelope["subject"] = event.place
    envelope["time"] = rfc3339(event.end or event.start)
    envelope["sequence"] = str(event.sequence).zfill(_SEQUENCE_DIGITS)
    envelope["datacontenttype"] = "application/json"
    envelope["data"] = {**event.data, **_common(event)}
    return envelope


def measurement_cloudevent(measurement: Measurement) -> dict[str, Any]:
    """The JSON object of one measurement; ``time`` is the end of its window.

    ``data.value`` is null where the metric is undefined, and ``data.coverage``
    says which share of the window was really analysed.
    """
    origin, reading = measurement.origin, measurement.reading
    envelope: dict[str, Any] = {
        "specversion": SPEC_VERSION,
        "id": str(measurement.measurement_id),
        "source": source_of(origin.site, origin.feed),
        "type": MEASUREMENT_TYPE,
    }
    if reading.place:
        envelope["subject"] = reading.place
    envelope["time"] = rfc3339(measurement.window_end)
    envelope["sequence"] = str(measurement.sequence).zfill(_SEQUENCE_DIGITS)
    envelope["datacontenttype"] = "application/json"
    envelope["data"] = {
        "feed": origin.feed,
        "session": origin.session,
        "window_start": rfc3339(measurement.window_start),
        "window_end": rfc3339(measurement.window_end),
        "place_kind": reading.place_kind,
        "place": reading.place,
        "metric": reading.metric,
        "class": reading.class_label,
        "direction": reading.direction,
        "value": reading.value,
        "unit": reading.unit,
        "error": reading.error,
        "coverage": measurement.coverage,
    }
    return envelope


def source_of(site: str, feed: str) -> str:
    """``/sites/<site>/feeds/<feed>``, a URI reference whatever the names contain."""
    return f"/sites/{quote(site, safe='')}/feeds/{quote(feed, safe='')}"


def _common(event: Event) -> dict[str, JsonValue]:
    return {
        "phase": event.phase.value,
        "incident_id": str(event.incident_id),
        "feed": event.origin.feed,
        "session": event.origin.session,
        "place": event.place,
        "severity": event.severity.value,
        "start": rfc3339(event.start),
        "end": None if event.end is None else rfc3339(event.end),
        "start_s": event.start_s,
        "end_s": event.end_s,
    }
