"""One vehicle over one line, in retrospect: when its front came, when its rear left, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Path
from wayside.scene.calibration import GroundPlane
from wayside.scene.speed import SpeedEstimate, student_t

_FASTEST_REACH_S: Final = 4.0
_SLOW_MPS: Final = 0.3


@dataclass(frozen=True, slots=True)
class Passing:
    """front_s: when the front of the footprint reached the line; rear_s: when its rear left it, or
    None where it stands on the line yet. centre_s: when its middle was there. sigma_s: standard
    deviation of rear_s - front_s from the length's.
    """

    front_s: float
    centre_s: float
    rear_s: float | None
    sigma_s: float


def passing(
    t_s: NDArray[np.float64],
    ahead_m: NDArray[np.float64],
    length_m: float,
    length_sigma_m: float,
    near_s: float,
) -> Passing | None:
    """From distances ahead_m (K,) of the middle to the line along its way, at t_s (K,) rising.

    near_s: about when it crossed; only what is within 4 s of it counts, longer where it stands.
    Distances are taken to fall evenly between two instants; before the first and after the last
    they go on as fast as over the nearest second. None where it did not go over the line.
    """
    known = np.isfinite(ahead_m)
    t_s, ahead_m = t_s[known], ahead_m[known]
    if len(t_s) < 2:
        return None
    half = length_m / 2
    centre_s = _when(t_s, ahead_m, 0.0, near_s)
    front_s = _when(t_s, ahead_m, half, near_s if centre_s is None else centre_s)
    if centre_s is None or front_s is None:
        return None
    rear_s = _when(t_s, ahead_m, -half, centre_s)
    front_s = min(front_s, centre_s)
    if rear_s is not None:
        rear_s = max(rear_s, centre_s)
        speed = length_m / max(rear_s - front_s, 1e-3)
    else:
        speed = _SLOW_MPS
    return Passing(front_s, centre_s, rear_s, length_sigma_m / max(speed, _SLOW_MPS))


def _when(
    t_s: NDArray[np.float64], ahead_m: NDArray[np.float64], level: float, near_s: float
) -> float | None:
    """When the distance fell to ``level``, of several times the one nearest to near_s."""
    rest = ahead_m - level
    falls = np.flatnonzero((rest[:-1] > 0) & (rest[1:] <= 0))
    if len(falls):
        share = rest[falls] / (rest[falls] - rest[falls + 1])
        times = t_s[falls] + share * (t_s[falls + 1] - t_s[falls])
        return float(times[np.abs(times - near_s).argmin()])
    if rest[0] <= 0:  # it was there before it was seen
        return _beyond(t_s, rest, slice(0, int(np.searchsorted(t_s, t_s[0] + 1.0)) + 1), 0)
    return _beyond(t_s, rest, slice(int(np.searchsorted(t_s, t_s[-1] - 1.0)), len(t_s)), -1)


def _beyond(
    t_s: NDArray[np.float64], rest: NDArray[np.float64], used: slice, at: int
) -> float | None:
    """The same for outside what was seen, at the speed of the nearest second; None if too slow."""
    span = t_s[used][-1] - t_s[used][0]
    if span <= 0:
        return None
    speed = float((rest[used][0] - rest[used][-1]) / span)
    if speed < _SLOW_MPS:
        return None
    away = float(rest[at]) / speed
    return float(t_s[at]) + away if abs(away) <= _FASTEST_REACH_S else None


def spot_speed(
    plane: GroundPlane,
    path: Path,
    whole: NDArray[np.bool_],
    over: Passing | None,
    near_s: float,
    window_s: float,
    length_m: float,
) -> SpeedEstimate | None:
    """Speed over the line: of a fast one by its places within window_s before and after, of a slow
    one by its length over the time that it took from front to rear.

    whole: (K,) places that no border of the picture falsifies.
    """
    middle_s = near_s if over is None else over.centre_s
    slow = (
        over is not None and over.rear_s is not None and (over.rear_s - over.front_s > 2 * window_s)
    )
    near = whole & (np.abs(path.t_s - middle_s) <= window_s)
    found = plane.speed_estimate(path.t_s[near], path.centres[near])
    if not slow or over is None or over.rear_s is None or found is None:
        return found
    took = over.rear_s - over.front_s
    speed = length_m / took
    # How far the places scatter about an even motion says how well front and rear are known.
    spread = found.random_mps * window_s / max(student_t(2 * int(near.sum()) - 4), 1e-9)
    scale = speed / max(found.speed_mps, 1e-3)
    return SpeedEstimate(
        speed, float(1.96 * spread * np.sqrt(2) / took), found.calibration_mps * min(scale, 1.0)
    )
