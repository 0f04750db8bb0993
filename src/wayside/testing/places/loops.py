"""What happens in one period of a place: its journeys, and who crosses which line when."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wayside.testing.places.place import Place
from wayside.testing.town.agents import Traveller
from wayside.testing.town.truth import Crossing, crossings_of


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """One period. crossings: in order of time, 0 <= t_s < period_s."""

    place: Place
    travellers: tuple[Traveller, ...]
    crossings: tuple[Crossing, ...]


def loop_of(place: Place) -> Loop:
    """Play the place once. Deterministic."""
    travellers = place.travel()
    lines = place.lines()
    found = [
        replace(crossing, t_s=crossing.t_s % place.period_s)
        for one in travellers
        for crossing in crossings_of(one, lines, place.camera, place.fps)
    ]
    return Loop(place, travellers, tuple(sorted(found, key=lambda crossing: crossing.t_s)))
