"""Two ways that meet: time to collision, post-encroachment time, deceleration to avoid a crash.

Where each of two footprints can be along its own way, and where they then touch, is one field:
``apart[i, j]``, metres between the first at its i-th place and the second at its j-th. All
measures are read from it, so that following, merging, crossing and head-on are one case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.contact import Footprints, separations
from wayside.analyze.traffic.moment import SmoothPath

Array = NDArray[np.float64]

HORIZON_S = 4.0
"""Nobody looks further ahead: times to collision above it are none."""
_STEP_S = 0.1
_AHEAD_S = 0.05
_FINE_S = 0.02
_AROUND_S = 0.4
_DANGEROUS_S = 1.5
"""Times to collision under it are conflicts (J. van der Horst, A time-based analysis of road user
behaviour in normal and critical encounters, 1990)."""
_HELD = 5
_NEAR_M = 0.5
_PLACES = 72
_STRAIGHT = np.cos(np.radians(40.0))
"""In a tight turn a car length behind, a follower heads 30° away from his leader."""
_OPPOSED = np.cos(np.radians(150.0))


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One footprint's way, as places along it.

    t_s: (K,) every 0.1 s; along_m (K,) how far it had come, speeds_mps (K,). grid_m: (G,) evenly
    spaced metres along, of which the last are straight on beyond what was seen; places: the
    footprint at each.
    """

    t_s: Array
    along_m: Array
    speeds_mps: Array
    grid_m: Array
    places: Footprints

    @classmethod
    def of(
        cls,
        path: SmoothPath,
        *,
        before_s: float = 0.0,
        slimmer_m: float = 0.0,
        shorter_m: float = 0.0,
    ) -> Self | None:
        """None for a path of fewer than two places, or of one that never had a heading.

        before_s: it came straight on for so long before it was seen first. slimmer_m, shorter_m:
        taken off each side and each end of the footprint, half of it at most, so that objects do
        not touch because their places and sizes err.
        """
        if len(path) < 2 or not np.isfinite(path.headings).all(1).any():
            return None
        count = max(2, int(np.floor((path.t_s[-1] - path.t_s[0]) / _STEP_S + 1e-6)) + 1)
        t_s = path.t_s[0] + np.arange(count) * _STEP_S
        t_s[-1] = min(t_s[-1], path.t_s[-1])
        centres = path.at(t_s)
        earlier = np.arange(-round(before_s / _STEP_S), 0) * _STEP_S
        centres = np.concatenate(
            [path.centres[:1] + earlier[:, None] * path.velocities[:1], centres]
        )
        t_s = np.concatenate([t_s[0] + earlier, t_s])
        headings = _interpolated_headings(t_s, path)
        steps = ((centres[1:] - centres[:-1]) * headings[1:]).sum(1).clip(0)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        speed = np.hypot(path.velocities[:, 0], path.velocities[:, 1])
        speeds = np.interp(t_s, path.t_s, speed)
        ahead = max(5.0, speeds[-1] * HORIZON_S)
        grid = np.linspace(0.0, along[-1] + ahead, _PLACES)
        half_width = path.width_m / 2 - min(slimmer_m, path.width_m / 4)
        half_length = path.length_m / 2 - min(shorter_m, path.length_m / 4)
        size = half_length, half_width
        return cls(t_s, along, speeds, grid, _places(grid, along, centres, headings, size))

    def at(self, t_s: Array) -> Array:
        """(M,) metres along at (M,) seconds."""
        return np.asarray(np.interp(t_s, self.t_s, self.along_m))

    def places_at(self, metres: Array) -> Footprints:
        """The footprints at (M,) metres along."""
        places = self.places
        columns = [
            np.interp(metres, self.grid_m, values[:, axis])
            for values in (places.centres, places.headings)
            for axis in (0, 1)
        ]
        size = np.ones(len(metres))
        return Footprints(
            np.stack(columns[:2], 1),
            np.stack(columns[2:], 1),
            size * places.half_lengths[0],
            size * places.half_widths[0],
        )


