"""Speeds at a line: mean, 85th percentile and how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.report.incidents import Incident


@dataclass(frozen=True, slots=True)
class SpeedSummary:
    """Speeds of n crossings, m/s.

    mean_mps: time mean. error_mps: median half-width of the single speeds'
    95 % band, None where none is given. v85_mps: 85th percentile. v85_band:
    its 95 % band, None where n is too small for one.
    """

    speeds_mps: NDArray[np.float64]
    mean_mps: float
    v85_mps: float
    error_mps: float | None
    v85_band: tuple[float, float] | None

    @property
    def n(self) -> int:
        return len(self.speeds_mps)


def summarise(crossings: Sequence[Incident]) -> SpeedSummary | None:
    """Time-mean speed and 85th percentile of the crossings with a speed; None without any.

    Time mean: the plain mean of spot speeds at a place (FHWA, Traffic Monitoring
    Guide, 2022). 85th percentile: linear between order statistics, the usual
    basis for a speed limit (ITE, Manual of Transportation Engineering Studies).
    """
    speeds = np.array([v for c in crossings if (v := c.quantity("speed_mps")) is not None])
    if not len(speeds):
        return None
    errors = [e for c in crossings if (e := c.quantity("speed_error_mps")) is not None]
    error = float(np.median(errors)) if errors else None
    ordered = np.sort(speeds)
    return SpeedSummary(
        ordered,
        float(ordered.mean()),
        float(np.percentile(ordered, 85)),
        error,
        percentile_band(ordered, 0.85, error or 0.0),
    )


def percentile_band(
    ordered: NDArray[np.float64], share: float, error: float
) -> tuple[float, float] | None:
    """95 % band of a percentile: between two order statistics, widened by ``error``.

    Ranks n·p ± 1.96·sqrt(n·p·(1-p)) (Conover, Practical Nonparametric
    Statistics, 1999, section 3.2), no assumption on the distribution. A fault
    of calibration moves all speeds alike and does not average out, so the
    error of a single speed is added whole. None where a rank falls outside
    the sample: for the 85th percentile below some 22 speeds.
    """
    n = len(ordered)
    spread = 1.96 * float(np.sqrt(n * share * (1 - share)))
    low, high = int(np.floor(n * share - spread)), int(np.ceil(n * share + spread))
    if low < 1 or high > n:
        return None
    return max(0.0, float(ordered[low - 1]) - error), float(ordered[high - 1]) + error
