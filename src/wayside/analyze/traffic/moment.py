"""What is known of each object at one instant, and of one object over its kept way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import Steps
from wayside.analyze.traffic.body import OWN_SIZE_M
from wayside.domain.detections import Boxes
from wayside.domain.geometry import Points
from wayside.domain.tracks import Tracks

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Moment:
    """One instant of a feed: the tracks, and what is known of each on the ground, row by row.

    In the picture:
    tracks: as the tracker told them. steps: what this instant changed in the histories. anchors:
    (N, 2) normalised. pictured: (N, 2) the middle of the footprint, the anchor where that is not
    known. pacing: gives ``paces``, during this instant; some scenes never ask. whole:
    (N,) False where the picture's edge cuts the box, so that its anchor is not the
    object's.

    On the ground, NaN where the feed is not calibrated or the object is out of reach of the
    calibration:
    places: (N, 2) metres of the anchor as it is now, not filtered. centres: (N, 2) metres of the
    middle of the footprint, filtered. velocities: (N, 2) m/s of the centre, filtered; NaN also
    where it was seen for less than half a second. headings: (N, 2) unit vectors, where its front
    points; held while it is slow or stands, NaN until it has moved. accelerations_mps2: (N,)
    along the heading, negative when braking; NaN as velocities and headings. lengths_m, widths_m,
    heights_m: (N,) of the footprint along and across the heading and of the body; what its class
    is like until its boxes have told more.

    Standard deviations of these, NaN as they are: centre_sigmas_m (N, 2) along and across the
    heading (where there is none: of the worst direction, twice); speed_sigmas_mps,
    acceleration_sigmas_mps2, length_sigmas_m, width_sigmas_m (N,). The calibration's own error is
    not in them.
    """

    tracks: Tracks
    steps: Steps
    anchors: Points
    pictured: Points
    pacing: Callable[[], Points]
    whole: NDArray[np.bool_]
    places: Points
    centres: Points
    velocities: Points
    headings: Points
    accelerations_mps2: Values
    lengths_m: Values
    widths_m: Values
    heights_m: Values
    centre_sigmas_m: Points
    speed_sigmas_mps: Values
    acceleration_sigmas_mps2: Values
    length_sigmas_m: Values
    width_sigmas_m: Values

    @property
    def t_s(self) -> float:
        return self.tracks.t_s

    @cached_property
    def paces(self) -> Points:
        """(N, 2) velocity in own sizes (square root of the box's area) a second, by least squares
        over the last 1.5 s; NaN where it was seen for less than half a second.
        """
        return self.pacing()

    @cached_property
    def going(self) -> tuple[Points, Values]:
        """(N, 2) and (N,) m/s, by own sizes where the ground is not known; NaN where neither is."""
        sizes = self.paces * OWN_SIZE_M[self.tracks.class_ids][:, None]
        velocities = np.where(np.isfinite(self.velocities), self.velocities, sizes)
        return velocities, np.hypot(velocities[:, 0], velocities[:, 1])

    @property
    def slots(self) -> NDArray[np.intp]:
        """(N,) rows of the histories."""
        return self.steps.slots

    @property
    def speeds_mps(self) -> Values:
        """(N,) m/s, NaN as velocities."""
        return np.asarray(np.hypot(self.velocities[:, 0], self.velocities[:, 1]))

    @property
    def fronts(self) -> Points:
        """(N, 2) metres, the middle of the front edge of each footprint; NaN without heading."""
        return self.centres + self.headings * self.lengths_m[:, None] / 2

    @property
    def rears(self) -> Points:
        """(N, 2) metres, the middle of the rear edge of each footprint; NaN without heading."""
        return self.centres - self.headings * self.lengths_m[:, None] / 2

    def footprints(self) -> NDArray[np.float64]:
        """(N, 4, 2) metres: front left, front right, rear right, rear left; NaN as headings."""
        along = self.headings * self.lengths_m[:, None] / 2
        left = np.stack([-self.headings[:, 1], self.headings[:, 0]], 1) * (
            self.widths_m[:, None] / 2
        )
        corners = [along + left, along - left, -along - left, -along + left]
        return self.centres[:, None] + np.stack(corners, 1)

    def __len__(self) -> int:
        return len(self.tracks)


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Where one track was seen of late: t_s (K,) rising; boxes (K, 4) and anchors (K, 2) in the
    picture; places (K, 2) metres of the anchors and centres (K, 2) of the footprints, as measured,
    not filtered, NaN where not known. headings: (K, 2) as they were estimated then; the first one
    holds for what was before it, as nothing turns before it moves.
    """

    t_s: NDArray[np.float64]
    boxes: Boxes
    anchors: Points
    places: Points
    centres: Points
    headings: Points

    def where(self, keep: NDArray[np.bool_]) -> Path:
        """The instants that a mask (K,) selects."""
        return Path(
            self.t_s[keep],
            self.boxes[keep],
            self.anchors[keep],
            self.places[keep],
            self.centres[keep],
            self.headings[keep],
        )


@dataclass(frozen=True, slots=True, eq=False)
class SmoothPath:
    """The way of one footprint's centre in retrospect: of all places before and after each.

    t_s: (K,) rising, seconds at which it was seen. centres: (K, 2) metres. velocities: (K, 2)
    m/s. accelerations_mps2: (K, 2) of both axes of the ground. headings: (K, 2) unit vectors.
    centre_sigmas_m, speed_sigmas_mps: (K,) standard deviations. length_m, width_m: as known last.
    """

    t_s: NDArray[np.float64]
    centres: Points
    velocities: Points
    accelerations_mps2: Points
    headings: Points
    centre_sigmas_m: Values
    speed_sigmas_mps: Values
    length_m: float
    width_m: float

    def __len__(self) -> int:
        return len(self.t_s)

    def at(self, t_s: NDArray[np.float64]) -> Points:
        """(M, 2) centres at (M,) seconds, by cubic Hermite; NaN outside the kept way."""
        if len(self.t_s) < 2:
            return np.full((len(t_s), 2), np.nan)
        last = np.clip(np.searchsorted(self.t_s, t_s, "right"), 1, len(self.t_s) - 1)
        first = last - 1
        span = (self.t_s[last] - self.t_s[first])[:, None]
        u = (t_s - self.t_s[first])[:, None] / span
        way = (
            (2 * u**3 - 3 * u**2 + 1) * self.centres[first]
            + (u**3 - 2 * u**2 + u) * span * self.velocities[first]
            + (3 * u**2 - 2 * u**3) * self.centres[last]
            + (u**3 - u**2) * span * self.velocities[last]
        )
        return np.where((u >= 0) & (u <= 1), way, np.nan)


@dataclass(frozen=True, slots=True)
class Size:
    """Of a footprint, metres, each with its standard deviation."""

    length_m: float
    width_m: float
    length_sigma_m: float
    width_sigma_m: float
