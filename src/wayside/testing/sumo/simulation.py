"""One run of SUMO in this process: steps it, reads it, lets scripts act on it."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import libsumo  # type: ignore[import-not-found, import-untyped, unused-ignore]
import numpy as np
from numpy.typing import NDArray

from wayside.testing.sumo.kinds import KINDS, NAMES
from wayside.testing.sumo.truth import Incident, PersonCrossing
from wayside.testing.town.camera import Camera

sumo: Any = libsumo

WARM_UP_S = 120.0
"""Simulated before a recording begins, so that the road is not empty."""

_REACH = 0.03  # beyond the picture's edge, in pictures
_NEAREST_M = 3.0
_WALKING_MPS = 0.2


@dataclass(frozen=True, slots=True)
class Seen:
    """An object at one step. xy: centre of its footprint. heading: radians, x axis 0."""

    id: str
    kind: str
    xy: tuple[float, float]
    heading: float
    speed_mps: float
    acceleration_mps2: float


@dataclass(slots=True)
class _Walker:
    waited_s: float = 0.0
    crossing: str = ""
    entered_s: float = 0.0


@dataclass(slots=True)
class Columns:
    """The rows of a recording as they grow."""

    ids: dict[str, int] = field(default_factory=dict)
    kinds: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    objects: list[int] = field(default_factory=list)
    values: list[tuple[float, float, float, float, float]] = field(default_factory=list)


class Simulation:
    """libsumo holds one simulation a process, so there must be one of these.

    t_s: seconds since the recording began, negative in the warm-up. actors: what scripts add and
    move themselves, seen by the camera but not by SUMO's traffic.
    """

    def __init__(self, camera: Camera, words: list[str], step_s: float) -> None:
        sumo.start(["sumo", *words])
        self.camera = camera
        self.step_s = step_s
        self.t_s = -WARM_UP_S
        self.actors: dict[str, Seen] = {}
        self.incidents: list[Incident] = []
        self.crossings: list[PersonCrossing] = []
        self.columns = Columns()
        self.signals: dict[str, list[str]] = {s: [] for s in sumo.trafficlight.getIDList()}
        self._count = 0
        self._walkers: dict[str, _Walker] = defaultdict(_Walker)
        self._crosswalks = set(inner_edges("c"))

    def step(self) -> None:
        sumo.simulationStep()
        self._count += 1
        self.t_s = round(self._count * self.step_s - WARM_UP_S, 6)

    def close(self) -> None:
        sumo.close()

    def note(self) -> None:
        """Add this step's objects in reach, and the signals."""
        seen = [*self._vehicles(), *self._people(), *self.actors.values()]
        if seen:
            reach = self._in_reach(np.array([row.xy for row in seen]))
            for row in (row for row, near in zip(seen, reach, strict=True) if near):
                self._add(row)
        self.columns.starts.append(len(self.columns.objects))
        for signal, states in self.signals.items():
            states.append(sumo.trafficlight.getRedYellowGreenState(signal))

    def _add(self, row: Seen) -> None:
        columns = self.columns
        number = columns.ids.setdefault(row.id, len(columns.ids))
        if number == len(columns.kinds):
            columns.kinds.append(NAMES.index(row.kind))
        columns.objects.append(number)
        columns.values.append((*row.xy, row.heading, row.speed_mps, row.acceleration_mps2))

    def _in_reach(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        camera = self.camera
        points = np.column_stack([xy, np.full(len(xy), 0.7)])
        with np.errstate(divide="ignore", invalid="ignore"):
            picture = camera.project(points) / (camera.width, camera.height)
        inside = ((picture > -_REACH) & (picture < 1 + _REACH)).all(1)
        return np.asarray(inside & (camera.depth_m(points) > _NEAREST_M))

    def _vehicles(self) -> list[Seen]:
        vehicle = sumo.vehicle
        rows: list[Seen] = []
        for name in vehicle.getIDList():
            kind = KINDS[vehicle.getTypeID(name).split("@")[0]]
            x, y = vehicle.getPosition(name)
            if x < -1e6:
                continue  # SUMO's place for a vehicle that is nowhere
            heading = math.radians(90 - vehicle.getAngle(name))
            # SUMO's place is the middle of the front bumper.
            back = kind.length_m / 2
            centre = (x - back * math.cos(heading), y - back * math.sin(heading))
            speed, change = vehicle.getSpeed(name), vehicle.getAcceleration(name)
            rows.append(Seen(name, kind.id, centre, heading, speed, change))
        return rows

    def _people(self) -> list[Seen]:
        person = sumo.person
        rows: list[Seen] = []
        for name in person.getIDList():
            heading = math.radians(90 - person.getAngle(name))
            speed = person.getSpeed(name)
            rows.append(Seen(name, "person", person.getPosition(name), heading, speed, 0.0))
            self._watch(name, speed, person.getRoadID(name))
        for name in self._walkers.keys() - {row.id for row in rows}:
            self._left(name, self._walkers.pop(name))
        return rows

    def _watch(self, name: str, speed: float, edge: str) -> None:
        """Follow a person to a crosswalk: how long it stood before it, and when it was on it."""
        walker = self._walkers[name]
        crossing = edge if edge in self._crosswalks else ""
        if crossing == walker.crossing:
            if not crossing and speed < _WALKING_MPS:
                walker.waited_s += self.step_s
            return
        self._left(name, walker)
        if crossing:
            walker.crossing, walker.entered_s = crossing, self.t_s
        else:
            walker.waited_s = 0.0

    def _left(self, name: str, walker: _Walker) -> None:
        if walker.crossing and walker.entered_s >= 0:
            self.crossings.append(
                PersonCrossing(
                    crosswalk_zone(walker.crossing),
                    name,
                    "person",
                    walker.entered_s,
                    self.t_s,
                    round(walker.waited_s, 3),
                )
            )
        walker.crossing = ""


def inner_edges(kind: str, node: str | None = None) -> list[str]:
    """Edges inside a junction, or inside all of them, as SUMO names them: ``c`` are crosswalks,
    ``w`` corners on which people walk.
    """
    found = []
    for edge in sumo.edge.getIDList():
        owner, _, number = edge.rpartition(f"_{kind}")
        if number.isdigit() and owner.startswith(":") and node in (None, owner[1:]):
            found.append(edge)
    return found


def crosswalk_zone(edge: str) -> str:
    """The zone's id of SUMO's crossing ``:J_c0``: ``walk_J_0``."""
    node, number = edge[1:].rsplit("_c", 1)
    return f"walk_{node}_{number}"


def lane_lengths() -> dict[str, float]:
    """Length of each edge's first lane, of the running simulation."""
    return {
        edge: sumo.lane.getLength(f"{edge}_0")
        for edge in sumo.edge.getIDList()
        if not edge.startswith(":")
    }


def additional_free(net: Path) -> dict[str, float]:
    """The same of a net that is not running, which is started and closed for it."""
    sumo.start(["sumo", "-n", str(net), "--no-step-log", "--no-warnings"])
    try:
        return lane_lengths()
    finally:
        sumo.close()
