"""What is made to happen to the vehicles of a simulation."""

from __future__ import annotations

import numpy as np

from wayside.testing.sumo.crashes import release
from wayside.testing.sumo.simulation import Simulation, sumo
from wayside.testing.sumo.truth import Incident


class Breakdown:
    """A vehicle brakes to a stop in its lane and stays.

    between_m: where on the edge it comes to rest. The time moves by up to 60 s with the seed.
    """

    def __init__(
        self,
        edge: str,
        between_m: tuple[float, float],
        start_s: float,
        for_s: float,
        seed: int,
        lane: int | None = None,
    ) -> None:
        chance = np.random.default_rng(seed)
        self._edge, self._lane = edge, lane
        self._rest_m = chance.uniform(*between_m)
        self._start_s = start_s + chance.uniform(0, 60)
        self._for_s = for_s
        self._vehicle = ""
        self._stood_s: float | None = None
        self._done = False

    def step(self, simulation: Simulation) -> None:
        if self._done or simulation.t_s < self._start_s:
            return
        if not self._vehicle:
            self._choose()
            return
        vehicle = self._vehicle
        speed = sumo.vehicle.getSpeed(vehicle)
        if self._stood_s is None:
            if speed < 0.1:
                self._stood_s = simulation.t_s
                self._place = sumo.vehicle.getPosition(vehicle)
            return
        if simulation.t_s >= self._stood_s + self._for_s:
            sumo.vehicle.resume(vehicle)
            sumo.vehicle.setLaneChangeMode(vehicle, 1621)
            self._done = True
            self._tell(simulation, simulation.t_s)

    def finish(self, simulation: Simulation) -> None:
        if self._stood_s is not None and not self._done:
            self._tell(simulation, None)

    def _choose(self) -> None:
        for vehicle in sumo.edge.getLastStepVehicleIDs(self._edge):
            place = sumo.vehicle.getLanePosition(vehicle)
            speed = sumo.vehicle.getSpeed(vehicle)
            room = speed * speed / (2 * 3.0) + 5
            if not 0 < self._rest_m - place - room < 25 or speed < 3:
                continue
            lane = sumo.vehicle.getLaneIndex(vehicle)
            if self._lane is not None and lane != self._lane:
                continue
            try:
                sumo.vehicle.setLaneChangeMode(vehicle, 0)
                sumo.vehicle.setStop(vehicle, self._edge, self._rest_m, lane, 1e6)
            except sumo.TraCIException:
                continue  # too near to stop there
            self._vehicle = vehicle
            return

    def _tell(self, simulation: Simulation, end_s: float | None) -> None:
        assert self._stood_s is not None
        kind = "traffic.stopped_object"
        simulation.incidents.append(
            Incident(kind, self._stood_s, end_s, self._place, (self._vehicle,), "", "breakdown")
        )


_CRAWL_MPS = 1.5


class BrakingWave:
    """In dense traffic one vehicle in each lane brakes hard to a crawl, and drives on again.

    at_m: where on the edge, ahead of what the camera sees, so that the wave comes up to it.
    """

    def __init__(self, edge: str, at_m: float, start_s: float, every_s: float, seed: int) -> None:
        chance = np.random.default_rng((seed, 17))
        self._edge, self._at_m = edge, at_m
        self._next_s = start_s + float(chance.uniform(0, 30))
        self._every_s = every_s
        self._until_s = 0.0
        self._held: list[str] = []

    def step(self, simulation: Simulation) -> None:
        t_s = simulation.t_s
        if self._held:
            if t_s >= self._until_s:
                for vehicle in self._held:
                    release(vehicle)
                self._held = []
            else:
                for vehicle in self._held:
                    speed = sumo.vehicle.getSpeed(vehicle)
                    sumo.vehicle.setSpeed(vehicle, max(speed - 4.5 * simulation.step_s, 2.0))
        elif t_s >= self._next_s:
            self._begin(simulation)

    def finish(self, simulation: Simulation) -> None:
        """Waves are told when they begin."""

    def _begin(self, simulation: Simulation) -> None:
        lanes: set[int] = set()
        for vehicle in sumo.edge.getLastStepVehicleIDs(self._edge):
            lane = sumo.vehicle.getLaneIndex(vehicle)
            place = sumo.vehicle.getLanePosition(vehicle)
            if lane in lanes or not self._at_m <= place <= self._at_m + 40:
                continue
            if sumo.vehicle.getSpeed(vehicle) < 8:
                continue
            lanes.add(lane)
            self._held.append(vehicle)
            sumo.vehicle.setSpeedMode(vehicle, 0)
        if self._held:
            self._until_s = simulation.t_s + 9.0
            self._next_s = simulation.t_s + self._every_s
            place = sumo.vehicle.getPosition(self._held[0])
            simulation.incidents.append(
                Incident(
                    "traffic.braking_wave",
                    simulation.t_s,
                    simulation.t_s + 40.0,
                    place,
                    tuple(self._held),
                )
            )


