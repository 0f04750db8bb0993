"""Sudden braking that runs back through the traffic of a lane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

import numpy as np

from wayside.analyze.traffic.moment import Moment, Values
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.roads import Road, Spots, Yard, require_road, roads_of
from wayside.analyze.traffic.slowing import Slowing
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.geometry import Points, inside
from wayside.domain.records import Finding, JsonValue, Phase, Reading, Severity

KIND = "traffic.braking_wave"

_NEXT_S = 8.0
_LINGER_S = 15.0
_BACK_M = 5.0
_ASTRAY_M = 5.0
_FASTEST_MPS = 40.0
_SLOWEST_MPS = 2.0
"""Where all brake at one place there is a bend or a narrow part of the road, and no wave."""
_RECENT_S = 16.0
_JOIN_M = 80.0
_MAY_DRIVE: Final = np.array(
    [kind.group in (ClassGroup.VEHICLE, ClassGroup.TWO_WHEELER) for kind in ObjectClass]
)


@dataclass(frozen=True, slots=True)
class BrakingWaveRule:
    """What counts as a braking wave.

    zone: id of a lane or carriageway with a heading, None for all lanes, or all carriageways
    where no lane is drawn. min_vehicles: that brake one after the other. decel_mps2: mean
    deceleration; min_loss_mps: speed lost; min_speed_mps: before it. At signals
    vehicles brake one behind the other too: hence the speed.
    """

    least_rate: ClassVar[float] = 3.0

    zone: str | None = None
    min_vehicles: int = 3
    decel_mps2: float = 1.5
    min_loss_mps: float = 6.0
    min_speed_mps: float = 15.0
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True)
class _Brake:
    """A vehicle that began to brake at start_s, along_m of its road, place (2,) metres."""

    track: int
    start_s: float
    along_m: float
    place: Points
    speed_mps: float
    decel_mps2: float


@dataclass(slots=True)
class _Wave:
    """Brakes in a road, by time. number: of its key once it is told. seen_s: of the last."""

    brakes: list[_Brake]
    seen_s: float
    number: int = 0
    others: set[int] = field(default_factory=set)

    @property
    def speed_mps(self) -> float:
        """Along the road, of where braking begins; negative upstream. Least squares."""
        t_s = np.array([brake.start_s for brake in self.brakes])
        along = np.array([brake.along_m for brake in self.brakes])
        spread = t_s - t_s.mean()
        power = float(spread @ spread)
        return float(spread @ along) / power if power > 1e-6 else -np.inf


class BrakingWave:
    """Tells of waves of braking.

    A vehicle brakes when within the last 7 s it has surely lost min_loss_mps, at decel_mps2 on
    average, from at least min_speed_mps (see Slowing). A wave is min_vehicles of one road, each of
    which began within 8 s after the one before it and behind where that began (5 m of tolerance),
    the last at least 5 m behind the first, and the front going upstream at 2 to 40 m/s: where all
    brake at one place there is a bend or a narrow part. One incident for waves within 80 m of each
    other in neighbouring lanes; it closes 15 s after the last vehicle braked. Needs a calibrated
    feed.
    """

    settling_s = 0.0

    def __init__(self, motion: Motion, rules: tuple[BrakingWaveRule, ...]) -> None:
        """Raises ConfigError for a rule that names no road."""
        for rule in rules:
            require_road(motion.scene, rule.zone, "braking_wave")
        self._scene = motion.scene
        self._yard = Yard(motion.scene)
        roads = [r for r in roads_of(motion.scene, self._yard) if r.way is not None]
        self._roads = [self._asked(rule, roads) for rule in rules]
        self._rules = rules
        self._slowing = Slowing(len(rules))
        self._recent: list[dict[str, list[_Brake]]] = [{} for _ in rules]
        self._open: list[dict[str, _Wave]] = [{} for _ in rules]
        self._number = 0

    def update(self, moment: Moment) -> list[Finding]:
        if not self._yard.is_calibrated or not any(self._roads):
            return []
        found: list[Finding] = []
        if len(moment):
            speeds = moment.speeds_mps
            self._slowing.see(moment, speeds)
            spots = self._yard.spots(moment)
            for index in range(len(self._rules)):
                found += self._follow(index, moment, spots, speeds)
        for index in range(len(self._rules)):
            found += self._settle(index, moment.t_s)
        return found

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        return []

    def finish(self, t_s: float) -> list[Finding]:
        return [
            self._finding(index, road, wave, Phase.CLOSE, end_s=t_s, complete=False)
            for index, waves in enumerate(self._open)
            for road, wave in waves.items()
        ]

    def _asked(self, rule: BrakingWaveRule, roads: list[Road]) -> list[Road]:
        if rule.zone is not None:
            return [road for road in roads if road.id == rule.zone]
        lanes = [road for road in roads if road.is_lane]
        return lanes or roads

    def _follow(self, index: int, moment: Moment, spots: Spots, speeds: Values) -> list[Finding]:
        rule, tracks = self._rules[index], moment.tracks
        drives = tracks.confirmed & _MAY_DRIVE[tracks.class_ids]
        found: list[Finding] = []
        for row, onset in self._slowing.onsets(
            moment, speeds, index, loss_mps=rule.min_loss_mps, from_mps=rule.min_speed_mps
        ):
            took_s, speed = moment.t_s - onset.t_s, float(speeds[row])
            decel = (onset.speed_mps - speed) / took_s
            if not drives[row] or decel < rule.decel_mps2:
                continue
            self._slowing.forget(int(moment.slots[row]), index, moment.t_s)
            for road in self._roads[index]:
                if road.way is None or not inside(road.polygon, spots.picture[row : row + 1])[0]:
                    continue
                along, _, units = road.way.along(spots.places[row : row + 1])
                # Back to where it began: it braked evenly since.
                back = (onset.speed_mps + speed) / 2 * took_s
                brake = _Brake(
                    int(moment.tracks.ids[row]),
                    onset.t_s,
                    float(along[0] - back),
                    spots.places[row] - units[0] * back,
                    onset.speed_mps,
                    decel,
                )
                found += self._add(index, road.id, brake, moment.t_s)
                break
        return found

    def _add(self, index: int, road: str, brake: _Brake, t_s: float) -> list[Finding]:
        wave = self._open[index].get(road)
        if wave is not None:
            if not any(_follows(each, brake) for each in wave.brakes):
                return []
            wave.brakes.append(brake)
            wave.seen_s = t_s
            return [self._finding(index, road, wave, Phase.UPDATE)]
        recent = [b for b in self._recent[index].get(road, []) if t_s - b.start_s <= _RECENT_S]
        self._recent[index][road] = [*recent, brake]
        chain = _longest_chain(self._recent[index][road])
        wave = _Wave(chain, t_s)
        back_m = chain[0].along_m - chain[-1].along_m
        enough = len(chain) >= self._rules[index].min_vehicles
        if not enough or back_m < _BACK_M or not -_FASTEST_MPS <= wave.speed_mps <= -_SLOWEST_MPS:
            return []
        self._recent[index][road] = []
        for other in self._open[index].values():
            away = float(np.hypot(*(other.brakes[-1].place - brake.place)))
            if away < _JOIN_M:  # the same wave in the next lane
                other.seen_s = t_s
                other.others |= _tracks(chain)
                return []
        self._number += 1
        wave.number = self._number
        self._open[index][road] = wave
        return [self._finding(index, road, wave, Phase.OPEN)]

    def _settle(self, index: int, t_s: float) -> list[Finding]:
        found: list[Finding] = []
        for road, wave in list(self._open[index].items()):
            if t_s - wave.seen_s >= _LINGER_S:
                found.append(
                    self._finding(index, road, wave, Phase.CLOSE, end_s=wave.seen_s, complete=True)
                )
                del self._open[index][road]
        return found

    def _finding(
        self,
        index: int,
        road: str,
        wave: _Wave,
        phase: Phase,
        *,
        end_s: float | None = None,
        complete: bool = True,
    ) -> Finding:
        rule, first = self._rules[index], wave.brakes[0]
        data: dict[str, JsonValue] = {
            "zone": road,
            "t_s": round(first.start_s, 4),
            "vehicles": len(_tracks(wave.brakes) | wave.others),
            "speed_mps": round(wave.speed_mps, 2),
            "before_mps": round(max(brake.speed_mps for brake in wave.brakes), 2),
            "value": round(max(brake.decel_mps2 for brake in wave.brakes), 2),
            "threshold": rule.decel_mps2,
            "unit": "m/s²",
        }
        x, y = self._yard.picture(wave.brakes[-1].place[None])[0].tolist()
        if np.isfinite([x, y]).all():
            data |= {"x": round(x, 4), "y": round(y, 4)}
        if end_s is not None:
            end_s = max(end_s, first.start_s)
            data |= {"lasted_s": round(end_s - first.start_s, 2), "complete": complete}
        key = f"braking_wave:{index}:{wave.number}"
        return Finding(KIND, key, phase, first.start_s, end_s, road, rule.severity, data)


def _follows(before: _Brake, brake: _Brake) -> bool:
    """It brakes because that one did: soon after, and further back."""
    later_s = brake.start_s - before.start_s
    behind_m = before.along_m - brake.along_m
    return -0.5 <= later_s <= _NEXT_S and behind_m > -_ASTRAY_M and brake.track != before.track


def _longest_chain(brakes: list[_Brake]) -> list[_Brake]:
    """The most of them of which each follows the one before, in the order in which they began:
    who brakes softly is noticed later than who brakes hard behind him.
    """
    chains: list[list[_Brake]] = []
    for brake in sorted(brakes, key=lambda each: each.start_s):
        before = [c for c in chains if _follows(c[-1], brake) and brake.track not in _tracks(c)]
        chains.append([*max(before, key=len, default=[]), brake])
    return max(chains, key=len)


def _tracks(brakes: list[_Brake]) -> set[int]:
    return {brake.track for brake in brakes}
