"""One vehicle over one line, in retrospect: when its front came, when its rear left, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Path, Size
from wayside.scene.calibration import GroundPlane
from wayside.scene.speed import SpeedEstimate

_FASTEST_REACH_S: Final = 4.0
_NEAREST_S: Final = 1.0
_SHORTEST_S: Final = 0.5
_SLOW_MPS: Final = 0.3
_INSTANT_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Passing:
    """front_s: when the front of the footprint reached the line; centre_s: when its middle did;
    rear_s: when its rear left it. None for what has not happened or was not seen. sigma_s: standard
    deviation of rear_s - front_s, from that of the length.
    """

    front_s: float | None
    centre_s: float | None
    rear_s: float | None
    sigma_s: float = 0.0

    @property
    def took_s(self) -> float | None:
        """How long it lay over the line; None where front or rear is not known."""
        if self.front_s is None or self.rear_s is None:
            return None
        return max(self.rear_s - self.front_s, 1e-3)


def passing(
    t_s: NDArray[np.float64],
    ahead_m: NDArray[np.float64],
    size: Size,
    near_s: float,
    *,
    has_ended: bool,
) -> Passing:
    """From distances ahead_m (K,) of the middle to the line along its way, at t_s (K,) rising.

    near_s: about when it crossed. Distances are taken to fall evenly between two instants; before
    the first, and after the last of a track that has ended, they go on as fast as over the nearest
    second.
    """
    known = np.isfinite(ahead_m)
    t_s, ahead_m = t_s[known], ahead_m[known]
    if len(t_s) < 2:
        return Passing(None, None, None)
    half = size.length_m / 2
    centre_s = _when(t_s, ahead_m, near_s, has_ended=has_ended)
    about_s = near_s if centre_s is None else centre_s
    front_s = _when(t_s, ahead_m - half, about_s, has_ended=has_ended)
    rear_s = _when(t_s, ahead_m + half, about_s, has_ended=has_ended)
    if centre_s is not None:
        front_s = None if front_s is None else min(front_s, centre_s)
        rear_s = None if rear_s is None else max(rear_s, centre_s)
    speed = size.length_m / max(rear_s - front_s, 1e-3) if front_s and rear_s else _SLOW_MPS
    sigma_s = size.length_sigma_m / max(speed, _SLOW_MPS)
    return Passing(front_s, centre_s, rear_s, sigma_s)


def _when(
    t_s: NDArray[np.float64], rest: NDArray[np.float64], near_s: float, *, has_ended: bool
) -> float | None:
    """When the distance ``rest`` fell to 0, of several times the one nearest to near_s."""
    falls = np.flatnonzero((rest[:-1] > 0) & (rest[1:] <= 0))
    if len(falls):
        share = rest[falls] / (rest[falls] - rest[falls + 1])
        times = t_s[falls] + share * (t_s[falls + 1] - t_s[falls])
        return float(times[np.abs(times - near_s).argmin()])
    if rest[0] <= 0:  # it was there before it was seen
        first = slice(0, int(np.searchsorted(t_s, t_s[0] + _NEAREST_S, "right")))
        return _beyond(t_s, rest, first, 0)
    if not has_ended:
        return None
    last = slice(int(np.searchsorted(t_s, t_s[-1] - _NEAREST_S)), len(t_s))
    return _beyond(t_s, rest, last, -1)


def _beyond(
    t_s: NDArray[np.float64], rest: NDArray[np.float64], used: slice, at: int
) -> float | None:
    """The same for outside what was seen, as fast as in its nearest second; None if slow."""
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
    over: Passing,
    size: Size,
    near_s: float,
    window_s: float,
) -> SpeedEstimate | None:
    """Speed over the line: of a fast one by its places within window_s before and after, of one
    that takes longer by its length over the time from front to rear.

    path: of places that no border of the picture falsifies. The window is as long before as after
    where both were seen, so that braking and gaining speed do not show. None where it was seen too
    shortly.
    """
    middle_s = near_s if over.centre_s is None else over.centre_s
    if not len(path.t_s):
        return None
    sides = (middle_s - path.t_s[0], path.t_s[-1] - middle_s)
    reach_s = float(np.clip(min(sides), min(_SHORTEST_S, window_s), window_s))
    near = np.abs(path.t_s - middle_s) <= reach_s + 1e-6
    found = plane.speed_estimate(path.t_s[near], path.centres[near])
    if found is None:
        near = np.abs(path.t_s - middle_s) <= window_s
        found = plane.speed_estimate(path.t_s[near], path.centres[near])
    took_s = over.took_s
    if took_s is None or took_s <= 2 * window_s or found is None:
        return found
    speed = size.length_m / took_s
    relative = found.calibration_mps / max(found.speed_mps, 1e-3)
    random = 1.96 * speed * float(np.hypot(over.sigma_s, _INSTANT_S)) / took_s
    return SpeedEstimate(speed, random, speed * min(relative, 1.0))
