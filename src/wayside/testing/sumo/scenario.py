"""What a scenario consists of; the scenarios themselves are in ``scenarios``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from wayside.testing.sumo.kinds import TOWN
from wayside.testing.sumo.network import Network
from wayside.testing.sumo.simulation import Simulation
from wayside.testing.town.camera import Camera


@dataclass(frozen=True, slots=True)
class Flow:
    """Vehicles from one edge to another, at random times, ``per_hour`` on average."""

    origin: str
    destination: str
    per_hour: float
    mix: Mapping[str, float] = field(default_factory=lambda: TOWN)


@dataclass(frozen=True, slots=True)
class Walks:
    """People from one edge's footway to another's."""

    origin: str
    destination: str
    per_hour: float


@dataclass(frozen=True, slots=True)
class CountingLine:
    """A line over all vehicles' lanes of an edge, with a loop under each.

    at_m: from the edge's beginning, or, negative, from its end.
    """

    id: str
    edge: str
    at_m: float


@dataclass(frozen=True, slots=True)
class LaneArea:
    """The last ``length_m`` metres of an edge's lanes, up to ``before_end_m`` before its end.

    Each lane becomes a zone ``<id>_<lane>``, lane 0 the rightmost, with a lane area detector
    under it; all together a carriageway ``<id>``. signal: the stop line's, "" for none.
    """

    id: str
    edge: str
    length_m: float
    before_end_m: float = 0.0


@dataclass(frozen=True, slots=True)
class ParkingPlace:
    """Room beside the carriageway, right of lane 0, where some vehicles stop.

    share: of the vehicles of ``edge``; stays are 20 to 200 s.
    """

    id: str
    edge: str
    from_m: float
    to_m: float
    share: float = 0.05


class Script(Protocol):
    """Makes something happen: called after each step of the simulation."""

    def step(self, simulation: Simulation) -> None: ...

    def finish(self, simulation: Simulation) -> None:
        """The recording ends: tell what still lasts."""
        ...


@dataclass(frozen=True, slots=True)
class Scenario:
    """A road, who uses it, what happens, and who looks on.

    scripts: what is made to happen; fresh ones for each run, by ``make_scripts``. closed_nodes:
    junctions whose inside is drawn as a carriageway. wet: share of the usual speed (rain).
    """

    name: str
    what: str
    network: Network
    camera: Camera
    flows: tuple[Flow, ...]
    walks: tuple[Walks, ...] = ()
    lines: tuple[CountingLine, ...] = ()
    areas: tuple[LaneArea, ...] = ()
    parking: tuple[ParkingPlace, ...] = ()
    movements: tuple[tuple[str, str], ...] = ()
    inside_nodes: tuple[str, ...] = ()
    make_scripts: tuple[ScriptMaker, ...] = ()
    seconds: float = 600.0
    wet: float = 1.0
    safety: bool = False
    """Whether SUMO's SSM device is on: it costs."""


class ScriptMaker(Protocol):
    """Makes a script; ``seed`` moves it in time and place."""

    def __call__(self, *, seed: int) -> Script: ...
