"""How long after each other vehicles pass a line."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from wayside.analyze.traffic.lanes import LineLanes, Place, places_of
from wayside.analyze.traffic.readers import Crossing, taken_before
from wayside.domain.classes import ClassGroup
from wayside.domain.records import Finding, Reading


class LineHeadways:
    """Mean headway per line, direction and lane.

    ``headway_mean``: mean of h = t - t' over the vehicles that crossed in the window, t' being when
    the vehicle before it in its lane crossed, perhaps in an earlier window; unit s. Both times are
    of the same point of the vehicle. A line has that of all its lanes; without lanes, of all
    vehicles over it. Undefined (None) where no vehicle crossed that had one before it. People are
    no vehicles. Source: Highway Capacity Manual, 7th ed., chapter 4. Over a long time its inverse
    is the flow of a lane.
    """

    def __init__(self, lanes: LineLanes) -> None:
        self._lanes = lanes
        self._uncounted: list[Crossing] = []
        self._last_s: dict[Place, float] = {}

    def crossed(self, crossing: Crossing) -> list[Finding]:
        if crossing.object_class.group is not ClassGroup.PERSON:
            self._uncounted.append(crossing)
        return []

    def forget(self, track: int) -> None:
        """Headways know no tracks."""

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        headways: dict[Place, list[float]] = defaultdict(list)
        for crossing in sorted(taken_before(self._uncounted, end_s), key=lambda c: c.t_s):
            places = places_of(crossing.line, crossing.direction, crossing.lane)
            last_s = self._last_s.get(places[-1])
            if last_s is not None and crossing.t_s >= last_s:
                for place in places:
                    headways[place].append(crossing.t_s - last_s)
            self._last_s[places[-1]] = max(crossing.t_s, last_s or crossing.t_s)
        return [
            Reading(
                "headway_mean",
                float(np.mean(headways[place])) if headways[place] else None,
                "s",
                place[0],
                place[1],
                "",
                place[2].value,
            )
            for place in self._lanes.places()
        ]
