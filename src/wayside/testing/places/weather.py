"""What lies between the scene and the lens: clear air, rain, the dark with its lamps."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import Picture
from wayside.testing.places.place import Place
from wayside.testing.town.agents import Kind
from wayside.testing.town.camera import Camera
from wayside.testing.town.paint import Body, Pose, turned

Shapes: TypeAlias = list[tuple[Body, Pose]]

HALF = 2
"""Soft light is painted at half the size."""
MOONLIGHT = (84.0, 70.0, 60.0)
LAMPLIGHT = (112.0, 150.0, 176.0)
BEAM = (0.86, 0.95, 1.0)
WHITE_LAMP, RED_LAMP = (238, 248, 255), (40, 36, 220)
WET = (0.80, 0.76, 0.73)
STREAKS = 150
STREAK_TILES = 6


class Finish(Protocol):
    """The last step before the sensor."""

    def apply(self, canvas: Picture, shapes: Shapes, random: np.random.Generator) -> Picture:
        """The finished picture; ``canvas`` may be changed."""
        ...


class FairSky:
    """Nothing in between."""

    def __init__(self, place: Place) -> None:
        del place

    def apply(self, canvas: Picture, shapes: Shapes, random: np.random.Generator) -> Picture:
        del shapes, random
        return canvas


def _lamps(body: Body, pose: Pose) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(K, 3) world metres of the white lamps in front and of the red ones behind."""
    size = body.traveller.size
    if body.traveller.kind is Kind.CYCLIST:
        own = np.array([(size.length / 2, 0.0, 0.8), (-size.length / 2, 0.0, 0.6)])
    else:
        side, low = size.width / 2 - 0.25, 0.68
        own = np.array(
            [(x, y, low) for x in (size.length / 2, -size.length / 2) for y in (side, -side)]
        )
    world = turned(own, pose)
    half = len(world) // 2
    return world[:half], world[half:]


def _facing(points: NDArray[np.float64], heading: float, camera: Camera) -> bool:
    """Whether lamps that shine along ``heading`` can be seen by the camera."""
    to_camera = camera.centre[:2] - points[0, :2]
    return float(to_camera @ np.array([np.cos(heading), np.sin(heading)])) > 0


class _Shine:
    """Lamps of vehicles as seen by the camera: bright spots with a halo or a reflection."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._layer = np.zeros((camera.height // HALF, camera.width // HALF, 3), np.uint8)

    def paint(self, canvas: Picture, shapes: Shapes, *, wet: float) -> Picture:
        """wet: metres that a lamp's reflection reaches down the picture, 0 for a dry road."""
        layer = self._layer
        layer[:] = 0
        spots = [spot for body, pose in shapes for spot in self._spots(body, pose)]
        if not spots:
            return canvas
        for x, y, radius, tone in spots:
            centre = (round(x / HALF * 16), round(y / HALF * 16))
            if wet:
                end = (centre[0], centre[1] + round(wet * radius * 8))
                cv2.line(layer, centre, end, tone, max(1, round(radius / HALF)), cv2.LINE_AA, 4)
            else:
                cv2.circle(layer, centre, round(radius * 1.6 * 16), tone, -1, cv2.LINE_AA, 4)
        soft = cv2.blur(layer, (5, 13) if wet else (11, 11))
        grown = cv2.resize(soft, (canvas.shape[1], canvas.shape[0]))
        bright = cv2.addWeighted(canvas, 1.0, grown, 0.55 if wet else 0.7, 0.0)
        for x, y, radius, tone in spots:
            at = (round(x * 16), round(y * 16))
            cv2.circle(bright, at, max(14, round(radius * 14)), tone, -1, cv2.LINE_AA, 4)
        return np.asarray(bright, np.uint8)

    def _spots(
        self, body: Body, pose: Pose
    ) -> list[tuple[float, float, float, tuple[int, int, int]]]:
        if body.traveller.kind is Kind.PERSON:
            return []
        found = []
        front, back = _lamps(body, pose)
        for points, heading, tone in (
            (front, float(pose[2]), WHITE_LAMP),
            (back, float(pose[2]) + np.pi, RED_LAMP),
        ):
            if not _facing(points, heading, self._camera):
                continue
            radius = 0.17 * self._camera.focal_px / self._camera.depth_m(points)
            pixels = self._camera.project(points)
            found += [
                (float(x), float(y), float(r), tone)
                for (x, y), r in zip(pixels, radius, strict=True)
            ]
        return found


