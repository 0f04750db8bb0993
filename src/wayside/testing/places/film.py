"""The pictures of a place, any of them in any order: each depends on its number alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import Picture
from wayside.testing.places.place import Place, Weather
from wayside.testing.places.weather import FairSky, Finish, NightFall, RainFall
from wayside.testing.town.agents import Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.light import to_sun
from wayside.testing.town.paint import Body, Painter, Pose, turned
from wayside.testing.town.render import (
    NOISE_TILES,
    Patch,
    lamp_places,
    light_up,
    noise_tiles,
    patch_of,
    restore,
)
from wayside.testing.town.scenery import (
    SUPERSAMPLING,
    Occluder,
    Scenery,
    Stage,
    standing_shadows,
)

SUN_STEPS = 128
"""Shades of sunlight: the empty place is mixed anew only when the light has moved by one."""
FINISHES: dict[Weather, type[FairSky | RainFall | NightFall]] = {
    Weather.FAIR: FairSky,
    Weather.CLOUDY: FairSky,
    Weather.RAIN: RainFall,
    Weather.NIGHT: NightFall,
}


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One user in one picture. distance_m: from the mast's foot."""

    distance_m: float
    body: Body
    pose: Pose
    patch: Patch


class Film:
    """What is the same in all pictures of one place, prepared once."""

    def __init__(self, place: Place, travellers: tuple[Traveller, ...]) -> None:
        self._place = place
        self._scenery = scenery_of(place)
        self._painter = Painter(place.camera, to_sun(place.sky))
        self._everybody = [(one, Body.of(one)) for one in travellers]
        self._begin = np.array([one.t_s[0] for one in travellers])
        self._end = np.array([one.t_s[-1] for one in travellers])
        grain = np.random.default_rng([place.seed, 4])
        self._noise = noise_tiles(place.camera, place.noise_sigma, grain)
        self._sun_phase = float(grain.uniform(0, 2 * np.pi))
        self._finish: Finish = FINISHES[place.weather](place)
        self._lamps = lamp_places(place.camera) if place.signal else []
        self._empty: tuple[float, Picture] = (1.0, self._scenery.sunny)

    def picture(self, index: int) -> Picture:
        """(H, W, 3) uint8 BGR, fresh; after the last picture of the period the first follows."""
        place = self._place
        index = shown_index(place, index)
        t_s = index / place.fps
        sun, gain = self._light(t_s)
        users = self._present(t_s)
        empty = self._background(sun)
        shapes = [(user.body, user.pose) for user in users]
        canvas = self._painter.shadows(empty, shapes, sun, self._scenery.shaded)
        if canvas is empty:
            canvas = empty.copy()
        if place.signal is not None:
            light_up(canvas, self._lamps, place.signal, t_s)
        self._paint_far_to_near(canvas, empty, users, sun)
        random = np.random.default_rng([place.seed, 5, index])
        canvas = self._finish.apply(canvas, shapes, random)
        return self._sensed(canvas, gain, random)

    def _light(self, t_s: float) -> tuple[float, float]:
        """Sun, 0 overcast to 1, and gain: slow swings that fit into the period."""
        sky = self._place.sky
        turn = 2 * np.pi * t_s / self._place.period_s
        swing = 0.6 * math.sin(turn + self._sun_phase) + 0.4 * math.sin(2 * turn + 1.0)
        sun = 1.0 - sky.cloud_swing * (0.5 + 0.5 * swing)
        if self._place.weather is not Weather.FAIR:
            sun = 0.0
        # Without clouds the light stands still: still pieces of a film can be joined in any order.
        gain = 0.97 + 0.06 * sun + (0.01 * math.sin(3 * turn) if sky.cloud_swing else 0.0)
        return round(sun * SUN_STEPS) / SUN_STEPS, gain

    def _present(self, t_s: float) -> list[Seen]:
        """Who can be in the picture, farthest first; a long journey may be under way twice."""
        camera, period = self._place.camera, self._place.period_s
        found = []
        laps = math.ceil(float(self._end.max(initial=0.0)) / period)
        for now in (t_s + lap * period for lap in range(laps)):
            for row in np.flatnonzero((self._begin <= now) & (now <= self._end)):
                one, body = self._everybody[row]
                pose = one.poses(np.array([now]))[0]
                patch = patch_of(one, pose, camera)
                if patch is not None:
                    distance = math.hypot(pose[0] - camera.x_m, pose[1] - camera.y_m)
                    found.append(Seen(distance, body, pose, patch))
        return sorted(found, key=lambda seen: -seen.distance_m)

    def _background(self, sun: float) -> Picture:
        if sun != self._empty[0]:
            scenery = self._scenery
            mixed = cv2.addWeighted(scenery.sunny, sun, scenery.overcast, 1.0 - sun, 0.0)
            self._empty = sun, np.asarray(mixed, np.uint8)
        return self._empty[1]

    def _paint_far_to_near(
        self, canvas: Picture, empty: Picture, users: list[Seen], sun: float
    ) -> None:
        waiting = list(self._scenery.occluders)
        painted: list[Patch] = []
        for user in users:
            while waiting and waiting[0].distance_m > user.distance_m:
                restore(canvas, empty, waiting.pop(0), painted)
            self._painter.body(canvas, user.body, user.pose, sun, self._shade_at(user.pose))
            painted.append(user.patch)
        for occluder in waiting:
            restore(canvas, empty, occluder, painted)

    def _shade_at(self, pose: Pose) -> float:
        x, y = self._place.camera.project(np.array([pose[0], pose[1], 0.0])).astype(int)
        shaded = self._scenery.shaded
        if 0 <= x < shaded.shape[1] and 0 <= y < shaded.shape[0]:
            return float(shaded[y, x]) / 255
        return 0.0

    def _sensed(self, canvas: Picture, gain: float, random: np.random.Generator) -> Picture:
        """Gain and the sensor's noise."""
        bright = cv2.convertScaleAbs(canvas, alpha=gain)
        if not self._noise:
            return np.asarray(bright, np.uint8)
        tile = self._noise[int(random.integers(NOISE_TILES))]
        top, left = (int(v) for v in random.integers(0, 64, 2))
        grain = tile[top : top + canvas.shape[0], left : left + canvas.shape[1]]
        return np.asarray(cv2.add(bright, grain, dtype=cv2.CV_8U), np.uint8)


