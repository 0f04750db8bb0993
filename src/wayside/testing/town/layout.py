"""The ground plan of a four-arm junction with cycle lanes, zebra crossings and pavements.

Traffic keeps to the right. Arms are numbered 0 south, 1 east, 2 north, 3 west:
arm k is arm 0 turned by k quarter turns counter-clockwise, so everything is
drawn once, for the south, and turned.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from wayside.domain.geometry import Points
from wayside.testing.town.paths import Path, arc, rotated, rounded

ARMS = ("south", "east", "north", "west")


class Turn(StrEnum):
    STRAIGHT = "straight"
    RIGHT = "right"
    LEFT = "left"


_ARMS_ON = {Turn.STRAIGHT: 2, Turn.RIGHT: 1, Turn.LEFT: 3}


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures in metres, from the junction's centre or an arm's centre line."""

    lane: float = 3.5
    cycle_lane: float = 2.6
    pavement: float = 3.6
    box: float = 8.6  # where a turn's arc begins
    count_line: float = 8.2  # inside the crossing: queues stand well behind it
    zebra_from: float = 9.1
    zebra_to: float = 11.7
    stop_line: float = 12.8
    road_end: float = 75.0
    walk_end: float = 46.0

    @property
    def kerb(self) -> float:
        """Half the carriageway."""
        return self.lane + self.cycle_lane

    @property
    def lane_centre(self) -> float:
        return self.lane / 2

    @property
    def cycle_centre(self) -> float:
        return self.lane + self.cycle_lane / 2

    @property
    def zebra_centre(self) -> float:
        return (self.zebra_from + self.zebra_to) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One way through the junction for wheels.

    s_stop: where a front stops at red. s_gate: where a turner waits for those
    it must let pass: on the left inside the junction, on the right at the stop
    line, so that nobody waits on a zebra; None for straight on. s_exit: from where the exit lane is
    its own. The three are arc lengths of ``path``.
    """

    approach: int
    exit: int
    turn: Turn
    is_cycle: bool
    path: Path
    s_stop: float
    s_gate: float | None
    s_exit: float


def route(layout: Layout, approach: int, turn: Turn, *, is_cycle: bool) -> Route:
    """The way from arm ``approach`` by ``turn``."""
    offset = layout.cycle_centre if is_cycle else layout.lane_centre
    box, end = layout.box, layout.road_end
    start = np.array([[offset, -end]])
    if turn is Turn.STRAIGHT:
        bend, finish = np.empty((0, 2)), np.array([[offset, end]])
    elif turn is Turn.RIGHT:
        bend = arc((box, -box), box - offset, 180.0, 90.0)
        finish = np.array([[end, -offset]])
    else:
        bend = arc((-box, -box), box + offset, 0.0, 90.0)
        finish = np.array([[-end, offset]])
    path = Path.through(rotated(np.concatenate([start, bend, finish]), approach))
    stop = end - layout.stop_line - (0.2 if is_cycle else 0.6)
    gates = {Turn.STRAIGHT: None, Turn.RIGHT: stop, Turn.LEFT: end - 4.6}
    return Route(
        approach,
        (approach + _ARMS_ON[turn]) % 4,
        turn,
        is_cycle,
        path,
        stop,
        gates[turn],
        path.length - (end - box),
    )


@dataclass(frozen=True, slots=True)
class Kerb:
    """A place on a walk where one waits for the light. s_m: arc length. arm: whose zebra."""

    s_m: float
    arm: int


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """One person's way. kerbs: where it waits, in order."""

    path: Path
    kerbs: tuple[Kerb, ...]


def walk(
    layout: Layout,
    corner: int,
    *,
    from_next_arm: bool,
    crossings: tuple[int, ...],
    to_next_arm: bool,
    keep: float,
) -> Walk:
    """A walk in along the pavement at ``corner``, over zebras, out along another pavement.

    Corner c lies between arm c and arm c + 1. from_next_arm: it comes along arm
    c + 1 (else arm c); to_next_arm likewise at the last corner. crossings: +1
    over arm c + 1 to corner c + 1, -1 over arm c to corner c - 1. keep: 0..1,
    how far to the right people keep, so that those who meet pass each other.
    """
    parts = [_pavement(layout, corner, keep, next_arm=from_next_arm, inward=True)]
    waits: list[tuple[Points, int]] = []
    for step in crossings:
        zebra = _zebra(layout, corner, step, keep)
        waits.append((zebra[0], (corner + 1) % 4 if step > 0 else corner))
        parts.append(zebra)
        corner = (corner + step) % 4
    parts.append(_pavement(layout, corner, keep, next_arm=to_next_arm, inward=False))
    path = Path.through(rounded(np.concatenate(parts)))
    return Walk(path, tuple(Kerb(path.nearest_s(point), arm) for point, arm in waits))


def _pavement(layout: Layout, corner: int, keep: float, *, next_arm: bool, inward: bool) -> Points:
    """(2, 2) from the far end of a pavement to its corner, or back."""
    far_from_road = inward != next_arm
    lateral = layout.kerb + (2.0 + 0.8 * keep if far_from_road else 1.1 + 0.7 * (1 - keep))
    near = layout.zebra_to + 0.6
    points = np.array([[lateral, -layout.walk_end], [lateral, -near]])
    if next_arm:
        points = -points[:, ::-1]
    points = rotated(points, corner)
    return points if inward else points[::-1]


def _zebra(layout: Layout, corner: int, step: int, keep: float) -> Points:
    """(2, 2) from the waiting place at this kerb to just beyond the other one."""
    half = (layout.zebra_to - layout.zebra_from) / 2
    along = layout.zebra_centre + step * half * (0.2 + 0.6 * keep)
    wait = layout.kerb + 1.5 + 0.3 * keep
    if step > 0:
        points = np.array([[along, -wait], [along, wait]])
    else:
        points = np.array([[wait, -along], [-wait, -along]])
    return rotated(points, corner)
