"""People and cyclists: a few tapered strokes that swing with the step or the pedal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.testing.town.agents import Kind, Size
from wayside.testing.town.shapes import Colour

SKIN: tuple[Colour, ...] = ((120, 150, 196), (96, 124, 170), (60, 84, 120))
HAIR: tuple[Colour, ...] = ((36, 38, 44), (50, 74, 104), (120, 130, 140))
TOPS: tuple[Colour, ...] = (
    (58, 54, 176),
    (150, 92, 48),
    (74, 132, 76),
    (222, 222, 220),
    (52, 50, 50),
    (66, 178, 214),
    (128, 84, 124),
    (120, 120, 122),
    (96, 68, 48),
)
TROUSERS: tuple[Colour, ...] = ((92, 62, 44), (48, 46, 46), (84, 104, 120), (70, 70, 74))
RUBBER: Colour = (36, 34, 34)
FRAMES: tuple[Colour, ...] = ((40, 40, 170), (150, 90, 40), (60, 60, 60), (80, 150, 80))

WHEEL = tuple(
    (0.33 * math.cos(k * math.pi / 4), 0.34 + 0.33 * math.sin(k * math.pi / 4)) for k in range(9)
)
STEP_LENGTH_M = 0.72
PEDAL_TURN_M = 4.2
"""Metres a cyclist rides per turn of the pedals."""


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """S tapered strokes at N instants, in own coordinates (x forward, y left, z up).

    ends: (N, S, 2, 3) metres. widths: (S, 2) metres. colours: (S, 3). Painted in order.
    """

    ends: NDArray[np.float64]
    widths: NDArray[np.float64]
    colours: NDArray[np.float64]


_Number: TypeAlias = "float | NDArray[np.float64]"
_Place: TypeAlias = tuple[_Number, _Number, _Number]


class _Drawing:
    """Collects strokes whose coordinates are numbers or (N,) arrays."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._ends: list[tuple[_Place, _Place]] = []
        self._widths: list[tuple[float, float]] = []
        self._colours: list[Colour] = []

    def stroke(
        self, a: _Place, b: _Place, width: float, colour: Colour, taper: float = 1.0
    ) -> None:
        self._ends.append((a, b))
        self._widths.append((width, width * taper))
        self._colours.append(colour)

    def done(self) -> Strokes:
        if self._count == 1:  # painting: plain numbers, ten times as fast as broadcasting
            flat = [[[_number(v) for v in place] for place in both] for both in self._ends]
            ends = np.array([flat])
        else:
            ends = np.empty((self._count, len(self._ends), 2, 3))
            for i, both in enumerate(self._ends):
                for j, place in enumerate(both):
                    for k, value in enumerate(place):
                        ends[:, i, j, k] = value
        return Strokes(ends, np.array(self._widths), np.array(self._colours, np.float64))


def _number(value: _Number) -> float:
    return float(value[0]) if isinstance(value, np.ndarray) else value


def strokes_of(
    kind: Kind,
    size: Size,
    look: int,
    travelled_m: NDArray[np.float64],
    speed_mps: NDArray[np.float64],
) -> Strokes:
    """The figure at N instants, by how far it has come and how fast it moves."""
    draw = _cyclist if kind is Kind.CYCLIST else _person
    return draw(size, look, travelled_m, speed_mps)


def _person(
    size: Size, look: int, travelled_m: NDArray[np.float64], speed_mps: NDArray[np.float64]
) -> Strokes:
    tall, wide = size.height, size.width
    swing = 0.26 * np.clip(speed_mps / 1.2, 0, 1) * np.sin(np.pi * travelled_m / STEP_LENGTH_M)
    figure = _Drawing(len(travelled_m))
    trousers = TROUSERS[look // 8 % len(TROUSERS)]
    top = TOPS[look // 64 % len(TOPS)]
    skin, hair = SKIN[look % len(SKIN)], HAIR[look // 4 % len(HAIR)]
    hip, shoulder, chin = 0.48 * tall, 0.82 * tall, 0.86 * tall
    for side, reach in ((0.1, swing), (-0.1, -swing)):
        figure.stroke((0, side, hip), (reach, side, 0.04), 0.2, trousers, 0.7)
    for side, reach in ((0.45 * wide, -swing), (-0.45 * wide, swing)):
        figure.stroke((0, side, shoulder - 0.04), (0.7 * reach, side, hip), 0.13, top, 0.8)
    figure.stroke((0, 0, hip - 0.06), (0, 0, shoulder), 0.36 * wide / 0.5, top, 1.2)
    figure.stroke((0, 0, chin), (0.02, 0, chin + 0.08), 0.2, skin)
    figure.stroke((-0.02, 0, chin + 0.08), (-0.02, 0, tall), 0.23, hair, 0.75)
    return figure.done()


def _cyclist(
    size: Size, look: int, travelled_m: NDArray[np.float64], speed_mps: NDArray[np.float64]
) -> Strokes:
    del speed_mps
    tall, reach = size.height, size.length / 2 - 0.34
    turn = 2 * np.pi * travelled_m / PEDAL_TURN_M
    figure = _Drawing(len(travelled_m))
    paint = FRAMES[look % len(FRAMES)]
    top = TOPS[look // 64 % len(TOPS)]
    trousers = TROUSERS[look // 8 % len(TROUSERS)]
    for hub in (-reach, reach):
        ring = [(hub + x, 0.0, z) for x, z in WHEEL]
        for a, b in pairwise(ring):
            figure.stroke(a, b, 0.07, RUBBER)
    for a, b in (
        ((-reach, 0, 0.34), (-0.05, 0, 0.3)),
        ((-0.05, 0, 0.3), (-0.2, 0, 0.85)),
        ((-0.05, 0, 0.3), (reach - 0.15, 0, 0.85)),
        ((-0.17, 0, 0.8), (reach - 0.15, 0, 0.85)),
        ((reach - 0.18, 0, 0.95), (reach, 0, 0.34)),
    ):
        figure.stroke(a, b, 0.07, paint)
    figure.stroke(
        (reach - 0.2, -size.width / 2, 1.0), (reach - 0.2, size.width / 2, 1.0), 0.06, RUBBER
    )
    for side, phase in ((0.12, 0.0), (-0.12, np.pi)):
        foot = (0.17 * np.cos(turn + phase), side, 0.3 + 0.17 * np.sin(turn + phase))
        knee = (0.22, side, 0.66 + 0.08 * np.sin(turn + phase))
        figure.stroke((-0.2, side, 0.92), knee, 0.18, trousers, 0.8)
        figure.stroke(knee, foot, 0.14, trousers, 0.7)
    shoulder = 0.83 * tall
    figure.stroke((-0.22, 0, 0.86), (0.16, 0, shoulder), 0.34, top, 1.25)
    for side in (0.2, -0.2):
        figure.stroke((0.14, side, shoulder - 0.05), (reach - 0.2, side, 1.02), 0.11, top, 0.8)
    figure.stroke((0.2, 0, shoulder + 0.02), (0.24, 0, shoulder + 0.1), 0.19, SKIN[look % 3])
    figure.stroke((0.2, 0, shoulder + 0.1), (0.2, 0, tall), 0.25, (210, 214, 216), 0.7)
    return figure.done()
