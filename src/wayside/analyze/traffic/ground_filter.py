"""Where each object's footprint is and how it moves: a Kalman filter on the ground, by slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.body import BODIES, BODY_SIGMAS
from wayside.analyze.traffic.heading import Headings, variance_along
from wayside.analyze.traffic.moment import SmoothPath
from wayside.analyze.traffic.smoothing import smoothed
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.geometry import Points
from wayside.domain.scene import Anchor
from wayside.domain.tracks import Tracks
from wayside.scene.calibration import GroundPlane
from wayside.scene.solid import Cuboids, View

PLACE, VELOCITY, ACCELERATION, SIZE = slice(0, 2), slice(2, 4), slice(4, 6), slice(6, 9)

_OWN_JITTER: Final = 0.03
_FLOOR: Final = 0.001
_CUT: Final = 0.004
_CUT_FACTOR: Final = 9.0
_NOTHING: Final = 1e3
_SURPRISE: Final = 12.0
_SHAKEN_MPS: Final = 3.0
_SEEN: Final = np.array([0, 1, 6, 7, 8])
_COAST_S: Final = 1.0
_HELD_S: Final = 3.0
_REST_S: Final = 0.7
_LONGEST_STEP_S: Final = 3.0

_MANOEUVRE_S: Final = 1.0
_LEAST_M: Final = 0.05
_SLOW_MPS: Final = 1.5


def _by_class(values: dict[ClassGroup, float]) -> NDArray[np.float64]:
    return np.array([values[kind.group] for kind in ObjectClass])


_ACCELERATION_MPS2: Final = _by_class(
    {
        ClassGroup.VEHICLE: 2.0,
        ClassGroup.TWO_WHEELER: 1.5,
        ClassGroup.PERSON: 1.0,
        ClassGroup.UNKNOWN: 2.0,
    }
)
_FIRST_SPEED_MPS: Final = _by_class(
    {
        ClassGroup.VEHICLE: 15.0,
        ClassGroup.TWO_WHEELER: 6.0,
        ClassGroup.PERSON: 2.0,
        ClassGroup.UNKNOWN: 10.0,
    }
)


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
        by = by * np.stack(_noise(boxes), axis=1)[:, None]
        spread = by @ by.transpose(0, 2, 1) + np.eye(2) * _LEAST_M**2
        spread[_cut(boxes).any(1)] *= _CUT_FACTOR
        usual = float(_ACCELERATION_MPS2[self._class_id[slot]])
        states, p = smoothed(t_s, centres, spread, usual, _MANOEUVRE_S)
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
        centres = places
        for _ in range(3):
            boxes = self._view.boxes(Cuboids(centres, cuboids.headings, cuboids.sizes))
            centres = centres + places - self._plane.to_ground(self._anchor.points(boxes))
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
        kept = np.exp(-dt / _MANOEUVRE_S)
        by_velocity = (1 - kept) * _MANOEUVRE_S
        by_place = (dt - by_velocity) * _MANOEUVRE_S
        acceleration = state[:, ACCELERATION]
        state[:, PLACE] += dt * state[:, VELOCITY] + by_place * acceleration
        state[:, VELOCITY] += by_velocity * acceleration
        state[:, ACCELERATION] = kept * acceleration
        self.state[slots] = state
        still = unseen <= _HELD_S
        if not still.all():
            slots, dt, kept = slots[still], dt[still], kept[still]
            by_velocity, by_place = by_velocity[still], by_place[still]
        self._spread(slots, dt, kept, by_velocity, by_place)

    def _spread(
        self,
        slots: NDArray[np.intp],
        dt: NDArray[np.float64],
        kept: NDArray[np.float64],
        by_velocity: NDArray[np.float64],
        by_place: NDArray[np.float64],
    ) -> None:
        """P = F P Fᵀ + Q, by blocks: F is the unit matrix but for three blocks above it."""
        p = self.covariance[slots]
        for way in (p, p.transpose(0, 2, 1)):
            for axis in (0, 1):
                place, velocity, acceleration = way[:, axis], way[:, axis + 2], way[:, axis + 4]
                place += dt * velocity + by_place * acceleration
                velocity += by_velocity * acceleration
                acceleration *= kept
        noise = 2 * _ACCELERATION_MPS2[self._class_id[slots]] ** 2 / _MANOEUVRE_S
        t = np.minimum(dt[:, 0], _MANOEUVRE_S)
        terms = (
            (0, 0, t**5 / 20),
            (0, 2, t**4 / 8),
            (0, 4, t**3 / 6),
            (2, 2, t**3 / 3),
            (2, 4, t**2 / 2),
            (4, 4, t),
        )
        for row, column, term in terms:
            for axis in (0, 1):
                p[:, row + axis, column + axis] += noise * term
                if row != column:
                    p[:, column + axis, row + axis] += noise * term
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
        sigma_x, sigma_y = _noise(boxes)
        by = self._plane.jacobian(self._anchor.points(boxes))
        by = by * np.stack([sigma_x, sigma_y], 1)[:, None]
        p = np.zeros((len(rows), 9, 9))
        p[:, PLACE, PLACE] = by @ by.transpose(0, 2, 1)
        unsure = 0.3 + 0.25 * (BODIES[kinds, 0] - BODIES[kinds, 1])
        unsure = np.where(_cut(boxes).any(1), unsure + BODIES[kinds, 0], unsure)
        for axis in (0, 1):
            p[:, axis, axis] += unsure**2
            p[:, axis + 2, axis + 2] = _FIRST_SPEED_MPS[kinds] ** 2
            p[:, axis + 4, axis + 4] = _ACCELERATION_MPS2[kinds] ** 2
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
        cut = _cut(boxes)
        is_cut = np.asarray(cut.any(1))
        learns = headed & ~is_cut
        by = np.concatenate([found.by_place, found.by_size], axis=2)
        usable = np.asarray(np.isfinite(found.boxes).all(1))
        if not usable.all():
            by[~usable] = 0.0
        off = np.where(usable[:, None], boxes - found.boxes, 0.0)
        sigma_x, sigma_y = _noise(boxes)
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
        self._surprises[slots] = _update(state, p, by, off, noise, learns, self._surprises[slots])
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
    return np.asarray(mean + half)


def _standing(centres: Points, headings: Points, sizes: NDArray[np.float64]) -> Cuboids:
    """Cuboids; square where the heading (N, 2) is NaN."""
    unknown = np.asarray(np.isnan(headings[:, 0]))
    if unknown.any():
        headings, sizes = headings.copy(), sizes.copy()
        headings[unknown] = (1.0, 0.0)
        sizes[unknown, :2] = sizes[unknown, :2].mean(1, keepdims=True)
    return Cuboids(centres, headings, sizes)


def _noise(boxes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N,) standard deviations of upright and of level edges, in picture widths and heights."""
    size = boxes[:, 2:] - boxes[:, :2]
    return _OWN_JITTER * size[:, 0] + _FLOOR, _OWN_JITTER * size[:, 1] + _FLOOR


