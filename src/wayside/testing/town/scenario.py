"""Every number of a town: same scenario, same pictures, same truth."""

from __future__ import annotations

from dataclasses import dataclass, field

from wayside.testing.town.camera import Camera
from wayside.testing.town.layout import Layout
from wayside.testing.town.signal import Signal


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of all road users; they are normalised, so any positive numbers do."""

    car: float = 0.52
    van: float = 0.10
    lorry: float = 0.055
    bus: float = 0.025
    cyclist: float = 0.14
    person: float = 0.16

    def shares(self) -> dict[str, float]:
        """By kind, adding up to 1."""
        given = {name: getattr(self, name) for name in self.__slots__}
        total = sum(given.values())
        return {name: share / total for name, share in given.items()}


@dataclass(frozen=True, slots=True)
class Sky:
    """Light. sun_azimuth_deg: where the sun stands, counter-clockwise from east.

    cloud_swing: how much of the sun the slow clouds take, 0..1. steps_per_minute:
    quick changes (a cloud's edge, an exposure step) on top.
    """

    sun_azimuth_deg: float = -35.0
    sun_elevation_deg: float = 68.0
    cloud_swing: float = 0.5
    steps_per_minute: float = 0.5


@dataclass(frozen=True, slots=True)
class Scenario:
    """A town to be simulated and filmed.

    objects_per_minute: mean of the Poisson arrivals. noise_sigma: of the sensor,
    in grey levels. vibration_px: standard deviation of the mast's sway.
    """

    seed: int = 7
    duration_s: float = 600.0
    fps: float = 12.5
    objects_per_minute: float = 50.0
    mix: Mix = field(default_factory=Mix)
    layout: Layout = field(default_factory=Layout)
    signal: Signal = field(default_factory=Signal)
    camera: Camera = field(default_factory=Camera)
    sky: Sky = field(default_factory=Sky)
    noise_sigma: float = 2.0
    vibration_px: float = 0.0

    def __post_init__(self) -> None:
        if not (self.duration_s > 0 and self.fps > 0 and self.objects_per_minute >= 0):
            raise ValueError("duration and frame rate must be positive, arrivals not negative")

    @property
    def frame_count(self) -> int:
        return round(self.duration_s * self.fps)
