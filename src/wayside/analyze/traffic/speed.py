"""How fast objects go over each line."""

from __future__ import annotations

import numpy as np

from wayside.analyze.traffic.readers import Crossing, taken_before
from wayside.domain.records import Finding, Reading
from wayside.domain.scene import Direction
from wayside.scene.speed import SpeedEstimate


class LineSpeeds:
    """Spot speeds at each line, per direction and class; unit m/s.

    ``speed_mean``: time-mean speed, the arithmetic mean v̄ = Σ v / n of the spot
    speeds of the n objects that crossed in the window. ``speed_p85``: the speed
    that 85 % do not exceed, linear between order statistics. ``speed_n``: n.
    Sources: FHWA, Traffic Monitoring Guide (2022), and Highway Capacity Manual,
    7th ed., chapter 4 (time-mean, not space-mean: objects are taken as they pass
    a point). Undefined (None) where nobody with a measured speed crossed, so
    always on a feed that is not calibrated.

    Error: half-width of the 95 % band. The scatter of single speeds averages
    out over n, the calibration does not: for the mean
    sqrt((mean calibration part)² + Σ (random part)² / n²), for the percentile
    that of one typical object. It says how well these objects were measured,
    not how well they stand for others.
    """

    def __init__(self, line_ids: tuple[str, ...]) -> None:
        self._places = [(line, direction) for line in line_ids for direction in Direction]
        self._classes: dict[tuple[str, Direction], set[str]] = {p: set() for p in self._places}
        self._uncounted: list[Crossing] = []

    def crossed(self, crossing: Crossing) -> list[Finding]:
        if crossing.speed is not None:
            self._classes[crossing.line, crossing.direction].add(crossing.object_class.label)
            self._uncounted.append(crossing)
        return []

    def forget(self, track: int) -> None:
        """Speeds know no tracks."""

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        speeds: dict[tuple[str, Direction, str], list[SpeedEstimate]] = {}
        for crossing in taken_before(self._uncounted, end_s):
            for label in ("", crossing.object_class.label):
                if crossing.speed is not None:
                    key = (crossing.line, crossing.direction, label)
                    speeds.setdefault(key, []).append(crossing.speed)
        return [
            row
            for line, direction in self._places
            for label in ("", *sorted(self._classes[line, direction]))
            for row in _rows(line, direction, label, speeds.get((line, direction, label), []))
        ]


def _rows(line: str, direction: Direction, label: str, found: list[SpeedEstimate]) -> list[Reading]:
    place = ("line", line, label, direction.value)
    number = Reading("speed_n", float(len(found)), "objects", *place)
    if not found:
        return [
            Reading("speed_mean", None, "m/s", *place),
            Reading("speed_p85", None, "m/s", *place),
            number,
        ]
    values = np.array([speed.speed_mps for speed in found])
    random = np.array([speed.random_mps for speed in found])
    systematic = float(np.mean([speed.calibration_mps for speed in found]))
    mean_error = float(np.hypot(systematic, np.sqrt((random**2).sum()) / len(found)))
    one_error = float(np.hypot(systematic, np.median(random)))
    return [
        Reading("speed_mean", float(values.mean()), "m/s", *place, error=mean_error),
        Reading("speed_p85", float(np.percentile(values, 85)), "m/s", *place, error=one_error),
        number,
    ]
