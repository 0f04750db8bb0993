"""What an update costs with 100 objects: all analyzers, all rules."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
from rich.console import Console
from rich.table import Table

from wayside.analyze.analyzers import analyzers_for
from wayside.domain.scene import Line, SceneGeometry, Zone, ZoneUse
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene
from wayside.testing.sumo.outlines import control_points
from wayside.testing.sumo.watching import every_rule
from wayside.testing.town.camera import Camera

_OBJECTS, _UPDATES, _RATE_HZ = 100, 600, 5.0
_LANES = 5


def print_cost(console: Console) -> None:
    """100 cars in five lanes, each from the far end to the near one in 20 s, then again."""
    camera = Camera(0.0, -13.0, 14.0, 6.0, 14.0, 54.0, 1280, 720)
    scene = _scene(camera)
    analyzers = analyzers_for(scene, every_rule(scene, motorway=True))
    names = [type(analyzer).__name__ for analyzer in analyzers]
    spent = np.zeros(len(analyzers))
    chance = np.random.default_rng(1)
    for number in range(_UPDATES):
        tracks = _tracks(number, chance)
        for index, analyzer in enumerate(analyzers):
            began = time.process_time()
            analyzer.update(tracks)
            if number % 300 == 299:
                end_s = (number + 1) / _RATE_HZ
                analyzer.readings(end_s - 60, end_s)
            spent[index] += time.process_time() - began
    table = Table("analyzer", "ms an update", "% of a core", title="100 objects, 5 a second")
    for name, cpu_s in zip([*names, "all"], [*spent, spent.sum()], strict=True):
        each_ms = 1000 * cpu_s / _UPDATES
        table.add_row(name, f"{each_ms:.2f}", f"{each_ms * _RATE_HZ / 10:.2f}")
    console.print(table)


def _scene(camera: Camera) -> Scene:
    edges = np.linspace(0.1, 0.9, _LANES + 1).tolist()
    lanes = [
        Zone(
            f"lane_{n}",
            ((left, 0.2), (right, 0.2), (right, 0.95), (left, 0.95)),
            ZoneUse.LANE,
            (((left + right) / 2, 0.2), ((left + right) / 2, 0.95)),
        )
        for n, (left, right) in enumerate(pairwise(edges))
    ]
    road = Zone(
        "road",
        ((0.1, 0.2), (0.9, 0.2), (0.9, 0.95), (0.1, 0.95)),
        ZoneUse.CARRIAGEWAY,
        ((0.5, 0.2), (0.5, 0.95)),
    )
    return Scene(
        SceneGeometry(
            lines=(Line("near", (0.05, 0.7), (0.95, 0.7)), Line("far", (0.05, 0.4), (0.95, 0.4))),
            zones=(*lanes, road),
            control_points=control_points(camera),
        ),
        camera.width / camera.height,
    )


def _tracks(number: int, chance: np.random.Generator) -> Tracks:
    rows = np.arange(_OBJECTS)
    t_s = (number + 1) / _RATE_HZ
    turn, phase = np.divmod(t_s / 20 + rows / _OBJECTS, 1.0)
    y = 0.22 + 0.7 * phase
    x = 0.18 + 0.16 * (rows % _LANES)
    size = 0.02 + 0.06 * phase
    boxes = np.stack([x - size / 2, y - size, x + size / 2, y], axis=1)
    boxes += chance.normal(0, 0.01, boxes.shape) * size[:, None]
    ids = (rows + _OBJECTS * turn).astype(np.int64)
    ended = ids[(phase < 0.05 / _RATE_HZ) & (turn > 0)] - _OBJECTS
    ones = np.ones(_OBJECTS, np.float32)
    return Tracks(
        t_s,
        ids,
        boxes.astype(np.float32),
        np.full(_OBJECTS, 4, np.int8),
        ones,
        ones,
        np.stack([0 * y, np.full(_OBJECTS, 0.035)], axis=1).astype(np.float32),
        np.ones(_OBJECTS, np.bool_),
        chance.random(_OBJECTS) > 0.1,
        (phase * 20).astype(np.float32),
        ended,
    )
