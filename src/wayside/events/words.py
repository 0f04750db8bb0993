"""What happened, in plain words: the one place where kinds of incidents become sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from wayside.domain.classes import ObjectClass
from wayside.domain.records import JsonValue

KMH_PER_MPS: Final = 3.6

_KINDS: Final = {
    "traffic.line_crossing": "Line crossing",
    "traffic.movement": "Movement",
    "traffic.stopped_object": "Stopped object",
    "traffic.queue": "Queue",
    "traffic.congestion": "Congestion",
    "traffic.wrong_way": "Wrong way",
    "traffic.person_on_carriageway": "Person on the carriageway",
    "traffic.object_on_carriageway": "Object on the carriageway",
    "traffic.near_miss": "Near miss",
    "traffic.collision": "Collision",
    "traffic.braking_wave": "Braking wave",
    "venue.zone_presence": "Zone visit",
}

_LASTING: Final = {
    "traffic.stopped_object": ("is standing still", "stood still"),
    "traffic.wrong_way": ("is driving the wrong way", "drove the wrong way"),
    "traffic.person_on_carriageway": ("is on the carriageway", "was on the carriageway"),
    "traffic.object_on_carriageway": ("is lying on the carriageway", "lay on the carriageway"),
}
"""What somebody or something does for a while in a zone, and did."""


class Told(Protocol):
    """All phases of one incident as one. lasted_s: None while it is open."""

    @property
    def kind(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def data(self) -> Mapping[str, JsonValue]: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def lasted_s(self) -> float | None: ...


def words_of(  # noqa: PLR0911 - one for each form of a sentence
    incident: Told, *, if_open: str | None = None
) -> str:
    """What happened, without the time: ``A car stood still for 12 s in zone box``.

    An open incident is told as going on, ``A car is standing still in zone box``;
    with ``if_open`` as past and with those words at its end.
    """
    who, place, goes_on = _who(incident), incident.place, incident.is_open and if_open is None
    ending = f", {if_open}" if incident.is_open and if_open else ""
    match incident.kind:
        case "traffic.line_crossing":
            heading = _heading(incident)
            return f"{who} crossed line {place}{heading}{_at_speed(incident)}"
        case "traffic.movement":
            return f"{who} made the movement {place}{_travelled(incident)}"
        case kind if kind in _LASTING:
            where = f" in zone {place}" if place else ""
            verb = _LASTING[kind][0 if goes_on else 1]
            return f"{who} {verb}{_lasted(incident)}{where}{ending}"
        case "traffic.queue" | "traffic.congestion":
            what = _queue(incident) if incident.kind == "traffic.queue" else "Congestion"
            return f"{what} in zone {place}{_lasted(incident)}{ending}"
        case "venue.zone_presence":
            where = f"zone {place}" if place else "the picture"
            return f"{who} {'is' if goes_on else 'was'} in {where}{_lasted(incident)}{ending}"
        case kind if kind in _DANGERS:
            return _DANGERS[kind](incident, ending)
    return f"{_other(incident)}{_lasted(incident)}{ending}"


def kind_name(kind: str) -> str:
    """``Line crossing`` for ``traffic.line_crossing``; a new kind reads as its own name."""
    if kind in _KINDS:
        return _KINDS[kind]
    return re.sub(r"[_\s]+", " ", kind.rpartition(".")[2]).strip().capitalize() or "Event"


def span(seconds: float) -> str:
    """``8.4 s``, ``1 min 05 s``, ``2 h 07 min``; ``15 min`` where nothing is left over."""
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds != round(seconds) else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60:02d} s" if whole % 60 else "")
    minutes = round(seconds / 60)
    return f"{minutes // 60:,} h" + (f" {minutes % 60:02d} min" if minutes % 60 else "")


def speed(mps: float, error_mps: float | None = None) -> str:
    """``43 km/h``, or ``43 ± 4 km/h`` with its 95 % band. The band is rounded up."""
    if error_mps is None:
        return f"{mps * KMH_PER_MPS:.0f} km/h"
    return f"{mps * KMH_PER_MPS:.0f} ± {math.ceil(error_mps * KMH_PER_MPS - 1e-9)} km/h"


def quantity(data: Mapping[str, JsonValue], key: str) -> float | None:
    """A finite number among the data, None where there is none of that name."""
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def _who(incident: Told) -> str:
    """``A car``; what nothing has named is ``An object``."""
    label = str(incident.data.get("class", ""))
    if label.upper() not in ObjectClass.__members__ or label == ObjectClass.UNKNOWN.label:
        return "An object"
    return f"A {label}"


def _heading(incident: Told) -> str:
    direction = incident.data.get("direction")
    return f" {direction}" if direction in ("forward", "backward") else ""


def _at_speed(incident: Told) -> str:
    mps = quantity(incident.data, "speed_mps")
    error = quantity(incident.data, "speed_error_mps")
    return "" if mps is None else f", {speed(mps, error)}"


def _between(incident: Told) -> str:
    """`` of a car and a bicycle``; what nothing has named is an object."""
    classes = incident.data.get("classes")
    if not isinstance(classes, list) or len(classes) != 2:
        return ""
    unknown = ObjectClass.UNKNOWN.label
    names = ["an object" if label == unknown else f"a {label}" for label in map(str, classes)]
    return f" of {names[0]} and {names[1]}"


def _closest(incident: Told) -> str:
    """``, 0.8 s from contact``, or by how much the one came after the other."""
    ttc, pet = (quantity(incident.data, key) for key in ("ttc_s", "pet_s"))
    if ttc is not None and (pet is None or ttc <= pet):
        return f", {ttc:.1f} s from contact"
    return "" if pet is None else f", {pet:.1f} s apart"


def _travelled(incident: Told) -> str:
    seconds = quantity(incident.data, "travel_time_s")
    return "" if seconds is None else f" in {span(seconds)}"


def _queue(incident: Told) -> str:
    """``Queue of at least 12 vehicles, 85 m``; of a past one the longest."""
    data = incident.data
    number = quantity(data, "vehicles" if incident.is_open else "vehicles_max")
    length = quantity(data, "length_m" if incident.is_open else "length_max_m")
    if number is None:
        return "Queue"
    bound = "at least " if data.get("at_least") is True else ""
    metres = "" if length is None else f", {length:.0f} m,"
    return f"Queue of {bound}{number:.0f} vehicle{'' if number == 1 else 's'}{metres}"


def _lasted(incident: Told) -> str:
    seconds = None if incident.is_open else incident.lasted_s
    return f" for {span(round(seconds, 1))}" if seconds else ""


def _other(incident: Told) -> str:
    """A kind without a sentence of its own: its own words where it has some, else its name."""
    said = incident.data.get("words")
    if isinstance(said, str) and said:
        return said
    where = f" in {incident.place}" if incident.place else ""
    named = f": {_who(incident).removeprefix('A ')}" if "class" in incident.data else ""
    return f"{kind_name(incident.kind)}{where}{named}"


def _meeting(incident: Told, ending: str) -> str:  # noqa: ARG001
    """``Near miss of a car and a bicycle in zone box, 0.8 s from contact``."""
    where = f" in zone {incident.place}" if incident.place else ""
    return f"{kind_name(incident.kind)}{_between(incident)}{where}{_closest(incident)}"


def _wave(incident: Told, ending: str) -> str:
    number = quantity(incident.data, "vehicles")
    size = f" of {number:.0f} vehicles" if number else ""
    return f"Braking wave{size} in zone {incident.place}{_lasted(incident)}{ending}"


_DANGERS: Final[Mapping[str, Callable[[Told, str], str]]] = {
    "traffic.near_miss": _meeting,
    "traffic.collision": _meeting,
    "traffic.braking_wave": _wave,
}
