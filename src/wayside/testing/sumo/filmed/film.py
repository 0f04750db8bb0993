"""The film of a stretch of a recording: pictures one by one, or as an MP4 with its site.yaml."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from shapely.geometry import Polygon

from wayside.domain.media import Picture
from wayside.domain.scene import ZoneUse
from wayside.testing.places.film import Film
from wayside.testing.places.place import Ground, Place, Weather
from wayside.testing.sumo.filmed.journeys import travellers
from wayside.testing.sumo.filmed.paving import paved, sheet_of
from wayside.testing.sumo.filmed.roads import roads_of
from wayside.testing.sumo.filmed.site import site_text
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.scenarios import EVERY
from wayside.testing.town.camera import Camera
from wayside.testing.town.render import encode
from wayside.testing.town.scenario import Sky
from wayside.testing.town.scenery import Panel, Panels

FPS = 12.5
SIZE = 640, 360
SKY_M = 600.0
SKY_TONE = (222.0, 208.0, 190.0)


@dataclass(frozen=True, slots=True)
class Stretch:
    """[from_s, to_s) of a recording, a whole number of pictures long."""

    recording: Recording
    from_s: float
    to_s: float

    @property
    def seconds(self) -> float:
        return self.to_s - self.from_s


def pictures(
    stretch: Stretch, size: tuple[int, int] = SIZE, weather: Weather = Weather.FAIR
) -> Iterator[tuple[float, Picture]]:
    """Times from 0 on and (H, W, 3) uint8 BGR. size: width and height, of the camera's shape."""
    place = place_of(stretch, size, weather)
    film = Film(place, place.travel())
    for index in range(place.frame_count):
        yield index / place.fps, film.picture(index)


def write_film(
    stretch: Stretch,
    folder: Path,
    size: tuple[int, int] = SIZE,
    weather: Weather = Weather.FAIR,
    progress: Callable[[int], None] | None = None,
) -> tuple[Path, Path]:
    """film.mp4 and site.yaml in ``folder``, made if absent."""
    folder.mkdir(parents=True, exist_ok=True)
    video, site = folder / "film.mp4", folder / "site.yaml"
    encode(video, size, FPS, pictures(stretch, size, weather), progress)
    site.write_text(site_text(stretch.recording, video.name), encoding="utf-8")
    return video, site


def place_of(stretch: Stretch, size: tuple[int, int], weather: Weather) -> Place:
    """What is seen; its period is the stretch, and nobody is under way twice."""
    recording = stretch.recording
    camera = replace(recording.camera, width=size[0], height=size[1])
    roads = roads_of(EVERY[recording.name].network)
    bays = [_on_ground(camera, zone.polygon) for zone in recording.scene.zones if _parks(zone.use)]
    return Place(
        recording.name,
        recording.name,
        camera,
        Ground({}, {}, ()),
        sheet_of(camera),
        lambda sheet: paved(sheet, roads, bays, recording.seed),
        _heaven(camera),
        lambda: travellers(recording, stretch.from_s, stretch.to_s),
        stretch.seconds,
        FPS,
        Sky(cloud_swing=0.25),
        weather,
        seed=recording.seed,
    )


def _parks(use: ZoneUse) -> bool:
    return use is ZoneUse.PARKING


def _on_ground(camera: Camera, image: tuple[tuple[float, float], ...]) -> Polygon:
    return Polygon(camera.image_to_ground(np.array(image))).buffer(0)


def _heaven(camera: Camera) -> tuple[Panels, ...]:
    """The sky as a wall far behind everything, where the camera looks above the horizon."""
    yaw = np.radians(camera.yaw_deg)
    ahead = np.array([np.cos(yaw), np.sin(yaw)])
    side = np.array([-ahead[1], ahead[0]]) * 3 * SKY_M
    foot = camera.centre[:2] + ahead * SKY_M
    top = camera.height_m + SKY_M
    low = camera.project(np.array([*foot, camera.height_m]))[1]
    if low < 0:
        return ()
    a, b = foot + side, foot - side
    bottom = camera.height_m - 0.5
    wall = np.array([(*a, bottom), (*b, bottom), (*b, top), (*a, top)])
    panel = Panel(wall, SKY_TONE, 0.8)
    return (Panels(float(foot[0]), float(foot[1]), (panel,), np.empty((0, 3))),)
