"""Where each object's footprint is and how it moves: a Kalman filter on the ground, by slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic import singer
from wayside.analyze.traffic.body import BODIES, BODY_SIGMAS
from wayside.analyze.traffic.box_update import SIZE, correct, cut_edges, edge_sigmas
from wayside.analyze.traffic.heading import Headings, variance_along
from wayside.analyze.traffic.moment import SmoothPath
from wayside.analyze.traffic.smoothing import smoothed
from wayside.domain.geometry import Points
from wayside.domain.scene import Anchor
from wayside.domain.tracks import Tracks
from wayside.scene.calibration import GroundPlane
from wayside.scene.solid import Cuboids, View

PLACE, VELOCITY, ACCELERATION = slice(0, 2), slice(2, 4), slice(4, 6)

_CUT_FACTOR: Final = 9.0
_NOTHING: Final = 1e3
_COAST_S: Final = 1.0
_HELD_S: Final = 3.0
_REST_S: Final = 0.7
_LONGEST_STEP_S: Final = 3.0

_LEAST_M: Final = 0.05
_SLOW_MPS: Final = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Sigmas:
    """Standard deviations: centre (N, 2) along and across the heading, metres; the rest (N,)."""

    centre: Points
    speed: NDArray[np.float64]
    acceleration: NDArray[np.float64]
    length: NDArray[np.float64]
    width: NDArray[np.float64]


class GroundFilter:
    """State per slot: place, velocity, acceleration (ground, SI) and length, width, height.

    Motion: acceleration that fades with 1 s and is driven by white noise (R. Singer, Estimating
    optimal tracking filter performance for manned maneuvering targets, IEEE AES-6(4), 1970).
    Observation: the four edges of the box, as the camera behind the ground plane shows a cuboid
    of that size and heading; each errs by 3 % of the box's own size and 0.001 of the picture, so
    what is far away weighs as little as it must. An observation that surprises (its squared
    distance exceeds 12 for four edges, 98 % of a chi square) is trusted less in proportion. Edges
    at the picture's border say nothing, and a box cut by it teaches nothing of the size. Before
    an object has moved its heading is not known: it is taken as square and its size not learned.

    Not observed for a second, velocities fade; after three seconds the object is held where it
    is, as a tracker holds on purpose only what rests.
    """

    def __init__(self, plane: GroundPlane, anchor: Anchor) -> None:
        self._plane = plane
        self._anchor = anchor
        self._view = View.of(plane)
        self.headings = Headings()
        self.state = np.empty((0, 9))
        self.covariance = np.empty((0, 9, 9))
        self.is_known = np.empty(0, bool)
        self._t_s = np.empty(0)
        self._first_s = np.empty(0)
        self._seen_s = np.empty(0)
        self._number = np.empty(0, np.int64)
        self._class_id = np.empty(0, np.int8)
        self._surprises = np.empty(0, np.int64)

    def update(
        self, tracks: Tracks, slots: NDArray[np.intp], born: NDArray[np.intp], places: Points
    ) -> None:
        """Take in one instant. places: (N, 2) metres of the anchors, NaN out of reach."""
        self._grow(int(slots.max(initial=-1)) + 1)
        self.is_known[slots[born]] = False
        known = self.is_known[slots]
        self._predict(tracks.t_s, slots[known])
        self._reclass(slots[known], tracks.class_ids[known])
        reachable = tracks.observed & np.isfinite(places[:, 0])
        new = np.flatnonzero(reachable & ~known)
        if len(new):
            self._begin(tracks, new, slots[new], places[new])
        seen = np.flatnonzero(reachable & known)
        if len(seen):
            self._correct(tracks.t_s, slots[seen], tracks.boxes[seen].astype(np.float64))

    def is_moving_known(self, slots: NDArray[np.intp], shortest_s: float) -> NDArray[np.bool_]:
        """(N,) seen three times and for so long that a velocity means something."""
        span = self._seen_s[slots] - self._first_s[slots]
        return np.asarray(self.is_known[slots] & (self._number[slots] >= 3) & (span >= shortest_s))

    def cuboids(self, slots: NDArray[np.intp]) -> Cuboids:
        """As they are now; square, and headed away from the camera, before a heading is known."""
        return _standing(
            self.state[slots, PLACE], self.headings.vectors(slots), self.state[slots, SIZE]
        )

    def centres(self, places: Points, headings: Points, sizes: NDArray[np.float64]) -> Points:
        """(K, 2) metres, where things stand whose anchors are seen at ``places`` (K, 2).

        headings: (K, 2), NaN where not known. sizes: (K, 3).
        """
        return self._under(places, _standing(places, headings, sizes))

    def sigmas(self, slots: NDArray[np.intp], velocities: Points, headings: Points) -> Sigmas:
        """Standard deviations; along and across the heading where there is one."""
        p = self.covariance[slots]
        worst = np.sqrt(_largest(p[:, PLACE, PLACE]))
        across = np.stack([-headings[:, 1], headings[:, 0]], axis=1)
        centre = np.stack([_along(p[:, PLACE, PLACE], way) for way in (headings, across)], 1)
        centre = np.where(np.isnan(centre), worst[:, None], centre)
        speed = np.hypot(velocities[:, 0], velocities[:, 1])
        with np.errstate(invalid="ignore", divide="ignore"):
            way = velocities / speed[:, None]
        way = np.where(speed[:, None] > 0, way, headings)
        by_speed = _along(p[:, VELOCITY, VELOCITY], way)
        by_acceleration = _along(p[:, ACCELERATION, ACCELERATION], headings)
        size = np.sqrt(np.maximum(p[:, [6, 7], [6, 7]], 0.0))
        return Sigmas(centre, by_speed, by_acceleration, size[:, 0], size[:, 1])

    def smooth_path(
        self,
        slot: int,
        t_s: NDArray[np.float64],
        centres: Points,
        boxes: NDArray[np.float64],
        headings: Points,
    ) -> SmoothPath:
        """Of the thing in a slot, whose (K, 4) boxes were seen over measured (K, 2) centres."""
        by = self._plane.jacobian(self._anchor.points(boxes))
        by = by * np.stack(edge_sigmas(boxes), axis=1)[:, None]
        spread = by @ by.transpose(0, 2, 1) + np.eye(2) * _LEAST_M**2
        spread[cut_edges(boxes).any(1)] *= _CUT_FACTOR
        usual = float(singer.ACCELERATIONS_MPS2[self._class_id[slot]])
        states, p = smoothed(t_s, centres, spread, usual)
        velocities = states[:, VELOCITY]
        speed = np.hypot(velocities[:, 0], velocities[:, 1])
        way = np.where(
            speed[:, None] > _SLOW_MPS, velocities / np.maximum(speed, 1e-9)[:, None], headings
        )
        return SmoothPath(
            t_s,
            states[:, PLACE],
            velocities,
            states[:, ACCELERATION],
            way,
            np.sqrt(_largest(p[:, PLACE, PLACE])),
            np.where(
                np.isfinite(way[:, 0]),
                _along(p[:, VELOCITY, VELOCITY], way),
                np.sqrt(_largest(p[:, VELOCITY, VELOCITY])),
            ),
            float(self.state[slot, 6]),
            float(self.state[slot, 7]),
        )

    def _under(self, places: Points, cuboids: Cuboids) -> Points:
        """Cuboids moved until the anchors of their boxes are at ``places``; NaN where none is."""
        centres, boxes = places, self._view.moved(cuboids)
        for _ in range(3):
            seen = self._plane.to_ground(self._anchor.points(boxes(centres)))
            centres = centres + places - seen
        return centres

    def _predict(self, t_s: float, slots: NDArray[np.intp]) -> None:
        if not len(slots):
            return
        step = np.clip(t_s - self._t_s[slots], 0.0, _LONGEST_STEP_S)
        unseen = t_s - self._seen_s[slots]
        self._t_s[slots] = t_s
        fade = np.where(unseen > _COAST_S, np.exp(-step / _REST_S), 1.0)
        fade[unseen > _HELD_S] = 0.0
        state = self.state[slots]
        state[:, 2:6] *= fade[:, None]
        dt = step[:, None]
        shares = singer.Shares.of(dt)
        acceleration = state[:, ACCELERATION]
        state[:, PLACE] += dt * state[:, VELOCITY] + shares.by_place * acceleration
        state[:, VELOCITY] += shares.by_velocity * acceleration
        state[:, ACCELERATION] = shares.kept * acceleration
        self.state[slots] = state
        still = unseen <= _HELD_S
        slots, dt = slots[still], dt[still]
        p = self.covariance[slots]
        singer.spread(p, dt, singer.ACCELERATIONS_MPS2[self._class_id[slots]])
        self.covariance[slots] = p

    def _begin(
        self,
        tracks: Tracks,
        rows: NDArray[np.intp],
        slots: NDArray[np.intp],
        places: Points,
    ) -> None:
        kinds = tracks.class_ids[rows]
        boxes = tracks.boxes[rows].astype(np.float64)
        self._class_id[slots] = kinds
        self.headings.begin(slots)
        nowhere = np.full((len(rows), 2), np.nan)
        bodies = _standing(places, nowhere, BODIES[kinds])
        state = np.zeros((len(rows), 9))
        state[:, PLACE] = self._under(places, bodies)
        state[:, SIZE] = BODIES[kinds]
        sigma_x, sigma_y = edge_sigmas(boxes)
        by = self._plane.jacobian(self._anchor.points(boxes))
        by = by * np.stack([sigma_x, sigma_y], 1)[:, None]
        p = np.zeros((len(rows), 9, 9))
        p[:, PLACE, PLACE] = by @ by.transpose(0, 2, 1)
        unsure = 0.3 + 0.25 * (BODIES[kinds, 0] - BODIES[kinds, 1])
        unsure = np.where(cut_edges(boxes).any(1), unsure + BODIES[kinds, 0], unsure)
        for axis in (0, 1):
            p[:, axis, axis] += unsure**2
            p[:, axis + 2, axis + 2] = singer.FIRST_SPEEDS_MPS[kinds] ** 2
            p[:, axis + 4, axis + 4] = singer.ACCELERATIONS_MPS2[kinds] ** 2
        for side in range(3):
            p[:, 6 + side, 6 + side] = BODY_SIGMAS[kinds, side] ** 2
        self.state[slots], self.covariance[slots] = state, p
        self._t_s[slots] = self._first_s[slots] = self._seen_s[slots] = tracks.t_s
        self._number[slots] = 1
        self._surprises[slots] = 0
        self.is_known[slots] = True

    def _reclass(self, slots: NDArray[np.intp], kinds: NDArray[np.int8]) -> None:
        """Another class by now: what it is like replaces a size that does not go with it."""
        changed = self._class_id[slots] != kinds
        if not changed.any():
            return
        slots, kinds = slots[changed], kinds[changed]
        self._class_id[slots] = kinds
        off = np.abs(self.state[slots, SIZE] - BODIES[kinds]) > 2 * BODY_SIGMAS[kinds]
        slots, kinds = slots[off.any(1)], kinds[off.any(1)]
        self.state[slots, SIZE] = BODIES[kinds]
        self.covariance[slots, SIZE] = 0.0
        self.covariance[slots, :, SIZE] = 0.0
        for side in range(3):
            self.covariance[slots, 6 + side, 6 + side] = BODY_SIGMAS[kinds, side] ** 2

    def _correct(self, t_s: float, slots: NDArray[np.intp], boxes: NDArray[np.float64]) -> None:
        state, p = self.state[slots], self.covariance[slots]
        vectors = self.headings.vectors(slots)
        headed = np.isfinite(vectors[:, 0])
        found = self._view.outlines(_standing(state[:, PLACE], vectors, state[:, SIZE]))
        cut = cut_edges(boxes)
        is_cut = np.asarray(cut.any(1))
        learns = headed & ~is_cut
        by = np.concatenate([found.by_place, found.by_size], axis=2)
        usable = np.asarray(np.isfinite(found.boxes).all(1))
        if not usable.all():
            by[~usable] = 0.0
        off = np.where(usable[:, None], boxes - found.boxes, 0.0)
        sigma_x, sigma_y = edge_sigmas(boxes)
        noise = np.stack([sigma_x, sigma_y, sigma_x, sigma_y], 1) ** 2
        turn = np.where(headed, self.headings.variances(slots), 0.0)
        noise += np.nan_to_num(found.by_turn) ** 2 * turn[:, None]
        noise = np.where(is_cut[:, None], noise * _CUT_FACTOR, noise)
        if not headed.all():
            # A square stands for a heading that is not known: half the difference may be wrong.
            apart = np.where(headed, 0.0, (state[:, 6] - state[:, 7]) / 2)
            noise += (found.by_size[..., :2] ** 2).sum(2) * apart[:, None] ** 2
        noise[cut] = _NOTHING
        if not self._view.sees_top:
            noise[:, 1] = _NOTHING
        self._surprises[slots] = correct(state, p, by, off, noise, learns, self._surprises[slots])
        usual = BODIES[self._class_id[slots]]
        state[:, SIZE] = np.clip(state[:, SIZE], 0.4 * usual, 2.0 * usual)
        self.state[slots], self.covariance[slots] = state, p
        self._seen_s[slots] = t_s
        self._number[slots] += 1
        self._turn(t_s, slots, headed)

    def _turn(self, t_s: float, slots: NDArray[np.intp], headed: NDArray[np.bool_]) -> None:
        """Headings follow velocities; who gets the first one is moved under his box anew."""
        velocity = self.state[slots, VELOCITY]
        spread = self.covariance[slots, VELOCITY, VELOCITY]
        self.headings.update(t_s, slots, velocity, spread)
        first = np.flatnonzero(~headed & self.headings.are_known(slots))
        if len(first):
            was = self._view.boxes(
                _standing(
                    self.state[slots[first], PLACE],
                    np.full((len(first), 2), np.nan),
                    self.state[slots[first], SIZE],
                )
            )
            places = self._plane.to_ground(self._anchor.points(was))
            moved = self._under(places, self.cuboids(slots[first]))
            good = np.isfinite(moved).all(1)
            self.state[slots[first[good]], PLACE] = moved[good]

    def _grow(self, capacity: int) -> None:
        have = len(self.state)
        if capacity <= have:
            return
        more = max(capacity, 2 * have, 64) - have
        for name, column in list(vars(self).items()):
            if isinstance(column, np.ndarray):
                added = np.zeros((more, *column.shape[1:]), column.dtype)
                setattr(self, name, np.concatenate([column, added]))
        self.headings.grow(have + more)


def _along(p: NDArray[np.float64], way: Points) -> NDArray[np.float64]:
    """(N,) standard deviation along (N, 2) unit vectors of (N, 2, 2) covariances."""
    return np.asarray(np.sqrt(np.maximum(variance_along(p, way), 0.0)))


def _largest(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) variance in the worst direction of (N, 2, 2) covariances."""
    mean = (p[:, 0, 0] + p[:, 1, 1]) / 2
    half = np.hypot((p[:, 0, 0] - p[:, 1, 1]) / 2, p[:, 0, 1])
    return np.asarray(np.maximum(mean + half, 0.0))


def _standing(centres: Points, headings: Points, sizes: NDArray[np.float64]) -> Cuboids:
    """Cuboids; square where the heading (N, 2) is NaN."""
    unknown = np.asarray(np.isnan(headings[:, 0]))
    if unknown.any():
        headings, sizes = headings.copy(), sizes.copy()
        headings[unknown] = (1.0, 0.0)
        sizes[unknown, :2] = sizes[unknown, :2].mean(1, keepdims=True)
    return Cuboids(centres, headings, sizes)
