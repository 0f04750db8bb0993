"""The simulation: arrivals, car following, signals and who lets whom pass.

Car following is the intelligent driver model (Treiber, Hennecke, Helbing 2000,
Physical Review E 62, 1805). Turners accept gaps: they go when the time windows
in which they and the others would use the shared ground do not meet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wayside.testing.town.agents import Driver, Traveller, Walker, driven, travel_time_s, walked
from wayside.testing.town.arrivals import Arrival, arrivals
from wayside.testing.town.layout import Route, Turn
from wayside.testing.town.paths import Conflict, Path, conflicts
from wayside.testing.town.scenario import Scenario
from wayside.testing.town.signal import Aspect

STEP_S = 0.08
PERSONAL_SPACE_M = 2.2  # people on foot keep this far behind those who go their way
WARM_UP_S = 60.0
"""Simulated before the first picture, so that the scene does not begin empty."""

MAX_ACCEL, COMFORT_BRAKE, HARDEST_BRAKE = 2.0, 2.2, 7.0
HEADWAY_S, STANDSTILL_M = 1.05, 2.0
TURN_SPEED = {Turn.STRAIGHT: math.inf, Turn.RIGHT: 4.8, Turn.LEFT: 6.0}
LATE_BRAKE = 3.2
"""Deceleration (m/s²) beyond which a driver runs through amber."""
WINDOW_MARGIN_S = 0.9


def simulate(
    scenario: Scenario, due: Sequence[Arrival] | None = None, warm_up_s: float = WARM_UP_S
) -> tuple[Traveller, ...]:
    """Everybody who is about during the scenario, in order of appearance.

    due: who comes, in order of time, instead of the scenario's own arrivals.
    warm_up_s: simulated before the first picture.
    """
    street = _Street(scenario, arrivals(scenario, -warm_up_s) if due is None else due)
    steps = math.ceil((warm_up_s + scenario.duration_s) / STEP_S) + 1
    for step in range(steps):
        street.step(-warm_up_s + step * STEP_S)
    return street.travellers()


@dataclass(slots=True)
class _Meetings:
    """Remembers where two paths meet; paths are few and live as long as the simulation."""

    known: dict[tuple[int, int], tuple[Conflict, ...]] = field(default_factory=dict)

    def of(self, own: Path, other: Path, closeness_m: float) -> tuple[Conflict, ...]:
        key = (id(own), id(other))
        if key not in self.known:
            self.known[key] = conflicts(own, other, closeness_m)
        return self.known[key]


class _Street:
    """The state of everybody, advanced step by step."""

    def __init__(self, scenario: Scenario, due: Sequence[Arrival]) -> None:
        self._signal = scenario.signal
        self._box = scenario.layout.road_end - scenario.layout.box
        self._due: list[Arrival] = list(reversed(due))
        self._waiting: dict[tuple[int, bool], list[Driver]] = {}
        self._lanes: dict[tuple[int, bool], list[Driver]] = {
            (arm, is_cycle): [] for arm in range(4) for is_cycle in (False, True)
        }
        self._walkers: list[Walker] = []
        self._everybody: list[Driver | Walker] = []
        self._meetings = _Meetings()
        self._stances: dict[int, tuple[float, NDArray[np.float64], NDArray[np.float64]]] = {}
        self._t_s = 0.0

    def travellers(self) -> tuple[Traveller, ...]:
        moved = [one for one in self._everybody if len(one.log) > 1 and one.log[-1][0] > 0]
        return tuple(
            driven(track, one) if isinstance(one, Driver) else walked(track, one)
            for track, one in enumerate(moved)
        )

    def step(self, t_s: float) -> None:
        self._t_s = t_s
        self._admit()
        drivers = [driver for lane in self._lanes.values() for driver in lane]
        accelerations = [(driver, self._acceleration(driver)) for driver in drivers]
        for driver, acceleration in accelerations:
            _advance(driver, acceleration, t_s)
        for walker in self._walkers:
            self._walk(walker)
        for key, lane in self._lanes.items():
            self._lanes[key] = [d for d in lane if d.rear_m < d.path.length]
        self._walkers = [w for w in self._walkers if w.at_m < w.path.length]

    def _admit(self) -> None:
        """Let those in whose time has come, as soon as the way in is free."""
        while self._due and self._due[-1].t_s <= self._t_s:
            one = self._due.pop().who
            if isinstance(one, Walker):
                self._walkers.append(one)
                self._everybody.append(one)
            else:
                key = (one.route.approach, one.route.is_cycle)
                self._waiting.setdefault(key, []).append(one)
        for key, queue in self._waiting.items():
            lane = self._lanes[key]
            while queue and (not lane or lane[-1].rear_m > 8.0 + queue[0].size.length):
                one = queue.pop(0)
                if lane:
                    one.speed_mps = min(one.speed_mps, lane[-1].speed_mps + 1.0)
                lane.append(one)
                self._everybody.append(one)

    def _acceleration(self, driver: Driver) -> float:
        top = min(driver.desired_mps, _turn_limit(driver.route, driver.front_m))
        near = driver.front_m > driver.route.s_stop - 25.0
        best = MAX_ACCEL * (1 - (driver.speed_mps / top) ** 4)
        for gap, speed in self._leaders(driver):
            best = min(best, _following(driver.speed_mps, top, gap, speed, STANDSTILL_M))
        stop = self._stop_ahead(driver) if driver.front_m > driver.route.s_stop - 60.0 else None
        if stop is None and near and driver.rear_m < driver.route.s_exit:
            stop = self._blocked_at(driver)
        if stop is not None:
            best = min(best, _following(driver.speed_mps, top, stop, 0.0, 0.3))
        return max(best, -HARDEST_BRAKE)

    def _leaders(self, driver: Driver) -> list[tuple[float, float]]:
        """(gap, speed) of the one ahead in the approach lane and of the one ahead in the exit."""
        found = []
        lane = self._lanes[driver.route.approach, driver.route.is_cycle]
        index = lane.index(driver)
        if index:
            ahead = lane[index - 1]
            parts = ahead.route.turn is not driver.route.turn
            if not parts or ahead.rear_m < self._box + 4.0:
                found.append((ahead.rear_m - driver.front_m, ahead.speed_mps))
        own = driver.front_m - driver.route.s_exit
        if own > -25.0 and driver.is_inside:
            merging = [gap for gap in self._in_exit(driver, own) if gap is not None]
            found.extend(merging[:1])
        return found

    def _in_exit(self, driver: Driver, own: float) -> list[tuple[float, float]]:
        """(gap, speed) of those ahead from elsewhere in the same exit lane, nearest first."""
        route = driver.route
        ahead = []
        for (approach, is_cycle), lane in self._lanes.items():
            if is_cycle != route.is_cycle or approach == route.approach:
                continue
            for other in lane:
                if other.route.exit == route.exit and other.is_inside:
                    place = other.front_m - other.route.s_exit
                    if place > own and place > -4.0:
                        gap = place - other.size.length - own
                        ahead.append((gap, other.speed_mps))
        return sorted(ahead)

    def _stop_ahead(self, driver: Driver) -> float | None:
        """Metres to the place where the driver has to stop, None if it may go on."""
        route = driver.route
        if not driver.is_inside:
            distance = route.s_stop - driver.front_m
            if not driver.running and not self._may_enter(driver, distance):
                return distance
        if route.s_gate is not None and not driver.committed:
            distance = route.s_gate - driver.front_m
            if distance < driver.speed_mps**2 / 4 + 2.5:
                driver.committed = not self._must_yield(driver)
            if not driver.committed and distance > -1.0:
                return max(distance, 0.05)
        return None

    def _blocked_at(self, driver: Driver) -> float | None:
        """Metres to a place that somebody is on and will not have left in time, None if free.

        The net under all rules above: whoever sees the way taken brakes.
        """
        nearest = None
        for other, meeting in self._others(driver):
            distance = meeting.own_in - driver.front_m
            if distance <= 0 or not (other.is_inside and other.front_m > meeting.other_in):
                continue
            leaves = travel_time_s(
                meeting.other_out - other.rear_m, other.speed_mps, other.desired_mps, 1.2
            )
            if leaves + 0.3 > distance / max(driver.speed_mps, 1.0):
                nearest = distance if nearest is None else min(nearest, distance)
        return nearest

    def _may_enter(self, driver: Driver, distance: float) -> bool:
        aspect = self._signal.aspect(driver.route.approach, self._t_s)
        if aspect is Aspect.GREEN:
            return distance > 12.0 or not (self._is_held_up(driver) or self._box_is_taken(driver))
        if driver.speed_mps**2 / (2 * max(distance, 0.1)) > LATE_BRAKE:
            driver.running = aspect is Aspect.AMBER
        return driver.running

    def _others(self, driver: Driver) -> list[tuple[Driver, Conflict]]:
        """Those whose way crosses the driver's and who have not left the place yet."""
        found: list[tuple[Driver, Conflict]] = []
        for (approach, is_cycle), lane in self._lanes.items():
            if approach == driver.route.approach and is_cycle == driver.route.is_cycle:
                continue
            closeness = 2.6 if not (is_cycle or driver.route.is_cycle) else 2.15
            for other in lane:
                found.extend(
                    (other, meeting)
                    for meeting in self._meetings.of(driver.path, other.path, closeness)
                    if other.rear_m < meeting.other_out and driver.rear_m < meeting.own_out
                )
        return found

    def _box_is_taken(self, driver: Driver) -> bool:
        """Whether someone of the other phase is still inside, or people are on the zebras."""
        phase = driver.route.approach % 2
        late = any(
            other.is_inside and other.route.approach % 2 != phase
            for other, _ in self._others(driver)
        )
        return late or (driver.route.turn is Turn.STRAIGHT and self._people_in_the_way(driver))

    def _must_yield(self, driver: Driver) -> bool:
        if self._people_in_the_way(driver):
            return True
        for other, meeting in self._others(driver):
            if not (other.is_inside or self._is_coming(other, driver)) or self._is_held_up(other):
                continue
            decided = other.is_inside and (other.committed or other.route.turn is Turn.STRAIGHT)
            if not decided and other.rank >= driver.rank:
                continue
            theirs = (
                travel_time_s(
                    meeting.other_in - other.front_m, other.speed_mps, other.desired_mps, MAX_ACCEL
                ),
                travel_time_s(
                    meeting.other_out - other.rear_m, other.speed_mps, other.desired_mps, 1.0
                ),
            )
            if _overlap(_window(driver, meeting), theirs):
                return True
        return False

    def _is_coming(self, other: Driver, driver: Driver) -> bool:
        """Whether a driver before its stop line will use its green (or amber) of this phase."""
        if other.route.approach % 2 != driver.route.approach % 2:
            return False
        return other.running or (
            self._signal.aspect(other.route.approach, self._t_s) is Aspect.GREEN
        )

    def _is_held_up(self, driver: Driver) -> bool:
        """Whether somebody ahead in the same lane waits for a gap to turn left."""
        lane = self._lanes[driver.route.approach, driver.route.is_cycle]
        near = driver.route.s_stop - 12.0
        return any(
            ahead.route.turn is Turn.LEFT and not ahead.committed and ahead.front_m > near
            for ahead in lane[: lane.index(driver)]
        )

    def _people_in_the_way(self, driver: Driver) -> bool:
        """Whether people will be on a zebra ahead while the driver would be."""
        for walker in self._walkers:
            for meeting in self._meetings.of(driver.path, walker.path, 1.7):
                if walker.at_m > meeting.other_out or driver.front_m > meeting.own_in:
                    continue
                if not self._is_held(walker, meeting.other_in) and _overlap(
                    _window(driver, meeting), _walk_window(walker, meeting)
                ):
                    return True
        return False

    def _is_held(self, walker: Walker, before_m: float) -> bool:
        """Whether a red man stands between the walker and ``before_m`` of its way."""
        if walker.next_kerb >= len(walker.walk.kerbs):
            return False
        kerb = walker.walk.kerbs[walker.next_kerb]
        return kerb.s_m < before_m and not self._signal.may_walk(kerb.arm, self._t_s)

    def _walk(self, walker: Walker) -> None:
        speed = walker.desired_mps
        kerbs = walker.walk.kerbs
        if walker.next_kerb < len(kerbs):
            kerb = kerbs[walker.next_kerb]
            left = kerb.s_m - walker.at_m
            if not self._signal.may_walk(kerb.arm, self._t_s):
                if left <= speed * STEP_S:
                    speed = 0.0
            elif left <= speed * STEP_S:
                if self._road_is_clear(walker):
                    walker.next_kerb += 1
                else:
                    speed = 0.0
        if self._follows_closely(walker):
            speed = 0.0
        # Nobody starts at once: half a second to full pace. One stops within a step.
        change = max(-2.5 * STEP_S, min(2.5 * STEP_S, speed - walker.speed_mps))
        before = walker.speed_mps
        walker.speed_mps = 0.0 if speed == 0.0 else before + change
        walker.at_m += (before + walker.speed_mps) / 2 * STEP_S
        walker.log.append((self._t_s, walker.at_m, walker.speed_mps))

    def _road_is_clear(self, walker: Walker) -> bool:
        """Whether nobody who is past stopping will be on the zebra at the same time."""
        inside = [d for lane in self._lanes.values() for d in lane if d.is_inside or d.committed]
        return not any(
            self._takes(driver, meeting, walker)
            for driver in inside
            for meeting in self._meetings.of(driver.path, walker.path, 1.7)
            if driver.rear_m < meeting.own_out and walker.at_m < meeting.other_in
        )

    @staticmethod
    def _takes(driver: Driver, meeting: Conflict, walker: Walker) -> bool:
        is_on_it = driver.front_m > meeting.own_in
        is_decided = driver.committed or driver.route.turn is Turn.STRAIGHT
        return (is_on_it or is_decided) and _overlap(
            _window(driver, meeting), _walk_window(walker, meeting)
        )

    def _follows_closely(self, walker: Walker) -> bool:
        """Whether somebody who goes the same way is within the walker's personal space ahead."""
        here, heading = self._stance(walker)
        for other in self._walkers:
            if other is walker:
                continue
            there, theirs = self._stance(other)
            if heading @ theirs < 0.3:
                continue  # who comes towards one is passed, not followed
            ahead = float(heading @ (there - here))
            aside = abs(float(heading[0] * (there - here)[1] - heading[1] * (there - here)[0]))
            if 0.01 < ahead < PERSONAL_SPACE_M and aside < PERSONAL_SPACE_M / 2:
                return True
        return False

    def _stance(self, walker: Walker) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where a walker is and the unit vector of where it goes.

        Remembered while it stands there: everybody is asked for by everybody else.
        """
        key = id(walker)
        if key not in self._stances or self._stances[key][0] != walker.at_m:
            here, ahead = walker.path.at(np.array([walker.at_m, walker.at_m + 0.3]))
            step = ahead - here
            length = float(np.hypot(*step))
            heading = step / length if length > 0 else np.zeros(2)
            self._stances[key] = (walker.at_m, here, heading)
        _, here, heading = self._stances[key]
        return here, heading


def _advance(driver: Driver, acceleration: float, t_s: float) -> None:
    speed = max(0.0, driver.speed_mps + acceleration * STEP_S)
    driver.front_m += (driver.speed_mps + speed) / 2 * STEP_S
    driver.speed_mps = speed
    driver.log.append((t_s, driver.front_m, speed))


def _following(speed: float, top: float, gap: float, leader_speed: float, still: float) -> float:
    """IDM acceleration behind a leader ``gap`` metres ahead, m/s²."""
    closing = speed - leader_speed
    braking = speed * closing / (2 * math.sqrt(MAX_ACCEL * COMFORT_BRAKE))
    headway = HEADWAY_S if still > 1 else 0.2
    wanted = still + max(0.0, speed * headway + braking)
    return MAX_ACCEL * (1 - (speed / top) ** 4 - (wanted / max(gap, 0.1)) ** 2)


def _turn_limit(route: Route, front_m: float) -> float:
    """Speed at which the bend ahead can still be taken with comfortable braking."""
    limit = TURN_SPEED[route.turn]
    if route.is_cycle:
        limit = min(limit, 3.6) if route.turn is not Turn.STRAIGHT else limit
    if math.isinf(limit) or front_m > route.s_exit + 1.0:
        return math.inf
    begin = route.s_stop + 4.0
    return math.sqrt(limit**2 + 2 * 1.6 * max(0.0, begin - front_m))


def _window(driver: Driver, meeting: Conflict) -> tuple[float, float]:
    """Seconds from now in which the driver would be on the shared ground."""
    top = min(driver.desired_mps, TURN_SPEED[driver.route.turn])
    return (
        travel_time_s(meeting.own_in - driver.front_m, driver.speed_mps, top, MAX_ACCEL),
        travel_time_s(meeting.own_out - driver.rear_m, driver.speed_mps, 0.8 * top, 1.0),
    )


def _walk_window(walker: Walker, meeting: Conflict) -> tuple[float, float]:
    """Seconds from now in which the walker would be on the shared ground."""
    return (
        max(0.0, meeting.other_in - walker.at_m) / walker.desired_mps,
        max(0.0, meeting.other_out - walker.at_m) / walker.desired_mps,
    )


def _overlap(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] < b[1] + WINDOW_MARGIN_S and b[0] < a[1] + WINDOW_MARGIN_S
