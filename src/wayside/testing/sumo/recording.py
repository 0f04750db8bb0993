"""What a simulation left: every object in the camera's reach at each step, and the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from wayside.domain.scene import (
    Anchor,
    ControlPoint,
    Line,
    Movement,
    SceneGeometry,
    Zone,
    ZoneUse,
)
from wayside.testing.sumo.truth import Truth
from wayside.testing.town.camera import Camera


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """All objects at one instant, in columns. objects: (N,) rows of the recording's objects;
    xy: (N, 2) metres, the centre of the footprint; headings: (N,) radians counter-clockwise from
    the x axis; speeds, accelerations: (N,) m/s and m/s².
    """

    t_s: float
    objects: NDArray[np.int32]
    xy: NDArray[np.float32]
    headings: NDArray[np.float32]
    speeds: NDArray[np.float32]
    accelerations: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One scenario, one seed.

    object_ids: (O,) SUMO's names. kinds: (O,) index into ``kinds.NAMES``. sizes: (O, 3) float32
    length, width, height in metres. starts: (T + 1,) first row of each step. The rest: see Step.
    signals: for each signal, its state at each step (SUMO's letters), one text a step.
    scene: what a user would have drawn on the camera's picture.
    """

    name: str
    seed: int
    step_s: float
    seconds: float
    camera: Camera
    scene: SceneGeometry
    object_ids: tuple[str, ...]
    kinds: NDArray[np.int8]
    sizes: NDArray[np.float32]
    starts: NDArray[np.int64]
    objects: NDArray[np.int32]
    xy: NDArray[np.float32]
    headings: NDArray[np.float32]
    speeds: NDArray[np.float32]
    accelerations: NDArray[np.float32]
    signals: dict[str, list[str]]
    truth: Truth

    @property
    def aspect(self) -> float:
        return self.camera.width / self.camera.height

    def __len__(self) -> int:
        return len(self.starts) - 1

    def step(self, number: int) -> Step:
        rows = slice(self.starts[number], self.starts[number + 1])
        return Step(
            round(number * self.step_s, 6),
            self.objects[rows],
            self.xy[rows],
            self.headings[rows],
            self.speeds[rows],
            self.accelerations[rows],
        )

    def sampled(self, rate_hz: float) -> Iterator[Step]:
        """The steps nearest to ``rate_hz`` a second, in order."""
        count = int(self.seconds * rate_hz)
        numbers = np.rint(np.arange(count) / rate_hz / self.step_s).astype(int)
        for number in np.unique(numbers[numbers < len(self)]).tolist():
            yield self.step(number)

    def path(self, object_id: str) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """(K,) seconds and (K, 2) metres of one object in reach. Raises ValueError."""
        rows = np.flatnonzero(self.objects == self.object_ids.index(object_id))
        steps = np.searchsorted(self.starts, rows, side="right") - 1
        return steps.astype(np.float64) * self.step_s, self.xy[rows]

    def write(self, file: Path) -> None:
        plain = {
            "name": self.name,
            "seed": self.seed,
            "step_s": self.step_s,
            "seconds": self.seconds,
            "camera": {f.name: getattr(self.camera, f.name) for f in fields(Camera) if f.init},
            "scene": asdict(self.scene),
            "object_ids": self.object_ids,
            "signals": self.signals,
            "truth": self.truth.as_json(),
        }
        columns = {name: getattr(self, name) for name in _COLUMNS}
        partial = file.with_suffix(".part.npz")
        np.savez_compressed(partial, plain=np.array(json.dumps(plain)), **columns)
        partial.replace(file)

    @classmethod
    def read(cls, file: Path) -> Self:
        with np.load(file) as stored:
            plain: dict[str, Any] = json.loads(str(stored["plain"]))
            columns = {name: stored[name] for name in _COLUMNS}
        return cls(
            name=plain["name"],
            seed=plain["seed"],
            step_s=plain["step_s"],
            seconds=plain["seconds"],
            camera=Camera(**plain["camera"]),
            scene=_geometry(plain["scene"]),
            object_ids=tuple(plain["object_ids"]),
            signals=plain["signals"],
            truth=Truth.of_json(plain["truth"]),
            **columns,
        )


_COLUMNS = ("kinds", "sizes", "starts", "objects", "xy", "headings", "speeds", "accelerations")


def _pairs(points: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in points)


def _geometry(plain: dict[str, Any]) -> SceneGeometry:
    return SceneGeometry(
        anchor=Anchor(plain["anchor"]),
        lines=tuple(Line(v["id"], *_pairs([v["start"], v["end"]])) for v in plain["lines"]),
        zones=tuple(
            Zone(v["id"], _pairs(v["polygon"]), ZoneUse(v["use"]), _pairs(v["heading"]))
            for v in plain["zones"]
        ),
        movements=tuple(Movement(**v) for v in plain["movements"]),
        control_points=tuple(
            ControlPoint(*_pairs([v["image"], v["ground"]])) for v in plain["control_points"]
        ),
    )
