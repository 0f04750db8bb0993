"""What is made to happen to the vehicles of a simulation."""

from __future__ import annotations

import numpy as np

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
