"""What stands still: the picture of the empty town, and which of its things can hide others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import Picture
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import SHEET, Sheet, ground_picture
from wayside.testing.town.light import shadow_offset, to_sun
from wayside.testing.town.scenario import Scenario, Sky

SUPERSAMPLING = 3


@dataclass(frozen=True, slots=True)
class Tree:
    """Crown: an ellipsoid of leaves around z_m."""

    x_m: float
    y_m: float
    z_m: float
    radius_m: float
    seed: int


@dataclass(frozen=True, slots=True)
class Post:
    """A signal pole or a lamp post. arm_m: reach of its arm towards (dx, dy) at the top."""

    x_m: float
    y_m: float
    height_m: float
    radius_m: float
    arm_m: float = 0.0
    dx: float = 0.0
    dy: float = 0.0


@dataclass(frozen=True, slots=True)
class Building:
    """A block from corner to corner with rows of windows."""

    x0: float
    y0: float
    x1: float
    y1: float
    height_m: float
    colour: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A flat piece of a thing. corners: (V, 3) metres. lit: 0..1 of the sun's direct light.

    hides: False for what merely lies on another panel.
    """

    corners: NDArray[np.float64]
    colour: tuple[float, float, float]
    lit: float = 0.5
    hides: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Panels:
    """Anything made of flat pieces, painted in their order.

    x_m, y_m: its foot, by whose distance it hides others. shadow: (V, 3) points
    whose hull keeps the sun off, empty for a thing without a shadow.
    """

    x_m: float
    y_m: float
    panels: tuple[Panel, ...]
    shadow: NDArray[np.float64]


Thing: TypeAlias = Tree | Post | Building | Panels

