"""Traffic numbers of weeks that never were: a function of the place and the time alone.

A rush in the morning and in the evening, quiet nights and Sundays, a little chance. Both feeds
with a scene of movements see a part of one junction, ``station-square``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zlib import crc32

from wayside.domain.records import JsonValue

ARMS = ("north", "east", "south", "west")
_MIDDLES = {"north": (0.5, 0.22), "east": (0.86, 0.5), "south": (0.5, 0.88), "west": (0.14, 0.5)}
_TURNS = {"left": 3, "through": 2, "right": 1}
"""Arms further on, counted so that right is the next one anticlockwise."""

SEEN_BY = {"junction": ("north", "south"), "square": ("east", "west")}
"""Which feed sees the movements that begin at which arms."""

_SHARES = {"car": 0.74, "truck": 0.07, "bus": 0.04, "bicycle": 0.12, "motorcycle": 0.03}
_HOURLY = {"through": 210.0, "right": 80.0, "left": 60.0}
_LOST = ("square", 3, 4)
"""A feed that was not watched in these hours of each day, and half watched in the one after."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One series. kind: how its value follows from the demand of the hour."""

    place_kind: str
    place: str
    metric: str
    unit: str
    class_label: str
    direction: str
    kind: str
    scale: float


def destination(arm: str, turn: str) -> str:
    step = {"through": 2, "right": 3, "left": 1}[turn]
    return ARMS[(ARMS.index(arm) + step) % 4]


def movements_of(feed: str) -> list[tuple[str, str, str]]:
    """(id, from arm, to arm) of all that the feed sees whole."""
    return [
        (f"{arm}-{turn}", arm, destination(arm, turn))
        for arm in SEEN_BY.get(feed, ())
        for turn in _TURNS
    ]