def shown_index(place: Place, index: int) -> int:
    """Which picture of the period stands on the screen at ``index``."""
    index %= place.frame_count
    if place.frozen_s is not None:
        first, last = (round(end * place.fps) for end in place.frozen_s)
        if first <= index < last:
            return first
    return index


def scenery_of(place: Place) -> Scenery:
    """The empty place with all that stands in it, the parked ones among it."""
    stage = Stage(place.camera, place.sky)
    shadow = standing_shadows(place.sky, place.things, place.sheet)
    stage.ground(place.pave(place.sheet), place.sheet, shadow)
    stage.furnish(place.things)
    scenery = stage.shrunk()
    return _with_parked(place, scenery) if place.parked else scenery


def _with_parked(place: Place, scenery: Scenery) -> Scenery:
    """Painted three times as large and shrunk, as all that stands still."""
    camera = place.camera
    size = (camera.width * SUPERSAMPLING, camera.height * SUPERSAMPLING)
    large = replace(camera, width=size[0], height=size[1])
    painter = Painter(large, to_sun(place.sky))
    shapes = [(Body.of(who), pose) for who, pose in place.parked]
    shapes.sort(key=lambda shape: -math.hypot(shape[1][0] - camera.x_m, shape[1][1] - camera.y_m))
    shaded = np.asarray(cv2.resize(scenery.shaded, size), np.uint8)
    pictures = []
    for picture, sun in ((scenery.sunny, 1.0), (scenery.overcast, 0.0)):
        grown = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        canvas = painter.shadows(grown, shapes, sun, shaded)
        for body, pose in shapes:
            painter.body(canvas, body, pose, sun, 0.0)
        pictures.append(_shrunk(canvas, camera))
    hidden = [_parked_occluder(body, pose, large, camera) for body, pose in shapes]
    occluders = sorted(
        [*scenery.occluders, *(one for one in hidden if one is not None)],
        key=lambda one: -one.distance_m,
    )
    return Scenery(pictures[0], pictures[1], scenery.shaded, tuple(occluders))


def _shrunk(picture: Picture, camera: Camera) -> Picture:
    size = (camera.width, camera.height)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _parked_occluder(body: Body, pose: Pose, large: Camera, camera: Camera) -> Occluder | None:
    points = body.outline if body.mesh is None else body.mesh.points
    mask = np.zeros((large.height, large.width), np.uint8)
    hull = cv2.convexHull(large.project(turned(points, pose)).astype(np.float32))
    cv2.fillConvexPoly(mask, np.round(hull).astype(np.int32), 255)
    alpha: NDArray[np.uint8] = _shrunk(mask, camera)
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    if not len(rows):
        return None
    x0, y0 = int(columns[0]), int(rows[0])
    patch = np.ascontiguousarray(alpha[y0 : rows[-1] + 1, x0 : columns[-1] + 1])
    distance = math.hypot(pose[0] - camera.x_m, pose[1] - camera.y_m)
    return Occluder(distance, x0, y0, patch)
