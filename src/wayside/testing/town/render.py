"""The film: pictures one by one, or as an H.264 file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import Picture
from wayside.testing.town.agents import Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.light import Light, light_of, to_sun
from wayside.testing.town.paint import Body, Painter, Pose
from wayside.testing.town.scenery import POSTS, SIGNAL_POSTS, Occluder, Scenery, scenery_of
from wayside.testing.town.signal import Aspect, Signal
from wayside.testing.town.town import Town

LAMPS = {Aspect.RED: (40, 40, 235), Aspect.AMBER: (40, 170, 250), Aspect.GREEN: (120, 230, 60)}
NEAREST_M = 2.0
"""Depth in front of the lens from which on things are painted."""
NOISE_TILES = 8
TIME_BASE = 90_000
SHADOW_REACH_M = 1.2
"""How far a shadow may fall, per metre of height."""
_CUBE = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (0.0, 1.0)])


def frames(town: Town) -> Iterator[tuple[float, Picture]]:
    """Each picture's time (seconds from 0) and a fresh (H, W, 3) uint8 BGR array."""
    film = _Film(town)
    for index in range(town.scenario.frame_count):
        yield index / town.scenario.fps, film.picture(index)


def write_video(town: Town, path: Path, progress: Callable[[int], None] | None = None) -> None:
    """The film as H.264 in the container that the name asks for (.mp4).

    progress: called with the number of pictures written so far.
    """
    camera, fps = town.scenario.camera, town.scenario.fps
    encode(path, (camera.width, camera.height), fps, frames(town), progress)


def encode(
    path: Path,
    size: tuple[int, int],
    fps: float,
    pictures: Iterable[tuple[float, Picture]],
    progress: Callable[[int], None] | None = None,
) -> None:
    """Pictures with their times as H.264. size: width and height. Else as ``write_video``."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "23"}
        stream.gop_size = round(4 * fps)
        time_base = Fraction(1, TIME_BASE)
        stream.codec_context.time_base = time_base
        for index, (t_s, picture) in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = round(t_s * TIME_BASE), time_base
            container.mux(stream.encode(frame))
            if progress is not None:
                progress(index + 1)
        container.mux(stream.encode())


Patch: TypeAlias = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One user in one picture. distance_m: from the mast's foot."""

    distance_m: float
    body: Body
    pose: Pose
    patch: Patch


class _Film:
    """What is the same in all pictures, prepared once."""

    def __init__(self, town: Town) -> None:
        scenario = town.scenario
        self._scenario = scenario
        self._scenery: Scenery = scenery_of(scenario)
        self._light: Light = light_of(scenario)
        self._painter = Painter(scenario.camera, to_sun(scenario.sky))
        self._travellers = town.travellers
        self._bodies: dict[int, Body] = {}
        self._lamps = lamp_places(scenario.camera)
        self._random = np.random.default_rng([scenario.seed, 4])
        self._noise = noise_tiles(scenario.camera, scenario.noise_sigma, self._random)
        self._empty = self._scenery.sunny
        self._empty_sun = -1.0

    def picture(self, index: int) -> Picture:
        t_s = index / self._scenario.fps
        sun, gain = float(self._light.sun[index]), float(self._light.gain[index])
        users = self._present(t_s)
        empty = self._background(sun)
        shapes = [(user.body, user.pose) for user in users]
        canvas = self._painter.shadows(empty, shapes, sun, self._scenery.shaded)
        if canvas is empty:
            canvas = empty.copy()
        self._signals(canvas, t_s)
        self._paint_far_to_near(canvas, empty, users, sun)
        return self._exposed(canvas, gain)

    def _present(self, t_s: float) -> list[_Seen]:
        """Who can be in the picture, farthest first."""
        camera = self._scenario.camera
        now = np.array([t_s])
        found = []
        for one in self._travellers:
            if not one.t_s[0] <= t_s <= one.t_s[-1]:
                self._bodies.pop(one.track, None)
                continue
            pose = one.poses(now)[0]
            patch = patch_of(one, pose, camera)
            if patch is not None:
                if one.track not in self._bodies:
                    self._bodies[one.track] = Body.of(one)
                distance = math.hypot(pose[0] - camera.x_m, pose[1] - camera.y_m)
                found.append(_Seen(distance, self._bodies[one.track], pose, patch))
        return sorted(found, key=lambda seen: -seen.distance_m)

    def _background(self, sun: float) -> Picture:
        """The empty town in this light; mixed anew only when the light has moved visibly."""
        if abs(sun - self._empty_sun) > 0.004:
            scenery = self._scenery
            mixed = cv2.addWeighted(scenery.sunny, sun, scenery.overcast, 1.0 - sun, 0.0)
            self._empty, self._empty_sun = np.asarray(mixed, np.uint8), sun
        return self._empty

    def _paint_far_to_near(
        self, canvas: Picture, empty: Picture, users: list[_Seen], sun: float
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
        x, y = self._scenario.camera.project(np.array([pose[0], pose[1], 0.0])).astype(int)
        shaded = self._scenery.shaded
        if 0 <= x < shaded.shape[1] and 0 <= y < shaded.shape[0]:
            return float(shaded[y, x]) / 255
        return 0.0

    def _signals(self, canvas: Picture, t_s: float) -> None:
        light_up(canvas, self._lamps, self._scenario.signal, t_s)

    def _exposed(self, canvas: Picture, gain: float) -> Picture:
        """Through the lens and onto the sensor: sway, gain, noise."""
        scenario = self._scenario
        if scenario.vibration_px > 0:
            dx, dy = self._random.normal(0, scenario.vibration_px, 2)
            move = np.array([[1, 0, dx], [0, 1, dy]])
            size = (canvas.shape[1], canvas.shape[0])
            shifted = cv2.warpAffine(canvas, move, size, borderMode=cv2.BORDER_REPLICATE)
            canvas = np.asarray(shifted, np.uint8)
        bright = cv2.convertScaleAbs(canvas, alpha=gain)
        if scenario.noise_sigma <= 0:
            return np.asarray(bright, np.uint8)
        tile = self._noise[int(self._random.integers(NOISE_TILES))]
        top, left = (int(v) for v in self._random.integers(0, 64, 2))
        grain = tile[top : top + canvas.shape[0], left : left + canvas.shape[1]]
        return np.asarray(cv2.add(bright, grain, dtype=cv2.CV_8U), np.uint8)


def patch_of(one: Traveller, pose: Pose, camera: Camera) -> Patch | None:
    """Pixels that the user and its shadow may touch, None where they cannot be seen."""
    reach = math.hypot(one.size.length, one.size.width) / 2 + 0.3
    x, y, top = float(pose[0]), float(pose[1]), one.size.height + 0.2
    corners = np.array([[x, y, 0.0]]) + _CUBE * np.array([reach, reach, top])
    if (camera.depth_m(corners) < NEAREST_M).any():
        return None
    pixels = camera.project(corners)
    (x0, y0), (x1, y1) = pixels.min(0), pixels.max(0)
    margin = SHADOW_REACH_M * one.size.height / (2 * reach) * (x1 - x0)
    if x1 < -margin or y1 < -margin or x0 > camera.width + margin or y0 > camera.height + margin:
        return None
    return math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)