def _interpolated_headings(t_s: Array, path: SmoothPath) -> Array:
    known = np.isfinite(path.headings).all(1)
    columns = [np.interp(t_s, path.t_s[known], path.headings[known, axis]) for axis in (0, 1)]
    headings = np.stack(columns, 1)
    norm = np.hypot(headings[:, 0], headings[:, 1])
    return np.asarray(headings / np.maximum(norm, 1e-9)[:, None])


def _places(
    grid: Array, along: Array, centres: Array, headings: Array, halves: tuple[float, float]
) -> Footprints:
    moved = np.concatenate([[True], np.diff(along) > 1e-6])
    columns = [
        np.interp(grid, along[moved], values[moved, axis])
        for values in (centres, headings)
        for axis in (0, 1)
    ]
    xy, pointing = np.stack(columns[:2], 1), np.stack(columns[2:], 1)
    pointing /= np.maximum(np.hypot(pointing[:, 0], pointing[:, 1]), 1e-9)[:, None]
    beyond = np.maximum(grid - along[-1], 0.0)
    xy += beyond[:, None] * headings[-1]
    size = np.ones(len(grid))
    return Footprints(xy, pointing, size * halves[0], size * halves[1])


@dataclass(frozen=True, slots=True, eq=False)
class Severities:
    """What an encounter came to. None where it did not come to it.

    ttc_s: least time to collision, at ttc_at_s; ttc_held_s: least that it stayed below for
    0.4 s, inf for none. pet_s: post-encroachment time, at pet_at_s, when
    the second arrived. drac_mps2: largest deceleration to avoid a crash. apart_m: least distance
    of the footprints, at apart_at_s; closing_mps: how fast they came closer at most while the
    time to collision was under 1.5 s, else at its least. second: 0 or 1, who of the two arrived
    second where pet_s is known, and second_mps how fast it was then. angle_deg: between the
    headings where they met or would have.
    """

    ttc_s: float | None
    ttc_at_s: float | None
    ttc_held_s: float
    pet_s: float | None
    pet_at_s: float | None
    second: int
    second_mps: float
    drac_mps2: float | None
    apart_m: float
    apart_at_s: float
    closing_mps: float
    angle_deg: float


