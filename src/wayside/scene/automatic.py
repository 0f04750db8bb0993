"""Calibration from traffic alone: what camera would see these road users so?

A maximum a posteriori fit of the camera's pose to finished paths. It uses three things: boxes of
known kinds of bodies shrink with distance, towards the horizon (tilt); they show length, width and
height in a proportion that depends on how steeply one looks (tilt and focal length); their sizes
are known in the mean (scale). Straight ways that point the same way on the ground must come out
parallel, which is the vanishing point's condition without its singularities.

Sources: M. Dubská, A. Herout, J. Sochor, Automatic Camera Calibration for Traffic Understanding,
BMVC 2014 (vanishing points of moving vehicles, scale from mean dimensions); J. Sochor, R. Juránek,
A. Herout, Traffic Surveillance Camera Calibration by 3D Model Bounding Box Alignment, CVIU 161
(2017); robust weights: K. Lange, R. Little, J. Taylor, JASA 84 (1989), Student's t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.scene import CameraPose
from wayside.domain.tracks import Trajectory
from wayside.scene.bodies import BODIES, Boxes
from wayside.scene.posed import PoseEstimate, camera_of
from wayside.scene.sightings import Sightings, sightings

Floats = NDArray[np.float64]

FEWEST_TRACKS = 30
"""Cars and people that moved with whole boxes; fewer leave the mean size open by chance."""

WIDEST_BAND = 0.25
"""Half-width of the 95 % band of scale, as a share, beyond which nothing is proposed."""

_MIDDLE = np.array([np.log(0.9), 22.0, 0.0, np.log(8.0), 0.0, 0.0, 0.0, 0.0, 0.0])
_SIGMA = np.array([0.5, 20.0, 2.0, 0.8, 0.035, 0.025, 0.035, 0.03, 0.025])
"""Log focal, pitch, roll, log height; logarithms of the fleet's mean length, width and height of
cars and of people's height against BODIES; how much wider boxes are than what they hold."""

_STEPS = np.array([1e-3, 0.02, 0.02, 1e-3, 2e-3, 2e-3, 2e-3, 2e-3, 2e-3])
_ROUGH_TRACKS = 50
_PITCHES = (8.0, 15.0, 25.0, 40.0, 60.0)
_ROUNDS = 25
_FREEDOM = 4.0
_HEADING_SIGMA = np.radians(1.0)
_WANDER_M = 0.15
_BEYOND = 3.0
_RESAMPLED = 100
_INDEPENDENT = 10


