"""Discrete Laplace noise, by OpenDP: drawn exactly, with proofs of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from importlib import import_module
from typing import Any

from wayside.domain.errors import PublicationError
from wayside.publish.epsilon import MILLION

MECHANISM = "discrete Laplace"

_SLACK = Fraction(1, 2**50)
"""Makes the scale larger by this share: OpenDP rounds its own account of ε upwards."""


def scale_of(sensitivity: int, epsilon: int) -> float:
    """b = sensitivity / ε, rounded up. epsilon: in millionths."""
    exact = Fraction(sensitivity * MILLION, epsilon) * (1 + _SLACK)
    scale = float(exact)
    return scale if Fraction(scale) >= exact else math.nextafter(scale, math.inf)


def band_of(scale: float, share: float = 0.95) -> int:
    """The smallest w with P(|X| <= w) >= share, for X discrete Laplace of that scale.

    P(|X| > w) = 2 q^(w + 1) / (1 + q) with q = e^(-1 / scale). Unit: that of the number.
    """
    q = math.exp(-1 / scale)
    beyond = (1 - share) * (1 + q) / 2
    return max(0, math.ceil(-scale * math.log(beyond) - 1))


class Noise:
    """P(X = k) ∝ e^(-|k| / scale), for each number by itself.

    Raises PublicationError where OpenDP is missing, or does not confirm that numbers which
    differ by ``sensitivity`` in all (L1) are told apart by no more than ε.
    """

    def __init__(self, sensitivity: int, epsilon: int) -> None:
        self.scale = scale_of(sensitivity, epsilon)
        self._mechanism = _laplace(self.scale)
        spent = float(self._mechanism.map(sensitivity))
        if Fraction(spent) > Fraction(epsilon, MILLION):
            raise PublicationError(
                f"OpenDP accounts for {spent!r}, more than the ε that is charged",
                remedy="Report it, with the versions of wayside and opendp",
            )

    def over(self, numbers: Sequence[int]) -> list[int]:
        """The numbers with noise, each a whole number and perhaps below 0. New at each call."""
        return [int(each) for each in self._mechanism(list(numbers))]


def _laplace(scale: float) -> Any:
    try:
        opendp = import_module("opendp.prelude")  # an optional extra of 265 MB
    except ImportError as error:
        raise PublicationError(
            "OpenDP, which draws the noise, is not installed",
            remedy="pip install 'wayside[private]'",
        ) from error
    opendp.enable_features("contrib")
    numbers = opendp.vector_domain(opendp.atom_domain(T="i64"))
    return opendp.m.make_laplace(numbers, opendp.l1_distance(T="i64"), scale=scale)
