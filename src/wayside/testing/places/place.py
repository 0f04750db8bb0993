"""What a place is: a camera's view, who moves in it, and what is to be counted there.

Everything repeats after ``period_s``: whoever sets out at t sets out at t +
period_s again, so the film's end joins its beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points
from wayside.domain.media import Picture
from wayside.domain.scene import Anchor, ControlPoint, Line, Movement, Zone
from wayside.testing.town.agents import Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import Sheet
from wayside.testing.town.scenario import Sky
from wayside.testing.town.scenery import Thing
from wayside.testing.town.signal import Signal

DIGITS = 5


class Weather(StrEnum):
    """CLOUDY: dry, and nothing throws a shadow but what stands on the ground itself."""

    FAIR = "fair"
    CLOUDY = "cloudy"
    RAIN = "rain"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class StoppedRule:
    """Report what stands still in a zone for so many seconds."""

    zone: str
    min_stop_s: float


@dataclass(frozen=True, slots=True)
class Ground:
    """Named places on the ground, in metres.

    lines: name to (a, b); forward is from left to right as seen from a to b on
    the picture. zones: name to its corners. control: what a surveyor measured.
    """

    lines: dict[str, tuple[tuple[float, float], tuple[float, float]]]
    zones: dict[str, tuple[tuple[float, float], ...]]
    control: tuple[tuple[float, float], ...]
    movements: tuple[Movement, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One view.

    travel: makes everybody's journey; all begin in 0 <= t < period_s and last no
    longer than period_s. parked: those who stand there all the time, with poses (5,).
    frozen_s: from and to, when the picture stands still. lamps: (K, 3) street
    lamps, lit at night. signal: its lamps are those of the town's junction.
    """

    id: str
    title: str
    camera: Camera
    marks: Ground
    sheet: Sheet
    pave: Callable[[Sheet], Picture]
    things: tuple[Thing, ...]
    travel: Callable[[], tuple[Traveller, ...]]
    period_s: float = 60.0
    fps: float = 12.5
    sky: Sky = field(default_factory=Sky)
    weather: Weather = Weather.FAIR
    noise_sigma: float = 2.0
    seed: int = 1
    parked: tuple[tuple[Traveller, NDArray[np.float64]], ...] = ()
    lamps: tuple[tuple[float, float, float], ...] = ()
    signal: Signal | None = None
    rules: tuple[StoppedRule, ...] = ()
    frozen_s: tuple[float, float] | None = None

    @property
    def frame_count(self) -> int:
        """Pictures of one period; period_s × fps is a whole number."""
        return round(self.period_s * self.fps)

    @property
    def anchor(self) -> Anchor:
        return Anchor.GROUND

    def lines(self) -> tuple[Line, ...]:
        return tuple(Line(name, *self._image(ends)) for name, ends in self.marks.lines.items())

    def zones(self) -> tuple[Zone, ...]:
        return tuple(
            Zone(name, tuple(self._image(corners))) for name, corners in self.marks.zones.items()
        )

    def control_points(self) -> tuple[ControlPoint, ...]:
        spots = self._image(self.marks.control)
        return tuple(
            ControlPoint(spot, ground)
            for spot, ground in zip(spots, self.marks.control, strict=True)
        )

    def _image(self, ground: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
        points: Points = self.camera.ground_to_image(np.array(ground, np.float64))
        return [(round(float(x), DIGITS), round(float(y), DIGITS)) for x, y in points]
