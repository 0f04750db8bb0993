"""A junction from above as SVG: arms where the picture shows them, ribbons as wide as counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from wayside.domain.junctions import Junction, JunctionMovement
from wayside.report import words

_RIM, _HUB, _LABEL = 150.0, 62.0, 194.0
_WIDEST, _HALF, _GAP = 26.0, 62.0, 2.5
_COLOURS: Final = 8


@dataclass(frozen=True, slots=True)
class _Slot:
    """offset: of a ribbon's middle from the axis of its arm. index: 0 is nearest to it."""

    offset: float
    index: int


def movement_diagram(junction: Junction, counts: Mapping[str, int], *, label: str) -> Markup:
    """counts: by the movement's id. For traffic that keeps to the right of the road."""
    bearings = {
        arm.id: arm.bearing_deg
        if arm.bearing_deg is not None
        else 360 / len(junction.approaches) * n
        for n, arm in enumerate(junction.approaches)
    }
    known = [m for m in junction.movements if m.origin in bearings and m.destination in bearings]
    scale = _scale(known, counts)
    widths = {m.id: max(1.5, counts.get(m.id, 0) * scale) for m in known}
    inward = _slots(known, widths, bearings, inward=True)
    outward = _slots(known, widths, bearings, inward=False)
    order = {arm: n for n, arm in enumerate(bearings)}
    ribbons = [
        _ribbon(m, counts.get(m.id, 0), widths[m.id], bearings, (inward[m.id], outward[m.id]),
                order[m.origin] % _COLOURS)
        for m in sorted(known, key=lambda each: -widths[each.id])
    ]  # fmt: skip
    numbers = [_number(m, counts.get(m.id, 0), bearings, inward[m.id]) for m in known]
    arms = [_arm(junction, arm, bearings[arm], known, counts, widths) for arm in bearings]
    body = Markup("").join([*ribbons, *numbers, *arms])
    return Markup(
        '<svg class="junction" viewBox="-235 -235 470 470" role="img" aria-label="{}">{}</svg>'
    ).format(label, body)


def _scale(known: list[JunctionMovement], counts: Mapping[str, int]) -> float:
    """No ribbon wider than _WIDEST, no side of an arm wider than _HALF."""
    sides: dict[tuple[str, str], int] = {}
    for m in known:
        for side in (("in", m.origin), ("out", m.destination)):
            sides[side] = sides.get(side, 0) + counts.get(m.id, 0)
    most = max((counts.get(m.id, 0) for m in known), default=0)
    fullest = max(sides.values(), default=0)
    return min(_WIDEST / most, _HALF / fullest) if most else 0.0


def _slots(
    known: list[JunctionMovement],
    widths: Mapping[str, float],
    bearings: Mapping[str, float],
    *,
    inward: bool,
) -> dict[str, _Slot]:
    """From an arm's axis outwards: back, left, ahead, right, so that none cross there."""
    found = {}
    for arm in bearings:
        side = [m for m in known if (m.origin if inward else m.destination) == arm]
        side.sort(key=lambda m: (bearings[m.destination] - bearings[m.origin]) % 360)
        at = _GAP * 2
        for index, m in enumerate(side):
            found[m.id] = _Slot(at + widths[m.id] / 2, index)
            at += widths[m.id] + _GAP
    return found


def _ribbon(
    movement: JunctionMovement,
    count: int,
    width: float,
    bearings: Mapping[str, float],
    slots: tuple[_Slot, _Slot],
    colour: int,
) -> Markup:
    begin, end = bearings[movement.origin], bearings[movement.destination]
    inward = [_place(begin, r, -slots[0].offset) for r in (_RIM, _HUB, _HUB * 0.3)]
    outward = [_place(end, r, slots[1].offset) for r in (_RIM, _HUB, _HUB * 0.3)]
    path = (
        f"M{_xy(inward[0])}L{_xy(inward[1])}"
        f"C{_xy(inward[2])} {_xy(outward[2])} {_xy(outward[1])}L{_xy(outward[0])}"
    )
    title = f"{movement.origin} to {movement.destination}: {words.number(count)}"
    return Markup(
        '<g class="ribbon r{}"><title>{}</title><path d="{}" stroke-width="{}"/></g>'
    ).format(colour, title, path, round(width, 1))


def _number(
    movement: JunctionMovement, count: int, bearings: Mapping[str, float], slot: _Slot
) -> Markup:
    """Neighbours stand one behind the other, or their numbers would overlap."""
    x, y = _place(bearings[movement.origin], _RIM - 12 - 21 * (slot.index % 3), -slot.offset)
    text = Markup('<text class="count" x="{}" y="{}">{}</text>')
    return text.format(round(x, 1), round(y + 4, 1), words.number(count))


def _arm(
    junction: Junction,
    arm: str,
    bearing: float,
    known: list[JunctionMovement],
    counts: Mapping[str, int],
    widths: Mapping[str, float],
) -> Markup:
    title = next(each.name for each in junction.approaches if each.id == arm)
    ways = [[m.id for m in known if m.origin == arm], [m.id for m in known if m.destination == arm]]
    come, go = (sum(counts.get(each, 0) for each in way) for way in ways)
    reach = max(sum(widths[each] + _GAP for each in way) for way in ways) + _GAP * 2
    x, y = _place(bearing, _LABEL, 0.0)
    side = math.sin(math.radians(bearing))
    anchor = "end" if side > 0.6 else "start" if side < -0.6 else "middle"
    if anchor != "middle":
        x, y = math.copysign(233.0, side), y - reach - 24
    line = Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>')
    place = round(x, 1)
    total = f"in {words.number(come)} \N{MIDDLE DOT} out {words.number(go)}"
    return line.format("arm", place, round(y, 1), anchor, title) + line.format(
        "sum", place, round(y + 15, 1), anchor, total
    )


def _place(bearing: float, radius: float, right: float) -> tuple[float, float]:
    """right: to the right of somebody who looks outwards."""
    angle = math.radians(bearing)
    sine, cosine = math.sin(angle), math.cos(angle)
    return sine * radius + cosine * right, -cosine * radius + sine * right


def _xy(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
