"""How many went over each line."""

from __future__ import annotations

from collections import Counter

from wayside.analyze.traffic.readers import Crossing, taken_before
from wayside.domain.records import Finding, Reading
from wayside.domain.scene import Direction


class LineCounts:
    """Count and flow per line, direction and class.

    ``count``: number of crossings whose time lies in the window; unit objects.
    ``flow``: q = count · 3600 / window length in seconds; unit objects/h; the
    "rate of flow" of the Highway Capacity Manual (HCM 7th ed., chapter 4),
    which for windows under an hour is an equivalent hourly rate, not a volume.
    Rows with an empty class are totals and are always there; a class has rows
    on a line and direction from its first crossing there. Never undefined:
    nobody is 0. What was not watched shows in the coverage.
    """

    def __init__(self, line_ids: tuple[str, ...]) -> None:
        self._places = [(line, direction) for line in line_ids for direction in Direction]
        self._classes: dict[tuple[str, Direction], set[str]] = {p: set() for p in self._places}
        self._uncounted: list[Crossing] = []

    def crossed(self, crossing: Crossing) -> list[Finding]:
        self._classes[crossing.line, crossing.direction].add(crossing.object_class.label)
        self._uncounted.append(crossing)
        return []

    def forget(self, track: int) -> None:
        """Counts know no tracks."""

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        counted = Counter[tuple[str, Direction, str]]()
        for crossing in taken_before(self._uncounted, end_s):
            counted[crossing.line, crossing.direction, ""] += 1
            counted[crossing.line, crossing.direction, crossing.object_class.label] += 1
        hourly = 3600.0 / (end_s - start_s)
        rows: list[Reading] = []
        for line, direction in self._places:
            for label in ("", *sorted(self._classes[line, direction])):
                number = counted[line, direction, label]
                place = ("line", line, label, direction.value)
                rows.append(Reading("count", float(number), "objects", *place))
                rows.append(Reading("flow", number * hourly, "objects/h", *place))
        return rows