@dataclass(frozen=True, slots=True)
class AutomaticCalibration:
    """pose: with its error. scale_error: half-width of the 95 % band of distances, as a share.

    tracks: that it rests on, by class label. directions: groups of parallel ways found.
    """

    pose: CameraPose
    scale_error: float
    tracks: dict[str, int]
    directions: int


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Why the paths do not tell, and what would help."""

    why: str
    remedy: str


def calibrate(
    paths: Sequence[Trajectory], aspect: float, *, seed: int = 0
) -> AutomaticCalibration | Undetermined:
    """seed: of the resampling of tracks that gives the error; the same paths, the same answer."""
    seen = sightings(paths, aspect)
    kinds = seen.classes_of_tracks()
    telling = int(np.isin(kinds, (ObjectClass.CAR, ObjectClass.PERSON)).sum())
    if telling < FEWEST_TRACKS:
        return Undetermined(
            f"only {telling} cars and people crossed the picture whole; {FEWEST_TRACKS} are needed",
            "Wait for more traffic, or use a model that names what it sees",
        )
    rough = _Fit(sightings(paths, aspect, _ROUGH_TRACKS), aspect)
    values = min((rough.minimised(start) for start in rough.starts()), key=rough.cost)
    fit = _Fit(seen, aspect)
    values = fit.minimised(values)
    directions = 0
    for window in (10.0, 5.0):
        directions = fit.group(values, np.radians(window))
        values = fit.minimised(values)
    estimate = fit.resampled(values, np.random.default_rng(seed))
    band = 1.96 * fit.scale_sigma(estimate)
    if not band <= WIDEST_BAND or not 0.5 < values[1] < 85:
        return Undetermined(
            f"the paths leave the scale open (within {band:.0%})",
            "Wait for traffic in other places or directions, or give known lengths as well",
        )
    tracks = {kind.label: int((kinds == kind).sum()) for kind in BODIES if (kinds == kind).any()}
    return AutomaticCalibration(estimate.pose(), band, tracks, directions)


class _Fit:
    """Residuals of one set of sightings, and their minimum."""

    def __init__(self, seen: Sightings, aspect: float) -> None:
        self._seen, self._aspect = seen, aspect
        self._boxes = Boxes(seen.feet, seen.track, seen.classes)
        self._first = np.searchsorted(seen.track, np.arange(seen.tracks))
        self._count = np.diff(np.append(self._first, len(seen.track)))
        self._last = self._first + self._count - 1
        kinds = seen.classes_of_tracks()
        spread = np.array([BODIES[ObjectClass(int(kind))].spread for kind in kinds])
        noise = np.add.reduceat(seen.sigma**2, self._first) / self._count[:, None] ** 2
        self._mean_sigma = np.sqrt(spread**2 + noise)
        self._is_car = seen.classes == ObjectClass.CAR
        self._is_person = seen.classes == ObjectClass.PERSON
        self._group = np.full(seen.tracks, -1)

    def starts(self) -> list[Floats]:
        found = []
        for pitch in _PITCHES:
            values = _MIDDLE.copy()
            values[1] = pitch
            # The highest place where something moved must be below the horizon.
            top = float(self._seen.feet[:, 1].min()) - 0.02
            steepest = np.degrees(np.arctan((0.5 - top) / (np.exp(values[0]) * self._aspect)))
            values[1] = max(pitch, steepest + 1.0)
            found.append(values)
        return found

    def _predicted(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        growth = np.ones((len(self._seen.track), 3))
        growth[self._is_car] = np.exp(values[4:7])
        growth[self._is_person, 2] = np.exp(values[7])
        camera = camera_of(values[:4], self._aspect)
        return self._boxes.seen(camera, growth)

    def residuals(self, values: Floats) -> Floats:
        """(R,) standardised: per track means, looks about them, headings; then the priors."""
        size, middle, _ = self._predicted(values)
        with np.errstate(invalid="ignore", divide="ignore"):
            left = self._seen.log_size - np.log(size) - values[8]
        left = np.clip(np.nan_to_num(left, nan=_BEYOND), -_BEYOND, _BEYOND)
        mean = np.add.reduceat(left, self._first) / self._count[:, None]
        about = (left - mean[self._seen.track]) / self._seen.sigma
        return np.concatenate(
            [
                (mean / self._mean_sigma).ravel(),
                about.ravel(),
                self._headings(middle),
                (values - _MIDDLE) / _SIGMA,
            ]
        )

    def owners(self) -> NDArray[np.int64]:
        """(R,) the track that each residual is of, -1 for priors."""
        tracks = np.arange(self._seen.tracks)
        grouped = np.flatnonzero(self._group >= 0)
        owners = [np.repeat(tracks, 2), np.repeat(self._seen.track, 2), grouped]
        return np.concatenate([*owners, np.full(len(_MIDDLE), -1)])

    def _ways(self, middle: Floats) -> tuple[Floats, Floats]:
        """((T,) ground heading from first to last look, (T,) its standard deviation), radians."""
        along = middle[self._last] - middle[self._first]
        length = np.hypot(along[:, 0], along[:, 1])
        sigma = np.hypot(_HEADING_SIGMA, _WANDER_M / np.maximum(length, 1e-3))
        return np.arctan2(along[:, 1], along[:, 0]), sigma

    def _headings(self, middle: Floats) -> Floats:
        """Of tracks in groups, about their group's mean; both ways of a road are one."""
        rows = np.flatnonzero(self._group >= 0)
        if not len(rows):
            return np.empty(0)
        heading, sigma = self._ways(middle)
        centre = (middle[self._last] + middle[self._first]) / 2
        left = np.empty(len(rows))
        for group in np.unique(self._group[rows]):
            of = self._group[rows] == group
            angles, weights = heading[rows[of]], 1 / sigma[rows[of]] ** 2
            mean = np.angle((weights * np.exp(2j * angles)).sum()) / 2
            along = centre[rows[of]] @ (np.cos(mean), np.sin(mean))
            left[of] = _about_bend(_half_turn(angles - mean), along, weights) / sigma[rows[of]]
        return np.clip(np.nan_to_num(left, nan=20.0), -20.0, 20.0)

    def group(self, values: Floats, window: float) -> int:
        """Groups straight tracks that point the same way on the ground; returns how many."""
        heading, _ = self._ways(self._predicted(values)[1])
        free = self._seen.straight & np.isfinite(heading)
        self._group[:] = -1
        groups = 0
        while groups < 4 and free.sum() >= 8:
            rows = np.flatnonzero(free)
            near = np.abs(_half_turn(heading[rows][:, None] - heading[rows])) < window
            best = int(near.sum(1).argmax())
            members = rows[near[best]]
            if len(members) < 8:
                break
            self._group[members] = groups
            free[members] = False
            groups += 1
        return groups

    def cost(self, values: Floats) -> float:
        left = self.residuals(values)
        own = len(_MIDDLE)
        robust = (_FREEDOM + 1) * np.log1p(left[:-own] ** 2 / _FREEDOM)
        return float(robust.sum() + (left[-own:] ** 2).sum())

    def minimised(self, start: Floats) -> Floats:
        values, cost, damping = start, self.cost(start), 1e-2
        for _ in range(_ROUNDS):
            left, slopes, weights = self._linear(values)
            weighted = slopes * weights[:, None]
            normal, pull = weighted.T @ slopes, weighted.T @ left
            for _ in range(6):
                step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -pull)
                trial = values + np.clip(step, -6 * _SIGMA, 6 * _SIGMA)
                trial[1] = np.clip(trial[1], 0.5, 88.0)
                after = self.cost(trial)
                if after < cost:
                    break
                damping *= 6
            else:
                return values
            gain = cost - after
            values, cost, damping = trial, after, max(damping / 6, 1e-8)
            if gain < 1e-3:
                break
        return values

    def _linear(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """(residuals, slopes, robust weights) at ``values``."""
        left = self.residuals(values)
        slopes = np.column_stack(
            [
                (self.residuals(values + s) - left) / step
                for s, step in zip(np.diag(_STEPS), _STEPS, strict=True)
            ]
        )
        weights = (_FREEDOM + 1) / (_FREEDOM + left**2)
        weights[-len(_MIDDLE) :] = 1.0
        return left, slopes, weights

    def resampled(self, values: Floats, rng: np.random.Generator) -> PoseEstimate:
        """The pose with its error: what chance of traffic does, and what the model leaves open.

        Chance: tracks drawn anew, one Newton step for each draw. Model: bodies are not quite what
        BODIES says, and err alike in all tracks; so the curvature of the fit counts no more than
        _INDEPENDENT tracks, beside its priors.
        """
        left, slopes, weights = self._linear(values)
        owners = self.owners()
        is_prior = owners < 0
        drawn = np.empty((_RESAMPLED, len(values)))
        for row in range(_RESAMPLED):
            count = rng.multinomial(
                self._seen.tracks, np.full(self._seen.tracks, 1 / self._seen.tracks)
            )
            share = np.where(is_prior, 1.0, count[owners]) * weights
            weighted = slopes * share[:, None]
            drawn[row] = values - np.linalg.solve(weighted.T @ slopes, weighted.T @ left)
        chance = np.cov(drawn.T)
        shared = min(1.0, _INDEPENDENT / self._seen.tracks)
        tempered = np.where(is_prior, 1.0, shared * weights)
        model = np.linalg.inv((slopes * tempered[:, None]).T @ slopes)
        return PoseEstimate(values[:4].copy(), (chance + model)[:4, :4])

    def scale_sigma(self, estimate: PoseEstimate) -> float:
        """Standard deviation of the mean logarithm of the ways' lengths on the ground."""

        def scale(values: Floats) -> float:
            _, middle, _ = self._predicted(np.concatenate([values, np.zeros(5)]))
            way = middle[self._last] - middle[self._first]
            return float(np.nanmean(np.log(np.hypot(way[:, 0], way[:, 1]))))

        steps = _STEPS[:4]
        slope = np.array(
            [scale(estimate.values + s) - scale(estimate.values - s) for s in np.diag(steps)]
        )
        slope /= 2 * steps
        return float(np.sqrt(slope @ estimate.covariance @ slope))


def _about_bend(angles: Floats, along: Floats, weights: Floats) -> Floats:
    """Headings less the line through them along the road: it may bend, its lanes bend together."""
    total = weights.sum()
    along = along - (weights * along).sum() / total
    angles = angles - (weights * angles).sum() / total
    spread = float((weights * along**2).sum())
    slope = float((weights * along * angles).sum()) / spread if spread > 0 else 0.0
    return np.asarray(angles - slope * along)


def _half_turn(angles: Floats) -> Floats:
    """To -90..90 degrees, in radians: a line has two ways."""
    return np.asarray((angles + np.pi / 2) % np.pi - np.pi / 2)