def _cut(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N, 4) edges that lie on the picture's border."""
    cut = np.empty(boxes.shape, bool)
    cut[:, :2], cut[:, 2:] = boxes[:, :2] <= _CUT, boxes[:, 2:] >= 1 - _CUT
    return cut


def _update(
    state: NDArray[np.float64],
    p: NDArray[np.float64],
    by: NDArray[np.float64],
    off: NDArray[np.float64],
    noise: NDArray[np.float64],
    learns: NDArray[np.bool_],
    surprises: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The Kalman update of state (N, 9) and covariance (N, 9, 9), in place.

    by: (N, 4, 5) derivative of the edges by place and size. off: (N, 4) observed minus expected.
    noise: (N, 4) variances. learns: (N,) whose size is estimated too; the others' is taken into
    account as unsure and left as it is (S. Schmidt, Application of state-space methods to
    navigation problems, Advances in Control Systems 3, 1966). surprises: (N,) how many
    observations in a row surprised before this; the new numbers are returned. The second in a row
    is no error but a manoeuvre, and believed.
    """
    shared = p[:, :, _SEEN] @ by.transpose(0, 2, 1)
    spread = by @ shared[:, _SEEN]
    spread[:, np.arange(4), np.arange(4)] += noise
    solved = np.linalg.solve(spread, np.concatenate([shared.transpose(0, 2, 1), off[..., None]], 2))
    distance = (off * solved[..., 9]).sum(1)
    is_surprise = distance > _SURPRISE
    doubt = np.where(is_surprise & (surprises < 1), np.sqrt(distance / _SURPRISE), 1.0)
    gain = solved[..., :9].transpose(0, 2, 1) / doubt[:, None, None]
    change = gain @ shared.transpose(0, 2, 1)
    if not learns.all():
        gain[~learns, SIZE] = 0.0
        change[~learns, SIZE, SIZE] = 0.0
    state += (gain @ off[..., None])[..., 0]
    p -= change
    shaken = is_surprise & (surprises >= 1)
    if shaken.any():
        for axis in (2, 3):
            p[shaken, axis, axis] += _SHAKEN_MPS**2
    return np.where(is_surprise, surprises + 1, 0)