TREES = (
    Tree(-13.2, -7.4, 4.2, 1.7, 1),
    Tree(-24.5, -7.6, 4.6, 2.1, 2),
    Tree(-8.6, 15.5, 4.6, 2.0, 3),
    Tree(9.6, 11.4, 4.4, 2.0, 4),
    Tree(19.5, 7.5, 4.8, 2.1, 5),
    Tree(9.9, -11.6, 4.6, 1.6, 6),
    Tree(-8.8, 26.0, 5.0, 2.3, 7),
    Tree(8.9, 24.0, 5.0, 2.2, 8),
    Tree(-19.0, 8.0, 4.6, 2.0, 9),
    Tree(30.0, 7.8, 5.0, 2.2, 10),
    Tree(18.0, -8.0, 4.0, 1.6, 11),
)
POSTS = (
    Post(-5.3, -11.6, 8.6, 0.09, 2.2, 0.8, 0.6),
    Post(5.5, 12.6, 8.6, 0.09, 2.2, -0.8, -0.6),
    Post(5.15, -11.0, 3.4, 0.07),
    Post(11.0, 5.15, 3.4, 0.07),
    Post(-5.15, 11.0, 3.4, 0.07),
    Post(-11.0, -5.15, 3.4, 0.07),
)
SIGNAL_POSTS = (2, 3, 4, 5)
"""Index in POSTS of the signal for traffic from arm 0, 1, 2, 3."""
BUILDINGS = (
    Building(-34.0, 10.5, -12.5, 30.0, 8.5, (104, 126, 158)),
    Building(12.0, 14.5, 34.0, 32.0, 9.5, (150, 160, 170)),
    Building(-36.0, -30.0, -14.5, -10.6, 6.0, (118, 112, 118)),
    Building(14.0, -26.0, 36.0, -11.5, 6.0, (126, 150, 172)),
    Building(-36.0, 33.0, -11.0, 60.0, 11.0, (150, 140, 130)),
    Building(11.0, 36.0, 36.0, 62.0, 12.0, (122, 132, 160)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Occluder:
    """Something that hides what is behind it.

    distance_m: of its foot from the mast's foot. x, y: of the patch's corner in
    the picture. alpha: (h, w) uint8, how much of each pixel it covers.
    """

    distance_m: float
    x: int
    y: int
    alpha: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Scenery:
    """sunny, overcast: (H, W, 3) the empty town. shaded: (H, W) uint8, where no moving
    shadow can darken further. occluders: far to near."""

    sunny: Picture
    overcast: Picture
    shaded: NDArray[np.uint8]
    occluders: tuple[Occluder, ...]


def scenery_of(scenario: Scenario) -> Scenery:
    """Paint the empty town, three times as large, and shrink it."""
    things: tuple[Thing, ...] = (*TREES, *POSTS, *BUILDINGS)
    stage = Stage(scenario.camera, scenario.sky)
    flat = ground_picture(scenario.layout, scenario.seed)
    stage.ground(flat, SHEET, standing_shadows(scenario.sky, things, SHEET))
    stage.furnish(things)
    return stage.shrunk()


def _distance(camera: Camera, thing: Thing) -> float:
    if isinstance(thing, Building):
        x = min(max(camera.x_m, thing.x0), thing.x1)
        y = min(max(camera.y_m, thing.y0), thing.y1)
    else:
        x, y = thing.x_m, thing.y_m
    return float(np.hypot(x - camera.x_m, y - camera.y_m))


class Stage:
    """The large picture while it is being painted, under sun and under cloud at once."""

    def __init__(self, camera: Camera, sky: Sky) -> None:
        self._camera = camera
        self._size = (self._camera.width * SUPERSAMPLING, self._camera.height * SUPERSAMPLING)
        self._sun = to_sun(sky)
        self._sunny: Picture = np.zeros((self._size[1], self._size[0], 3), np.uint8)
        self._overcast = self._sunny.copy()
        self._shade = np.zeros(self._size[::-1], np.uint8)
        self._occluders: list[Occluder] = []

    def ground(self, flat: Picture, sheet: Sheet, shadow: NDArray[np.uint8]) -> None:
        """The ground seen from above and the shadows on it, laid into perspective."""
        matrix = self._camera.matrix()[:, [0, 1, 3]] @ sheet.to_ground()
        matrix = np.diag([SUPERSAMPLING, SUPERSAMPLING, 1.0]) @ matrix
        warped = cv2.warpPerspective(
            flat, matrix, self._size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        shade = cv2.warpPerspective(shadow, matrix, self._size, flags=cv2.INTER_LINEAR)
        self._shade = np.asarray(shade, np.uint8)
        dark = 1.0 - 0.44 * (self._shade.astype(np.float32) / 255)[..., None]
        self._sunny = np.asarray(np.clip(warped * 1.06 * dark, 0, 255), np.uint8)
        self._overcast = np.asarray(np.clip(warped * np.array([0.9, 0.87, 0.85]), 0, 255), np.uint8)

    def furnish(self, things: Sequence[Thing]) -> None:
        """Put up the things, far ones first."""
        for thing in sorted(things, key=lambda thing: -_distance(self._camera, thing)):
            self._add(thing)

    def _add(self, thing: Thing) -> None:
        mask = np.zeros(self._size[::-1], np.uint8)
        if isinstance(thing, Tree):
            self._tree(thing, mask)
        elif isinstance(thing, Post):
            self._post(thing, mask)
        elif isinstance(thing, Building):
            self._building(thing, mask)
        else:
            for panel in thing.panels:
                hidden = mask if panel.hides else None
                self._polygon(panel.corners, np.array(panel.colour), panel.lit, hidden)
        self._shade = np.maximum(self._shade, mask)
        self._remember(_distance(self._camera, thing), mask)

    def shrunk(self) -> Scenery:
        return Scenery(
            self._shrink(self._sunny),
            self._shrink(self._overcast),
            self._shrink(self._shade),
            tuple(self._occluders),
        )

    def _shrink(self, picture: Picture) -> Picture:
        size = (self._camera.width, self._camera.height)
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)

    def _remember(self, distance_m: float, mask: NDArray[np.uint8]) -> None:
        alpha = self._shrink(mask)
        rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
        if len(rows):
            y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
            patch = np.ascontiguousarray(alpha[y0:y1, x0:x1])
            self._occluders.append(Occluder(distance_m, int(x0), int(y0), patch))

    def _pixels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._camera.project(points) * SUPERSAMPLING

    def _polygon(
        self,
        points: Sequence[Sequence[float]] | NDArray[np.float64],
        colour: NDArray[np.float64],
        sunlit: float,
        mask: NDArray[np.uint8] | None,
    ) -> None:
        corners = np.asarray(points, np.float64)
        if (self._camera.depth_m(corners) < 1.0).any():
            return
        pixels = np.round(np.clip(self._pixels(corners), -9000, 9000) * 16).astype(np.int32)
        for picture, light in ((self._sunny, 0.62 + 0.5 * sunlit), (self._overcast, 0.82)):
            tone = [float(v) for v in np.clip(colour * light, 0, 255)]
            cv2.fillPoly(picture, [pixels], tone, cv2.LINE_AA, 4)
        if mask is not None:
            cv2.fillPoly(mask, [pixels], 255, cv2.LINE_AA, 4)

    def _building(self, block: Building, mask: NDArray[np.uint8]) -> None:
        colour = np.array(block.colour, np.float64)
        x0, y0, x1, y1, top = block.x0, block.y0, block.x1, block.y1, block.height_m
        walls = (
            ((x0, y0), (x1, y0), (0.0, -1.0)),
            ((x1, y0), (x1, y1), (1.0, 0.0)),
            ((x1, y1), (x0, y1), (0.0, 1.0)),
            ((x0, y1), (x0, y0), (-1.0, 0.0)),
        )
        for a, b, normal in walls:
            to_camera = self._camera.centre[:2] - np.array(a)
            if to_camera @ np.array(normal) <= 0:
                continue
            lit = max(0.0, float(np.array([*normal, 0.0]) @ self._sun))
            self._polygon([(*a, 0), (*b, 0), (*b, top), (*a, top)], colour, lit, mask)
            self._windows(a, b, top, lit)
        roof = [(x0, y0, top), (x1, y0, top), (x1, y1, top), (x0, y1, top)]
        self._polygon(roof, np.array([128.0, 130.0, 134.0]), float(self._sun[2]), mask)
        inner = [
            (x0 + 0.4, y0 + 0.4, top),
            (x1 - 0.4, y0 + 0.4, top),
            (x1 - 0.4, y1 - 0.4, top),
            (x0 + 0.4, y1 - 0.4, top),
        ]
        self._polygon(inner, np.array([104.0, 106.0, 110.0]), float(self._sun[2]), None)

    def _windows(
        self, a: tuple[float, float], b: tuple[float, float], top: float, lit: float
    ) -> None:
        start, along = np.array(a), np.array(b) - np.array(a)
        columns = max(1, int(np.hypot(*along) / 2.4))
        for row in range(int(top / 2.9)):
            low = 0.9 + 2.9 * row
            for column in range(columns):
                left = start + along * (column + 0.25) / columns
                right = start + along * (column + 0.75) / columns
                pane = [(*left, low), (*right, low), (*right, low + 1.5), (*left, low + 1.5)]
                tint = 60.0 + 22.0 * ((row * 7 + column * 5) % 4)
                glass = np.array([tint + 16, tint + 4, tint - 6])
                self._polygon(pane, glass, 0.5 * lit + 0.2, None)

    def _post(self, post: Post, mask: NDArray[np.uint8]) -> None:
        grey = np.array([112.0, 114.0, 112.0])
        side = np.array([self._camera.y_m - post.y_m, post.x_m - self._camera.x_m])
        side = side / np.hypot(*side) * post.radius_m
        foot = np.array([post.x_m, post.y_m])
        a, b, top = foot - side, foot + side, post.height_m
        self._polygon([(*a, 0), (*b, 0), (*b, top), (*a, top)], grey, 0.5, mask)
        if post.arm_m:
            tip = foot + np.array([post.dx, post.dy]) * post.arm_m
            arm = [(*foot, top - 0.12), (*tip, top), (*tip, top + 0.12), (*foot, top)]
            self._polygon(arm, grey, 0.5, mask)
            self._bar(tip, top, 0.28, 0.14, np.array([190.0, 192.0, 190.0]), mask)
        else:
            self._bar(foot, top - 0.45, 0.17, 0.9, np.array([44.0, 44.0, 42.0]), mask)

    def _bar(
        self,
        at: NDArray[np.float64],
        low: float,
        half: float,
        tall: float,
        colour: NDArray[np.float64],
        mask: NDArray[np.uint8],
    ) -> None:
        side = np.array([self._camera.y_m - at[1], at[0] - self._camera.x_m])
        side = side / np.hypot(*side) * half
        a, b = at - side, at + side
        box = [(*a, low), (*b, low), (*b, low + tall), (*a, low + tall)]
        self._polygon(box, colour, 0.4, mask)

    def _tree(self, tree: Tree, mask: NDArray[np.uint8]) -> None:
        trunk = Post(tree.x_m, tree.y_m, tree.z_m, 0.14)
        foot = np.array([trunk.x_m, trunk.y_m])
        side = np.array([self._camera.y_m - foot[1], foot[0] - self._camera.x_m])
        side = side / np.hypot(*side) * trunk.radius_m
        a, b = foot - side, foot + side
        bark = np.array([52.0, 70.0, 86.0])
        top = trunk.height_m
        self._polygon([(*a, 0), (*b, 0), (*b, top), (*a, top)], bark, 0.4, mask)
        random = np.random.default_rng(tree.seed)
        spots = random.standard_normal((420, 3))
        spots *= (random.random((420, 1)) ** 0.4) / np.linalg.norm(spots, axis=1, keepdims=True)
        centre = np.array([tree.x_m, tree.y_m, tree.z_m])
        points = centre + spots * tree.radius_m * np.array([1.0, 1.0, 0.85])
        depth = self._camera.depth_m(points)
        for i in np.argsort(-depth):
            self._leaves(points[i], float(spots[i] @ self._sun), float(depth[i]), random, mask)

    def _leaves(
        self,
        point: NDArray[np.float64],
        to_light: float,
        depth_m: float,
        random: np.random.Generator,
        mask: NDArray[np.uint8],
    ) -> None:
        radius = random.uniform(0.14, 0.34) * self._camera.focal_px * SUPERSAMPLING / depth_m
        x, y = np.round(self._pixels(point[None])[0] * 16).astype(int)
        at, size = (int(x), int(y)), max(1, round(radius * 16))
        green = np.array([46.0, 104.0, 74.0]) * random.uniform(0.75, 1.2)
        for picture, light in (
            (self._sunny, 0.62 + 0.5 * max(-0.4, to_light)),
            (self._overcast, 0.7 + 0.12 * to_light),
        ):
            tone = [float(v) for v in np.clip(green * light, 0, 255)]
            cv2.circle(picture, at, size, tone, -1, cv2.LINE_AA, 4)
        cv2.circle(mask, at, size, 255, -1, cv2.LINE_AA, 4)


def standing_shadows(sky: Sky, things: Sequence[Thing], sheet: Sheet) -> NDArray[np.uint8]:
    """sheet.shape uint8 on the ground picture: where standing things keep the sun off."""
    mask = np.zeros(sheet.shape, np.uint8)
    away = shadow_offset(sky)
    for thing in things:
        if isinstance(thing, Tree):
            _tree_shadow(mask, thing, away, sheet)
        elif isinstance(thing, Post):
            foot = np.array([thing.x_m, thing.y_m])
            a, b = np.round(sheet.to_pixels(np.array([foot, foot + away * thing.height_m])))
            cv2.line(mask, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), 255, 4)
        else:
            solid = _solid_outline(thing)
            if len(solid):
                flat = sheet.to_pixels(solid[:, :2] + solid[:, 2:] * away)
                hull = cv2.convexHull(flat.astype(np.float32))
                cv2.fillPoly(mask, [np.round(hull).astype(np.int32)], 255)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 2.5), np.uint8)


def _solid_outline(thing: Building | Panels) -> NDArray[np.float64]:
    """(V, 3) points whose shadows' hull is the shadow of the thing."""
    if isinstance(thing, Panels):
        return thing.shadow
    corners = [(x, y) for x in (thing.x0, thing.x1) for y in (thing.y0, thing.y1)]
    return np.array([(x, y, z) for x, y in corners for z in (0.0, thing.height_m)])


def _tree_shadow(
    mask: NDArray[np.uint8], tree: Tree, away: NDArray[np.float64], sheet: Sheet
) -> None:
    random = np.random.default_rng(tree.seed)
    spots = random.standard_normal((160, 3)) * tree.radius_m * 0.5
    flat = np.array([tree.x_m, tree.y_m]) + spots[:, :2]
    flat = flat + (tree.z_m + spots[:, 2:]) * away
    for x, y in np.round(sheet.to_pixels(flat)).astype(int):
        cv2.circle(mask, (int(x), int(y)), int(0.36 * sheet.scale_px), 255, -1)
