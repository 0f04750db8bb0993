"""Events as the world reads them: CloudEvents 1.0 in their JSON format.

Source: CloudEvents specification 1.0.2, "Context Attributes", and its JSON
event format; ``sequence`` is the documented extension of that name.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from wayside.domain.records import Event, JsonValue
from wayside.domain.time import rfc3339

SPEC_VERSION = "1.0"
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
