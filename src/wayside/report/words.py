"""Numbers and events in plain words."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from markupsafe import Markup

from wayside.domain.classes import ObjectClass
from wayside.report.incidents import Incident

KMH_PER_MPS: Final = 3.6

_KINDS: Final = {
    "traffic.line_crossing": "Line crossing",
    "traffic.movement": "Movement",
    "traffic.stopped_object": "Stopped object",
    "venue.zone_presence": "Zone visit",
}


def number(value: float, digits: int = 0) -> str:
    """``12,345`` or ``1,234.5``."""
    return f"{value:,.{digits}f}"


def percent(share: float) -> str:
    """``99.9 %``, rounded down, so that only the whole is called 100 %."""
    tenths = math.floor(min(max(share, 0.0), 1.0) * 1000 + 1e-9)
    return f"{tenths / 10:g} %"


def clock(t_s: float) -> str:
    """Elapsed time as ``00:01:23``, rounded down to the second."""
    whole = max(0, math.floor(t_s + 1e-6))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def time_of_day(moment: datetime) -> str:
    """``08:15:30`` in UTC, rounded down to the second."""
    return f"{_utc(moment):%H:%M:%S}"


def date_and_time(moment: datetime) -> str:
    """``22 November 2026, 08:15:30 UTC``."""
    utc = _utc(moment)
    return f"{utc.day} {utc:%B %Y}, {utc:%H:%M:%S} UTC"


def instant(start: datetime, t_s: float, *, start_known: bool) -> str:
    """Time of day where the feed's start is known, else the time since its start."""
    return time_of_day(start + timedelta(seconds=t_s)) if start_known else clock(t_s)


def span(seconds: float) -> str:
    """``8.4 s``, ``1 min 05 s``, ``2 h 07 min``; ``15 min`` where nothing is left over."""
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds != round(seconds) else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60:02d} s" if whole % 60 else "")
    minutes = round(seconds / 60)
    return f"{minutes // 60:,} h" + (f" {minutes % 60:02d} min" if minutes % 60 else "")


def tenths(seconds: float) -> str:
    """``9.0 s`` below a minute, so that a column of them lines up; as ``span`` above."""
    return f"{seconds:.1f} s" if seconds < 59.95 else span(seconds)


def speed(mps: float, error_mps: float | None = None) -> str:
    """``43 km/h``, or ``43 ± 4 km/h`` with its 95 % band. The band is rounded up."""
    if error_mps is None:
        return f"{mps * KMH_PER_MPS:.0f} km/h"
    return f"{mps * KMH_PER_MPS:.0f} ± {math.ceil(error_mps * KMH_PER_MPS - 1e-9)} km/h"


def undefined(why: str) -> Markup:
    """An en dash that says, when asked, why there is no number."""
    return Markup('<abbr class="undefined" title="{}">\N{EN DASH}</abbr>').format(why)


def class_name(object_class: ObjectClass) -> str:
    """``Car``; a class that nothing named is an ``Unknown object``."""
    if object_class is ObjectClass.UNKNOWN:
        return "Unknown object"
    return object_class.label.capitalize()


def kind_name(kind: str) -> str:
    """``Line crossing`` for ``traffic.line_crossing``; a new kind reads as its own name."""
    if kind in _KINDS:
        return _KINDS[kind]
    return re.sub(r"[_\s]+", " ", kind.rpartition(".")[2]).strip().capitalize() or "Event"


def sentence(incident: Incident) -> str:
    """What happened, without the time: ``Car crossed north-in forward``."""
    who = class_name(incident.object_class)
    match incident.kind:
        case "traffic.line_crossing":
            heading = f" {incident.direction}" if incident.direction else ""
            return f"{who} crossed {incident.place}{heading}{_at_speed(incident)}"
        case "traffic.movement":
            return f"{who} made the movement {incident.place}{_travelled(incident)}"
        case "traffic.stopped_object":
            return f"{who} stopped{_where(incident)}{_lasted(incident)}"
        case "venue.zone_presence":
            return f"{who} was in {incident.place or 'the picture'}{_lasted(incident)}"
    named = f": {class_name(incident.object_class).lower()}" if "class" in incident.data else ""
    return f"{kind_name(incident.kind)}{_where(incident)}{named}{_lasted(incident)}"


def timed_sentence(incident: Incident, instant: str) -> str:
    """``Car crossed north-in forward at 00:01:23``."""
    return f"{sentence(incident)} at {instant}"


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a shown time needs a time zone")
    return moment.astimezone(UTC)


def _at_speed(incident: Incident) -> str:
    mps = incident.quantity("speed_mps")
    return "" if mps is None else f", {speed(mps, incident.quantity('speed_error_mps'))}"


def _travelled(incident: Incident) -> str:
    seconds = incident.quantity("travel_time_s")
    return "" if seconds is None else f" in {span(seconds)}"


def _where(incident: Incident) -> str:
    return f" in {incident.place}" if incident.place else ""


def _lasted(incident: Incident) -> str:
    if incident.is_open:
        return ", not over when the analysis ended"
    seconds = incident.lasted_s
    return "" if not seconds else f" for {span(seconds)}"
