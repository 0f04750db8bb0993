"""What an update costs with 100 objects: all analyzers, all rules."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from wayside.analyze.analyzers import analyzers_for
from wayside.domain.scene import Line, SceneGeometry, Zone, ZoneUse
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene
from wayside.scene.solid import Cuboids, View
from wayside.testing.sumo.outlines import control_points
from wayside.testing.sumo.watching import every_rule
from wayside.testing.town.camera import Camera

_OBJECTS, _UPDATES, _RATE_HZ = 100, 600, 5.0
_CAMERA = Camera(0.0, 0.0, 14.0, 0.0, 14.0, 62.0, 1280, 720)
_LANES, _LANE_M = 10, 3.5
_FROM_M, _TO_M = 32.0, 152.0
_CAR_M = (4.4, 1.8, 1.5)


def print_cost(console: Console) -> None:
    """100 cars on ten lanes, both ways, 12 m from one to the next.

    Dense: each lane at its own 6 to 10 m/s. Braking: all come at 30 m/s and stop within sight,
    which no road does; whoever brakes closes in on somebody, so every car is in an encounter.
    """
    scene = _scene()
    table = Table("traffic", "ms an update", "% of a core", title="100 objects, 5 a second")
    for name, places in (("dense", _dense), ("braking", _braking)):
        analyzers = analyzers_for(scene, every_rule(scene, motorway=True))
        updates = _updates(scene, places)
        began = time.process_time()
        for number, tracks in enumerate(updates):
            for analyzer in analyzers:
                analyzer.update(tracks)
                if number % 300 == 299:
                    end_s = (number + 1) / _RATE_HZ
                    analyzer.readings(end_s - 60, end_s)
        each_ms = 1000 * (time.process_time() - began) / _UPDATES
        table.add_row(name, f"{each_ms:.2f}", f"{each_ms * _RATE_HZ / 10:.2f}")
    console.print(table)


Places = Callable[[float], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Of all cars at a second: how far along their way, in metres, and how often they began it."""


def _dense(t_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lane, number = np.divmod(np.arange(_OBJECTS), _LANES)
    way_m = (6.0 + 4.0 * (lane % 5) / 4) * t_s + number * 12.0 + 3.1 * lane
    turn, along_m = np.divmod(way_m, _TO_M - _FROM_M)
    return along_m, turn


def _braking(t_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    turn, share = np.divmod(t_s / 10 + np.arange(_OBJECTS) * 0.37, 1.0)
    return (_TO_M - _FROM_M) * (1 - (1 - share) ** 2.5) * 0.999, turn


def _updates(scene: Scene, places: Places) -> list[Tracks]:
    chance = np.random.default_rng(1)
    plane = scene.ground_plane
    assert plane is not None
    view, before = View.of(plane), np.empty(0, np.int64)
    updates = []
    for number in range(_UPDATES):
        t_s = (number + 1) / _RATE_HZ
        tracks = _tracks(view, t_s, *places(t_s), chance)
        updates.append(replace(tracks, ended=np.setdiff1d(before, tracks.ids)))
        before = tracks.ids
    return updates


def _tracks(
    view: View,
    t_s: float,
    along_m: NDArray[np.float64],
    turn: NDArray[np.float64],
    chance: np.random.Generator,
) -> Tracks:
    rows = np.arange(_OBJECTS)
    lane = rows // _LANES
    goes_away = lane < _LANES // 2
    x = np.where(goes_away, _FROM_M + along_m, _TO_M - along_m)
    y = (lane - (_LANES - 1) / 2) * _LANE_M
    headings = np.stack([np.where(goes_away, 1.0, -1.0), np.zeros(_OBJECTS)], axis=1)
    centres = np.stack([x, y], axis=1)
    boxes = view.boxes(Cuboids(centres, headings, np.tile(_CAR_M, (_OBJECTS, 1))))
    size = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    boxes = np.clip(boxes + chance.normal(0, 0.03, boxes.shape) * size, 0, 1)
    ones = np.ones(_OBJECTS, np.float32)
    ids = (rows + _OBJECTS * turn).astype(np.int64)
    seen = ~(boxes[:, 2:] <= boxes[:, :2]).any(axis=1)
    return Tracks(
        t_s,
        ids,
        boxes.astype(np.float32),
        np.full(_OBJECTS, 4, np.int8),
        ones,
        ones,
        np.zeros((_OBJECTS, 2), np.float32),
        np.ones(_OBJECTS, np.bool_),
        chance.random(_OBJECTS) > 0.1,
        ones,
        np.empty(0, np.int64),
    ).where(seen)


def _scene() -> Scene:
    edges = [(n - _LANES / 2) * _LANE_M for n in range(_LANES + 1)]
    lanes = [
        _road(f"lane_{n}", ZoneUse.LANE, right, left, goes_away=n < _LANES // 2)
        for n, (right, left) in enumerate(pairwise(edges))
    ]
    roads = [
        _road("away", ZoneUse.CARRIAGEWAY, edges[0], edges[_LANES // 2], goes_away=True),
        _road("towards", ZoneUse.CARRIAGEWAY, edges[_LANES // 2], edges[-1], goes_away=False),
    ]
    lines = [
        Line(f"{name}_{at_m:.0f}", *_pictured((at_m, right), (at_m, left)))
        for name, right, left in (("away", edges[0], -0.2), ("towards", 0.2, edges[-1]))
        for at_m in (60.0, 90.0)
    ]
    return Scene(
        SceneGeometry(
            lines=tuple(lines), zones=(*lanes, *roads), control_points=control_points(_CAMERA)
        ),
        _CAMERA.width / _CAMERA.height,
    )


def _road(name: str, use: ZoneUse, right: float, left: float, *, goes_away: bool) -> Zone:
    near, far = _FROM_M + 6, _TO_M
    polygon = _pictured((near, right), (far, right), (far, left), (near, left))
    ends = _pictured((near, (right + left) / 2), (far, (right + left) / 2))
    return Zone(name, polygon, use, ends if goes_away else ends[::-1])


def _pictured(*places: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    seen = np.clip(_CAMERA.ground_to_image(np.array(places)), 0.002, 0.998)
    return tuple((x, y) for x, y in seen.tolist())