class NightFall:
    """Moonlight, street lamps, and the beams that vehicles throw ahead."""

    def __init__(self, place: Place) -> None:
        self._camera = place.camera
        self._size = (place.camera.width // HALF, place.camera.height // HALF)
        self._still = _lamp_light(place, self._size)
        self._beams = np.zeros(self._size[::-1], np.uint8)
        self._shine = _Shine(place.camera)

    def apply(self, canvas: Picture, shapes: Shapes, random: np.random.Generator) -> Picture:
        del random
        beams = self._beams
        beams[:] = 0
        for body, pose in shapes:
            if body.traveller.kind is not Kind.PERSON:
                self._beam(beams, body, pose)
        soft = cv2.blur(beams, (9, 9))
        light = cv2.add(self._still, cv2.merge([cv2.convertScaleAbs(soft, alpha=v) for v in BEAM]))
        grown = cv2.resize(light, (canvas.shape[1], canvas.shape[0]))
        dark = cv2.multiply(canvas, grown, scale=1 / 255)
        return self._shine.paint(np.asarray(dark, np.uint8), shapes, wet=0.0)

    def _beam(self, beams: NDArray[np.uint8], body: Body, pose: Pose) -> None:
        nose = body.traveller.size.length / 2
        is_cycle = body.traveller.kind is Kind.CYCLIST
        for reach, wide, value in (
            ((2.0, 0.7, 16),)
            if is_cycle
            else (
                (9.0, 2.2, 22),
                (5.0, 1.5, 50),
            )
        ):
            own = np.array(
                [
                    (nose, 0.5, 0.0),
                    (nose, -0.5, 0.0),
                    (nose + reach, -wide, 0.0),
                    (nose + reach, wide, 0.0),
                ]
            )
            world = turned(own, pose)
            if (self._camera.depth_m(world) < 2.0).any():
                continue
            pixels = np.round(self._camera.project(world) / HALF * 16).astype(np.int32)
            cv2.fillConvexPoly(beams, pixels, value, cv2.LINE_AA, 4)


def _lamp_light(place: Place, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(h, w, 3) light that is always there: the moon's, and a pool under each lamp."""
    columns, rows = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    spots = np.stack([columns.ravel() / size[0], rows.ravel() / size[1]], axis=1)
    ground = place.camera.image_to_ground(spots)
    strength = np.zeros(len(ground))
    for x, y, z in place.lamps:
        apart = ((ground - np.array([x, y])) ** 2).sum(1)
        strength += z**3 / (z**2 + apart) ** 1.5
    light = np.array(MOONLIGHT) + strength[:, None] * np.array(LAMPLIGHT)
    return np.asarray(np.clip(light, 0, 255).reshape(size[1], size[0], 3), np.uint8)


class RainFall:
    """A grey, wet road that mirrors the lamps, and streaks in front of the lens."""

    def __init__(self, place: Place) -> None:
        self._shine = _Shine(place.camera)
        random = np.random.default_rng([place.seed, 6])
        self._streaks = [_streaks(place.camera, random) for _ in range(STREAK_TILES)]

    def apply(self, canvas: Picture, shapes: Shapes, random: np.random.Generator) -> Picture:
        dull = cv2.multiply(canvas, np.array([*WET, 0.0]))
        shone = self._shine.paint(np.asarray(dull, np.uint8), shapes, wet=4.0)
        tile = self._streaks[int(random.integers(STREAK_TILES))]
        top, left = (int(v) for v in random.integers(0, 120, 2))
        fall = tile[top : top + canvas.shape[0], left : left + canvas.shape[1]]
        return np.asarray(cv2.add(shone, fall), np.uint8)


def _streaks(camera: Camera, random: np.random.Generator) -> NDArray[np.uint8]:
    """Drops as they blur while the shutter is open; larger than the picture."""
    tile = np.zeros((camera.height + 120, camera.width + 120), np.uint8)
    for _ in range(STREAKS):
        x, y = random.uniform(0, tile.shape[1]), random.uniform(0, tile.shape[0])
        long, bright = random.uniform(6, 20), int(random.uniform(10, 34))
        a = (round(x * 16), round(y * 16))
        b = (round((x + 0.12 * long) * 16), round((y + long) * 16))
        cv2.line(tile, a, b, bright, 1, cv2.LINE_AA, 4)
    return np.asarray(cv2.cvtColor(tile, cv2.COLOR_GRAY2BGR), np.uint8)
