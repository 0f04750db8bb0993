"""Numbers and events in plain words."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from wayside.domain.classes import ObjectClass
from wayside.events.words import KMH_PER_MPS, kind_name, span, speed, words_of
from wayside.report.incidents import Incident

__all__ = [
    "KMH_PER_MPS",
    "class_name",
    "clock",
    "date_and_time",
    "instant",
    "kind_name",
    "number",
    "percent",
    "sentence",
    "span",
    "speed",
    "tenths",
    "time_of_day",
    "timed_sentence",
    "undefined",
]


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


def tenths(seconds: float) -> str:
    """``9.0 s`` below a minute, so that a column of them lines up; as ``span`` above."""
    return f"{seconds:.1f} s" if seconds < 59.95 else span(seconds)


def undefined(why: str) -> Markup:
    """An en dash that says, when asked, why there is no number."""
    return Markup('<abbr class="undefined" title="{}">\N{EN DASH}</abbr>').format(why)


def class_name(object_class: ObjectClass) -> str:
    """``Car``; a class that nothing named is an ``Unknown object``."""
    if object_class is ObjectClass.UNKNOWN:
        return "Unknown object"
    return object_class.label.capitalize()


def sentence(incident: Incident) -> str:
    """What happened, without the time: ``A car crossed line north-in forward``."""
    return words_of(incident, if_open="not over when the analysis ended")


def timed_sentence(incident: Incident, instant: str) -> str:
    """``A car crossed line north-in forward at 00:01:23``."""
    return f"{sentence(incident)} at {instant}"


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a shown time needs a time zone")
    return moment.astimezone(UTC)
