"""What a user asks to be told of beyond counts and presence: one section for each kind of rule.

The values are those of the rules in ``analyze``, whose docstrings say what they mean exactly.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from wayside.config import shapes
from wayside.config.section import PlaceId, Section
from wayside.domain.scene import Direction

_KIND = "What to watch for"
_WHERE = "The zone to watch; without it the whole picture"
_BOTH = "What both must be; without it anything"

Seconds: TypeAlias = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Duration: TypeAlias = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Reach: TypeAlias = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]
"""Metres on the ground."""
ClassLabel: TypeAlias = Literal["unknown", "person", "bicycle", "motorcycle", "car", "bus", "truck"]


class StoppedRule(Section):
    """Report an object that moved and then stands still."""

    kind: Literal["stopped"] = Field(description=_KIND, examples=["stopped"])
    zone: PlaceId | None = Field(
        default=None,
        description="The zone to watch; without it the whole picture",
        examples=["box"],
    )
    min_stop_s: Seconds = Field(
        default=10.0, description="Seconds at rest before it is reported", examples=[10]
    )
    longest_red_s: Duration = Field(
        default=120.0,
        description="On a road: seconds for which signals, crossings or gates hold traffic at "
        "most; 0 where nothing does, as on a motorway",
        examples=[120],
    )
    bus_stop_s: Duration = Field(
        default=90.0,
        description="On a road: seconds for which a bus may stand at a stop",
        examples=[90],
    )


class WrongWayRule(Section):
    """Report a vehicle that drives against the heading of its lane or carriageway."""

    kind: Literal["wrong_way"] = Field(description=_KIND, examples=["wrong_way"])
    zone: PlaceId | None = Field(
        default=None,
        description="The lane or carriageway to watch; without it all that have a `heading`",
        examples=["lane-1"],
    )
    min_distance_m: Reach = Field(
        default=10.0,
        description="Metres driven the wrong way before it is reported; without calibration 4 m "
        "count as one own size",
        examples=[10],
    )


class OnCarriagewayRule(Section):
    """Report people, riders or things where only vehicles drive."""

    kind: Literal["on_carriageway"] = Field(description=_KIND, examples=["on_carriageway"])
    zone: PlaceId | None = Field(
        default=None,
        description="The lane or carriageway to watch; without it all of them",
        examples=["road"],
    )
    classes: tuple[Literal["person", "bicycle", "motorcycle"], ...] = Field(
        default=("person",),
        description="Who must not be there: `person`, `bicycle`, `motorcycle`",
        examples=[["person", "bicycle"]],
    )
    objects: bool = Field(
        default=True,
        description="Report things that lie there too",
        examples=[True],
    )
    for_s: Seconds = Field(
        default=2.0, description="Seconds on it before it is reported", examples=[2]
    )
    margin_m: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = Field(
        default=0.75,
        description="Metres from the kerb that still count as off the road; without calibration "
        "1 m counts as one own size of a person",
        examples=[0.75],
    )


class UTurnRule(Section):
    """Count vehicles that turn round. Never reported one by one."""

    kind: Literal["u_turn"] = Field(description=_KIND, examples=["u_turn"])
    zone: PlaceId | None = Field(
        default=None,
        description="The zone in which they turn; without it the whole picture",
        examples=["junction"],
    )


class ClosedLineRule(Section):
    """Count vehicles that go over a line which nobody may cross. Never reported one by one."""

    kind: Literal["closed_line"] = Field(description=_KIND, examples=["closed_line"])
    line: PlaceId = Field(description="The line", examples=["median"])
    direction: Direction | None = Field(
        default=None,
        strict=False,
        description="The direction that is closed; without it both",
        examples=["forward"],
    )


class QueueRule(Section):
    """Report a queue that is too long. Give one of `longer_than_m`, `more_than` and `line`."""

    kind: Literal["queue"] = Field(description=_KIND, examples=["queue"])
    zone: PlaceId = Field(
        description="The lane or carriageway, with its `heading`", examples=["lane-1"]
    )
    longer_than_m: Reach | None = Field(
        default=None,
        description="Metres from the stop line, or from its head, to its back; needs a calibration",
        examples=[80],
    )
    more_than: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="Vehicles in it", examples=[10]
    )
    line: PlaceId | None = Field(
        default=None,
        description="A line across the zone that its back must not pass",
        examples=["queue-end"],
    )
    for_s: Seconds = Field(
        default=30.0, description="Seconds for which it is so long", examples=[30]
    )
    clear_s: Seconds = Field(
        default=90.0,
        description="Seconds without a queue so long until it is over; more than a red light, and "
        "one red after another is one incident",
        examples=[90],
    )

    @model_validator(mode="after")
    def _one_limit(self) -> QueueRule:
        shapes.require_one(self, "longer_than_m", "more_than", "line")
        return self


class CongestionRule(Section):
    """Report congested traffic, from its onset to its end."""

    kind: Literal["congestion"] = Field(description=_KIND, examples=["congestion"])
    zone: PlaceId = Field(
        description="The lane or carriageway, with its `heading`", examples=["lane-1"]
    )
    speed_share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = Field(
        default=0.5,
        description="Congested is slower than this share of the free-flow speed",
        examples=[0.5],
    )
    density_above: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] | None = Field(
        default=None,
        description="Congested is also more vehicles a kilometre and lane than this; needs a "
        "calibration",
        examples=[28],
    )
    free_flow_kmh: Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)] | None = Field(
        default=None,
        description="Speed of traffic on the free road, km/h; without it learned",
        examples=[50],
    )
    for_s: Seconds = Field(
        default=120.0,
        description="Seconds for which it is congested; longer than a red light",
        examples=[120],
    )
    clear_s: Seconds = Field(
        default=120.0, description="Seconds without that until it is over", examples=[120]
    )


class NearMissRule(Section):
    """Report encounters that nearly ended in a collision. Needs a calibration."""

    kind: Literal["near_miss"] = Field(description=_KIND, examples=["near_miss"])
    zone: PlaceId | None = Field(default=None, description=_WHERE, examples=["junction"])
    ttc_s: Annotated[float, Field(gt=0, le=4, allow_inf_nan=False)] = Field(
        default=1.5,
        description="Seconds to a collision, at unchanged speeds, below which it is one",
        examples=[1.5],
    )
    pet_s: Annotated[float, Field(gt=0, le=4, allow_inf_nan=False)] = Field(
        default=1.0,
        description="Seconds from one leaving a place to the other coming there, below which it "
        "is one",
        examples=[1.0],
    )
    drac_mps2: Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)] = Field(
        default=3.35,
        description="Deceleration needed to avoid a collision, m/s², above which it is one",
        examples=[3.35],
    )
    min_speed_mps: Annotated[float, Field(ge=1, le=100, allow_inf_nan=False)] = Field(
        default=5.0,
        description="Metres a second at which they come closer at least",
        examples=[5],
    )
    classes: tuple[ClassLabel, ...] = Field(
        default=(), description=_BOTH, examples=[["car", "bicycle"]]
    )


class CollisionRule(Section):
    """Report collisions. Needs a calibration."""

    kind: Literal["collision"] = Field(description=_KIND, examples=["collision"])
    zone: PlaceId | None = Field(default=None, description=_WHERE, examples=["junction"])
    min_score: Annotated[float, Field(ge=2, le=10, allow_inf_nan=False)] = Field(
        default=5.0,
        description="How many signs of a collision there must be; fewer tells of more, and of "
        "some that are none",
        examples=[5],
    )
    classes: tuple[ClassLabel, ...] = Field(
        default=(), description=_BOTH, examples=[["car", "bicycle"]]
    )


class BrakingWaveRule(Section):
    """Report sudden braking that runs back through fast traffic. Needs a calibration."""

    kind: Literal["braking_wave"] = Field(description=_KIND, examples=["braking_wave"])
    zone: PlaceId | None = Field(
        default=None,
        description="The lane or carriageway to watch; without it all lanes that have a `heading`",
        examples=["lane-1"],
    )
    min_vehicles: Annotated[int, Field(ge=2, le=100)] = Field(
        default=3, description="Vehicles that brake one after the other", examples=[3]
    )
    decel_mps2: Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)] = Field(
        default=1.5, description="Mean deceleration of each, m/s²", examples=[1.5]
    )
    min_loss_mps: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = Field(
        default=6.0, description="Speed that each loses, m/s", examples=[6]
    )
    min_speed_mps: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = Field(
        default=15.0,
        description="Speed before it, m/s; where signals hold traffic, above what is driven there",
        examples=[15],
    )


Rule: TypeAlias = Annotated[
    StoppedRule
    | WrongWayRule
    | OnCarriagewayRule
    | UTurnRule
    | ClosedLineRule
    | QueueRule
    | CongestionRule
    | NearMissRule
    | CollisionRule
    | BrakingWaveRule,
    Field(discriminator="kind"),
]
"""Any of them; ``kind`` tells which."""
