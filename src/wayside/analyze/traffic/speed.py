"""How fast objects go over each line and each lane of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.lanes import LineLanes, Place, places_of
from wayside.analyze.traffic.readers import Crossing, taken_before
from wayside.domain.records import Finding, Reading
from wayside.scene.speed import SpeedEstimate

CRAWL_MPS = 0.1
"""Least speed in a harmonic mean."""


class LineSpeeds:
    """Spot speeds at each line, per lane, direction and class; unit m/s.

    ``speed_mean``: time-mean speed, the arithmetic mean v̄ = Σ v / n of the spot
    speeds of the n objects that crossed in the window. ``speed_p85``: the speed
    that 85 % do not exceed, linear between order statistics. ``speed_n``: n.
    Sources: FHWA, Traffic Monitoring Guide (2022), and Highway Capacity Manual,
    7th ed., chapter 4 (time-mean, not space-mean: objects are taken as they pass
    a point). ``speed_space_mean``: space-mean speed, the harmonic mean n / Σ (1 / v) of the same
    speeds, which is the mean over a stretch of road at an instant and the one that flow divided by
    density gives (J. Wardrop, Some theoretical aspects of road traffic research, Proceedings of
    the Institution of Civil Engineers 1(3), 1952; Highway Capacity Manual, chapter 4). Who
    stands on the line weighs as long as it does so: its speed is its length over the time it took,
    and not under 0.1 m/s.
    Undefined (None) where nobody with a measured speed crossed, so
    always on a feed that is not calibrated.

    Error: half-width of the 95 % band. The scatter of single speeds averages
    out over n, the calibration does not: for the mean
    sqrt((mean calibration part)² + Σ (random part)² / n²), for the percentile
    that of one typical object. It says how well these objects were measured,
    not how well they stand for others.
    """

    def __init__(self, lanes: LineLanes) -> None:
        self._places = lanes.places()
        self._classes: dict[Place, set[str]] = {place: set() for place in self._places}
        self._uncounted: list[Crossing] = []

    def crossed(self, crossing: Crossing) -> list[Finding]:
        if crossing.speed is not None:
            for place in places_of(crossing.line, crossing.direction, crossing.lane):
                self._classes[place].add(crossing.object_class.label)
            self._uncounted.append(crossing)
        return []

    def forget(self, track: int) -> None:
        """Speeds know no tracks."""

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        speeds: dict[tuple[Place, str], list[SpeedEstimate]] = {}
        for crossing in taken_before(self._uncounted, end_s):
            if crossing.speed is None:
                continue
            for place in places_of(crossing.line, crossing.direction, crossing.lane):
                for label in ("", crossing.object_class.label):
                    speeds.setdefault((place, label), []).append(crossing.speed)
        return [
            row
            for place in self._places
            for label in ("", *sorted(self._classes[place]))
            for row in _rows(place, label, speeds.get((place, label), []))
        ]


def _rows(at: Place, label: str, found: list[SpeedEstimate]) -> list[Reading]:
    kind, name, direction = at
    place = (kind, name, label, direction.value)
    number = Reading("speed_n", float(len(found)), "objects", *place)
    if not found:
        return [
            Reading("speed_mean", None, "m/s", *place),
            Reading("speed_space_mean", None, "m/s", *place),
            Reading("speed_p85", None, "m/s", *place),
            number,
        ]
    values = np.array([speed.speed_mps for speed in found])
    random = np.array([speed.random_mps for speed in found])
    common = np.array([speed.calibration_mps for speed in found])
    systematic = float(common.mean())
    mean_error = float(np.hypot(systematic, np.sqrt((random**2).sum()) / len(found)))
    one_error = float(np.hypot(systematic, np.median(random)))
    space_mean, space_error = _harmonic(values, random, common)
    return [
        Reading("speed_mean", float(values.mean()), "m/s", *place, error=mean_error),
        Reading("speed_space_mean", space_mean, "m/s", *place, error=space_error),
        Reading("speed_p85", float(np.percentile(values, 85)), "m/s", *place, error=one_error),
        number,
    ]


def _harmonic(
    values: NDArray[np.float64], random: NDArray[np.float64], common: NDArray[np.float64]
) -> tuple[float, float]:
    """n / Σ (1 / v) of speeds no slower than a crawl, and the half-width of its 95 % band.

    By the first derivative, (mean / v)² / n for each speed; what the calibration errs by adds up.
    """
    held = np.maximum(values, CRAWL_MPS)
    mean = float(len(held) / (1 / held).sum())
    weight = (mean / held) ** 2 / len(held)
    error = np.hypot((weight * common).sum(), np.sqrt(((weight * random) ** 2).sum()))
    return mean, float(error)