class Bottleneck:
    """Some lanes are driven at a crawl for a while: a queue grows back from there.

    The incident, ``traffic.congestion`` of ``zone``, is what the lane areas say: since when the
    mean speed of 20 s was under half of what it was before, until it is over that.
    """

    def __init__(
        self, lanes: tuple[str, ...], zone: str, start_s: float, for_s: float, seed: int
    ) -> None:
        chance = np.random.default_rng((seed, 19))
        self._lanes, self._zone = lanes, zone
        self._start_s = start_s + float(chance.uniform(0, 30))
        self._end_s = self._start_s + for_s
        self._closed = False
        self._limits: dict[str, float] = {}
        self._speeds: list[tuple[float, float]] = []

    def step(self, simulation: Simulation) -> None:
        closed = self._start_s <= simulation.t_s < self._end_s
        if closed != self._closed:
            self._closed = closed
            for lane in self._lanes:
                if closed:
                    self._limits[lane] = sumo.lane.getMaxSpeed(lane)
                sumo.lane.setMaxSpeed(lane, _CRAWL_MPS if closed else self._limits[lane])
        if simulation.t_s >= 0:
            areas = [a for a in sumo.lanearea.getIDList() if a.rsplit("_", 1)[0] == self._zone]
            numbers = [sumo.lanearea.getLastStepVehicleNumber(a) for a in areas]
            speeds = [sumo.lanearea.getLastStepMeanSpeed(a) for a in areas]
            if sum(numbers):
                mean = sum(n * v for n, v in zip(numbers, speeds, strict=True)) / sum(numbers)
                self._speeds.append((simulation.t_s, mean))

    def finish(self, simulation: Simulation) -> None:
        times = np.array([t for t, _ in self._speeds])
        speeds = np.array([v for _, v in self._speeds])
        free = float(np.median(speeds[times < self._start_s]))
        window = max(int(20 / simulation.step_s), 1)
        smooth = np.convolve(speeds, np.ones(window) / window, mode="same")
        slow = np.flatnonzero(smooth[window:-window] < free / 2) + window
        if not len(slow):
            return
        last = None if slow[-1] >= len(times) - window - 1 else float(times[slow[-1]])
        place = sumo.lane.getShape(self._lanes[0])[0]
        simulation.incidents.append(
            Incident("traffic.congestion", float(times[slow[0]]), last, place, (), self._zone)
        )


class BusHalts:
    """Buses stop in their lane for 12 to 30 s, as at a stop."""

    def __init__(self, edge: str, at_m: float, seed: int) -> None:
        self._chance = np.random.default_rng((seed, 23))
        self._edge, self._at_m = edge, at_m
        self._asked: set[str] = set()

    def step(self, simulation: Simulation) -> None:  # noqa: ARG002
        for vehicle in sumo.edge.getLastStepVehicleIDs(self._edge):
            if vehicle in self._asked or not sumo.vehicle.getTypeID(vehicle).startswith("bus"):
                continue
            self._asked.add(vehicle)
            lane = sumo.vehicle.getLaneIndex(vehicle)
            if sumo.vehicle.getLanePosition(vehicle) < self._at_m - 50:
                stay = float(self._chance.uniform(12, 30))
                sumo.vehicle.setStop(vehicle, self._edge, self._at_m, lane, stay)

    def finish(self, simulation: Simulation) -> None:
        """A bus at its stop is no incident."""
