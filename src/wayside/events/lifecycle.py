"""From findings to events: identity, order and a whole life for every incident.

A state machine without I/O. It repairs what breaks a life (a close of what
was never opened, a second open) so that every consumer sees open, updates,
close in that order, and it counts each repair. What no repair can make true
(a time that is no number, data that is not JSON) is refused with ValueError.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from wayside.domain.records import Event, Finding, JsonValue, Measurement, Origin, Phase, Reading
from wayside.domain.time import Clock, utc_at
from wayside.events.identifiers import Identifiers
from wayside.observe.counters import Counters

CUT_SHORT = "cut_short"
"""Key in the data of a CLOSE that came with the end of the stream, not of the incident."""

_LONGEST_STREAM_S = 1e9
"""31 years. Beyond it stands a broken pts, and UTC would overflow."""


@dataclass(slots=True)
class _OpenIncident:
    """id: shared by all phases. latest: what was last found of it."""

    id: UUID
    latest: Finding


class Incidents:
    """The open incidents of one session, and the numbering of its records.

    origin: stamped on every record. start: UTC of the session's first picture.
    first_sequence: number of the first record; events and measurements share
    one count. identifiers: give all sessions of a process the same one and
    their ids sort together; by default each has its own.

    counters: ``updates_without_open``, ``closes_without_open``,
    ``opens_while_open`` (repaired), ``values_not_finite`` (made undefined).
    """

    def __init__(
        self,
        origin: Origin,
        start: datetime,
        clock: Clock,
        first_sequence: int = 0,
        identifiers: Identifiers | None = None,
    ) -> None:
        if start.tzinfo is None:
            raise ValueError("the start of a session needs a time zone")
        self.origin = origin
        self.start = start
        self.next_sequence = first_sequence
        self.counters = Counters(
            "updates_without_open", "closes_without_open", "opens_while_open", "values_not_finite"
        )
        self._identifiers = identifiers or Identifiers(clock)
        self._open: dict[tuple[str, str], _OpenIncident] = {}

    @property
    def open_count(self) -> int:
        """How many incidents are open now."""
        return len(self._open)

    def events(self, findings: Iterable[Finding]) -> list[Event]:
        """The events of these findings, in their order.

        Phases join on ``kind`` and ``key``. An UPDATE of what is not open
        becomes its OPEN; a CLOSE of what is not open becomes OPEN and CLOSE;
        an OPEN of what is open becomes an UPDATE. Raises ValueError for a
        finding whose times or data cannot be right; nothing is changed then.
        """
        checked = list(findings)
        for finding in checked:
            _check_finding(finding)
        return [event for finding in checked for event in self._live(finding)]

    def close_all(self, t_s: float) -> list[Event]:
        """Close what is still open, at media second ``t_s``: the stream has ended.

        The data of each is that of its last finding and ``cut_short: true``,
        because the incident itself may well have gone on.
        """
        if not _is_media_second(t_s):
            raise ValueError(f"a stream cannot end at {t_s} s")
        closed = []
        for incident in self._open.values():
            last = incident.latest
            end_s = max(t_s, last.start_s)
            finding = replace(
                last, phase=Phase.CLOSE, end_s=end_s, data={**last.data, CUT_SHORT: True}
            )
            closed.append(self._event(finding, incident.id))
        self._open.clear()
        return closed

    def measurements(
        self,
        readings: Iterable[Reading],
        window_start_s: float,
        window_end_s: float,
        coverage: float,
    ) -> list[Measurement]:
        """The readings of one window with origin, UTC and coverage.

        coverage: share of the window that was really analysed, 0..1. A value
        or error that is not finite becomes None (undefined) and is counted.
        Raises ValueError for an empty window or a coverage outside 0..1.
        """
        times_are_right = _is_media_second(window_start_s) and _is_media_second(window_end_s)
        if not (times_are_right and window_start_s < window_end_s):
            raise ValueError(f"no window: {window_start_s} s to {window_end_s} s")
        if not 0.0 <= coverage <= 1.0:
            raise ValueError(f"coverage {coverage} is not in 0..1")
        window_start = utc_at(self.start, window_start_s)
        window_end = utc_at(self.start, window_end_s)
        return [
            Measurement(
                measurement_id=self._identifiers.new(),
                origin=self.origin,
                sequence=self._take_sequence(),
                window_start=window_start,
                window_end=window_end,
                window_start_s=window_start_s,
                window_end_s=window_end_s,
                reading=self._defined(reading),
                coverage=coverage,
            )
            for reading in readings
        ]

    def _live(self, finding: Finding) -> list[Event]:
        if finding.phase is Phase.INSTANT:
            end_s = finding.start_s if finding.end_s is None else finding.end_s
            return [self._event(replace(finding, end_s=end_s), self._identifiers.new())]
        incident = self._open.get((finding.kind, finding.key))
        if finding.phase is Phase.CLOSE:
            return self._close(finding, incident)
        if incident is None:
            if finding.phase is Phase.UPDATE:
                self.counters.add("updates_without_open")
            return [self._begin(finding)]
        if finding.phase is Phase.OPEN:
            self.counters.add("opens_while_open")
        incident.latest = finding
        return [self._event(replace(finding, phase=Phase.UPDATE, end_s=None), incident.id)]

    def _begin(self, finding: Finding) -> Event:
        incident = _OpenIncident(self._identifiers.new(), finding)
        self._open[finding.kind, finding.key] = incident
        return self._event(replace(finding, phase=Phase.OPEN, end_s=None), incident.id)

    def _close(self, finding: Finding, incident: _OpenIncident | None) -> list[Event]:
        before = []
        if incident is None:
            self.counters.add("closes_without_open")
            before = [self._begin(finding)]
        incident = self._open.pop((finding.kind, finding.key))
        return [*before, self._event(finding, incident.id)]

    def _event(self, finding: Finding, incident_id: UUID) -> Event:
        end_s = finding.end_s
        return Event(
            event_id=self._identifiers.new(),
            incident_id=incident_id,
            origin=self.origin,
            sequence=self._take_sequence(),
            kind=finding.kind,
            phase=finding.phase,
            start=utc_at(self.start, finding.start_s),
            end=None if end_s is None else utc_at(self.start, end_s),
            start_s=finding.start_s,
            end_s=end_s,
            place=finding.place,
            severity=finding.severity,
            data=dict(finding.data),  # the analyzer may go on writing into its own
        )

    def _take_sequence(self) -> int:
        sequence = self.next_sequence
        self.next_sequence += 1
        return sequence

    def _defined(self, reading: Reading) -> Reading:
        value, error = reading.value, reading.error
        if (value is None or math.isfinite(value)) and (error is None or math.isfinite(error)):
            return reading
        self.counters.add("values_not_finite")
        if value is None or not math.isfinite(value):
            return replace(reading, value=None, error=None)
        return replace(reading, error=None)


def _is_media_second(t_s: float) -> bool:
    return abs(t_s) <= _LONGEST_STREAM_S  # False for NaN and infinity too


def _check_finding(finding: Finding) -> None:
    name = f"{finding.kind} {finding.phase} ({finding.key})"
    if not _is_media_second(finding.start_s):
        raise ValueError(f"{name} starts at {finding.start_s} s")
    if finding.end_s is None:
        if finding.phase is Phase.CLOSE:
            raise ValueError(f"{name} has no end")
    elif not (_is_media_second(finding.end_s) and finding.start_s <= finding.end_s):
        raise ValueError(f"{name} starts at {finding.start_s} s and ends at {finding.end_s} s")
    _check_data(name, finding.data)


def _check_data(name: str, data: Mapping[str, JsonValue]) -> None:
    """A numpy number or a NaN must fail here, at its analyzer, and not in the store."""
    try:
        json.dumps(dict(data), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"data of {name} is not JSON: {error}") from error
