"""Vehicles that stop beside the road, as some do all day."""

from __future__ import annotations

import numpy as np

from wayside.testing.sumo.scenario import ParkingPlace
from wayside.testing.sumo.simulation import Simulation, sumo


class Parkers:
    """Sends a share of the vehicles that come along a parking place into it for a while."""

    def __init__(self, places: tuple[ParkingPlace, ...], seed: int) -> None:
        self._places = places
        self._random = np.random.default_rng(seed)
        self._asked: set[tuple[str, str]] = set()

    def step(self, simulation: Simulation) -> None:  # noqa: ARG002
        for place in self._places:
            for vehicle in sumo.edge.getLastStepVehicleIDs(place.edge):
                if (vehicle, place.id) in self._asked:
                    continue
                self._asked.add((vehicle, place.id))
                kind = sumo.vehicle.getTypeID(vehicle)
                room = sumo.parkingarea.getVehicleCount(place.id) < (place.to_m - place.from_m) / 7
                early = sumo.vehicle.getLanePosition(vehicle) < place.from_m - 60
                chosen = self._random.random() < place.share
                if chosen and room and early and kind.startswith(("small", "car", "estate")):
                    stay = self._random.uniform(20, 200)
                    sumo.vehicle.setParkingAreaStop(vehicle, place.id, duration=stay)

    def finish(self, simulation: Simulation) -> None:
        """Parking is no incident."""