class Conflict:
    """The field of two ways."""

    def __init__(self, a: Way, b: Way) -> None:
        self._a, self._b = a, b
        self._apart = _apart(a.places, b.places)
        start, end = max(a.t_s[0], b.t_s[0]), min(a.t_s[-1], b.t_s[-1])
        count = max(1, int(np.floor((end - start) / _STEP_S + 1e-6)) + 1)
        self.t_s = start + np.arange(count) * _STEP_S if end >= start else np.empty(0)
        """(T,) seconds at which both were seen."""

    def apart(self, a_m: Array, b_m: Array) -> Array:
        """(...) metres between the footprints at these metres along their ways; inf beyond."""
        a, b = self._a.grid_m, self._b.grid_m
        u, v = a_m / a[1], b_m / b[1]
        beyond = (u > len(a) - 1) | (v > len(b) - 1)
        i = np.clip(u.astype(np.intp), 0, len(a) - 2)
        j = np.clip(v.astype(np.intp), 0, len(b) - 2)
        u, v = u - i, v - j
        flat, row = self._apart.ravel(), i * len(b) + j
        near = flat[row] * (1 - v) + flat[row + 1] * v
        far = flat[row + len(b)] * (1 - v) + flat[row + len(b) + 1] * v
        return np.asarray(np.where(beyond, np.inf, near * (1 - u) + far * u))

    def times_to_collision(self) -> Array:
        """(T,) s until they touch if both keep their speeds on their ways; inf where they do not.

        Hayward 1972: the time to collide at present speed and on the same path. 0 while they
        touch; none above HORIZON_S.
        """
        ahead = np.arange(0.0, HORIZON_S + _AHEAD_S / 2, _AHEAD_S)
        a_m, b_m = self._a.at(self.t_s), self._b.at(self.t_s)
        va = np.interp(self.t_s, self._a.t_s, self._a.speeds_mps)
        vb = np.interp(self.t_s, self._b.t_s, self._b.speeds_mps)
        apart = self.apart(a_m[:, None] + va[:, None] * ahead, b_m[:, None] + vb[:, None] * ahead)
        touch = apart <= 0
        first = touch.argmax(1)
        rows = np.arange(len(apart))
        inner, outer = apart[rows, first], apart[rows, np.maximum(first - 1, 0)]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where((first > 0) & np.isfinite(outer), outer / (outer - inner), 1.0)
        times = np.where(first > 0, ahead[np.maximum(first - 1, 0)] + share * _AHEAD_S, 0.0)
        return np.where(touch.any(1), times, np.inf)

    def severities(self) -> Severities | None:
        """What it came to; None where the two were never seen together."""
        if not len(self.t_s):
            return None
        a_m, b_m = self._a.at(self.t_s), self._b.at(self.t_s)
        apart = self.apart(a_m, b_m)
        nearest = int(apart.argmin())
        times = self.times_to_collision()
        lasting = _lasting(times)
        worst = int(lasting.argmin())
        has_ttc = bool(np.isfinite(lasting[worst]))
        at = worst if has_ttc else nearest
        pet, pet_at, second, second_mps = self._post_encroachment()
        return Severities(
            ttc_s=float(lasting[worst]) if has_ttc else None,
            ttc_at_s=float(self.t_s[worst]) if has_ttc else None,
            ttc_held_s=_held(times),
            pet_s=pet,
            pet_at_s=pet_at,
            second=second,
            second_mps=second_mps,
            drac_mps2=self._deceleration(times),
            apart_m=float(apart[nearest]),
            apart_at_s=float(self.t_s[nearest]),
            closing_mps=self._closing(at, times),
            angle_deg=self._angle(at, times[at]),
        )

    def _poses(self, at: int, ahead_s: float) -> tuple[Array, Array, float, float]:
        """Headings (2,) of both ``ahead_s`` after the instant, and their speeds at it."""
        poses: list[Array] = []
        speeds: list[float] = []
        for way in (self._a, self._b):
            speed = float(np.interp(self.t_s[at], way.t_s, way.speeds_mps))
            metres = float(way.at(self.t_s[at : at + 1])[0]) + speed * ahead_s
            row = min(round(metres / way.grid_m[1]), len(way.grid_m) - 1)
            poses.append(way.places.headings[row])
            speeds.append(speed)
        return poses[0], poses[1], speeds[0], speeds[1]

    def _closing(self, at: int, times: Array) -> float:
        """m/s, size of the difference of the velocities: the largest while it was dangerous.

        At the least time to collision who brakes has mostly done so.
        """
        speeds: list[float] = []
        for instant in {at, *np.flatnonzero(times < _DANGEROUS_S).tolist()}:
            a, b, va, vb = self._poses(instant, 0.0)
            speeds.append(float(np.hypot(*(a * va - b * vb))))
        return max(speeds)

    def _angle(self, at: int, ahead_s: float) -> float:
        a, b, _, _ = self._poses(at, ahead_s if np.isfinite(ahead_s) else 0.0)
        return float(np.degrees(np.arccos(np.clip(a @ b, -1.0, 1.0))))

    def _post_encroachment(self) -> tuple[float | None, float | None, int, float]:
        """PET: least time between the first leaving and the second reaching a place of both.

        Allen, Shin and Cooper 1978. Only of places that they reach at an angle of 40° to 150°: of
        a follower it is his time gap, and no encroachment; who passes another the other way
        encroaches only because his place errs. Contact is 0.
        """
        a_m, b_m = self._a.along_m, self._b.along_m
        near = self.apart(a_m[:, None], b_m[None, :]) <= _NEAR_M
        facing = _facing(self._a.places_at(a_m), self._b.places_at(b_m))
        near &= (facing < _STRAIGHT) & (facing > _OPPOSED)
        if not near.any():
            return None, None, 0, 0.0
        between = np.abs(self._b.t_s[None, :] - self._a.t_s[:, None])
        i, j = np.unravel_index(int(np.where(near, between, np.inf).argmin()), near.shape)
        ta = _around(self._a, float(self._a.t_s[i]))
        tb = _around(self._b, float(self._b.t_s[j]))
        a, b = self._a.places_at(self._a.at(ta)), self._b.places_at(self._b.at(tb))
        met = _apart(a, b) <= 0
        if not met.any():
            return None, None, 0, 0.0
        between = np.where(met, np.abs(tb[None, :] - ta[:, None]), np.inf)
        i, j = np.unravel_index(int(between.argmin()), between.shape)
        second = 1 if tb[j] >= ta[i] else 0
        way, at = (self._b, tb[j]) if second else (self._a, ta[i])
        speed = float(np.interp(at, way.t_s, way.speeds_mps))
        return float(between[i, j]), float(at), second, speed

    def _deceleration(self, times: Array) -> float | None:
        """DRAC: the largest deceleration that one of the two needed to avoid a crash, m/s².

        Behind each other: Δv² / 2 gap = Δv / 2 TTC (Almqvist 1991; Archer 2005). Crossing: of the
        one who needs less, to reach the place of both when the other has left it (SUMO's device):
        a = 2 (v - d / T) / T with d its distance and T the other's time to leave; v² / 2 d where
        it would stop before. Head-on: closing speed / 4 TTC, both braking alike.
        """
        needed = np.zeros(len(times))
        for at in np.flatnonzero(np.isfinite(times) & (times > 0)):
            a, b, va, vb = self._poses(int(at), float(times[at]))
            cosine = float(a @ b)
            if cosine > np.cos(np.radians(45.0)):
                needed[at] = abs(va - vb) / (2 * times[at])
            elif cosine < -np.cos(np.radians(45.0)):
                needed[at] = (va + vb) / (4 * times[at])
            else:
                needed[at] = self._crossing_deceleration(int(at), va, vb)
        worst = float(_lasting(-needed).min(initial=0.0))
        return -worst if worst < 0 else None

    def _crossing_deceleration(self, at: int, va: float, vb: float) -> float:
        both = self._apart <= 0
        rows, columns = np.flatnonzero(both.any(1)), np.flatnonzero(both.any(0))
        if not len(rows):
            return 0.0
        t_s = self.t_s[at : at + 1]
        choices: list[float] = []
        reach = (
            (self._a, rows, va, self._b, columns, vb),
            (self._b, columns, vb, self._a, rows, va),
        )
        for own, own_rows, speed, other, other_rows, others_speed in reach:
            d = float(own.grid_m[own_rows[0]] - own.at(t_s)[0])
            left = float(other.grid_m[other_rows[-1]] - other.at(t_s)[0])
            if d <= 0:
                continue
            stop = speed * speed / (2 * d)
            leave_s = left / others_speed if others_speed > 0.1 else np.inf
            needs_stop = leave_s * speed >= 2 * d
            choices.append(stop if needs_stop else 2 * (speed - d / leave_s) / leave_s)
        return max(0.0, min(choices, default=0.0))


