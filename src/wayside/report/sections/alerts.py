"""Incidents of traffic: what a control room would want to be told."""

from __future__ import annotations

from collections.abc import Iterator
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
    ("vehicles_max", "{:.0f} vehicles at most"),
    ("length_max_m", "{:.0f} m at most"),
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
    told = [*_value(incident)]
    told += [
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


def _value(incident: Incident) -> Iterator[str]:
    """What was measured, beside the threshold that it passed."""
    value, threshold = incident.quantity("value"), incident.quantity("threshold")
    if value is not None:
        unit = str(incident.data.get("unit", ""))
        bound = "" if threshold is None else f" (threshold {threshold:.3g})"
        yield f"{value:.3g} {unit}{bound}".replace("  ", " ").strip()
