"""A roundabout, and a street with a zebra crossing and vehicles parked beside it."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Final

from wayside.domain.scene import XY
from wayside.testing.sumo.actors import Stray, no_traffic, over_way
from wayside.testing.sumo.happenings import Breakdown, BusHalts
from wayside.testing.sumo.kinds import CYCLISTS
from wayside.testing.sumo.network import Crosswalk, Edge, Network, Node
from wayside.testing.sumo.scenario import (
    CountingLine,
    Flow,
    LaneArea,
    ParkingPlace,
    Scenario,
    Walks,
)
from wayside.testing.town.camera import Camera

_RADIUS_M = 17.0
_ARMS: Final = ("e", "n", "w", "s")


def _arc(number: int) -> tuple[XY, ...]:
    """The ring from arm ``number`` to the next, counter-clockwise."""
    angles = [math.radians(90 * number + step) for step in range(0, 91, 15)]
    return tuple((_RADIUS_M * math.cos(a), _RADIUS_M * math.sin(a)) for a in angles)


def roundabout() -> Network:
    nodes: list[Node] = []
    edges: list[Edge] = []
    for number, arm in enumerate(_ARMS):
        x, y = math.cos(math.radians(90 * number)), math.sin(math.radians(90 * number))
        nodes.append(Node(f"r{arm}", _RADIUS_M * x, _RADIUS_M * y))
        nodes.append(Node(arm, 200 * x, 200 * y))
        edges.append(Edge(f"{arm}_in", arm, f"r{arm}", 1, 13.9))
        edges.append(Edge(f"{arm}_out", f"r{arm}", arm, 1, 13.9))
        other = _ARMS[(number + 1) % 4]
        edges.append(
            Edge(f"ring_{arm}", f"r{arm}", f"r{other}", 1, 9.0, 0.0, _arc(number), priority=5)
        )
    return Network(tuple(nodes), tuple(edges))


def _round(per_hour: float) -> tuple[Flow, ...]:
    return tuple(
        Flow(f"{arm}_in", f"{other}_out", per_hour / 3)
        for arm in _ARMS
        for other in _ARMS
        if other != arm
    )


ROUNDABOUT: Final = Scenario(
    name="roundabout",
    what="one lane around, four arms",
    network=roundabout(),
    camera=Camera(6.0, -62.0, 24.0, 95.0, 22.0, 66.0, 1280, 720),
    flows=_round(300),
    lines=tuple(CountingLine(f"{arm}_in", f"{arm}_in", -12.0) for arm in ("e", "n", "w", "s"))
    + tuple(CountingLine(f"{arm}_out", f"{arm}_out", 14.0) for arm in ("e", "n", "w")),
    areas=(
        LaneArea("n_in", "n_in", 40.0),
        LaneArea("w_in", "w_in", 25.0),
        *(LaneArea(f"ring_{arm}", f"ring_{arm}", 40.0) for arm in _ARMS),
    ),
    movements=(("w_in", "e_out"), ("e_in", "w_out"), ("s_in", "n_out"), ("s_in", "e_out")),
    safety=True,
)
ROUNDABOUT_BUSY: Final = replace(
    ROUNDABOUT,
    name="roundabout_busy",
    what="the same with queues at its arms",
    flows=_round(520),
)

STREET_ROAD: Final = Network(
    nodes=(Node("west", -220, 0), Node("zebra", 0, 0), Node("east", 220, 0)),
    edges=(
        Edge("east_a", "west", "zebra", 1, 13.9, 3.0),
        Edge("east_b", "zebra", "east", 1, 13.9, 3.0),
        Edge("west_a", "east", "zebra", 1, 13.9, 3.0),
        Edge("west_b", "zebra", "west", 1, 13.9, 3.0),
    ),
    crosswalks=(Crosswalk("zebra", ("east_a", "west_b")),),
)
_WALKS: Final = (
    Walks("east_a", "west_b", 60),
    Walks("west_b", "east_a", 60),
    Walks("east_a", "east_b", 40),
    Walks("west_a", "west_b", 40),
    Walks("west_a", "east_b", 50),
)
# From a house's second floor, looking along and across.
FACADE: Final = Camera(-38.0, -13.0, 9.5, 14.0, 15.0, 62.0, 1280, 720)
# From high above the other side.
ROOF: Final = Camera(18.0, 40.0, 26.0, 258.0, 34.0, 70.0, 1280, 720)

ZEBRA: Final = Scenario(
    name="street_zebra",
    what="a street with a zebra crossing, people, buses that halt",
    network=STREET_ROAD,
    camera=FACADE,
    flows=(Flow("east_a", "east_b", 420), Flow("west_a", "west_b", 420)),
    walks=_WALKS,
    lines=(CountingLine("east", "east_a", -16.0), CountingLine("west", "west_a", -22.0)),
    areas=(
        LaneArea("east_a", "east_a", 18.0),
        LaneArea("west_a", "west_a", 50.0),
        LaneArea("east_b", "east_b", 50.0, 165.0),
        LaneArea("west_b", "west_b", 20.0, 195.0),
    ),
    inside_nodes=("zebra",),
    make_scripts=(partial(BusHalts, "west_a", 185.0),),
    safety=True,
)
PARKING: Final = replace(
    ZEBRA,
    name="street_parking",
    what="the same from a roof, with parking beside the road",
    camera=ROOF,
    lines=(CountingLine("east", "east_a", -10.0), CountingLine("west", "west_a", -8.0)),
    areas=(
        LaneArea("west_a", "west_a", 24.0),
        LaneArea("east_b", "east_b", 36.0, 178.0),
        LaneArea("west_b", "west_b", 24.0, 190.0),
    ),
    parking=(ParkingPlace("bay", "east_b", 6.0, 34.0, 0.2),),
    make_scripts=(),
    safety=False,
)
CYCLING: Final = replace(
    ZEBRA,
    name="street_cyclists",
    what="many bicycles in the lanes, in rain",
    flows=(Flow("east_a", "east_b", 260, CYCLISTS), Flow("west_a", "west_b", 260, CYCLISTS)),
    wet=0.8,
)
JAYWALKER: Final = replace(
    ZEBRA,
    name="street_jaywalker",
    what="people who cross beside the zebra, in gaps of the traffic",
    flows=(Flow("east_a", "east_b", 200), Flow("west_a", "west_b", 200)),
    make_scripts=(
        partial(
            Stray,
            event="traffic.person_on_carriageway",
            kind="person",
            way=over_way("west_a_1", (165.0, 195.0), 5.6, -2.4),
            speed_mps=1.0,
            start_s=40.0,
            every_s=45.0,
            free=no_traffic(
                (("west_a", 60.0, 200.0), ("east_a", 150.0, 220.0), ("east_b", 0.0, 60.0))
            ),
        ),
    ),
    safety=False,
)
BREAKDOWN: Final = replace(
    ZEBRA,
    name="street_breakdown",
    what="a vehicle breaks down, all behind it wait",
    flows=(Flow("east_a", "east_b", 300), Flow("west_a", "west_b", 160)),
    make_scripts=(partial(Breakdown, "west_a", (170.0, 200.0), start_s=120.0, for_s=150.0),),
    safety=False,
)

SCENARIOS: Final = (
    ROUNDABOUT,
    ROUNDABOUT_BUSY,
    ZEBRA,
    PARKING,
    CYCLING,
    JAYWALKER,
    BREAKDOWN,
)