def _apart(a: Footprints, b: Footprints) -> Array:
    """(K, L) metres between each of K and each of L footprints."""
    rows = Footprints(
        a.centres[:, None], a.headings[:, None], a.half_lengths[:, None], a.half_widths[:, None]
    )
    return separations(rows, b)


def _facing(a: Footprints, b: Footprints) -> Array:
    """(K, L) cosines between the headings."""
    return np.asarray(a.headings @ b.headings.T)


def _around(way: Way, t_s: float) -> Array:
    """Finely spaced seconds about one, within the way."""
    start, end = max(way.t_s[0], t_s - _AROUND_S), min(way.t_s[-1], t_s + _AROUND_S)
    return np.linspace(start, end, max(2, round((end - start) / _FINE_S) + 1))


def _lasting(values: Array) -> Array:
    """The larger of each value and its better neighbour: a minimum of one instant is noise."""
    if len(values) < 3:
        return values
    padded = np.concatenate([[np.inf], values, [np.inf]])
    return np.asarray(np.maximum(values, np.minimum(padded[:-2], padded[2:])))


def _held(values: Array) -> float:
    """The least of the largest of each ``_HELD`` values in a row."""
    if len(values) < _HELD:
        return float(values.max(initial=-np.inf)) if len(values) else np.inf
    windows = np.lib.stride_tricks.sliding_window_view(values, _HELD)
    return float(windows.max(1).min())
