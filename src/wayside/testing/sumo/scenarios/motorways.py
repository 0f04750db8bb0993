"""A motorway of three lanes with a slip road, in all its moods."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from wayside.testing.sumo.happenings import Breakdown
from wayside.testing.sumo.kinds import MOTORWAY
from wayside.testing.sumo.network import Edge, Network, Node
from wayside.testing.sumo.scenario import CountingLine, Flow, LaneArea, Scenario
from wayside.testing.town.camera import Camera

ROAD: Final = Network(
    nodes=(
        Node("west", -900, 0),
        Node("slip", -620, -60),
        Node("merge", -450, 0),
        Node("end", -250, 0),
        Node("east", 700, 0),
    ),
    edges=(
        Edge("before", "west", "merge", 3, 33.3),
        Edge("ramp", "slip", "merge", 1, 22.2),
        Edge("weave", "merge", "end", 4, 33.3),
        Edge("road", "end", "east", 3, 33.3),
    ),
)

# On a gantry over the verge, looking after the traffic.
RECEDING: Final = Camera(0.0, -13.0, 11.0, 6.0, 14.0, 54.0, 1280, 720)
# On a bridge ahead, looking against it.
ONCOMING: Final = Camera(150.0, -4.0, 9.0, 181.0, 12.0, 48.0, 1280, 720)
# High on a mast beside the road, farther away.
MAST: Final = Camera(60.0, -42.0, 24.0, 52.0, 24.0, 62.0, 1280, 720)

FREE: Final = Scenario(
    name="motorway_free",
    what="three lanes, light traffic, seen from behind",
    network=ROAD,
    camera=RECEDING,
    flows=(Flow("before", "road", 1500, MOTORWAY), Flow("ramp", "road", 200, MOTORWAY)),
    lines=(CountingLine("m", "road", 285.0),),
    areas=(LaneArea("road", "road", 80.0, 600.0),),
)

BREAKDOWN: Final = replace(
    FREE,
    name="motorway_breakdown",
    what="a vehicle breaks down in a lane",
    camera=ONCOMING,
    lines=(CountingLine("m", "road", 350.0),),
    areas=(LaneArea("road", "road", 95.0, 575.0),),
    make_scripts=(partial(Breakdown, "road", (315.0, 368.0), start_s=150.0, for_s=240.0),),
)

SCENARIOS: Final = (FREE, BREAKDOWN)
