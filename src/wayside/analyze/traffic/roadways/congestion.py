"""Tells when traffic becomes congested, and when it flows again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from wayside.analyze.traffic.roadways.asked import road_of
from wayside.analyze.traffic.roadways.free_flow import ASSUMED_MPS, FreeFlow
from wayside.analyze.traffic.roadways.roadway import Roadway
from wayside.analyze.traffic.roadways.spell import Spell
from wayside.analyze.traffic.roadways.state import RoadState
from wayside.domain.errors import ConfigError
from wayside.domain.records import Finding, JsonValue, Phase, Severity

KIND = "traffic.congestion"

_SMOOTH_S = 10.0
_BRIDGE_S = 6.0
_RECOVERED = 0.15
_LEAST_PER_KM = 10.0
_LEAST = 2.0
_LEAST_UNCALIBRATED = 3.0
_GONE = 0.7


@dataclass(frozen=True, slots=True)
class CongestionRule:
    """Report that a lane or carriageway is congested: for ``for_s`` never freed, not even by a
    green light.

    Congested is a space-mean speed under ``speed_share`` of the free-flow speed (free_flow_kmh,
    or learned, see FreeFlow) with 10 vehicles a kilometre and lane, or more than density_above
    vehicles a kilometre and lane. It is over once that was not so for ``clear_s``.
    """

    least_rate: ClassVar[float] = 0.0

    zone: str
    speed_share: float = 0.5
    density_above: float | None = None
    free_flow_kmh: float | None = None
    for_s: float = 120.0
    clear_s: float = 120.0
    severity: Severity = Severity.WARNING


class CongestionWatch:
    """One rule's incidents, from the states of its zone, smoothed over 10 s."""

    def __init__(
        self, zones: tuple[Roadway, ...], rule: CongestionRule, free_flow: FreeFlow, number: int
    ) -> None:
        """number: of the rule. Raises ConfigError for a rule that cannot be followed."""
        where = f"rules[{number}]"
        self.zone, self._road = road_of(zones, rule.zone, where, needs_heading=True)
        if rule.density_above is not None and self._road.length_m is None:
            raise ConfigError(
                f"zone {rule.zone!r} has no metres, because its feed is not calibrated there",
                where=where,
                remedy="Calibrate the feed, or leave density_above out",
            )
        self._rule = rule
        self._free_flow = free_flow
        self._spell = Spell(rule.for_s, rule.clear_s, _BRIDGE_S)
        self._key = f"congestion:{number}"
        self._number = 0
        self._vehicles = self._timed = self._rate = 0.0
        self._slowest = math.inf
        self._last_s: float | None = None

    def update(self, t_s: float, state: RoadState) -> list[Finding]:
        self._smooth(t_s, state)
        free, _ = self._free()
        speed, least = self._speed(), self._least()
        density = self._density()
        share = None if free is None or speed is None else speed / free
        limit, above = self._rule.speed_share, self._rule.density_above
        holds = share is not None and share < limit and self._vehicles >= least
        gone = share is None or share >= limit + _RECOVERED or self._vehicles < _GONE * least
        if above is not None and density is not None:
            holds |= density > above
            gone &= density < _GONE * above
        phase = self._spell.update(t_s, holds=holds, gone=gone)
        if phase is Phase.OPEN:
            self._number += 1
            self._slowest = math.inf
        if speed is not None and self._spell.is_open and holds:
            self._slowest = min(self._slowest, speed)
        return [] if phase is None else [self._finding(phase, complete=True)]

    def finish(self, t_s: float) -> list[Finding]:
        return [self._finding(Phase.CLOSE, complete=False)] if self._spell.cut(t_s) else []

    def _smooth(self, t_s: float, state: RoadState) -> None:
        step_s = _SMOOTH_S if self._last_s is None else t_s - self._last_s
        self._last_s = t_s
        share = 1 - math.exp(-step_s / _SMOOTH_S)
        self._vehicles += share * (state.vehicles - self._vehicles)
        self._timed += share * (state.timed - self._timed)
        self._rate += share * (state.distance_rate - self._rate)

    def _speed(self) -> float | None:
        """Space-mean speed, m/s or own sizes a second; None where nobody is."""
        return max(self._rate, 0.0) / self._timed if self._timed > 0.05 else None

    def _density(self) -> float | None:
        """Vehicles a kilometre and lane."""
        length = self._road.length_m
        return self._vehicles / length * 1000 / self._road.lanes if length else None

    def _least(self) -> float:
        """Vehicles below which slow driving is nobody's congestion."""
        length = self._road.length_m
        if length is None:
            return _LEAST_UNCALIBRATED
        return max(_LEAST, _LEAST_PER_KM * length * self._road.lanes / 1000)

    def _free(self) -> tuple[float | None, bool]:
        """(free-flow speed, whether it was given or learned)."""
        if self._rule.free_flow_kmh is not None and self._road.is_metric:
            return self._rule.free_flow_kmh / 3.6, True
        learned = self._free_flow.speed(self.zone)
        if learned is not None:
            return learned, True
        return (ASSUMED_MPS if self._road.is_metric else None), False

    def _finding(self, phase: Phase, *, complete: bool) -> Finding:
        is_over = phase is Phase.CLOSE
        free, is_known = self._free()
        speed = self._slowest if is_over else self._speed()
        unit = "m/s" if self._road.is_metric else "sizes/s"
        data: dict[str, JsonValue] = {
            "zone": self._rule.zone,
            "value": None if speed is None or math.isinf(speed) else round(speed, 2),
            "threshold": None if free is None else round(self._rule.speed_share * free, 2),
            "unit": unit,
            "free_flow": None if free is None else round(free, 2),
            "free_flow_learned": is_known,
            "vehicles": round(self._vehicles, 1),
        }
        density = self._density()
        if density is not None:
            data["density_per_km"] = round(density, 1)
        key = f"{self._key}:{self._number}"
        return self._spell.finding(KIND, key, self._rule, phase, data, complete=complete)
