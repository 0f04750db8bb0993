"""How far footprints are apart: rectangles on the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Footprints:
    """Rectangles of any leading shape (...): centres, headings (..., 2) metres and unit vectors;
    half_lengths, half_widths (...) metres along and across the heading.
    """

    centres: Array
    headings: Array
    half_lengths: Array
    half_widths: Array


def separations(a: Footprints, b: Footprints) -> Array:
    """(...) metres between rectangles that broadcast against each other; negative by how deep
    one lies in the other.

    max over the four edge directions u of |d·u| - r_a(u) - r_b(u), d the distance of the centres
    and r the half extents along u (separating axes; S. Gottschalk, Collision Queries using
    Oriented Bounding Boxes, 2000). Zero exactly where they touch. Where only corners face each
    other it is less than their distance.
    """
    dx = b.centres[..., 0] - a.centres[..., 0]
    dy = b.centres[..., 1] - a.centres[..., 1]
    ax, ay = a.headings[..., 0], a.headings[..., 1]
    bx, by = b.headings[..., 0], b.headings[..., 1]
    cosine, sine = np.abs(ax * bx + ay * by), np.abs(ax * by - ay * bx)
    la, wa, lb, wb = a.half_lengths, a.half_widths, b.half_lengths, b.half_widths
    apart = np.abs(dx * ax + dy * ay) - (la + lb * cosine + wb * sine)
    apart = np.maximum(apart, np.abs(dy * ax - dx * ay) - (wa + lb * sine + wb * cosine))
    apart = np.maximum(apart, np.abs(dx * bx + dy * by) - (lb + la * cosine + wa * sine))
    return np.asarray(np.maximum(apart, np.abs(dy * bx - dx * by) - (wb + la * sine + wa * cosine)))