def restore(
    canvas: Picture,
    empty: Picture,
    occluder: Occluder,
    painted: list[Patch],
) -> None:
    """Put the occluder back in front of what was painted behind it."""
    height, width = occluder.alpha.shape
    for x0, y0, x1, y1 in painted:
        left, top = max(x0, occluder.x), max(y0, occluder.y)
        right, bottom = min(x1, occluder.x + width), min(y1, occluder.y + height)
        if left >= right or top >= bottom:
            continue
        alpha = occluder.alpha[
            top - occluder.y : bottom - occluder.y, left - occluder.x : right - occluder.x
        ]
        share = alpha.astype(np.float32)[..., None] / 255
        spot = canvas[top:bottom, left:right]
        spot[:] = spot + share * (empty[top:bottom, left:right].astype(np.float32) - spot)


def noise_tiles(
    camera: Camera, sigma: float, random: np.random.Generator
) -> list[NDArray[np.int16]]:
    """Grain made beforehand, larger than the picture, so that a random cut is new grain."""
    if sigma <= 0:
        return []
    shape = (camera.height + 64, camera.width + 64, 3)
    return [np.round(random.normal(0, sigma, shape)).astype(np.int16) for _ in range(NOISE_TILES)]


def light_up(
    canvas: Picture, places: list[dict[Aspect, tuple[int, int, int]]], signal: Signal, t_s: float
) -> None:
    """Paint each signal's lamp that shines at ``t_s``."""
    for arm, lamps in enumerate(places):
        aspect = signal.aspect(arm, t_s)
        x, y, radius = lamps[aspect]
        cv2.circle(canvas, (x, y), radius, LAMPS[aspect], -1, cv2.LINE_AA, 4)


def lamp_places(camera: Camera) -> list[dict[Aspect, tuple[int, int, int]]]:
    """Per arm and aspect: x, y and radius of the lamp in sixteenths of a pixel."""
    places = []
    for index in SIGNAL_POSTS:
        post = POSTS[index]
        lamps = {}
        for aspect, z in ((Aspect.RED, 0.3), (Aspect.AMBER, 0.0), (Aspect.GREEN, -0.3)):
            point = np.array([post.x_m, post.y_m, post.height_m + z])
            x, y = np.round(camera.project(point) * 16).astype(int)
            radius = max(14, round(0.13 * camera.focal_px / float(camera.depth_m(point)) * 16))
            lamps[aspect] = (int(x), int(y), radius)
        places.append(lamps)
    return places
