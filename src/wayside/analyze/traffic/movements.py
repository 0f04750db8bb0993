"""Objects that go over one line and later over another: turning movements."""

from __future__ import annotations

from dataclasses import dataclass

from wayside.analyze.traffic.readers import Crossing
from wayside.domain.records import Finding, Phase, Reading
from wayside.domain.scene import Movement

KIND = "traffic.movement"


@dataclass(frozen=True, slots=True)
class _Made:
    movement: str
    label: str
    t_s: float
    travel_time_s: float


class Movements:
    """Origin line, then destination line, by one track; in either direction over each.

    ``count``: movements completed in the window, per movement and class; unit
    objects. ``travel_time_mean``: arithmetic mean of the seconds from the origin
    crossing to the destination crossing; undefined (None) where nobody made it.
    A destination crossing is matched with the latest origin crossing before it,
    and each crossing serves one movement of a kind once. Objects whose track
    breaks between the lines are not in it: the counts of a movement are a lower
    bound, to be read beside those of its lines. Source for the turning movement
    count: FHWA, Traffic Monitoring Guide (2022).
    """

    def __init__(self, movements: tuple[Movement, ...]) -> None:
        self._movements = movements
        self._lines = {m.origin for m in movements} | {m.destination for m in movements}
        self._origins: dict[tuple[int, str], list[Crossing]] = {}
        self._destinations: dict[tuple[int, str], list[Crossing]] = {}
        self._classes: dict[str, set[str]] = {m.id: set() for m in movements}
        self._uncounted: list[_Made] = []

    def crossed(self, crossing: Crossing) -> list[Finding]:
        """Crossings of one track may come out of order: a slow one settles late."""
        if crossing.line not in self._lines:
            return []
        found: list[Finding] = []
        for movement in self._movements:
            key = (crossing.track, movement.id)
            origins = self._origins.setdefault(key, [])
            destinations = self._destinations.setdefault(key, [])
            if crossing.line == movement.origin:
                origins.append(crossing)
            elif crossing.line == movement.destination:
                destinations.append(crossing)
            else:
                continue
            found.extend(self._matched(movement, origins, destinations))
        return found

    def forget(self, track: int) -> None:
        for movement in self._movements:
            self._origins.pop((track, movement.id), None)
            self._destinations.pop((track, movement.id), None)

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        made = [row for row in self._uncounted if row.t_s < end_s]
        self._uncounted = [row for row in self._uncounted if row.t_s >= end_s]
        rows: list[Reading] = []
        for movement in self._movements:
            for label in ("", *sorted(self._classes[movement.id])):
                times = [
                    row.travel_time_s
                    for row in made
                    if row.movement == movement.id and label in ("", row.label)
                ]
                place = ("movement", movement.id, label)
                mean = sum(times) / len(times) if times else None
                rows.append(Reading("count", float(len(times)), "objects", *place))
                rows.append(Reading("travel_time_mean", mean, "s", *place))
        return rows

    def _matched(
        self, movement: Movement, origins: list[Crossing], destinations: list[Crossing]
    ) -> list[Finding]:
        for arrival in destinations:
            departures = [origin for origin in origins if origin.t_s < arrival.t_s]
            if departures:
                departure = max(departures, key=lambda crossing: crossing.t_s)
                origins.remove(departure)
                destinations.remove(arrival)
                return [self._finding(movement, departure, arrival)]
        return []

    def _finding(self, movement: Movement, departure: Crossing, arrival: Crossing) -> Finding:
        label = arrival.object_class.label
        travel_time_s = arrival.t_s - departure.t_s
        self._classes[movement.id].add(label)
        self._uncounted.append(_Made(movement.id, label, arrival.t_s, travel_time_s))
        return Finding(
            KIND,
            f"movement:{movement.id}:{arrival.track}:{round(arrival.t_s * 1000)}",
            Phase.INSTANT,
            arrival.t_s,
            arrival.t_s,
            movement.id,
            data={
                "movement": movement.id,
                "origin": movement.origin,
                "destination": movement.destination,
                "class": label,
                "group": arrival.object_class.group.value,
                "t_s": round(arrival.t_s, 4),
                "travel_time_s": round(travel_time_s, 4),
                "track": arrival.track,
            },
        )
