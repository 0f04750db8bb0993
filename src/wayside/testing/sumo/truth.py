"""What SUMO's own detectors and devices said of a recording."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class LoopInterval:
    """An induction loop (E1) under one lane of a line, over [begin_s, end_s).

    entered: fronts that reached the loop. left: vehicles that passed whole. occupancy: % of the
    time that a vehicle was over it. speed_mps: arithmetic (time) mean, harmonic_mps: harmonic
    (space) mean, over those that left; None for nobody.
    """

    line: str
    lane: int
    begin_s: float
    end_s: float
    entered: int
    left: int
    occupancy: float
    speed_mps: float | None
    harmonic_mps: float | None


@dataclass(frozen=True, slots=True)
class Passage:
    """One vehicle over one loop: its front at enter_s, its rear at leave_s (None: not by the end).

    speed_mps: at leaving, at entering where it did not leave.
    """

    line: str
    lane: int
    object_id: str
    kind: str
    enter_s: float
    leave_s: float | None
    speed_mps: float


@dataclass(frozen=True, slots=True)
class AreaInterval:
    """A lane area (E2) over [begin_s, end_s), zone = id of the lane's zone, length_m long.

    vehicles: mean number. jam_*: of SUMO's jam (slower than 1.39 m/s for a second, gaps up to
    10 m), vehicles and metres; mean over the interval of the value at each step, and its maximum.
    """

    zone: str
    begin_s: float
    end_s: float
    vehicles: float
    speed_mps: float | None
    occupancy: float
    jam_vehicles_mean: float
    jam_vehicles_max: float
    jam_length_mean_m: float
    jam_length_max_m: float
    halts: float
    halting_mean_s: float
    length_m: float


@dataclass(frozen=True, slots=True)
class AreaSample:
    """The same at one instant, once a second."""

    zone: str
    t_s: float
    vehicles: int
    jam_vehicles: int
    jam_length_m: float
    speed_mps: float


@dataclass(frozen=True, slots=True)
class SectionInterval:
    """An entry-exit detector (E3) of a carriageway, over [begin_s, end_s)."""

    zone: str
    begin_s: float
    end_s: float
    vehicles: int
    travel_time_s: float | None
    halts: float | None
    time_loss_s: float | None


@dataclass(frozen=True, slots=True)
class Encounter:
    """What the SSM device of ``ego`` says of it and ``foe``.

    ttc_s, pet_s: minima in s; drac_mps2: maximum; None where not reached. *_at_s: when. place:
    metres of the minimum TTC, else of PET, else of DRAC. kind: SUMO's code of the encounter.
    """

    ego: str
    foe: str
    begin_s: float
    end_s: float
    ttc_s: float | None
    ttc_at_s: float | None
    ttc_kind: int | None
    pet_s: float | None
    pet_at_s: float | None
    pet_kind: int | None
    drac_mps2: float | None
    drac_at_s: float | None
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that was made to happen. kind: the event kind it must be told as.

    end_s: None where it lasted to the end. place: metres where it began. zone: of the scene, ""
    where none. detail: how it was made.
    """

    kind: str
    start_s: float
    end_s: float | None
    place: tuple[float, float]
    objects: tuple[str, ...] = ()
    zone: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PersonCrossing:
    """A person who went over a crosswalk; waited_s: standing before stepping on it."""

    zone: str
    object_id: str
    kind: str
    enter_s: float
    leave_s: float | None
    waited_s: float


@dataclass(frozen=True, slots=True)
class Truth:
    """window_s: length of the intervals. lane_zones: ``<line>:<lane>`` to the lane's zone."""

    window_s: float
    lane_zones: dict[str, str]
    loops: tuple[LoopInterval, ...]
    passages: tuple[Passage, ...]
    areas: tuple[AreaInterval, ...]
    area_samples: tuple[AreaSample, ...]
    sections: tuple[SectionInterval, ...]
    encounters: tuple[Encounter, ...]
    incidents: tuple[Incident, ...]
    crossings: tuple[PersonCrossing, ...]

    def as_json(self) -> dict[str, Any]:
        """JSON values only; rows of values, since names in each row would be most of the file."""
        plain: dict[str, Any] = {"window_s": self.window_s, "lane_zones": self.lane_zones}
        for name in _TABLES:
            plain[name] = [list(asdict(row).values()) for row in getattr(self, name)]
        return plain

    @classmethod
    def of_json(cls, plain: dict[str, Any]) -> Self:
        tables: dict[str, Any] = {
            name: tuple(kind(*map(_frozen, row)) for row in plain[name])
            for name, kind in _TABLES.items()
        }
        return cls(window_s=plain["window_s"], lane_zones=plain["lane_zones"], **tables)


_TABLES: dict[str, Any] = {
    "loops": LoopInterval,
    "passages": Passage,
    "areas": AreaInterval,
    "area_samples": AreaSample,
    "sections": SectionInterval,
    "encounters": Encounter,
    "incidents": Incident,
    "crossings": PersonCrossing,
}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
