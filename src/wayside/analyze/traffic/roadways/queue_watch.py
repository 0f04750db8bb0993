"""Tells of queues that are too long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wayside.analyze.traffic.roadways.asked import road_of
from wayside.analyze.traffic.roadways.roadway import Roadway
from wayside.analyze.traffic.roadways.spell import Spell
from wayside.analyze.traffic.roadways.state import RoadState
from wayside.domain.errors import ConfigError
from wayside.domain.records import Finding, JsonValue, Phase, Severity
from wayside.scene.scene import Scene

KIND = "traffic.queue"

_GONE = 0.8
_GROWN = 1.25
_UPDATE_S = 30.0


@dataclass(frozen=True, slots=True)
class QueueRule:
    """Report a queue in a lane or carriageway that is longer than it may be, for ``for_s``.

    One of longer_than_m (from its front to its back), more_than (vehicles) and line (its back has
    passed that line, as seen from the stop line). It is over once it was under four fifths of
    that for ``clear_s``.
    """

    least_rate: ClassVar[float] = 0.0

    zone: str
    longer_than_m: float | None = None
    more_than: int | None = None
    line: str | None = None
    for_s: float = 30.0
    clear_s: float = 90.0
    severity: Severity = Severity.WARNING


class QueueWatch:
    """One rule's incidents, from the states of its zone."""

    def __init__(self, scene: Scene, zones: tuple[Roadway, ...], rule: QueueRule, number: int):
        """number: of the rule. Raises ConfigError for a rule that cannot be followed."""
        where = f"rules[{number}]"
        self.zone, road = road_of(zones, rule.zone, where, needs_heading=True)
        self._rule = rule
        self._metric = road.is_metric
        self._threshold, self._measure, self._unit = _asked(scene, road, rule, where)
        self._spell = Spell(rule.for_s, rule.clear_s)
        self._key = f"queue:{number}"
        self._number = 0
        self._worst = self._now = RoadState()
        self._told_s = self._told = 0.0

    def update(self, t_s: float, state: RoadState) -> list[Finding]:
        value = self._value(state)
        phase = self._spell.update(
            t_s, holds=value > self._threshold, gone=value <= _GONE * self._threshold
        )
        if phase is Phase.OPEN:
            self._number += 1
            self._worst = state
        elif self._value(state) > self._value(self._worst):
            self._worst = state
        self._now = state
        if phase is None:
            worst = self._value(self._worst)
            is_due = t_s - self._told_s >= _UPDATE_S and worst >= _GROWN * self._told
            if not (self._spell.is_open and is_due):
                return []
            phase = Phase.UPDATE
        self._told_s, self._told = t_s, self._value(self._worst)
        return [self._finding(phase, complete=True)]

    def finish(self, t_s: float) -> list[Finding]:
        return [self._finding(Phase.CLOSE, complete=False)] if self._spell.cut(t_s) else []

    def _value(self, state: RoadState) -> float:
        if self._measure == "vehicles":
            return float(state.queued)
        return state.length if self._measure == "length" else state.back

    def _finding(self, phase: Phase, *, complete: bool) -> Finding:
        is_over = phase is Phase.CLOSE
        told = self._worst if is_over else self._now
        data: dict[str, JsonValue] = {
            "zone": self._rule.zone,
            "measure": self._measure,
            "value": round(self._value(told), 2),
            "threshold": round(self._threshold, 2),
            "unit": self._unit,
            "vehicles": told.queued,
            "vehicles_max": self._worst.queued,
            "at_least": told.is_cut,
            "at_stop_line": told.at_stop,
        }
        if self._rule.line is not None:
            data["line"] = self._rule.line
        if self._metric:
            data["length_m"] = round(told.length, 1)
            data["length_max_m"] = round(self._worst.length, 1)
        key = f"{self._key}:{self._number}"
        return self._spell.finding(KIND, key, self._rule, phase, data, complete=complete)


def _asked(scene: Scene, road: Roadway, rule: QueueRule, where: str) -> tuple[float, str, str]:
    """(threshold in units of the way, measure, unit)."""
    given = [rule.longer_than_m, rule.more_than, rule.line]
    if sum(value is not None for value in given) != 1:
        raise ConfigError(
            f"the rule for queues in zone {rule.zone!r} does not say how long is too long",
            where=where,
            remedy="Give one of longer_than_m, more_than and line",
        )
    if rule.more_than is not None:
        return float(rule.more_than), "vehicles", "vehicles"
    if rule.line is not None:
        return _to_line(scene, road, rule.line, where), "line", "m" if road.is_metric else "heights"
    if not road.is_metric:
        raise ConfigError(
            f"zone {rule.zone!r} has no metres, because its feed is not calibrated there",
            where=where,
            remedy="Calibrate the feed, or use more_than (vehicles) or line",
        )
    return float(rule.longer_than_m or 0.0), "length", "m"


def _to_line(scene: Scene, road: Roadway, line: str, where: str) -> float:
    """From the stop line to a line, along the way."""
    if line not in scene.line_ids:
        raise ConfigError(
            f"the rule for queues names the line {line!r}, which is not drawn",
            where=where,
            remedy=f"Lines of this scene: {', '.join(scene.line_ids) or 'none'}",
        )
    index = scene.line_ids.index(line)
    middle = ((scene.line_starts[index] + scene.line_ends[index]) / 2)[None]
    place = scene.ground(middle) if road.is_metric else middle * (scene.aspect, 1.0)
    assert road.way is not None
    distance = road.stop - float(road.way.along(place)[0][0]) if place is not None else -1.0
    if not 0 < distance <= road.stop:
        raise ConfigError(
            f"line {line!r} does not lie across the way of zone {road.id!r}",
            where=where,
            remedy="Draw it across the zone, before its stop line",
        )
    return distance
