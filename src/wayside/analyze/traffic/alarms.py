"""One incident for one happening, however many tracks show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from wayside.domain.geometry import Points
from wayside.domain.records import Finding, JsonValue, Phase, Severity


@dataclass(frozen=True, slots=True, eq=False)
class Alarm:
    """A track that shows an incident of ``kind`` from now on, which began at start_s.

    place: (2,) in a yard's frame, in which ``metre`` is a metre long. zone: "" for none.
    """

    kind: str
    track: int
    start_s: float
    place: Points
    metre: float
    zone: str
    severity: Severity
    data: Mapping[str, JsonValue]


@dataclass(slots=True)
class _Incident:
    """number: of its key. tracks: those that show it now. seen_s: when one did last. objects: how
    many have shown it. opened: what it was told with.
    """

    number: int
    opened: Alarm
    place: Points
    seen_s: float
    objects: int = 1
    tracks: set[int] = field(default_factory=set)


class Alarms:
    """The open incidents of a rule.

    A new alarm within ``join_m`` metres of an open incident of its kind belongs to it: a second
    person beside the first, or the same one under a new track. It closes once no track has shown
    it for ``linger_s``. Data gets ``objects``, how many tracks have shown it; at close also
    ``lasted_s``, and ``complete``, False where the stream ended first.
    """

    def __init__(self, name: str, *, join_m: float, linger_s: float) -> None:
        self._name = name
        self._join_m = join_m
        self._linger_s = linger_s
        self._open: list[_Incident] = []
        self._number = 0

    def __contains__(self, track: int) -> bool:
        return any(track in incident.tracks for incident in self._open)

    def sound(self, alarm: Alarm, t_s: float) -> list[Finding]:
        """OPEN, or UPDATE of what it belongs to."""
        incident = self._near(alarm)
        if incident is not None:
            incident.objects += 1
            incident.tracks.add(alarm.track)
            incident.place, incident.seen_s = alarm.place, t_s
            return [self._finding(incident, Phase.UPDATE)]
        self._number += 1
        incident = _Incident(self._number, alarm, alarm.place, t_s, tracks={alarm.track})
        self._open.append(incident)
        return [self._finding(incident, Phase.OPEN)]

    def seen(self, track: int, place: Points, t_s: float) -> None:
        """A track that has sounded still shows its incident."""
        for incident in self._open:
            if track in incident.tracks:
                incident.place, incident.seen_s = place, t_s

    def leave(self, track: int) -> None:
        """A track shows nothing any more, or is gone."""
        for incident in self._open:
            incident.tracks.discard(track)

    def settle(self, t_s: float) -> list[Finding]:
        """CLOSE of those that nobody has shown for a while."""
        over = [each for each in self._open if t_s - each.seen_s >= self._linger_s]
        self._open = [each for each in self._open if t_s - each.seen_s < self._linger_s]
        return [self._finding(each, Phase.CLOSE, each.seen_s, complete=True) for each in over]

    def finish(self, t_s: float) -> list[Finding]:
        """CLOSE of all: the stream ends."""
        over, self._open = self._open, []
        return [self._finding(each, Phase.CLOSE, t_s, complete=False) for each in over]

    def _near(self, alarm: Alarm) -> _Incident | None:
        for incident in self._open:
            away = float(np.hypot(*(incident.place - alarm.place))) / alarm.metre
            if incident.opened.kind == alarm.kind and away <= self._join_m:
                return incident
        return None

    def _finding(
        self,
        incident: _Incident,
        phase: Phase,
        end_s: float | None = None,
        *,
        complete: bool = True,
    ) -> Finding:
        alarm = incident.opened
        data = {**alarm.data, "objects": incident.objects}
        if end_s is not None:
            end_s = max(end_s, alarm.start_s)
            data |= {"lasted_s": round(end_s - alarm.start_s, 2), "complete": complete}
        key = f"{self._name}:{alarm.zone}:{incident.number}"
        return Finding(
            alarm.kind, key, phase, alarm.start_s, end_s, alarm.zone, alarm.severity, data
        )
