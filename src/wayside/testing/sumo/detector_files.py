"""Reads what SUMO's detectors and safety devices wrote."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from wayside.testing.sumo.truth import (
    AreaInterval,
    Encounter,
    LoopInterval,
    Passage,
    SectionInterval,
)


def _rows(file: Path, tag: str) -> Iterator[ET.Element]:
    if file.exists():
        yield from ET.parse(file).getroot().iter(tag)  # noqa: S314 (SUMO wrote it just now)


def _known(row: ET.Element, name: str) -> float | None:
    """SUMO writes -1 for what is not defined."""
    value = row.get(name)
    return None if value is None or float(value) < 0 else float(value)


def read_loops(file: Path, begin_s: float) -> tuple[LoopInterval, ...]:
    """Intervals from begin_s (SUMO's seconds) on, told from there."""
    return tuple(
        LoopInterval(
            *_line_and_lane(row.attrib["id"]),
            float(row.attrib["begin"]) - begin_s,
            float(row.attrib["end"]) - begin_s,
            int(row.attrib["nVehEntered"]),
            int(row.attrib["nVehContrib"]),
            float(row.attrib["occupancy"]),
            _known(row, "speed"),
            _known(row, "harmonicMeanSpeed"),
        )
        for row in _rows(file, "interval")
        if float(row.attrib["begin"]) >= begin_s
    )


def read_passages(file: Path, begin_s: float) -> tuple[Passage, ...]:
    """Vehicles whose front came over a loop from begin_s on."""
    open_: dict[tuple[str, str], tuple[float, float]] = {}
    done: list[Passage] = []
    kinds: dict[tuple[str, str], str] = {}
    for row in _rows(file, "instantOut"):
        loop, vehicle = row.attrib["id"].removeprefix("i:"), row.attrib["vehID"]
        key, t_s = (loop, vehicle), float(row.attrib["time"]) - begin_s
        state, speed = row.attrib["state"], float(row.attrib["speed"])
        if state == "enter":
            open_[key] = (t_s, speed)
            kinds[key] = row.attrib["type"]
        elif state == "leave" and key in open_:
            entered = open_.pop(key)[0]
            done.append(Passage(*_line_and_lane(loop), vehicle, kinds[key], entered, t_s, speed))
    for (loop, vehicle), (t_s, speed) in open_.items():
        kind = kinds[loop, vehicle]
        done.append(Passage(*_line_and_lane(loop), vehicle, kind, t_s, None, speed))
    return tuple(sorted((p for p in done if p.enter_s >= 0), key=lambda p: p.enter_s))


def read_areas(
    file: Path, begin_s: float, step_s: float, lengths: dict[str, float]
) -> tuple[AreaInterval, ...]:
    rows: list[AreaInterval] = []
    for row in _rows(file, "interval"):
        start, end = float(row.attrib["begin"]), float(row.attrib["end"])
        if start < begin_s:
            continue
        # Sums are over the interval's steps.
        steps = max((end - start) / step_s, 1.0)
        rows.append(
            AreaInterval(
                row.attrib["id"],
                start - begin_s,
                end - begin_s,
                float(row.attrib["meanVehicleNumber"]),
                _known(row, "meanSpeed"),
                float(row.attrib["meanOccupancy"]),
                float(row.attrib["jamLengthInVehiclesSum"]) / steps,
                float(row.attrib["maxJamLengthInVehicles"]),
                float(row.attrib["jamLengthInMetersSum"]) / steps,
                float(row.attrib["maxJamLengthInMeters"]),
                float(row.attrib["startedHalts"]),
                float(row.attrib["meanHaltingDuration"]),
                lengths.get(row.attrib["id"], 0.0),
            )
        )
    return tuple(rows)


def read_sections(file: Path, begin_s: float) -> tuple[SectionInterval, ...]:
    return tuple(
        SectionInterval(
            row.attrib["id"],
            float(row.attrib["begin"]) - begin_s,
            float(row.attrib["end"]) - begin_s,
            int(row.attrib["vehicleSum"]),
            _known(row, "meanTravelTime"),
            _known(row, "meanHaltsPerVehicle"),
            _known(row, "meanTimeLoss"),
        )
        for row in _rows(file, "interval")
        if float(row.attrib["begin"]) >= begin_s
    )


def read_encounters(file: Path, begin_s: float) -> tuple[Encounter, ...]:
    """Encounters that ended after begin_s."""
    found: list[Encounter] = []
    for row in _rows(file, "conflict"):
        begin, end = float(row.attrib["begin"]) - begin_s, float(row.attrib["end"]) - begin_s
        if end < 0:
            continue
        ttc, pet, drac = (row.find(tag) for tag in ("minTTC", "PET", "maxDRAC"))
        places = [place for part in (ttc, pet, drac) if (place := _place(part)) is not None]
        found.append(
            Encounter(
                row.attrib["ego"],
                row.attrib["foe"],
                begin,
                end,
                _number(ttc, "value"),
                _since(ttc, begin_s),
                _code(ttc),
                _number(pet, "value"),
                _since(pet, begin_s),
                _code(pet),
                _number(drac, "value"),
                _since(drac, begin_s),
                places[0] if places else None,
            )
        )
    return tuple(sorted(found, key=lambda e: e.begin_s))


def _line_and_lane(name: str) -> tuple[str, int]:
    line, lane = name.rsplit(":", 1)
    return line, int(lane)


def _number(part: ET.Element | None, name: str) -> float | None:
    value = None if part is None else part.get(name)
    return None if value in (None, "", "NA") else float(value)


def _since(part: ET.Element | None, begin_s: float) -> float | None:
    value = _number(part, "time")
    return None if value is None else value - begin_s


def _code(part: ET.Element | None) -> int | None:
    value = _number(part, "type")
    return None if value is None else int(value)


def _place(part: ET.Element | None) -> tuple[float, float] | None:
    text = None if part is None else part.get("position")
    if text in (None, "", "NA"):
        return None
    x, y = text.split(",")[:2]
    return float(x), float(y)
