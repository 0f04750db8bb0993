"""The part of site.yaml that says how a feed's picture lies on the ground."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from wayside.config import shapes
from wayside.config.section import Section, Share
from wayside.domain.scene import CameraPose, ControlPoint, KnownLength, SceneGeometry
from wayside.scene.geodesy import LatLon, local_plane

PicturePoint: TypeAlias = Annotated[
    tuple[Share, Share], Field(strict=False), BeforeValidator(shapes.require_pair)
]

Metres: TypeAlias = Annotated[float, Field(ge=-1e7, le=1e7, allow_inf_nan=False)]
"""Wide enough for UTM eastings and northings."""
GroundPoint: TypeAlias = Annotated[
    tuple[Metres, Metres], Field(strict=False), BeforeValidator(shapes.require_pair)
]
Sigma: TypeAlias = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
Correlation: TypeAlias = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class MapPoint(Section):
    """A place on the map, WGS 84."""

    lat: Annotated[float, Field(ge=-89, le=89, allow_inf_nan=False)] = Field(
        description="Latitude in degrees, north is positive", examples=[50.08804]
    )
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] = Field(
        description="Longitude in degrees, east is positive", examples=[14.42076]
    )


class PointEntry(Section):
    """A place whose position is known both in the picture and on the ground."""

    image: PicturePoint = Field(
        description="In the picture, as shares of its width and height", examples=[[0.1, 0.2]]
    )
    ground: GroundPoint | None = Field(
        default=None,
        description="On the ground, in metres from an origin and along axes of your choice",
        examples=[[0.0, 12.5]],
    )
    map: MapPoint | None = Field(
        default=None,
        description="On the map, instead of `ground`, at all points or at none",
    )

    @model_validator(mode="after")
    def _one_place(self) -> PointEntry:
        if (self.ground is None) == (self.map is None):
            raise shapes.fault(
                "a point needs its place on the ground, once",
                "Give `ground: [X, Y]` in metres, or `map: {lat, lon}`",
            )
        return self


class LengthEntry(Section):
    """Two places on the ground whose distance is known."""

    a: PicturePoint = Field(
        description="One end in the picture, on the ground", examples=[[0.4, 0.6]]
    )
    b: PicturePoint = Field(description="The other end", examples=[[0.45, 0.7]])
    metres: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] = Field(
        description="How far apart they are", examples=[3.0]
    )

    def known(self) -> KnownLength:
        return KnownLength(self.a, self.b, self.metres)


class CameraEntry(Section):
    """An automatic calibration that was accepted, with its error."""

    focal: Annotated[float, Field(ge=0.1, le=50, allow_inf_nan=False)] = Field(
        description="Focal length in picture widths", examples=[1.1]
    )
    pitch_deg: Annotated[float, Field(gt=0, le=89, allow_inf_nan=False)] = Field(
        description="Degrees that it looks below the horizon", examples=[18.0]
    )
    roll_deg: Annotated[float, Field(ge=-45, le=45, allow_inf_nan=False)] = Field(
        default=0.0, description="Degrees that it is turned clockwise", examples=[0.4]
    )
    height_m: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = Field(
        description="Metres above the ground", examples=[8.2]
    )
    focal_sigma: Sigma = Field(
        description="Standard deviation of `focal`, picture widths", examples=[0.06]
    )
    pitch_sigma_deg: Sigma = Field(
        description="Standard deviation of `pitch_deg`, degrees", examples=[0.9]
    )
    roll_sigma_deg: Sigma = Field(
        description="Standard deviation of `roll_deg`, degrees", examples=[0.3]
    )
    height_sigma_m: Sigma = Field(
        description="Standard deviation of `height_m`, metres", examples=[0.3]
    )
    correlation: (
        Annotated[
            tuple[Correlation, Correlation, Correlation, Correlation, Correlation, Correlation],
            Field(strict=False),
        ]
        | None
    ) = Field(
        default=None,
        description="Of the errors of focal and pitch, focal and roll, focal and height, pitch "
        "and roll, pitch and height, roll and height",
        examples=[[0.9, 0.0, 0.6, 0.0, 0.7, 0.0]],
    )

    def pose(self) -> CameraPose:
        return CameraPose(
            self.focal,
            self.pitch_deg,
            self.roll_deg,
            self.height_m,
            self.focal_sigma,
            self.pitch_sigma_deg,
            self.roll_sigma_deg,
            self.height_sigma_m,
            self.correlation or (0.0,) * 6,
        )


class Calibration(Section):
    """How the picture lies on the ground. With it come speeds and distances."""

    points: Annotated[tuple[PointEntry, ...], Field(min_length=4, max_length=1000)] | None = Field(
        default=None,
        description="At least four, no three on one line; a fifth shows how exact they are",
        examples=[[{"image": [0.1, 0.2], "ground": [0.0, 12.5]}]],
    )
    lengths: Annotated[tuple[LengthEntry, ...], Field(min_length=1, max_length=1000)] | None = (
        Field(
            default=None,
            description="Instead of points: known lengths on the ground, three or more in "
            "different directions, near and far; with `camera` one is enough",
            examples=[[{"a": [0.4, 0.6], "b": [0.45, 0.7], "metres": 3.0}]],
        )
    )
    camera: CameraEntry | None = Field(
        default=None, description="Instead of points: an automatic calibration that was accepted"
    )

    @model_validator(mode="after")
    def _shape(self) -> Calibration:
        if self.points and (self.lengths or self.camera):
            raise shapes.fault(
                "the ground is given twice, by points and by a camera or lengths",
                "Keep one of the two",
            )
        if not (self.points or self.lengths or self.camera):
            raise shapes.fault(
                "this calibration says nothing", "Give it `points`, `lengths` or `camera`"
            )
        if self.points and len({point.map is None for point in self.points}) > 1:
            raise shapes.fault(
                "some points are on the map and some in metres",
                "Give all of them `map`, or all of them `ground`",
            )
        shapes.require_ground(self.geometry())
        return self

    def control_points(self) -> tuple[ControlPoint, ...]:
        """Of map points in metres east and north of their middle."""
        points = self.points or ()
        on_map = [LatLon(point.map.lat, point.map.lon) for point in points if point.map]
        if on_map:
            ground = local_plane(on_map)
            return tuple(
                ControlPoint(point.image, (float(x), float(y)))
                for point, (x, y) in zip(points, ground, strict=True)
            )
        return tuple(ControlPoint(point.image, point.ground) for point in points if point.ground)

    def geometry(self) -> SceneGeometry:
        """Nothing but the calibration."""
        return SceneGeometry(
            control_points=self.control_points(),
            lengths=tuple(entry.known() for entry in self.lengths or ()),
            camera=self.camera.pose() if self.camera else None,
        )
