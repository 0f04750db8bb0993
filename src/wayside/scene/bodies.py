"""What kinds of things look like from a camera: bodies of road users, and the boxes about them.

Sizes are medians, because the fit is robust: vans among cars and children among people count as
what they are, exceptions. They are those of European fleets: cars from the segments of ICCT's
European Vehicle Market Statistics (length 4.3 to 4.6 m, width 1.78 to 1.85 m without mirrors,
height 1.45 to 1.65 m), lorries and buses from AASHTO, A Policy on Geometric Design of Highways
and Streets (2018), table 2-4, people's height from NCD-RisC, eLife 5 (2016). The prior of a fit
says how far the median of what passes one camera may be from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.geometry import Points
from wayside.scene.pinhole import Pinhole
from wayside.scene.posed import ground_of

Floats = NDArray[np.float64]

_PLACINGS = 3
"""Steps to find the ground under a box; a fourth would move it by less than a centimetre."""


@dataclass(frozen=True, slots=True)
class Body:
    """size_m: length, width, height. spread: standard deviation of one body's box, as a share, of
    its width and of its height. waist: height of the chamfered lower part, as a share; roof:
    length and width of the top, as shares. looseness: how much less than a car's box its width and
    height tell from one look to the next: limbs swing, and a lorry may be of any length.
    """

    size_m: tuple[float, float, float]
    spread: tuple[float, float]
    waist: float
    roof: tuple[float, float]
    looseness: tuple[float, float] = (1.0, 1.0)

    def corners(self) -> Floats:
        """(16, 3) shares of length, width, height about the middle of its ground."""
        cut = 0.08
        ring = [
            (sx * x, sy * y)
            for x, y in ((0.5 - cut, 0.5), (0.5, 0.5 - 2 * cut))
            for sx in (1, -1)
            for sy in (1, -1)
        ]
        top = [(sx * self.roof[0] / 2, sy * self.roof[1] / 2) for sx in (1, -1) for sy in (1, -1)]
        low = [(x, y, 0.02) for x, y in ring[:4]] + [(x, y, 0.02) for x, y in ring[4:]]
        waist = [(x, y, self.waist) for x, y in ring]
        return np.array([*low, *waist, *((x, y, 1.0) for x, y in top)])


BODIES: Mapping[ObjectClass, Body] = MappingProxyType(
    {
        ObjectClass.PERSON: Body((0.45, 0.5, 1.68), (0.3, 0.07), 0.8, (0.4, 0.4), (6.0, 1.5)),
        ObjectClass.BICYCLE: Body((1.8, 0.6, 1.65), (0.2, 0.15), 0.6, (0.35, 0.8), (5.0, 3.0)),
        ObjectClass.MOTORCYCLE: Body((2.0, 0.8, 1.6), (0.2, 0.15), 0.6, (0.35, 0.8), (5.0, 3.0)),
        ObjectClass.CAR: Body((4.4, 1.81, 1.52), (0.08, 0.08), 0.6, (0.6, 0.76)),
        ObjectClass.BUS: Body((12.0, 2.55, 3.1), (0.25, 0.15), 0.95, (0.98, 0.98), (4.0, 2.0)),
        ObjectClass.TRUCK: Body((8.0, 2.45, 3.1), (0.35, 0.25), 0.95, (0.95, 0.95), (6.0, 2.0)),
    }
)


class Boxes:
    """Predicts the boxes of many bodies at given places; one for a set of sightings.

    feet: (N, 2) middle of each box's lower edge, normalised, ordered by track and in it by time.
    track: (N,) which one, two looks or more at each. classes: (N,) ObjectClass.
    """

    def __init__(self, feet: Points, track: NDArray[np.int64], classes: NDArray[np.int64]) -> None:
        self._feet = feet
        self._ways = Ways(track)
        shapes = {kind: BODIES[kind].corners() for kind in BODIES}
        self._corners = np.array([shapes[ObjectClass(int(kind))] for kind in classes])
        self._sizes = np.array([BODIES[ObjectClass(int(kind))].size_m for kind in classes])

    def seen(self, camera: Pinhole, growth: Floats) -> tuple[Floats, Points, Floats]:
        """((N, 2) width and height, normalised; (N, 2) ground under each, metres; (N,) heading).

        growth: (N, 3) factors on length, width, height. heading: radians on the ground. NaN where
        the camera sees no ground there.
        """
        foot = ground_of(camera, self._feet)
        local = self._corners * (self._sizes * growth)[:, None, :]
        middle = foot.copy()
        for step in range(_PLACINGS):
            # Of the middles, not the feet: a box's lower edge wanders under a turning body.
            unit = self._ways.ahead(middle)
            turned = np.empty_like(local)
            turned[..., 0] = local[..., 0] * unit[:, :1] - local[..., 1] * unit[:, 1:]
            turned[..., 1] = local[..., 0] * unit[:, 1:] + local[..., 1] * unit[:, :1]
            turned[..., :2] += middle[:, None, :]
            turned[..., 2] = local[..., 2]
            places = camera.project(turned)
            low, high = places.min(1), places.max(1)
            if step < _PLACINGS - 1:
                shown = np.column_stack([(low[:, 0] + high[:, 0]) / 2, high[:, 1]])
                middle = middle + foot - ground_of(camera, shown)
        heading = np.arctan2(unit[:, 1], unit[:, 0])
        return high - low, middle, heading


class Ways:
    """Where tracks point at each of their looks, by the parabola through three of them."""

    def __init__(self, track: NDArray[np.int64]) -> None:
        count = len(track)
        first = np.searchsorted(track, track, "left")
        last = np.searchsorted(track, track, "right") - 1
        centre = np.clip(np.arange(count), first + 1, np.maximum(last - 1, first + 1))
        self._centre = np.minimum(centre, last)
        self._before = np.maximum(self._centre - 1, first)
        self._after = np.minimum(self._centre + 1, last)
        self._side = np.arange(count) - self._centre

    def ahead(self, places: Points) -> Points:
        """(N, 2) unit vectors along the tracks through (N, 2) metres."""
        back = places[self._centre] - places[self._before]
        on = places[self._after] - places[self._centre]
        b = np.hypot(back[:, 0], back[:, 1])[:, None]
        f = np.hypot(on[:, 0], on[:, 1])[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            bend = np.where((b > 0) & (f > 0), (on / f - back / b) / ((b + f) / 2), 0.0)
            slope = np.where((b > 0) & (f > 0), (back / b * f + on / f * b) / (b + f), back + on)
            at = np.where(self._side[:, None] < 0, -b, np.where(self._side[:, None] > 0, f, 0.0))
            way = slope + bend * at
            return np.asarray(way / np.hypot(way[:, 0], way[:, 1])[:, None])
