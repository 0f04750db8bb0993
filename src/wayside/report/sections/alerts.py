"""Incidents of traffic: what a control room would want to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from wayside.domain.records import Severity
from wayside.report import words
from wayside.report.found import Found
from wayside.report.incidents import Incident

_COUNTED: Final = ("traffic.line_crossing", "traffic.movement")
_MOST_ROWS = 100

_EVIDENCE: Final = (
    ("ttc_s", "time to collision {:.1f} s"),
    ("pet_s", "post-encroachment time {:.1f} s"),
    ("drac_mps2", "deceleration needed {:.1f} m/s²"),
    ("vehicles", "{:.0f} vehicles"),
    ("length_m", "{:.0f} m long"),
)
"""Numbers of an incident that are told where it has them."""


@dataclass(frozen=True, slots=True)
class AlertRow:
    """severity: "" for info."""

    instant: str
    what: str
    severity: str
    evidence: str | Markup


@dataclass(frozen=True, slots=True)
class Alerts:
    """kinds: (name, number). left_out: rows beyond those that are listed; the events have all."""

    kinds: list[tuple[str, int]]
    rows: list[AlertRow]
    left_out: int
    clock: str


def build(found: Found) -> Alerts | None:
    """None where there was none."""
    alerts = [
        each
        for each in found.incidents
        if each.kind.startswith("traffic.") and each.kind not in _COUNTED
    ]
    if not alerts:
        return None
    numbers: dict[str, int] = {}
    for each in alerts:
        name = words.kind_name(each.kind)
        numbers[name] = numbers.get(name, 0) + 1
    return Alerts(
        sorted(numbers.items(), key=lambda each: (-each[1], each[0])),
        [_row(found, each) for each in alerts[:_MOST_ROWS]],
        max(0, len(alerts) - _MOST_ROWS),
        found.clock_name,
    )


def _row(found: Found, incident: Incident) -> AlertRow:
    told = [
        text.format(value)
        for key, text in _EVIDENCE
        if (value := incident.quantity(key)) is not None
    ]
    return AlertRow(
        found.instant(incident.start_s),
        words.sentence(incident),
        "" if incident.severity is Severity.INFO else str(incident.severity),
        ", ".join(told) if told else words.undefined("No measure of it was recorded"),
    )
