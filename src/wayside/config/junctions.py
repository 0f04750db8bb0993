"""The part of site.yaml that says which feeds look at one junction, and what its arms are."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, StringConstraints

from wayside.config.section import Name, PlaceId, Section
from wayside.domain.junctions import Approach, Junction, JunctionMovement, LineRef
from wayside.domain.scene import Direction

Title: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class JunctionLine(Section):
    """One way over a line of a feed."""

    feed: Name = Field(description="The feed that has the line", examples=["mast-1"])
    line: PlaceId = Field(description="The line", examples=["north-in"])
    direction: Direction = Field(
        strict=False,
        description="The way over it that is meant: `forward` or `backward`",
        examples=["forward"],
    )

    def line_ref(self) -> LineRef:
        return LineRef(self.feed, self.line, self.direction)


class ApproachEntry(Section):
    """An arm of the junction."""

    id: PlaceId = Field(
        description="Name of the approach, unique in its junction: letters, digits, _ and -",
        examples=["north"],
    )
    title: Title | None = Field(
        default=None, description="What people call it", examples=["Station Road"]
    )
    bearing_deg: Annotated[float, Field(ge=0, lt=360, allow_inf_nan=False)] | None = Field(
        default=None,
        description="Where the arm lies, seen from the middle: 0 is north, 90 east. Without it "
        "the arms are spread evenly, in their order, clockwise from north",
        examples=[350],
    )
    entries: Annotated[tuple[JunctionLine, ...], Field(max_length=50)] = Field(
        default=(),
        alias="in",
        description="Lines over which traffic comes into the junction from this arm",
        examples=[[{"feed": "mast-1", "line": "north-in", "direction": "forward"}]],
    )
    exits: Annotated[tuple[JunctionLine, ...], Field(max_length=50)] = Field(
        default=(),
        alias="out",
        description="Lines over which it leaves the junction into this arm",
        examples=[[{"feed": "mast-1", "line": "north-out", "direction": "forward"}]],
    )

    def approach(self) -> Approach:
        return Approach(
            self.id,
            self.title or "",
            self.bearing_deg,
            tuple(each.line_ref() for each in self.entries),
            tuple(each.line_ref() for each in self.exits),
        )


class JunctionMovementEntry(Section):
    """From one arm to another (or back into the same), as one feed sees it whole."""

    id: PlaceId = Field(
        description="Name of the movement, unique in its junction: letters, digits, _ and -",
        examples=["north-left"],
    )
    origin: PlaceId = Field(
        alias="from", description="The approach it comes from", examples=["north"]
    )
    destination: PlaceId = Field(
        alias="to", description="The approach it goes to", examples=["east"]
    )
    feed: Name = Field(description="The feed that counts it", examples=["mast-1"])
    movement: PlaceId = Field(
        description="That feed's movement, of its scene", examples=["north-to-east"]
    )

    def junction_movement(self) -> JunctionMovement:
        return JunctionMovement(self.id, self.origin, self.destination, self.feed, self.movement)


class JunctionEntry(Section):
    """A place that one or several feeds look at."""

    id: Name = Field(
        description="Name of the junction, unique in the site: a-z, 0-9 and -, at most 63",
        examples=["station-square"],
    )
    title: Title | None = Field(
        default=None, description="What people call it", examples=["Station Square"]
    )
    approaches: Annotated[tuple[ApproachEntry, ...], Field(min_length=1, max_length=20)] = Field(
        description="Its arms", examples=[[{"id": "north", "bearing_deg": 350}]]
    )
    movements: Annotated[tuple[JunctionMovementEntry, ...], Field(max_length=400)] = Field(
        default=(),
        description="Its turning movements, each counted by one feed",
        examples=[
            [
                {
                    "id": "north-left",
                    "from": "north",
                    "to": "east",
                    "feed": "mast-1",
                    "movement": "north-to-east",
                }
            ]
        ],
    )

    def junction(self) -> Junction:
        """The same as plain values of the domain."""
        return Junction(
            self.id,
            self.title or "",
            tuple(each.approach() for each in self.approaches),
            tuple(each.junction_movement() for each in self.movements),
        )