def traffic_scene(feed: str, plain: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """``plain``, and for the feeds of the junction its lines, lanes, crossing and movements."""
    if feed not in SEEN_BY:
        return plain
    lines: list[JsonValue] = list(plain["lines"])  # type: ignore[arg-type]
    for arm, (x, y) in _MIDDLES.items():
        flat = arm in ("north", "south")
        for way, shift in (("in", -0.05), ("out", 0.05)):
            dx, dy = (shift, 0.0) if flat else (0.0, shift)
            half = (0.04, 0.0) if flat else (0.0, 0.04)
            a = [round(x + dx - half[0], 3), round(y + dy - half[1], 3)]
            b = [round(x + dx + half[0], 3), round(y + dy + half[1], 3)]
            lines.append({"id": f"{arm}-{way}", "a": a, "b": b})  # type: ignore[dict-item]
    movements: list[JsonValue] = [
        {"id": name, "from": f"{start}-in", "to": f"{end}-out"}
        for name, start, end in movements_of(feed)
    ]
    return {**plain, "lines": lines, "movements": movements}


def station_square() -> dict[str, JsonValue]:
    """The junction that both feeds see, as in site.yaml."""
    titles = {"north": "Station Road", "east": "Harbour Street", "south": "Mill Lane"}
    bearings = {"north": 350.0, "east": 85.0, "south": 175.0, "west": 262.0}
    approaches: list[JsonValue] = []
    for arm in ARMS:
        feed = next(name for name, arms in SEEN_BY.items() if arm in arms)
        entry: dict[str, JsonValue] = {
            "id": arm,
            "bearing_deg": bearings[arm],
            "in": [{"feed": feed, "line": f"{arm}-in", "direction": "forward"}],
            "out": [{"feed": feed, "line": f"{arm}-out", "direction": "forward"}],
        }
        if arm in titles:
            entry["title"] = titles[arm]
        approaches.append(entry)
    movements: list[JsonValue] = [
        {"id": name, "from": start, "to": end, "feed": feed, "movement": name}
        for feed in SEEN_BY
        for name, start, end in movements_of(feed)
    ]
    return {
        "id": "station-square",
        "title": "Station Square",
        "approaches": approaches,
        "movements": movements,
    }


def measures_of(feed: str) -> Iterator[Measure]:
    """All series of a feed; nothing for those outside the junction."""
    for name, _, _ in movements_of(feed):
        hourly = _HOURLY[name.rpartition("-")[2]]
        yield Measure("movement", name, "count", "objects", "", "", "count", hourly)
        for label, share in _SHARES.items():
            yield Measure("movement", name, "count", "objects", label, "", "count", hourly * share)
        yield Measure("movement", name, "travel_time_mean", "s", "", "", "delay", 6.0)
    for arm in SEEN_BY.get(feed, ()):
        yield from _of_line(f"{arm}-in")
        yield from _of_lane(f"{arm}-lane")
        crossing = ("zone", f"{arm}-crossing")
        yield Measure(*crossing, "people_crossed", "objects", "", "", "count", 90.0)
        yield Measure(*crossing, "waiting_mean", "s", "", "", "delay", 9.0)


def _of_line(line: str) -> Iterator[Measure]:
    where = ("line", line)
    ahead = ("", "forward")
    yield Measure(*where, "count", "objects", *ahead, "count", 350.0)
    yield Measure(*where, "flow", "objects/h", *ahead, "rate", 350.0)
    yield Measure(*where, "speed_mean", "m/s", *ahead, "speed", 11.5)
    yield Measure(*where, "speed_p85", "m/s", *ahead, "speed", 13.8)
    yield Measure(*where, "speed_space_mean", "m/s", *ahead, "speed", 10.9)
    yield Measure(*where, "time_occupancy", "%", *ahead, "share", 16.0)
    yield Measure(*where, "headway_mean", "s", *ahead, "headway", 350.0)


def _of_lane(lane: str) -> Iterator[Measure]:
    where = ("zone", lane)
    none = ("", "")
    yield Measure(*where, "queue_vehicles_mean", "vehicles", *none, "queue", 5.0)
    yield Measure(*where, "queue_vehicles_max", "vehicles", *none, "queue", 11.0)
    yield Measure(*where, "queue_length_max", "m", *none, "queue", 70.0)
    yield Measure(*where, "time_in_queue_mean", "s", *none, "queue", 28.0)
    yield Measure(*where, "density", "vehicles/km", *none, "share", 34.0)
    yield Measure(*where, "level_of_service", "level", *none, "level", 6.0)


def value(measure: Measure, feed: str, begin_s: float, end_s: float) -> float | None:
    """Of one step. A count of classes does not exceed that of all."""
    demand = _demand((begin_s + end_s) / 2)
    load, scale = demand * _chance(feed, measure.place, int(begin_s)), measure.scale
    if measure.kind == "speed" and load < 0.03:
        return None
    found = _KINDS[measure.kind](load, scale, (end_s - begin_s) / 3600)
    return round(found, 2)


_KINDS: Final[dict[str, Callable[[float, float, float], float]]] = {
    "count": lambda load, scale, hours: float(math.floor(scale * load * hours)),
    "rate": lambda load, scale, _: scale * load,
    "speed": lambda load, scale, _: scale * (1.08 - 0.35 * min(1.2, load)),
    "headway": lambda load, scale, _: 3600 / max(1.0, scale * load),
    "delay": lambda load, scale, _: scale * (1 + load),
    "level": lambda load, scale, _: float(min(scale, 1 + int(4.6 * load))),
    "share": lambda load, scale, _: scale * load,
    "queue": lambda load, scale, _: scale * load**2,
}


def coverage(feed: str, begin_s: float) -> float:
    """0 in the hours that one feed lost, a half after them."""
    hour = int(begin_s // 3600) % 24
    if feed != _LOST[0] or hour < _LOST[1] or hour > _LOST[2] + 1:
        return 0.99
    return 0.0 if hour <= _LOST[2] else 0.55


@lru_cache(maxsize=1000)
def _phase(feed: str, place: str) -> int:
    return crc32(f"{feed} {place}".encode())


def _chance(feed: str, place: str, begin_s: int) -> float:
    """0.88 to 1.12, and always the same for the same. A real generator would take seconds here."""
    mixed = ((_phase(feed, place) ^ begin_s) * 2654435761) & 0xFFFFFFFF
    return 0.88 + 0.24 * (mixed >> 16) / 0xFFFF


@lru_cache(maxsize=10_000)
def _demand(at_s: float) -> float:
    """0.05 at night, 1 in the rush; three fifths of it on Saturdays, two on Sundays."""
    hour = at_s / 3600 % 24
    weekday = (int(at_s // 86400) + 3) % 7  # 1970 began on a Thursday
    rush = math.exp(-(((hour - 7.8) / 1.3) ** 2)) + 0.9 * math.exp(-(((hour - 17.2) / 1.7) ** 2))
    day = 0.45 / (1 + math.exp(-(hour - 6.5) * 2)) / (1 + math.exp((hour - 20.5) * 1.3))
    return (0.05 + min(1.0, 0.55 * rush + day)) * {5: 0.6, 6: 0.4}.get(weekday, 1.0)
