"""Traffic seen by cameras that are known exactly: the truth for calibration from traffic.

An hour of finished paths, as the tracker leaves them, of vehicles with bodies (chamfered hull,
bonnet, roof narrower than the body) whose sizes spread as a fleet's do, seen by a pinhole camera
with errors that detectors make: each edge of a box jitters, boxes are all a little too wide or
narrow, one picture in ten is missed, tracks break, something hides wheels. The estimator under
test knows none of these numbers; its priors are its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.tracks import Trajectory
from wayside.scene.pinhole import Pinhole

Floats = NDArray[np.float64]

_RATE_HZ = 5.0
_JITTER = 0.03
_MISSED = 0.1
_SMALLEST = 0.02


@dataclass(frozen=True, slots=True)
class View:
    """camera: the truth. roads: ground centre lines, (P, 2) metres each, lanes beside them.

    lanes: on each side of a centre line. people: walkers a hundred vehicles.
    """

    camera: Pinhole
    roads: tuple[Floats, ...]
    lanes: int
    people: int
    name: str


def views(seed: int, count: int = 10) -> list[View]:
    """Cameras of different height, pitch and focal length over streets, bends and junctions."""
    rng = np.random.default_rng(seed)
    return [_view(rng, index) for index in range(count)]


def paths(view: View, seed: int, vehicles: int = 250) -> list[Trajectory]:
    """Finished paths of ``vehicles`` vehicles and the people that belong to them."""
    rng = np.random.default_rng(seed)
    margin = float(np.exp(rng.normal(0.0, 0.015)))
    fleet = np.exp(rng.normal(0.0, [0.02, 0.015, 0.025]))
    found: list[Trajectory] = []
    for number in range(vehicles):
        body = _vehicle(rng, fleet)
        way, speed = _way(rng, view)
        found += _seen(rng, view.camera, body, way, speed, margin, 10 * number)
    for number in range(view.people * vehicles // 100):
        way = _walk(rng, view)
        body = _person(rng)
        speed = float(rng.uniform(1.0, 1.7))
        found += _seen(rng, view.camera, body, way, speed, margin, 10 * (vehicles + number))
    return found


@dataclass(frozen=True, slots=True)
class _Body:
    """corners: (K, 3) metres about the middle of its ground, x ahead."""

    object_class: ObjectClass
    corners: Floats


def _view(rng: np.random.Generator, index: int) -> View:
    focal = float(np.exp(rng.uniform(np.log(0.55), np.log(1.6))))
    height = float(np.exp(rng.uniform(np.log(5.0), np.log(18.0))))
    # The middle of the picture shows a place at a usual distance, and a road's width of it.
    reach = max(float(rng.uniform(1.2, 4.0)) * height + 4.0, 18.0 * focal)
    pitch = float(np.degrees(np.arctan2(height, reach)))
    camera = Pinhole.posed(
        16 / 9,
        focal=focal,
        height_m=height,
        pitch_deg=pitch,
        roll_deg=float(rng.normal(0, 1.2)),
    )
    middle = np.array([reach * rng.uniform(0.9, 1.3), rng.uniform(-3.0, 3.0)])
    heading = float(rng.uniform(-80, 80))
    kind = ("street", "junction", "bend")[index % 3]
    if kind == "bend":
        roads: tuple[Floats, ...] = (_bend(middle, heading, float(rng.uniform(40, 120))),)
    else:
        turns = [0.0] if kind == "street" else [0.0, float(rng.uniform(70, 110))]
        roads = tuple(_straight(middle, heading + turn) for turn in turns)
    return View(camera, roads, int(rng.integers(1, 3)), int(rng.integers(0, 40)), kind)


def _straight(middle: Floats, heading_deg: float) -> Floats:
    along = np.array([np.cos(np.radians(heading_deg)), np.sin(np.radians(heading_deg))])
    return np.asarray(middle + np.linspace(-90, 90, 181)[:, None] * along)


def _bend(middle: Floats, heading_deg: float, radius_m: float) -> Floats:
    turn = np.linspace(-90, 90, 181) / radius_m
    local = radius_m * np.stack([np.sin(turn), 1 - np.cos(turn)], axis=1)
    c, s = np.cos(np.radians(heading_deg)), np.sin(np.radians(heading_deg))
    return np.asarray(middle + local @ np.array([[c, s], [-s, c]]))


def _beside(road: Floats, offset_m: Floats) -> Floats:
    """The road moved to its right by (P,) metres."""
    along = np.gradient(road, axis=0)
    along /= np.hypot(along[:, 0], along[:, 1])[:, None]
    return np.asarray(road + offset_m[:, None] * np.column_stack([along[:, 1], -along[:, 0]]))


def _way(rng: np.random.Generator, view: View) -> tuple[Floats, float]:
    """(ground path, speed in m/s) of one vehicle: straight on, or turning off at a junction."""
    road = view.roads[rng.integers(len(view.roads))]
    road = road[::-1] if rng.random() < 0.5 else road
    lane = int(rng.integers(view.lanes))
    wander = rng.normal(0, 0.25) + 0.2 * np.sin(
        np.arange(len(road)) / rng.uniform(15, 40) + rng.uniform(0, 6)
    )
    way = _beside(road, 1.7 + 3.3 * lane + wander)
    if len(view.roads) == 2 and rng.random() < 0.35:
        other = view.roads[1] if np.allclose(road[90], view.roads[0][90]) else view.roads[0]
        exits = _beside(other if rng.random() < 0.5 else other[::-1], np.full(len(other), 1.7))
        way = _turning(way, exits)
    return way, float(np.clip(rng.normal(11, 2), 5, 18))


def _turning(entry: Floats, exits: Floats) -> Floats:
    """Along one road to 9 m before the middle, over a curve, along the other."""
    start, end = entry[81], exits[99]
    corner = (entry[90] + exits[90]) / 2
    s = np.linspace(0, 1, 16)[:, None]
    curve = (1 - s) ** 2 * start + 2 * s * (1 - s) * corner + s**2 * end
    return np.vstack([entry[:81], curve, exits[100:]])


def _walk(rng: np.random.Generator, view: View) -> Floats:
    road = view.roads[rng.integers(len(view.roads))]
    road = road[::-1] if rng.random() < 0.5 else road
    return _beside(road, np.full(len(road), 1.7 + 3.3 * view.lanes + rng.uniform(0.5, 3.0)))


def _vehicle(rng: np.random.Generator, fleet: Floats) -> _Body:
    draw = rng.random()
    if draw < 0.06:
        sizes = np.array([rng.uniform(6.0, 11.0), 2.45, rng.uniform(2.6, 3.8)])
        return _Body(ObjectClass.TRUCK, _hull(rng, sizes, 0.95, 0.95, 0.95))
    if draw < 0.09:
        return _Body(ObjectClass.BUS, _hull(rng, np.array([12.0, 2.55, 3.1]), 0.98, 0.98, 0.95))
    if draw < 0.13:
        sizes = np.array([1.9, 0.65, 1.6]) * np.exp(rng.normal(0, 0.08, 3))
        return _Body(ObjectClass.BICYCLE, _hull(rng, sizes, 0.35, 0.8, 0.6))
    if draw < 0.20:
        sizes = np.array([5.4, 2.0, 2.3]) * np.exp(rng.normal(0, [0.08, 0.03, 0.08]))
        return _Body(ObjectClass.CAR, _hull(rng, sizes, 0.8, 0.9, 0.6))
    if draw < 0.45:
        sizes = np.array([4.6, 1.87, 1.66]) * fleet * np.exp(rng.normal(0, [0.05, 0.03, 0.04]))
    else:
        sizes = np.array([4.3, 1.78, 1.46]) * fleet * np.exp(rng.normal(0, [0.08, 0.035, 0.03]))
    roof = float(rng.uniform(0.5, 0.7))
    return _Body(ObjectClass.CAR, _hull(rng, sizes, roof, float(rng.uniform(0.7, 0.8)), 0.6))


def _hull(
    rng: np.random.Generator, sizes: Floats, roof_length: float, roof_width: float, waist: float
) -> Floats:
    """Corners of a body: a chamfered plan up to the waist, a smaller roof."""
    length, width, height = sizes
    chamfer = float(rng.uniform(0.1, 0.25)) * width
    a, b = length / 2, width / 2
    plan = [(a - chamfer, b), (a, b - chamfer)]
    ring = np.array([(sx * x, sy * y) for x, y in plan for sx in (1, -1) for sy in (1, -1)])
    roof = np.array(
        [(sx * a * roof_length, sy * b * roof_width) for sx in (1, -1) for sy in (1, -1)]
    )
    return np.vstack(
        [
            np.column_stack([ring, np.full(len(ring), 0.05)]),
            np.column_stack([ring, np.full(len(ring), waist * height)]),
            np.column_stack([roof, np.full(len(roof), height)]),
        ]
    )


def _person(rng: np.random.Generator) -> _Body:
    height = float(rng.normal(1.70, 0.09)) if rng.random() < 0.93 else float(rng.uniform(1.0, 1.5))
    return _Body(ObjectClass.PERSON, _hull(rng, np.array([0.45, 0.55, height]), 0.4, 0.4, 0.8))


def _seen(
    rng: np.random.Generator,
    camera: Pinhole,
    body: _Body,
    way: Floats,
    speed: float,
    margin: float,
    track: int,
) -> list[Trajectory]:
    """The tracks that it leaves, at most two."""
    steps = np.hypot(*np.diff(way, axis=0).T)
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    t_s = np.arange(0, arc[-1] / speed, 1 / _RATE_HZ)
    at = np.column_stack([np.interp(t_s * speed, arc, way[:, k]) for k in (0, 1)])
    ahead = np.gradient(at, axis=0)
    boxes = _boxes(camera, body, at, ahead)
    whole = np.asarray(np.isfinite(boxes).all(1))
    size = np.where(whole[:, None], boxes[:, 2:] - boxes[:, :2], np.nan)
    middle = (boxes[:, 2:] + boxes[:, :2]) / 2
    size = size * margin
    size, middle = (
        size * (1 + rng.normal(0, _JITTER, size.shape)),
        middle + rng.normal(0, _JITTER / 2, size.shape) * size,
    )
    boxes = np.concatenate([middle - size / 2, middle + size / 2], axis=1)
    if rng.random() < 0.08:  # a parked car or a railing hides wheels for a while
        first = rng.integers(len(t_s))
        boxes[first : first + 8, 3] -= 0.2 * size[first : first + 8, 1]
    shown = whole & (boxes[:, 2:] > 0.03).all(1) & (boxes[:, :2] < 0.97).all(1)
    shown &= (boxes[:, 3] - boxes[:, 1] > _SMALLEST) & (rng.random(len(t_s)) > _MISSED)
    rows = np.flatnonzero(shown)
    if len(rows) < 4:
        return []
    parts = [rows]
    if rng.random() < 0.15:
        cut = int(rng.integers(1, len(rows)))
        parts = [rows[:cut], rows[cut:]]
    return [
        _trajectory(track + n, body, t_s[part], boxes[part])
        for n, part in enumerate(parts)
        if len(part) >= 4
    ]


def _boxes(camera: Pinhole, body: _Body, at: Floats, ahead: Floats) -> Floats:
    """(N, 4) xyxy; NaN where a part of it is behind the camera or far outside the picture."""
    ahead = ahead / np.hypot(ahead[:, 0], ahead[:, 1])[:, None]
    aside = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    x, y, z = body.corners.T
    flat = at[:, None, :] + x[:, None] * ahead[:, None, :] + y[:, None] * aside[:, None, :]
    solid = np.concatenate([flat, np.broadcast_to(z[:, None], (*flat.shape[:2], 1))], axis=2)
    seen = camera.project(solid)
    boxes = np.concatenate([seen.min(1), seen.max(1)], axis=1)
    return np.where((np.abs(boxes) < 3).all(1)[:, None], boxes, np.nan)


def _trajectory(track: int, body: _Body, t_s: Floats, boxes: Floats) -> Trajectory:
    inner = np.asarray((boxes[:, :2] > 0.004).all(1) & (boxes[:, 2:] < 0.996).all(1))
    clipped = boxes.clip(0, 1)
    feet = np.column_stack([(clipped[:, 0] + clipped[:, 2]) / 2, clipped[:, 3]])
    sizes = np.where(inner[:, None], boxes[:, 2:] - boxes[:, :2], np.nan)
    return Trajectory(
        track,
        int(body.object_class),
        t_s,
        feet.astype(np.float32),
        None,
        sizes.astype(np.float32),
    )
