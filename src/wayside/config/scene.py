"""The part of site.yaml that is drawn on one feed's picture."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from wayside.config import shapes
from wayside.config.calibration import Calibration, PicturePoint
from wayside.config.section import PlaceId, Section
from wayside.domain.scene import (
    Anchor,
    Line,
    Movement,
    SceneGeometry,
    Zone,
    ZoneUse,
)


class LineEntry(Section):
    """A directed line that objects cross."""

    id: PlaceId = Field(
        description="Name of the line, unique in its feed: letters, digits, _ and -",
        examples=["north-in"],
    )
    a: PicturePoint = Field(
        description="First point, as shares of the picture's width and height from its top left",
        examples=[[0.1, 0.5]],
    )
    b: PicturePoint = Field(
        description="Second point. Seen from a to b, `forward` is from left to right",
        examples=[[0.9, 0.5]],
    )

    @model_validator(mode="after")
    def _shape(self) -> LineEntry:
        shapes.require_line(self.line())
        return self

    def line(self) -> Line:
        return Line(self.id, self.a, self.b)


class ZoneEntry(Section):
    """An area of the picture."""

    id: PlaceId = Field(
        description="Name of the zone, unique in its feed: letters, digits, _ and -",
        examples=["box"],
    )
    polygon: Annotated[tuple[PicturePoint, ...], Field(min_length=3, max_length=1000)] = Field(
        description="Corners in order, at least three; the last joins the first",
        examples=[[[0.2, 0.4], [0.8, 0.4], [0.8, 0.9]]],
    )
    use: ZoneUse = Field(
        default=ZoneUse.AREA,
        strict=False,
        description="What it is: `area` (who is in it, and for how long), `carriageway` (vehicles "
        "drive here, nobody walks), `lane` (one lane of it, up to the stop line), `crossing` "
        "(people may cross the road here), `footway`, `parking`",
        examples=["lane"],
    )
    heading: Annotated[tuple[PicturePoint, ...], Field(max_length=100)] = Field(
        default=(),
        description="For a lane or carriageway the way traffic goes: two or more places in the "
        "order in which it passes them",
        examples=[[[0.5, 0.2], [0.5, 0.9]]],
    )

    @model_validator(mode="after")
    def _shape(self) -> ZoneEntry:
        shapes.require_zone(self.zone())
        return self

    def zone(self) -> Zone:
        return Zone(self.id, self.polygon, self.use, self.heading)


class MovementEntry(Section):
    """One line and later another, crossed by the same object."""

    id: PlaceId = Field(
        description="Name of the movement, unique in its feed: letters, digits, _ and -",
        examples=["north-to-east"],
    )
    origin: PlaceId = Field(
        alias="from", description="The line that is crossed first", examples=["north-in"]
    )
    destination: PlaceId = Field(
        alias="to", description="The line that is crossed later", examples=["east-out"]
    )

    def movement(self) -> Movement:
        return Movement(self.id, self.origin, self.destination)


class Scene(Section):
    """What is drawn on one feed's picture."""

    anchor: Anchor = Field(
        default=Anchor.GROUND,
        description="The point of a box that stands for the object: `ground` is the middle of "
        "its lower edge, `centre` its middle, for views from straight above",
        examples=["ground"],
    )
    lines: tuple[LineEntry, ...] = Field(
        default=(), description="Lines on which crossings are counted"
    )
    zones: tuple[ZoneEntry, ...] = Field(
        default=(), description="Areas in which presence is measured"
    )
    movements: tuple[MovementEntry, ...] = Field(
        default=(), description="Pairs of lines, as turning movements at a junction"
    )
    calibration: Calibration | None = Field(
        default=None,
        description="How the picture lies on the ground; without it there are no speeds",
    )
    private_zones: tuple[ZoneEntry, ...] = Field(
        default=(), description="Areas that are always filled before a picture is stored or shown"
    )

    def geometry(self) -> SceneGeometry:
        """The same as plain values of the domain."""
        ground = self.calibration.geometry() if self.calibration else SceneGeometry()
        return SceneGeometry(
            anchor=self.anchor,
            lines=tuple(entry.line() for entry in self.lines),
            zones=tuple(entry.zone() for entry in self.zones),
            movements=tuple(entry.movement() for entry in self.movements),
            control_points=ground.control_points,
            private_zones=tuple(entry.zone() for entry in self.private_zones),
            lengths=ground.lengths,
            camera=ground.camera,
        )
