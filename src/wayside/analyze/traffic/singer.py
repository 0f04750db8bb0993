"""How things on the ground change their motion: acceleration that fades, driven by white noise.

R. Singer, Estimating optimal tracking filter performance for manned maneuvering targets, IEEE
Transactions on Aerospace and Electronic Systems 6(4), 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ClassGroup, ObjectClass

MANOEUVRE_S: Final = 1.0
"""Time constant with which an acceleration fades."""


def _by_class(values: dict[ClassGroup, float]) -> NDArray[np.float64]:
    return np.array([values[kind.group] for kind in ObjectClass])


ACCELERATIONS_MPS2: Final = _by_class(
    {
        ClassGroup.VEHICLE: 2.0,
        ClassGroup.TWO_WHEELER: 1.5,
        ClassGroup.PERSON: 1.0,
        ClassGroup.UNKNOWN: 2.0,
    }
)
"""(classes,) standard deviation of each axis' acceleration, by class id."""

FIRST_SPEEDS_MPS: Final = _by_class(
    {
        ClassGroup.VEHICLE: 15.0,
        ClassGroup.TWO_WHEELER: 6.0,
        ClassGroup.PERSON: 2.0,
        ClassGroup.UNKNOWN: 10.0,
    }
)
"""(classes,) standard deviation of each axis' velocity before anything is known of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """What a step does with an acceleration: how much of it is kept, and what it adds to velocity
    and place; in the shape of the step's seconds.
    """

    kept: NDArray[np.float64]
    by_velocity: NDArray[np.float64]
    by_place: NDArray[np.float64]

    @classmethod
    def of(cls, dt: NDArray[np.float64]) -> Self:
        kept = np.exp(-dt / MANOEUVRE_S)
        by_velocity = (1 - kept) * MANOEUVRE_S
        return cls(kept, by_velocity, (dt - by_velocity) * MANOEUVRE_S)


def disturbances(dt: NDArray[np.float64]) -> tuple[tuple[int, int, NDArray[np.float64]], ...]:
    """(order, order, covariance) of place 0, velocity 1 and acceleration 2 of one axis after a
    step of (N,) seconds, for unit density; of a step short beside the time constant, and no more
    than that of one as long.
    """
    t = np.minimum(dt, MANOEUVRE_S)
    return (
        (0, 0, t**5 / 20),
        (0, 1, t**4 / 8),
        (0, 2, t**3 / 6),
        (1, 1, t**3 / 3),
        (1, 2, t**2 / 2),
        (2, 2, t),
    )


def density(accelerations_mps2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the white noise that keeps an acceleration at its standard deviation."""
    return np.asarray(2 * accelerations_mps2**2 / MANOEUVRE_S)


def spread(
    p: NDArray[np.float64], dt: NDArray[np.float64], accelerations_mps2: NDArray[np.float64]
) -> None:
    """P = F P Fᵀ + Q of (N, 9, 9) in place, after (N, 1) seconds.

    By blocks: F is the unit matrix but for three blocks above it, and the sizes stay.
    """
    shares = Shares.of(dt)
    for way in (p, p.transpose(0, 2, 1)):
        for axis in (0, 1):
            place, velocity, acceleration = way[:, axis], way[:, axis + 2], way[:, axis + 4]
            place += dt * velocity + shares.by_place * acceleration
            velocity += shares.by_velocity * acceleration
            acceleration *= shares.kept
    noise = density(accelerations_mps2)
    for first, second, term in disturbances(dt[:, 0]):
        for axis in (0, 1):
            row, column = 2 * first + axis, 2 * second + axis
            p[:, row, column] += noise * term
            if row != column:
                p[:, column, row] += noise * term
