"""What drives and walks in the reference, and how large it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wayside.domain.classes import ObjectClass
from wayside.testing.sumo.network import element


@dataclass(frozen=True, slots=True)
class Kind:
    """A SUMO vehicle type. length_m, width_m, height_m: of the cuboid that stands for it.

    extra: further attributes of SUMO's vType.
    """

    id: str
    object_class: ObjectClass
    length_m: float
    width_m: float
    height_m: float
    vehicle_class: str
    extra: Mapping[str, object] = field(default_factory=dict)

    def as_xml(self) -> str:
        return element(
            "vType",
            id=self.id,
            vClass=self.vehicle_class,
            length=self.length_m,
            width=self.width_m,
            height=self.height_m,
            **self.extra,
        )


_CAR: Final = {"speedFactor": "normc(1,0.1,0.7,1.3)", "sigma": 0.5}
_SLOW: Final = {"speedFactor": "normc(0.9,0.06,0.7,1.1)", "sigma": 0.4}

KINDS: Final[Mapping[str, Kind]] = {
    kind.id: kind
    for kind in (
        Kind("small", ObjectClass.CAR, 3.9, 1.70, 1.50, "passenger", _CAR),
        Kind("car", ObjectClass.CAR, 4.5, 1.80, 1.50, "passenger", _CAR),
        Kind("estate", ObjectClass.CAR, 4.9, 1.90, 1.65, "passenger", _CAR),
        Kind("lorry", ObjectClass.TRUCK, 9.0, 2.45, 3.30, "truck", {**_SLOW, "maxSpeed": 25}),
        Kind("trailer", ObjectClass.TRUCK, 15.5, 2.50, 3.80, "truck", {**_SLOW, "maxSpeed": 24}),
        Kind("bus", ObjectClass.BUS, 12.0, 2.55, 3.10, "bus", {**_SLOW, "maxSpeed": 24}),
        Kind("motorcycle", ObjectClass.MOTORCYCLE, 2.2, 0.85, 1.50, "motorcycle", _CAR),
        Kind(
            "bicycle",
            ObjectClass.BICYCLE,
            1.8,
            0.65,
            1.70,
            "bicycle",
            {"speedFactor": "normc(1,.1,.8,1.2)"},
        ),
        Kind(
            "person",
            ObjectClass.PERSON,
            0.45,
            0.55,
            1.72,
            "pedestrian",
            {"speedFactor": "normc(1,.1,.7,1.3)"},
        ),
        # Nothing that a detector has a name for: a lost load, a tyre.
        Kind("object", ObjectClass.UNKNOWN, 1.0, 1.00, 0.80, "ignoring"),
    )
}

NAMES: Final = tuple(KINDS)
"""Kinds by the number that recordings keep."""

TOWN: Final[Mapping[str, float]] = {
    "small": 0.27,
    "car": 0.36,
    "estate": 0.22,
    "lorry": 0.07,
    "bus": 0.04,
    "motorcycle": 0.04,
}
"""Shares of kinds in town, without bicycles."""

MOTORWAY: Final[Mapping[str, float]] = {
    "small": 0.2,
    "car": 0.36,
    "estate": 0.24,
    "lorry": 0.06,
    "trailer": 0.11,
    "bus": 0.01,
    "motorcycle": 0.02,
}
CYCLISTS: Final[Mapping[str, float]] = {**TOWN, "bicycle": 0.12}
