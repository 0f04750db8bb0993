"""How many went over each line and each lane of it."""

from __future__ import annotations

from collections import Counter

from wayside.analyze.traffic.lanes import LineLanes, Place, places_of
from wayside.analyze.traffic.readers import Crossing, taken_before
from wayside.domain.records import Finding, Reading


class LineCounts:
    """Count and flow per line, lane, direction and class.

    ``count``: number of crossings whose time lies in the window; unit objects.
    ``flow``: q = count · 3600 / window length in seconds; unit objects/h; the
    "rate of flow" of the Highway Capacity Manual (HCM 7th ed., chapter 4),
    which for windows under an hour is an equivalent hourly rate, not a volume.
    Rows with an empty class are totals and are always there; a class has rows
    on a line and direction from its first crossing there. Never undefined:
    nobody is 0. What was not watched shows in the coverage.
    """

    def __init__(self, lanes: LineLanes) -> None:
        self._places = lanes.places()
        self._classes: dict[Place, set[str]] = {place: set() for place in self._places}
        self._uncounted: list[Crossing] = []

    def crossed(self, crossing: Crossing) -> list[Finding]:
        for place in places_of(crossing.line, crossing.direction, crossing.lane):
            self._classes[place].add(crossing.object_class.label)
        self._uncounted.append(crossing)
        return []

    def forget(self, track: int) -> None:
        """Counts know no tracks."""

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        counted = Counter[tuple[Place, str]]()
        for crossing in taken_before(self._uncounted, end_s):
            for place in places_of(crossing.line, crossing.direction, crossing.lane):
                counted[place, ""] += 1
                counted[place, crossing.object_class.label] += 1
        hourly = 3600.0 / (end_s - start_s)
        rows: list[Reading] = []
        for place in self._places:
            kind, name, direction = place
            for label in ("", *sorted(self._classes[place])):
                number = counted[place, label]
                where = (kind, name, label, direction.value)
                rows.append(Reading("count", float(number), "objects", *where))
                rows.append(Reading("flow", number * hourly, "objects/h", *where))
        return rows
