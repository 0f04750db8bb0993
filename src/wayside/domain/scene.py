"""The fixed geometry of a feed: lines, zones, movements. Values only.

How they meet the ground is in scene/; what is counted on them is in analyze/.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import numpy as np

from wayside.domain.geometry import Points


class Anchor(StrEnum):
    """The point of a box that stands for the object.

    GROUND: middle of the lower edge, where it touches the road (default).
    CENTRE: middle of the box, better for views from straight above.
    """

    GROUND = "ground"
    CENTRE = "centre"

    def points(self, boxes: np.ndarray) -> Points:
        """(N, 2) float64 anchors of (N, 4) xyxy boxes."""
        points = np.empty((len(boxes), 2))
        points[:, 0] = (boxes[:, 0] + boxes[:, 2]) / 2
        is_below = self is Anchor.GROUND
        points[:, 1] = boxes[:, 3] if is_below else (boxes[:, 1] + boxes[:, 3]) / 2
        return points


class Direction(StrEnum):
    """FORWARD: from the left to the right of a line, as seen from its first point to its second."""

    FORWARD = "forward"
    BACKWARD = "backward"


XY: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A directed segment; id is unique in its scene."""

    id: str
    start: XY
    end: XY


class ZoneUse(StrEnum):
    """What a zone is on the ground, and so what is measured in it.

    AREA: anything; who is in it, and for how long. CARRIAGEWAY: where vehicles drive and nobody
    walks. LANE: one lane of it, with the way traffic goes. CROSSING: where people may cross it.
    FOOTWAY: where they walk. PARKING: where standing still is what one comes for.
    """

    AREA = "area"
    CARRIAGEWAY = "carriageway"
    LANE = "lane"
    CROSSING = "crossing"
    FOOTWAY = "footway"
    PARKING = "parking"

    @property
    def is_road(self) -> bool:
        """Vehicles drive here."""
        return self in (ZoneUse.CARRIAGEWAY, ZoneUse.LANE)


@dataclass(frozen=True, slots=True)
class Zone:
    """A simple polygon of at least three corners; id is unique in its scene.

    heading: places in the picture, two or more in the order in which traffic passes them, empty
    where there is no such order. A lane's leads from its beginning to its stop line.
    """

    id: str
    polygon: tuple[XY, ...]
    use: ZoneUse = ZoneUse.AREA
    heading: tuple[XY, ...] = ()


@dataclass(frozen=True, slots=True)
class Movement:
    """Line ``origin`` and later line ``destination``, by the same object."""

    id: str
    origin: str
    destination: str


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A place in the picture (normalised) whose place on the ground (metres) is known."""

    image: XY
    ground: XY


@dataclass(frozen=True, slots=True)
class KnownLength:
    """Two places on the ground, seen in the picture (normalised), that are ``metres`` apart."""

    start: XY
    end: XY
    metres: float


@dataclass(frozen=True, slots=True)
class CameraPose:
    """How the camera looks at a flat ground, and how well that is known.

    focal: in picture widths. pitch_deg: below the horizon. roll_deg: clockwise as seen from
    behind. height_m: above the ground. *_sigma: one standard deviation each. correlation: of
    the errors, pairs in the order focal-pitch, focal-roll, focal-height, pitch-roll,
    pitch-height, roll-height. A steeper view with a longer lens shows nearly the same, so
    without them the error of distances would be overstated several times.
    """

    focal: float
    pitch_deg: float
    roll_deg: float
    height_m: float
    focal_sigma: float
    pitch_sigma_deg: float
    roll_sigma_deg: float
    height_sigma_m: float
    correlation: tuple[float, float, float, float, float, float] = (0.0,) * 6


@dataclass(frozen=True, slots=True)
class SceneGeometry:
    """All that is drawn on one feed's picture.

    The ground is known by control_points, or by camera and lengths, one of them or both; with
    none of the three the feed is not calibrated. private_zones are always filled before a
    picture leaves the worker.
    """

    anchor: Anchor = Anchor.GROUND
    lines: tuple[Line, ...] = ()
    zones: tuple[Zone, ...] = ()
    movements: tuple[Movement, ...] = ()
    control_points: tuple[ControlPoint, ...] = ()
    private_zones: tuple[Zone, ...] = field(default=())
    lengths: tuple[KnownLength, ...] = ()
    camera: CameraPose | None = None

    @property
    def is_calibrated(self) -> bool:
        return bool(self.control_points or self.lengths or self.camera)
